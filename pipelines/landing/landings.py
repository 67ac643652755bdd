"""The one owner of what is accepted, held, refused, waiting and decided: per dataset, and for the whole home."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from pipelines.describe.specs import Dataset
from pipelines.home import Home, now, quoted, read_json, write_json
from pipelines.ingest.raw import LIVE, Delivery, RawStore, told_of
from pipelines.ingest.read.cast import landing_types
from pipelines.landing.order import Scopes
from pipelines.landing.state import ACCEPTED, UNDER_EMBARGO, Accepted, Decision, LandedTable, Refusal, State, Turn


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
        return read_json(self.pointer, State, todo, State(dataset=self.spec.id))

    @cached_property
    def decisions(self) -> list[Decision]:
        """Everything that a person decided, oldest first. Raises Damaged."""
        todo = "put back a copy of it, or run obmi refresh and decide again what obmi quarantaine then lists"
        return read_json(self.log, list[Decision], todo, [])

    def let_through(self, moment: datetime) -> list[Decision]:
        """What a person lets through at the gate, as of a moment."""
        return [
            d
            for d in self.decisions
            if d.besluit == ACCEPTED and datetime.fromisoformat(d.op) <= moment <= datetime.fromisoformat(d.tot)
        ]

    @property
    def deliveries(self) -> list[Delivery]:
        """All that was ever delivered, oldest first. Raises Damaged."""
        return self._raw.deliveries(self.spec.id)

    @property
    def taken(self) -> list[Delivery]:
        """Those of which something was accepted."""
        return [d for d in self.deliveries if self.state.processed.get(d.id) in ("accepted", "partial")]

    @property
    def is_here(self) -> bool:
        """True once a version was accepted, something was delivered and not withdrawn, or an address is on trial."""
        return self.state.version is not None or bool(self._standing) or self.on_trial

    @property
    def is_known(self) -> bool:
        """True once anything was written down of it: a delivery, a source out of reach, or a decision."""
        return self.state != State(dataset=self.spec.id) or bool(self.decisions)

    @property
    def on_trial(self) -> bool:
        """True while nobody accepted the first landing of an address whose description is proven on no file."""
        waiting = self.state.fetch_problem is not None or any(d.via == LIVE for d in self._standing)
        return self.spec.status == "ongetest" and self.state.version is None and waiting

    @property
    def freshness(self) -> tuple[Literal["vers", "deels", "oud", "ontbreekt", "op proef"], str]:
        """How new the accepted figures are, with the reason where they are not the newest."""
        status, why = self.state.freshness
        return ("op proef", why) if self.on_trial else (status, why)

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
        """True until a real delivery came in, and again once all were withdrawn: built-in figures never land beside
        one that is accepted, waits, or was refused."""
        return all(d.stand_in for d in self._standing)

    @property
    def standing(self) -> list[Delivery]:
        """Deliveries that count, in the order in which they were taken up: what waits comes last, what was handed over
        after what was fetched. Built-in figures do not count where they are not wanted and never landed."""
        wanted = self.wants_stand_in
        turn = {t.delivery: n for n, t in enumerate(self.state.turns)}
        found = [d for d in self._standing if wanted or not d.stand_in or d.id in self.state.processed]
        return sorted(found, key=lambda d: (turn.get(d.id, len(turn)), d.id not in turn and d.via == "drop"))

    @property
    def pending(self) -> list[Delivery]:
        """Those of them that no refresh has judged since they came, or since somebody let a part of them through."""
        return [d for d in self.standing if self.waits(d.id)]

    def waits(self, delivery: str) -> bool:
        """Whether a delivery is to be judged: no refresh has, or rows of it are no longer under an embargo."""
        until = self.state.embargo.get(delivery)
        return delivery not in self.state.processed or (until is not None and datetime.fromisoformat(until) <= now())

    def read_at(self, delivery: str) -> datetime:
        """As of when a delivery is read and judged, in whole seconds: the moment of its turn, or now where it waits."""
        turn = next((t.at for t in self.state.turns if t.delivery == delivery), None)
        return now().replace(microsecond=0) if turn is None or self.waits(delivery) else datetime.fromisoformat(turn)

    @property
    def _standing(self) -> list[Delivery]:
        """Those that count, without those of which all is under an embargo."""
        became = self.state.processed
        return [
            d
            for d in self.deliveries
            if became.get(d.id) != "withdrawn" and (became.get(d.id) != UNDER_EMBARGO or self.waits(d.id))
        ]

    @cached_property
    def scopes(self) -> Scopes:
        """What every delivery holds."""
        return Scopes(self.root, self.spec)

    @property
    def read_as(self) -> Dataset:
        """The description that the accepted rows were read by: while a changed one cannot be taken into use, that of
        before, under the texts of today."""
        if not self.state.rules or self.state.rules == self.spec.rules:
            return self.spec
        return self.spec.read_by(self.state.description)

    def at(self, accepted: Accepted) -> Landing:
        """The same landing with something else accepted; nothing of it is written down."""
        other = copy.copy(self)
        other._state = State(dataset=self.spec.id, **vars(accepted))
        return other

    def then(self, state: State, spec: Dataset) -> Landing:
        """The same landing as it was when all this was written down of it; nothing of it is written down again."""
        other = copy.copy(self)
        other._state, other.spec = state, spec
        return other

    def in_use(self) -> Landing:
        """The same landing, by the description that its accepted rows were read by."""
        return self.then(self.state, self.read_as)

    def folder(self, version: str) -> Path:
        """Where a version's Parquet files lie."""
        return self.root / version

    @property
    def lies(self) -> bool:
        """Whether all of the accepted version is on disk."""
        return self.state.version is None or all(self.file(part).exists() for part in self.state.parts)

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

    def let_go(self) -> None:
        """Remove the versions that nothing refers to any more."""
        if self.state.version:
            self.forget({folder.name for folder in self.root.iterdir() if folder.is_dir()})

    def forget(self, versions: set[str]) -> None:
        """Remove those of these versions that nothing refers to."""
        stay = {one.version for one in (self.state, self.state.in_turn, self.state.before) if one}
        for version in versions - stay:
            shutil.rmtree(self.folder(version), ignore_errors=True)

    def settle(self, state: State) -> None:
        """Write down what is accepted now, and what became of every delivery."""
        write_json(self.pointer, asdict(state))
        self._state = state

    def refuse(self, delivery: str, reason: str) -> None:
        """Write down why a delivery that waits is refused unread."""
        moment = now().isoformat(timespec="seconds")
        self.settle(
            replace(
                self.state,
                processed=self.state.processed | {delivery: "refused"},
                turns=[*self.state.turns, Turn(delivery, moment)],
                refusals=[*self.state.refusals, Refusal(delivery, moment, reason, [])],
            )
        )

    def withdraw(self, delivery: str = "") -> bool:
        """Take back a refused delivery; without one told the newest if no refresh has looked at it, else of what is
        refused the last. True when there was one. Of one that landed but for a file, that file."""
        became, waived, left = self.state.processed, self.state.waived, self.state.refusals
        refused = next((r for r in reversed(left) if delivery in ("", r.delivery)), None)
        newest = (self.deliveries or [None])[-1]
        if newest and newest.id not in became and not delivery:
            became = became | {newest.id: "withdrawn"}
        elif refused:
            left = [r for r in left if r is not refused]
            if became[refused.delivery] == "refused":
                became = became | {refused.delivery: "withdrawn"}
            else:
                waived = [*waived, refused.delivery]
        else:
            return False
        self.settle(replace(self.state, processed=became, waived=waived, refusals=left, unread=None))
        return True

    def note_fetch(
        self, trouble: str | None, missing: tuple[int, ...] = (), away: Mapping[str, str] | None = None
    ) -> None:
        """Remember that the source could not be reached, or that it can be again, which years it does not have, and
        which cities are `away`, each with why."""
        found = {"fetch_problem": trouble, "missing_years": missing, "out_of_reach": dict(away or {})}
        if self.state.reached != found:
            self.settle(replace(self.state, **found))

    def decide(self, decision: Decision) -> None:
        """Write down what a person decided, and make its delivery wait for the next refresh again when it is let
        through."""
        self.decisions = [*self.decisions, decision]
        write_json(self.log, [asdict(d) for d in self.decisions])
        if decision.besluit == ACCEPTED:
            waiting = {d: became for d, became in self.state.processed.items() if d != decision.levering}
            self.settle(replace(self.state, processed=waiting))

    @property
    def pointer(self) -> Path:
        """The file that says what is accepted."""
        return self.root / "accepted.json"

    @property
    def log(self) -> Path:
        """The file that says what a person decided."""
        return self.root / "besluiten.json"


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

    def beside(self, others: Mapping[str, Landing]) -> Landings:
        """These, and those of another home that they are judged by or take parts from."""
        both = Landings(self.home, {})
        both._landings = {**others, **self._landings}
        return both

    def in_use(self) -> Landings:
        """All of them, each by the description that its accepted rows were read by."""
        used = Landings(self.home, {})
        used._landings = {name: landing.in_use() for name, landing in self.items()}
        return used
