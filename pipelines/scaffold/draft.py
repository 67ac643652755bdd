"""A source spec in the making."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from pipelines.describe.specs import Dataset

# Words of SQL, and names that the checks and the model give to other things.
SQL_WORDS = (
    "all and any array as asc both by case cast check column create cross default desc distinct do else end except "
    "false fetch for foreign from full grant group having in inner intersect into is join lateral left like limit not "
    "null offset on only or order primary references returning right select show some table then to true union unique "
    "using values when where window with"
)
OWN_WORDS = (
    "eenheid onderwerp waarde periode periode_begin status waargenomen verwacht grens laagste hoogste code cel er "
    "jaar maand kwartaal gebied gebiedsniveau gemeente w n o v l z e d f k"
)
RESERVED = frozenset(f"{SQL_WORDS} {OWN_WORDS}".split())


@dataclass
class Draft:
    """What is known of a dataset so far, in the words of its spec.

    `form` is its one format; `kinds` says per measure, or per code of an upload, what it is; `over` says per dimension
    how a subject goes over it: `som`, `apart` (a subject per value) or the one value that is the total.
    """

    ident: str
    form: dict[str, Any]
    own_names: dict[str, str]
    meta: dict[str, Any] = field(default_factory=dict)
    gebied: dict[str, Any] = field(default_factory=dict)
    periode: dict[str, str] = field(default_factory=dict)
    dekking: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    key: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    codes: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    dimensions: list[str] = field(default_factory=list)
    over: dict[str, str] = field(default_factory=dict)

    def carry(self, column: str, name: str, **shape: Any) -> None:
        """Take a column of the file over under our name."""
        self.form.setdefault("header", {})[column] = name
        self.columns[name] = shape

    def leave(self, column: str) -> None:
        """A column that is known and not carried."""
        self.form.setdefault("ignored", []).append(column)

    def extract(self, column: str, name: str, pattern: str) -> None:
        """Take a whole number that stands inside the cells of a column."""
        self.form.setdefault("extract", {})[name] = {"column": column, "pattern": pattern}
        self.columns[name] = {"type": "integer"}

    def exclude(self, column: str, values: list[str], reason: str, also: dict[str, list[str]] | None = None) -> None:
        """Rows that are known and do not land."""
        more = {"also": also} if also else {}
        self.form.setdefault("excluded", []).append({"column": column, "values": values, **more, "reason": reason})

    def own_name(self, column: str) -> str:
        """A name of ours for a column of the publisher that no other column has."""
        name = self.own_names.get(column) or slug(column)
        name = f"kolom_{name}" if name in RESERVED else name
        return next(n for n in (name, *(f"{name}_{i}" for i in range(2, 999))) if n not in self.columns)

    @property
    def measures(self) -> list[str]:
        """Our columns that hold figures."""
        return [n for n, c in self.columns.items() if c.get("measure")]

    def data(self) -> dict[str, Any]:
        """The spec as its YAML file says it: period and area first, then dimensions, then figures."""
        defaults = {"encodings": ["utf-8"], "delimiter": ";", "quote": '"', "decimal": ".", "header_row": 1}
        defaults |= {"header_rows": 1, "thousands": "", "comment": "", "trim": False, "records": "."}
        form = {k: v for k, v in self.form.items() if v != defaults.get(k) and v not in ([], {}, None)}
        form = {"name": self.ident.split("_", 1)[1], "kind": form.pop("kind"), "header": {}, **form}
        first = ["jaar", "maand", "kwartaal", "gebiedsniveau", "gemeente", "gebied", *self.dimensions]
        order = sorted(self.columns, key=lambda n: first.index(n) if n in first else len(first))
        spec = {
            **self.meta,
            "status": "ongetest",
            "protocol": "drop",
            "gebied": self.gebied,
            "periode": self.periode,
            "dekking": {k: v for k, v in self.dekking.items() if v != {}},
            "columns": {n: self.columns[n]["type"] if len(self.columns[n]) == 1 else self.columns[n] for n in order},
            "key": self.key,
            "missing": self.missing,
            "codes": self.codes,
            "formats": [form],
        }
        return {k: v for k, v in spec.items() if v not in ({}, [])}

    def stand_in(self, promised: dict[str, Any]) -> Dataset:
        """The draft in its shape, with words for what is not asked yet."""
        asked = dict.fromkeys(("titel", "uitgever", "licentie", "bronvermelding", "pagina"), "-")
        asked |= {"thema": "referentie", "cadans": "jaarlijks"}
        asked["periode"] = {"soort": "stand", "referentie": "-", "label": "-"}
        asked["dekking"] = {"vanaf": 1800, "afwezig": "onbekend", **promised}
        return Dataset(id=self.ident, **{**self.data(), **asked})


def slug(text: str) -> str:
    """A text as a name: ASCII letters, digits and underscores, without a publisher's prefix for the type."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"(?<=\d)\+", "p", plain).replace("%", "pct")
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    name = re.sub(r"^(ms|cd|tx)_(?=.)", "", name) or "kolom"
    return f"k{name}" if name[0].isdigit() else name
