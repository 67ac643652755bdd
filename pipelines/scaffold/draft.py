"""A source spec in the making."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import duckdb

from pipelines.describe.formats import Format
from pipelines.describe.specs import CALENDAR_PARTS, Dataset
from pipelines.scaffold.questions import REGIONS, Answers

# Names that the checks and the model give to other things.
OWN_WORDS = (
    "eenheid onderwerp waarde periode periode_begin status waargenomen verwacht grens laagste hoogste code cel er "
    "jaar maand kwartaal gebied gebiedsniveau gemeente w n o v l z e d f k"
)
SCOPE = {"gewesten": [*REGIONS], "vanaf": 1800, "afwezig": "onbekend"}  # until it is asked
PLACED = ("gebiedsniveau", "gebied")


@dataclass
class Draft:
    """What is known of a dataset so far, in the words of its spec, and who is asked for the rest.

    `form` is its one format; `beside` are columns that land below each other; `kinds` says per measure, or per code of
    these, what it is; `over` says per dimension how a subject goes over it: `som`, `apart` (a subject per value) or the
    one value that is the total.
    """

    ident: str
    form: dict[str, Any]
    answers: Answers
    meta: dict[str, Any] = field(default_factory=dict)
    gebied: dict[str, Any] = field(default_factory=dict)
    dekking: dict[str, Any] = field(default_factory=lambda: dict(SCOPE))
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    codes: dict[str, Any] = field(default_factory=dict)
    beside: list[str] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    over: dict[str, str] = field(default_factory=dict)

    def carry(self, column: str, name: str, **shape: Any) -> None:
        """Take a column of the file over under our name."""
        self.form.setdefault("header", {})[column] = name
        self.columns[name] = shape

    def leave(self, column: str, why: str = "") -> None:
        """A column that is known and not carried."""
        self.form.setdefault("ignored", []).append(column)
        if why:
            self.answers.say("ignored", f"{column}: {why}")

    def extract(self, column: str, name: str, pattern: str) -> None:
        """Take a whole number that stands inside the cells of a column."""
        self.form.setdefault("extract", {})[name] = {"column": column, "pattern": pattern}
        self.columns[name] = {"type": "integer"}

    def exclude(self, reason: str, holds: dict[str, list[str]]) -> None:
        """Rows that are known and do not land: all these columns hold one of their texts."""
        (column, values), *also = holds.items()
        entry = {"column": column, "values": values, "also": dict(also), "reason": reason}
        self.form.setdefault("excluded", []).append(entry)

    def rest(self, header: list[str]) -> list[str]:
        """The columns of the file that are not understood yet."""
        known = {*self.form.get("header", {}), *self.form.get("ignored", []), *self.base, *self.beside}
        return [c for c in header if c not in known]

    @property
    def is_upload(self) -> bool:
        """True for an upload of Swing, which brings the codes of its subjects."""
        return "known" in self.codes

    @property
    def base(self) -> list[str]:
        """The columns of the file that say the period and the area of a row."""
        ours = (*CALENDAR_PARTS, *PLACED)
        found = [theirs for theirs, name in self.form.get("header", {}).items() if name in ours]
        inside = [e["column"] for e in self.form.get("extract", {}).values() if e["column"] != "(code)"]
        return [*dict.fromkeys([*inside, *found])]

    @property
    def dimensions(self) -> list[str]:
        """Our columns that part the figures of an area and period."""
        own = (*CALENDAR_PARTS, *PLACED, "gemeente", self.codes.get("column"))
        return [n for n, c in self.columns.items() if n not in own and not c.get("measure")]

    @property
    def measures(self) -> list[str]:
        """Our columns that hold figures."""
        return [n for n, c in self.columns.items() if c.get("measure")]

    @property
    def listed(self) -> list[str]:
        """What every area has a row for: the period, and the subject of an upload."""
        return [n for n in (*CALENDAR_PARTS, "onderwerp") if n in self.columns]

    @property
    def key(self) -> list[str]:
        """Our columns that tell the rows apart."""
        own = [*CALENDAR_PARTS, *PLACED, self.codes.get("column")]
        return [*dict.fromkeys(n for n in [*own, *self.dimensions] if n in self.columns)]

    def own_name(self, column: str) -> str:
        """A name of ours for a column of the publisher that no other column has."""
        name = self.answers.given("namen", column) or slug(column)
        name = f"kolom_{name}" if name in _reserved() else name
        return next(n for n in (name, *(f"{name}_{i}" for i in range(2, 999))) if n not in self.columns)

    def series(self, column: str) -> str:
        """What the figures of a column are called: the code of those that land below each other, or the column."""
        if self.codes.get("column") == "jaar":
            return "waarde"
        found = re.search(self.codes.get("pattern", "(.*)"), column)
        return found[1] if found else column

    def data(self) -> dict[str, Any]:
        """The spec as its YAML file says it."""
        form = Format(**{"name": self.ident.split("_", 1)[1], "header": {}, **self.form})
        spec = {
            **self.meta,
            "status": "ongetest",
            "protocol": "drop",
            "gebied": self.gebied,
            "dekking": self.dekking,
            "columns": {n: c["type"] if len(c) == 1 else c for n, c in self.columns.items()},
            "key": self.key,
            "missing": self.missing,
            "codes": self.codes,
            "formats": [form.model_dump(exclude_defaults=True)],
        }
        return {k: v for k, v in spec.items() if v not in ({}, [])}

    def spec(self, **more: Any) -> Dataset:
        """The draft as a refresh reads it."""
        return Dataset(id=self.ident, **{**self.data(), **more})


@cache
def _reserved() -> frozenset[str]:
    """Words that mean something in SQL, and words of our own."""
    sql = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'"
    return frozenset([*OWN_WORDS.split(), *(word for (word,) in duckdb.execute(sql).fetchall())])


def slug(text: str) -> str:
    """A text as a name: ASCII letters, digits and underscores, without a publisher's prefix for the type."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"(?<=\d)\+", "p", plain).replace("%", "pct")
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    name = re.sub(r"^(ms|cd|tx)_(?=.)", "", name) or "kolom"
    return f"k{name}" if name[0].isdigit() else name
