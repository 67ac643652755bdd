"""The accepted landing of a dataset: immutable versions of typed Parquet, and a pointer to the one in use."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from pipelines.describe.specfile import digest_of
from pipelines.describe.specs import Dataset
from pipelines.home import Home, Problem, file_sha256, fsync_dir, now, quoted, read_json, write_json
from pipelines.ingest.read.cast import landing_types, named
from pipelines.ingest.read.parse import Part
from pipelines.landing.held import held_rows, without_value
from pipelines.landing.parts import Part as HeldPart
from pipelines.landing.parts import parts_sql


class OldLanding(Problem):
    """A landing that this version cannot go on with: one sentence."""


class Landing:
    """The versions of one dataset under landing/<dataset>/."""

    def __init__(self, home: Home, spec: Dataset) -> None:
        self.spec = spec
        self.root = home.landing / spec.id
        self.tmp = home.tmp

    @property
    def state(self) -> dict[str, Any]:
        """What accepted.json says; empty before the first delivery. Raises OldLanding."""
        found = read_json(self.root / "accepted.json", {})
        if any("reeks" not in h for h in found.get("held", [])):
            raise OldLanding(
                f"{self.root / 'accepted.json'} holds parts back as an earlier version wrote it down; remove the "
                f"folder {self.root} and refresh, and every delivery of {self.spec.id} is read again from what was kept"
            )
        return found

    def folder(self, version: str) -> Path:
        """Where a version's Parquet files lie."""
        return self.root / version

    def in_use(self, con: duckdb.DuckDBPyConnection) -> Path:
        """The folder that the build reads: the accepted version, or one without rows before there is any."""
        version = self.state.get("version")
        if version:
            return self.folder(version)
        work = self.tmp / f"empty-{self.spec.id}"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        con.execute(f"COPY (FROM {self.relation()}) TO {quoted(work / 'deel-0.parquet')} (FORMAT parquet)")
        empty = digest_of([self.spec.id, landing_types(self.spec)])[:32]
        self._install(work, empty)
        return self.folder(empty)

    def relation(self) -> str:
        """SQL that reads the accepted version, or an empty table of the same shape."""
        version = self.state.get("version")
        if version:
            return f"read_parquet({quoted(self.folder(version) / 'deel-*.parquet')})"
        types = landing_types(self.spec)
        return "(SELECT " + ", ".join(f"NULL::{t} AS {n}" for n, t in types.items()) + " WHERE FALSE)"

    def compose(
        self, con: duckdb.DuckDBPyConnection, parts: list[Part], held: dict[HeldPart, Any], delivery: str
    ) -> dict[str, Any]:
        """Join new parts to the accepted ones: what they hold replaces the same years (or what the source's
        `replaces` names), the rest stays.

        A held part keeps its last accepted rows. Returns the version, its parts and what is held; writes the
        version's folder, not the pointer.
        """
        spec, state = self.spec, self.state
        work = self.tmp / f"compose-{spec.id}"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        units = parts_sql(spec, held)
        columns = ", ".join(named(c) for c in spec.replaces)
        paths = ", ".join(quoted(p.path) for p in parts)
        replaced = f"({columns}) IN (SELECT DISTINCT {columns} FROM read_parquet([{paths}])) AND NOT {units}"
        new = [self._keep(con, work, state["version"], old, replaced) for old in state.get("parts", [])]
        for part in parts:
            facts = {**asdict(part), "years": list(part.years), "held": 0}
            for own in ("path", "notes"):
                facts.pop(own)
            if held:
                cut = self._cut(con, work, quoted(part.path), f"NOT {units}", facts)
                new.append({**cut, "held": part.rows - cut["rows"]})
            else:
                shutil.copyfile(part.path, work / f"deel-{part.sha256}.parquet")
                new.append(facts)
            self._count(con, quoted(part.path), units, part, new[-1])
        new = [p for p in new if p["rows"]]
        landed = f"read_parquet({quoted(work / 'deel-*.parquet')})" if new else None
        rows = held_rows(con, spec, held, state, landed, delivery)
        version = digest_of([sorted(p["sha256"] for p in new), without_value(rows)])[:32]
        self._install(work, version)
        return {"version": version, "parts": new, "held": rows}

    def _keep(
        self, con: duckdb.DuckDBPyConnection, work: Path, version: str, old: dict[str, Any], replaced: str
    ) -> dict[str, Any]:
        """An accepted part without the rows that are replaced; as it is where none are."""
        source = self.folder(version) / f"deel-{old['sha256']}.parquet"
        if con.execute(f"SELECT COUNT(*) FROM {quoted(source)} WHERE {replaced}").fetchone()[0]:
            return self._cut(con, work, quoted(source), f"NOT ({replaced})", old)
        os.link(source, work / source.name)
        return old

    def _cut(
        self, con: duckdb.DuckDBPyConnection, work: Path, source: str, where: str, facts: dict[str, Any]
    ) -> dict[str, Any]:
        """Write the rows of a part that stay; the new part is addressed by its own content."""
        target = work / "cut.parquet"
        con.execute(
            f"COPY (SELECT * FROM {source} WHERE {where}) TO {quoted(target)} (FORMAT parquet, COMPRESSION zstd)"
        )
        found = con.execute(f"SELECT jaar, COUNT(*) FROM {quoted(target)} GROUP BY 1 ORDER BY 1").fetchall()
        sha256 = file_sha256(target)
        if found:
            target.replace(work / f"deel-{sha256}.parquet")
        else:
            target.unlink()
        return {**facts, "sha256": sha256, "rows": sum(n for _, n in found), "years": [y for y, _ in found]}

    def _count(
        self, con: duckdb.DuckDBPyConnection, source: str, units: str, part: Part, landed: dict[str, Any]
    ) -> None:
        """Every row parsed is a row landed or a row held back, counted apart."""
        held = con.execute(f"SELECT COUNT(*) FROM {source} WHERE {units}").fetchone()[0]
        if part.rows != landed["rows"] + held or landed["held"] != held:
            raise AssertionError(f"{part.file}: {part.rows} rows read, {landed['rows']} landed and {held} held back")

    def _install(self, work: Path, version: str) -> None:
        for path in work.iterdir():
            handle = os.open(path, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
        fsync_dir(work)
        final = self.folder(version)
        if not final.exists():
            final.parent.mkdir(parents=True, exist_ok=True)
            work.replace(final)
            fsync_dir(final.parent)

    def accept(
        self, composed: dict[str, Any], delivery: str | None, checks: list[dict[str, Any]], outcome: str
    ) -> None:
        """Point to a version, with the receipt of the checks that let it through; without a delivery it stays
        pending."""
        state = self.state
        moment = now().isoformat(timespec="seconds")
        same = composed["version"] == state.get("version")
        self._write(
            {
                **state,
                **composed,
                "accepted_at": state["accepted_at"] if same else moment,
                "checks": checks,
                "checked_at": moment,
            },
            delivery,
            {
                "outcome": outcome,
                "reason": composed["held"][0]["reden"] if composed["held"] else "",
                "checks": [],
            },
        )

    def refuse(self, delivery: str, reason: str, checks: list[dict[str, Any]]) -> None:
        """Write down why a delivery was held back; the accepted version stays as it is."""
        self._write(self.state, delivery, {"outcome": "refused", "reason": reason, "checks": checks})

    def note_fetch(self, trouble: str | None) -> None:
        """Remember that the source could not be reached, or that it can be again."""
        state = self.state
        if state.get("fetch_problem") != trouble:
            write_json(self.root / "accepted.json", {**state, "dataset": self.spec.id, "fetch_problem": trouble})

    def reopen(self, delivery: str) -> None:
        """Make a delivery wait for the next refresh again, because somebody decided about what is wrong in it."""
        state = self.state
        waiting = {d: became for d, became in state.get("processed", {}).items() if d != delivery}
        write_json(self.root / "accepted.json", {**state, "processed": waiting})

    def withdraw(self) -> bool:
        """Take back the newest delivery if it was refused; True when there was one."""
        state = self.state
        refused = state.get("latest", {}).get("outcome") == "refused"
        if refused:
            self._write(state, state["latest"]["delivery"], {**state["latest"], "outcome": "withdrawn"})
        return refused

    def _write(self, state: dict[str, Any], delivery: str | None, latest: dict[str, Any]) -> None:
        at = now().isoformat(timespec="seconds")
        entry = {**latest, "delivery": delivery, "at": at, "rules": self.spec.rules}
        processed = dict(state.get("processed", {}))
        if delivery is not None:
            processed[delivery] = entry["outcome"]
        write_json(
            self.root / "accepted.json", {**state, "dataset": self.spec.id, "processed": processed, "latest": entry}
        )
