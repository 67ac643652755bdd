"""The one owner of what is accepted, held, refused, waiting and decided: per dataset, and for the whole home."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from pipelines.describe.specs import Dataset
from pipelines.home import Home, now, quoted, read_json, write_json
from pipelines.ingest.raw import Delivery, RawStore, told_of
from pipelines.ingest.read.cast import landing_types
from pipelines.landing.receipt import Outcome
from pipelines.landing.state import ACCEPTED, Composed, Decision, LandedTable, Latest, State


class Landing:
    """The deliveries of one dataset, and its versions under landing/<dataset>/; read once, and written through."""

    def __init__(self, home: Home, spec: Dataset) -> None:
        self.spec = spec
        self.root = home.landing / spec.id
        self._raw = RawStore(home)

    @property
    def state(self) -> State:
        """What accepted.json says; empty before the first delivery. Raises Damaged."""
        return self._state

    @cached_property
    def _state(self) -> State:
        todo = f"run obmi refresh, which keeps it under another name and reads every delivery of {self.spec.id} again"
        return read_json(self.pointer, State, todo, State(self.spec.id))

    @cached_property
    def decisions(self) -> list[Decision]:
        """Everything that a person decided, oldest first. Raises Damaged."""
        todo = "put back a copy of it, or run obmi refresh and decide again what obmi quarantaine then lists"
        return read_json(self.log, list[Decision], todo, [])

    @property
    def let_through(self) -> list[Decision]:
        """What a person lets through at the gate, as long as it holds."""
        moment = now()
        return [d for d in self.decisions if d.besluit == ACCEPTED and datetime.fromisoformat(d.tot) >= moment]

    @property
    def deliveries(self) -> list[Delivery]:
        """All that was ever delivered, oldest first. Raises Damaged."""
        return self._raw.deliveries(self.spec.id)

    @property
    def is_here(self) -> bool:
        """True once a version was accepted, or something was delivered and not withdrawn."""
        became = self.state.processed
        return self.state.version is not None or any(became.get(d.id) != "withdrawn" for d in self.deliveries)

    @property
    def is_lost(self) -> bool:
        """True when rows lie here and nothing says any more which of them are accepted."""
        return self.state.version is None and any(self.root.glob("*/deel-*.parquet"))

    @property
    def stands_in(self) -> bool:
        """True while only built-in figures are accepted."""
        came = {built_in: set[str]() for built_in in (True, False)}
        for delivery in self.deliveries:
            came[delivery.stand_in] |= {told_of(files) for files in delivery.parts}
        accepted = {part.raw_sha256 for part in self.state.parts}
        return bool(accepted) and accepted <= came[True] - came[False]

    @property
    def wants_stand_in(self) -> bool:
        """True until a real delivery came in, and again once it was withdrawn: built-in figures never land beside
        one that is accepted, waits, or was refused."""
        real = [d.id for d in self.deliveries if not d.stand_in]
        back = not real or (self.state.processed.get(real[-1]) == "withdrawn" and self.state.refused is None)
        return back and (self.state.version is None or self.stands_in)

    @property
    def pending(self) -> list[Delivery]:
        """Deliveries that no refresh has looked at: what was fetched first, then what was handed over.

        The newest delivery, when it was refused, is looked at again once the source's spec or checks have changed.
        Built-in figures do not wait where they are not wanted.
        """
        wanted = self.wants_stand_in
        refused = self.state.refused
        again = refused.delivery if refused and refused.rules != self.spec.rules else None
        waiting = [d for d in self.deliveries if d.id not in self.state.processed or d.id == again]
        waiting = [d for d in waiting if wanted or not d.stand_in]
        return sorted(waiting, key=lambda d: d.via == "drop")

    def before(self, delivery: Delivery) -> Landing:
        """What a delivery is judged by and joined to: all that is accepted, but nothing where only built-in figures
        are and it is real."""
        if delivery.stand_in or not self.stands_in:
            return self
        first = copy.copy(self)
        first._state = State(self.spec.id)
        return first

    def folder(self, version: str) -> Path:
        """Where a version's Parquet files lie."""
        return self.root / version

    def file(self, table: LandedTable) -> Path:
        """The Parquet file of a table of the accepted version."""
        assert self.state.version is not None, "a table is accepted in a version"
        return self.folder(self.state.version) / f"deel-{table.sha256}.parquet"

    def relation(self) -> str:
        """SQL that reads the accepted version, or an empty table of the same shape."""
        if self.state.version:
            return f"read_parquet({quoted(self.folder(self.state.version) / 'deel-*.parquet')})"
        types = landing_types(self.spec)
        return "(SELECT " + ", ".join(f"NULL::{t} AS {n}" for n, t in types.items()) + " WHERE FALSE)"

    def accept(
        self, new: Composed, checks: list[Outcome], delivery: str | None, outcome: Literal["accepted", "partial"]
    ) -> None:
        """Point to a version, with the receipt of the checks that let it through; without a delivery it stays
        pending."""
        moment = now().isoformat(timespec="seconds")
        since = self.state.accepted_at if new.version == self.state.version else moment
        state = replace(self.state, **vars(new), checks=checks, accepted_at=since, checked_at=moment)
        self._settle(state, delivery, outcome, new.held[0].reden if new.held else "", [])

    def refuse(self, delivery: str, reason: str, checks: list[Outcome]) -> None:
        """Write down why a delivery was held back; the accepted version stays as it is."""
        self._settle(self.state, delivery, "refused", reason, checks)

    def withdraw(self) -> bool:
        """Take back the newest delivery if it was refused, or if no refresh has looked at it; True when it was."""
        refused, newest = self.state.refused, (self.deliveries or [None])[-1]
        if newest and newest.id not in self.state.processed:
            self._write(replace(self.state, processed={**self.state.processed, newest.id: "withdrawn"}))
        elif refused:
            self._settle(self.state, refused.delivery, "withdrawn", refused.reason, refused.checks)
        else:
            return False
        return True

    def note_fetch(self, trouble: str | None, missing: tuple[int, ...] = ()) -> None:
        """Remember that the source could not be reached, or that it can be again, and which years it does not have."""
        if (self.state.fetch_problem, self.state.missing_years) != (trouble, missing):
            self._write(replace(self.state, fetch_problem=trouble, missing_years=missing))

    def decide(self, decision: Decision) -> None:
        """Write down what a person decided, and make its delivery wait for the next refresh again when it is let
        through."""
        self.decisions = [*self.decisions, decision]
        write_json(self.log, [asdict(d) for d in self.decisions])
        if decision.besluit == ACCEPTED:
            waiting = {d: became for d, became in self.state.processed.items() if d != decision.levering}
            self._write(replace(self.state, processed=waiting))

    @property
    def pointer(self) -> Path:
        """The file that says what is accepted."""
        return self.root / "accepted.json"

    @property
    def log(self) -> Path:
        """The file that says what a person decided."""
        return self.root / "besluiten.json"

    def _settle(
        self,
        state: State,
        delivery: str | None,
        outcome: Literal["accepted", "partial", "refused", "withdrawn"],
        reason: str,
        checks: list[Outcome],
    ) -> None:
        latest = Latest(delivery, now().isoformat(timespec="seconds"), outcome, reason, self.spec.rules, checks)
        processed = state.processed if delivery is None else {**state.processed, delivery: outcome}
        self._write(replace(state, processed=processed, latest=latest))

    def _write(self, state: State) -> None:
        write_json(self.pointer, asdict(state))
        self._state = state


class Landings(Mapping[str, Landing]):
    """The landing of every dataset of a home, by name."""

    def __init__(self, home: Home, datasets: Mapping[str, Dataset]) -> None:
        self.home = home
        self._landings = {name: Landing(home, spec) for name, spec in datasets.items()}

    def __getitem__(self, dataset: str) -> Landing:
        return self._landings[dataset]

    def __iter__(self) -> Iterator[str]:
        return iter(self._landings)

    def __len__(self) -> int:
        return len(self._landings)

    def only(self, names: Iterable[str]) -> Landings:
        """Some of them, in this order."""
        some = Landings(self.home, {})
        some._landings = {name: self[name] for name in names}
        return some
