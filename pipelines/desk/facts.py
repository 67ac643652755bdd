"""What the home says of every asset now: its version, figures to plot, and what its checks said."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

import dagster as dg
import duckdb

from pipelines.describe.catalogue import City
from pipelines.describe.specfile import digest_of
from pipelines.desk.labels import REGISTER
from pipelines.desk.lineage import column_lineage, landing_lineage, model_lineage
from pipelines.gate.checks import compile_checks
from pipelines.home import Home, quoted
from pipelines.ingest.raw import RawStore
from pipelines.landing.landings import Landing, Landings
from pipelines.landing.quarantine import items
from pipelines.landing.receipt import Outcome
from pipelines.landing.register import has_register, register_sources, register_tables
from pipelines.project import Project
from pipelines.publish.releases import MAIN, sound_current
from pipelines.transform.kept import Built, Kept

SEVERITY = {"blokkerend": dg.AssetCheckSeverity.ERROR, "waarschuwing": dg.AssetCheckSeverity.WARN}
PASSED = ("geslaagd", "nvt", "aanvaard")
SHOWN = 50  # changed figures in the table of a release
LINKS = 20  # of what is held, with a link to decide about it
HELD = ("id", "steden", "jaren", "waargenomen", "verwacht", "reden")
# What the launchpad of the job starts with.
DECISION = """ops:
  beslis:
    config:
      id: "{id}"
      besluit: aanvaard # of afgewezen
      door: ""
      reden: ""
"""
CHANGED = f"""
SELECT r.onderwerp, r.gebiedsniveau, r.gebied, g.naam, r.periode, r.soort, r.oude_waarde, r.nieuwe_waarde,
  r.oude_status, r.nieuwe_status
FROM rel.mart.revisie AS r LEFT JOIN rel.mart.gebied AS g USING (gebiedsniveau, gebied)
ORDER BY ABS(r.nieuwe_waarde - r.oude_waarde) / GREATEST(1, ABS(r.oude_waarde)) DESC NULLS LAST, onderwerp, gebied,
  periode
LIMIT {SHOWN}"""
PER_DATASET = """
WITH van AS (SELECT onderwerp, ANY_VALUE(bron) AS bron FROM rel.mart.waarneming GROUP BY onderwerp)
SELECT COALESCE(v.bron, 'niet meer in de release') AS dataset, COUNT(*) AS gewijzigd,
  COUNT(DISTINCT (r.gebiedsniveau, r.gebied)) AS gebieden, MIN(r.periode) AS van, MAX(r.periode) AS tot
FROM rel.mart.revisie AS r LEFT JOIN van AS v USING (onderwerp) GROUP BY ALL ORDER BY ALL"""


@dataclass(frozen=True)
class Said:
    """What a check said of an asset."""

    name: str
    passed: bool
    severity: dg.AssetCheckSeverity
    description: str
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Fact:
    """An asset by its name, its version, and what there is to show of it."""

    name: str
    version: str
    metadata: dict[str, Any]
    checks: list[Said] = field(default_factory=list)
    state: str = ""  # what else it is told apart by than its version
    landed: bool = True
    code: str = ""  # what it was made by, where that may be another than today's


def delivery_fact(landings: Landings, dataset: str) -> Fact | None:
    """What came in last of a dataset."""
    deliveries = landings[dataset].deliveries
    if not deliveries:
        return None
    last, store = deliveries[-1], RawStore(landings.home)
    return Fact(
        f"levering.{dataset}",
        last.id,
        {
            "gekomen": _moment(last.arrived),
            "langs": last.via,
            "leveringen": len(deliveries),
            "bytes": sum(f.size for f in last.files),
            "bestanden": table_of(
                {"bestand": f.name, "pad": str(store.path(f.sha256)), **f.origin} for f in last.files
            ),
        },
    )


def landing_fact(landings: Landings, dataset: str, cities: list[City]) -> Fact:
    """What is accepted of a dataset, what is held back and what the checks said."""
    landing = landings[dataset]
    state = landing.state
    kind, why = landing.freshness
    held = held_rows(items(landings.only([dataset]), cities))
    metadata = {
        "stand": kind,
        "reden": why,
        "versie": state.version or "",
        "dagster/row_count": sum(p.rows for p in state.parts),
        "rijen vastgehouden": sum(p.held for p in state.parts),
        "onderdelen vastgehouden": len(state.held),
        "jaren": ", ".join(map(str, sorted({y for p in state.parts for y in p.years}))),
        "bestanden": ", ".join(sorted({p.file for p in state.parts})),
        "dagster/column_lineage": landing_lineage(landing.spec),
    }
    if state.accepted_at:
        metadata["aanvaard"] = _moment(state.accepted_at)
    if held:
        metadata["vastgehouden"] = table_of(held)
        metadata |= {
            f"beslis {one['id']}": dg.MetadataValue.url(_launchpad(one["id"])) for one in held[:LINKS] if one["id"]
        }
    checks = _checks(landing, why)
    told = [[c.name, c.passed, c.description] for c in checks]
    version, mark = state.version or kind, digest_of([kind, why, told, held, state.rules])
    return Fact(f"landing.{dataset}", version, metadata, checks, mark, state.version is not None, state.rules[:12])


def held_rows(found: Iterable[Mapping[str, Any]], *more: str) -> list[dict[str, str]]:
    """What is held as the page shows it."""
    return [{name: _plain(item[name]) for name in (*HELD, *more)} for item in found]


def _launchpad(item: str) -> str:
    """Where the page asks for a decision about one item."""
    config = quote(DECISION.format(id=item))
    return f"/locations/pipelines.definitions/jobs/besluit/playground/setup?config={config}"


def _checks(landing: Landing, why: str) -> list[Said]:
    """What the gate said of the newest delivery; a check without a result counts as failed."""
    found = {c.controle: c for c in (landing.state.refused or landing.state).checks}
    told = []
    for compiled in compile_checks(landing.spec):
        check, got = compiled.check, found.get(compiled.check.id)
        said = got.boodschap if got else f"did not run: {why or 'no result'}"
        passed = got is not None and got.uitslag in PASSED
        told.append(Said(check.id, passed, SEVERITY[check.ernst], said, _seen(got)))
    return told


def _seen(got: Outcome | None) -> dict[str, Any]:
    if got is None:
        return {"uitslag": "fout"}
    told = {n: getattr(got, n) for n in ("uitslag", "gezien", "afwijkend", "waargenomen", "verwacht", "grens")}
    rows = {"rijen": table_of(got.rijen)} if got.rijen else {}
    return {n: v for n, v in told.items() if v is not None} | rows


def register_fact(home: Home) -> Fact | None:
    """The register of areas in use."""
    if not has_register(home):
        return None
    tables = register_tables(home)
    return Fact(
        REGISTER,
        digest_of(sorted(path.name for path in tables.values()))[:32],
        {
            "dagster/row_count": sum(_rows_of([str(p) for p in tables.values()]).values()),
            "tabellen": table_of({"tabel": name, "pad": str(path)} for name, path in tables.items()),
        },
    )


def model_facts(project: Project, landings: Landings, graph: Collection[str]) -> list[Fact]:
    """Every model of the last build, with the audits that passed; its version is the hash of its rows."""
    home = landings.home
    built, kept, lineage = Built.of(home), Kept(home), column_lineage(project, landings)
    sources = [n for n in built.audits if n.startswith("bron.") and n != "bron.kubus"]
    files: dict[str, dict[str, str]] = {}
    for key, tables in built.steps.items():
        for name, sha256 in tables.items():
            files.setdefault(name, {})[str(kept.path(key, name))] = sha256
    rows = _rows_of([path for paths in files.values() for path in paths])
    facts = []
    for name, audits in built.audits.items():
        if name not in graph:
            continue
        own = files.get(name, {})
        checks = [Said(a, True, dg.AssetCheckSeverity.ERROR, "", {}) for a in dict.fromkeys(audits)]
        metadata: dict[str, Any] = {"stappen": len(own)}
        if own:
            metadata["dagster/row_count"] = sum(rows[path] for path in own)
        if columns := lineage.get(name):
            metadata["dagster/column_lineage"] = model_lineage(columns, sources)
        version = digest_of(sorted(own.values()) or [built.fingerprint])[:32]
        facts.append(Fact(name, version, metadata, checks, built.fingerprint))
    return facts


def _rows_of(paths: list[str]) -> dict[str, int]:
    """How many rows each Parquet file holds."""
    if not paths:
        return {}
    listed = ", ".join(map(quoted, paths))
    with duckdb.connect() as con:
        return dict(con.execute(f"SELECT file_name, num_rows FROM parquet_file_metadata([{listed}])").fetchall())


def release_fact(home: Home) -> Fact | None:
    """The release that readers get, with what changed in it."""
    manifest = sound_current(home)
    if manifest is None:
        return None
    from pipelines.publish.maturity_report import totals  # here: the page waits for imports

    path = home.current / MAIN  # by its own name it is packed after the next release
    with duckdb.connect() as con:
        con.execute(f"ATTACH {quoted(path)} AS rel (READ_ONLY)")
        cells, per_dataset = (con.execute(sql).to_arrow_table().to_pylist() for sql in (CHANGED, PER_DATASET))
    points = [{"stad": t["stad"], "score": t["score"], "maximum": t["maximum"]} for t in totals(path)]
    tables = {"gewijzigd per dataset": per_dataset, "gewijzigde cijfers": cells, "datamaturiteit": points}
    return Fact(
        "release",
        manifest["release"],
        {
            "release": manifest["release"],
            "cijfers": manifest["cijfers"],
            "aantal gewijzigd": manifest["revisies"],
            "vorige": manifest["vorige"] or "",
            "gemaakt": _moment(f"{manifest['gemaakt_op']}+00:00"),
            "bytes": sum(file["bytes"] for file in manifest["bestanden"].values()),
            "pad": dg.MetadataValue.path(str(path)),
            **{name: table_of(rows) for name, rows in tables.items() if rows},
        },
    )


def known_facts(project: Project, landings: Landings, graph: Collection[str]) -> Iterable[Fact]:
    """Every asset of which the home has something, from the sources to the release."""
    first = register_sources()
    for dataset in (*first, *(i for i in landings if i not in first)):
        if (delivered := delivery_fact(landings, dataset)) is not None:
            yield delivered
        if landings[dataset].state.version or landings[dataset].state.refusals:
            yield landing_fact(landings, dataset, project.cities)
    yield from filter(None, [register_fact(landings.home)])
    yield from model_facts(project, landings, graph)
    yield from filter(None, [release_fact(landings.home)])


def _moment(text: str) -> dg.MetadataValue:
    return dg.MetadataValue.timestamp(datetime.fromisoformat(text))


def _plain(value: object) -> str:
    """What a cell of a table shows."""
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else "" if value is None else str(value)


def table_of(rows: Iterable[Mapping[str, Any]]) -> dg.MetadataValue:
    """Rows as the page shows them; all have the columns of all."""
    listed = [dict(row) for row in rows]
    names = list(dict.fromkeys(name for row in listed for name in row))
    shown = [{n: v if isinstance(v := row.get(n), (int, float, str)) else _plain(v) for n in names} for row in listed]
    return dg.MetadataValue.table(
        [dg.TableRecord(row) for row in shown], dg.TableSchema([dg.TableColumn(n, "string") for n in names])
    )
