"""What people handed over, merged into a plan cell by cell; not where somebody else changed a cell meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pipelines.orba.cells import WrongCell, clean, value_of
from pipelines.orba.editions import Editions
from pipelines.orba.plan import ELEMENTS, OWN, PARENT, SHAPES, Element, Plan, Row, columns_of, is_told
from pipelines.orba.reported import key_part

Rows = Mapping[str, Mapping[str, Row]]
KEY, REMOVE = "sleutel", "wissen"
REFERS = ("onderdeel", "indicator", *PARENT.values())
# What tells a new row from its neighbours, below what it hangs on.
NAMED_BY = {
    **dict.fromkeys(ELEMENTS, ("code", "titel")),
    **{"mijlpaal": ("naam",), "indicator": ("naam", "onderwerp"), "streefwaarde": ("op",), "eigen_meting": ("op",)},
    **{"bedrag": ("jaar",), "oordeel": ("op",)},
}
APART = {"indicator": ("gebied", "doorsnede"), "oordeel": ("door",)}  # further, where they are filled in


@dataclass(frozen=True)
class GivenRow:
    """A row that was handed over: its table, where it stands, and per column where its cell stands and what is in."""

    table: str
    place: str
    cells: Mapping[str, tuple[str, Any]]

    @property
    def key(self) -> str:
        """Its key, as far as it has one."""
        return clean(str(self.cells.get(KEY, ("", ""))[1] or ""))

    @property
    def is_empty(self) -> bool:
        """True where no cell holds anything."""
        return all(value is None or not str(value).strip() for _, value in self.cells.values())


@dataclass
class Merged:
    """The rows of a plan with what was handed over in them, what changed, and what was refused and why."""

    rows: dict[str, dict[str, Row]]
    changed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class Merge:
    """One handing over: against the plan as it was (`base`) when the file was made, and as it is now."""

    def __init__(
        self, editions: Editions, base: Plan, now: Plan, fault_of: Callable[[Row, Rows], str], named: bool = False
    ) -> None:
        self._editions, self._base, self._now, self._fault_of, self._named = editions, base, now, fault_of, named
        self._out = Merged({table: dict(now.rows.get(table, {})) for table in SHAPES})

    def take(self, given: Iterable[GivenRow], whole: Iterable[str] = ()) -> Merged:
        """Take these rows; of the tables that were handed over `whole`, a row that is not there is told."""
        by_table: dict[str, list[GivenRow]] = defaultdict(list)
        for row in given:
            if not row.is_empty:
                by_table[row.table].append(row)
        for table in SHAPES:
            self._table(table, by_table[table])
        for table in reversed(SHAPES):
            for row in by_table[table]:
                self._remove(row)
        for table in whole:
            there = {row.key for row in by_table[table]}
            for key in self._base.rows.get(table, {}):
                if key not in there and key in self._now.rows[table]:
                    self._refuse(
                        f"{table} {key}",
                        f"de rij staat niet meer in het bestand; er is niets gewist (zet ja in de kolom {REMOVE})",
                    )
        return self._out

    def _refuse(self, place: str, why: str) -> None:
        self._out.refused.append(f"{place}: {why}")

    def _table(self, table: str, rows: list[GivenRow]) -> None:
        by_key: dict[str, list[GivenRow]] = defaultdict(list)
        for row in rows:
            by_key[row.key].append(row)
        for key, same in by_key.items():
            if not key:
                for row in same:
                    self._new(row)
            elif len(same) > 1 and any(_said(row) != _said(same[0]) for row in same):
                places = ", ".join(row.place for row in same)
                self._refuse(places, f"sleutel {key} staat er {len(same)} keer; maak de cel leeg voor een nieuwe rij")
            elif key in self._now.rows[table]:
                self._edit(same[0])
            elif key in self._base.rows.get(table, {}):
                self._refuse(same[0].place, f"{key} is intussen gewist; laat de sleutel leeg om de rij terug te zetten")
            elif self._named and key.startswith(f"{self._now.stad}/"):
                self._new(same[0])
            else:
                self._refuse(same[0].place, f"sleutel {key[:80]} is niet bekend; laat de cel leeg voor een nieuwe rij")

    def _edit(self, row: GivenRow) -> None:
        """Take the cells of a row that is there, each by itself."""
        table, key = row.table, row.key
        old, base = self._out.rows[table][key], self._base.rows.get(table, {}).get(key)
        taken = {}
        for column, (place, given) in row.cells.items():
            if column in (KEY, REMOVE):
                continue
            try:
                mine = self._value(table, column, given)
            except WrongCell as err:
                before = getattr(old, column)
                if isinstance(given, str) and isinstance(before, str) and _same(given, before):
                    continue
                self._refuse(place, str(err))
                continue
            now, then = getattr(old, column), getattr(base, column) if base else columns_of(table)[column].default
            if _same(mine, then) or _same(mine, now):
                continue
            if is_told(table, column) and self._is_reported(old):
                self._refuse(place, "komt uit het meerjarenplan en verandert met een nieuw rapport; niets gewijzigd")
            elif not _same(now, then):
                self._refuse(place, self._conflict(table, key, column, mine, now))
            else:
                taken[column] = (place, mine)
        if taken:
            self._try(row, replace(old, **{column: mine for column, (_, mine) in taken.items()}), old, taken)

    def _conflict(self, table: str, key: str, column: str, mine: Any, now: Any) -> str:
        made = self._editions.changed_by(table, key, column, self._base.versie)
        by = f" door {made.door or 'een nieuw rapport'} op {made.op[:10]} (versie {made.nummer})" if made else ""
        return f"u schreef ‘{shown_as(mine)}’, en intussen werd de cel{by} ‘{shown_as(now)}’; die blijft, kies opnieuw"

    def _try(self, row: GivenRow, new: Row, old: Row | None, taken: Mapping[str, tuple[str, Any]]) -> None:
        """Put a row in its place where nothing in it is wrong."""
        if fault := self._fault(new):
            first = next(iter(taken.values()))[0] if len(taken) == 1 else row.place
            self._refuse(first, fault)
            return
        self._out.rows[row.table][new.sleutel] = new
        for column, (place, mine) in taken.items():
            before = f"‘{shown_as(getattr(old, column))}’ → " if old else ""
            self._out.changed.append(f"{place}: {new.sleutel}, {column}: {before}‘{shown_as(mine)}’")

    def _new(self, row: GivenRow) -> None:
        """Take a row that was not there, whole or not at all."""
        values, wrong = {}, []
        for column, (place, given) in row.cells.items():
            if column in (KEY, REMOVE):
                continue
            try:
                values[column] = self._value(row.table, column, given)
            except WrongCell as err:
                wrong.append(f"{place} {err}")
        if not wrong and (lacking := [n for n, f in columns_of(row.table).items() if self._lacks(n, f, values)]):
            wrong = [f"{', '.join(lacking)} is niet ingevuld; vul aan"]
        if wrong:
            self._refuse(row.place, f"de nieuwe rij is niet toegevoegd: {'; '.join(wrong)}")
            return
        if row.table in ELEMENTS:
            values["herkomst"] = OWN
        key = row.key or self._new_key(row.table, values)
        known = {k.casefold(): k for k in self._out.rows[row.table]}
        if there := known.get(key.casefold()):  # handed over before, or by somebody else
            self._edit(replace(row, cells={**row.cells, KEY: (row.place, there)}))
            return
        new = SHAPES[row.table](sleutel=key, **values)
        filled = {
            c: (row.cells[c][0], v)
            for c, v in values.items()
            if c in row.cells and v != columns_of(row.table)[c].default
        }
        self._try(row, new, None, filled)

    @staticmethod
    def _lacks(name: str, said: Any, values: Mapping[str, Any]) -> bool:
        return bool(said.metadata.get("needed")) and name != KEY and values.get(name) in (None, "")

    def _new_key(self, table: str, values: Mapping[str, Any]) -> str:
        above = next(
            (values[name] for name in (PARENT.get(table, ""), "indicator", "onderdeel") if values.get(name)), ""
        )
        name = next((str(values[column]) for column in NAMED_BY[table] if values.get(column)), "naamloos")
        own = "-".join([name, *(str(values[c]) for c in APART.get(table, ()) if values.get(c))])
        part = own.replace("/", "-") if table in ELEMENTS and values.get("code") else key_part(own)
        return f"{above or self._now.stad}/{part}"

    def _remove(self, row: GivenRow) -> None:
        place, said = row.cells.get(REMOVE, ("", None))
        key, rows = row.key, self._out.rows[row.table]
        if key not in rows or not said or clean(str(said)).casefold() not in ("ja", "x", "true"):
            return
        plan = Plan(self._now.stad, self._out.rows)
        below = (
            [f"{t} {r.sleutel}" for t in SHAPES for r in plan.under(key, t)]
            if row.table in (*ELEMENTS, "indicator")
            else []
        )
        if self._is_reported(rows[key]):
            self._refuse(place, "komt uit het meerjarenplan en kan niet gewist worden")
        elif below:
            self._refuse(place, f"er hangt nog iets aan ({below[0]}); wis dat eerst")
        elif self._base.rows.get(row.table, {}).get(key) != self._now.rows[row.table].get(key):
            self._refuse(place, "de rij is intussen door iemand anders veranderd; haal een nieuw werkboek en kijk na")
        else:
            del rows[key]
            self._out.changed.append(f"{place}: {key} gewist")

    def _is_reported(self, row: Row) -> bool:
        about = row if isinstance(row, Element) else self._now.elements.get(getattr(row, "onderdeel", ""))
        return isinstance(about, Element) and about.herkomst != OWN and (row.table == "bedrag" or about is row)

    def _value(self, table: str, column: str, given: Any) -> Any:
        """The value of a cell; what refers to something may also say its code, name or title, where only one has it."""
        value = value_of(table, column, given)
        if column not in REFERS or not value:
            return value
        tables = ELEMENTS if column == "onderdeel" else (column,)
        rows = [row for name in tables for row in self._out.rows[name].values()]
        found = [r.sleutel for r in rows if r.sleutel.casefold() == value.casefold()]
        found = found or [r.sleutel for r in rows if value.casefold() in _names(r)]
        if len(found) != 1:
            what = "is niet bekend" if not found else f"kan er {len(found)} zijn ({', '.join(found[:3])})"
            raise WrongCell(f"‘{value[:80]}’ {what}; kies een sleutel uit de lijst")
        return found[0]

    def _fault(self, row: Row) -> str:
        """What is wrong with a row as a whole, and with what it refers to."""
        for name, said in columns_of(row.table).items():
            if said.metadata.get("needed") and getattr(row, name) in (None, ""):
                return f"{name} mag niet leeg zijn"
        taken = {k.casefold() for t in ELEMENTS if t != row.table for k in self._out.rows[t]}
        if isinstance(row, Element) and row.sleutel.casefold() in taken:
            return f"sleutel {row.sleutel} is al die van een ander onderdeel; geef een andere code"
        return self._fault_of(row, self._out.rows)


def _said(row: GivenRow) -> dict[str, str]:
    return {column: str(value) for column, (_, value) in row.cells.items()}


def _names(row: Row) -> set[str]:
    said = (getattr(row, name, "") for name in ("code", "titel", "naam", "onderwerp"))
    return {text.casefold() for text in said if text}


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return clean(one) == clean(other)
    return bool(one == other)


def shown_as(value: Any) -> str:
    """A value as a person writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nee"
    text = (
        f"{value:%d/%m/%Y}" if hasattr(value, "strftime") else f"{value:g}" if isinstance(value, float) else str(value)
    )
    return text if len(text) <= 60 else f"{text[:57]}…"
