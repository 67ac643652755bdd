"""A source spec in the making."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

from pipelines.describe.specs import Dataset
from pipelines.scaffold.numbers import Figures

# Words of SQL, and names that the checks and the model give to other things.
SQL_WORDS = (
    "all and any array as asc both by case cast check column create cross default desc distinct do else end except "
    "false fetch for foreign from full grant group having in inner intersect into is join lateral left like limit not "
    "null offset on only or order primary references returning right select show some table then to true union unique "
    "using values when where window with"
)
OWN_WORDS = (
    "eenheid onderwerp waarde periode periode_begin status waargenomen verwacht grens laagste hoogste code cel er "
    "w n o v l z e d f k"
)
RESERVED = frozenset(f"{SQL_WORDS} {OWN_WORDS}".split())


@dataclass
class Draft:
    """What is known of a dataset so far, in the words of its spec.

    `names` is the publisher's column → ours. `over` says per dimension how a subject goes over it: `som`, `apart`
    (a subject per value) or the one value that is the total. `given_names` are names a person chose.
    """

    ident: str
    form: dict[str, Any]
    names: dict[str, list[str]] = field(default_factory=dict)
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    from_name: dict[str, str] = field(default_factory=dict)
    extract: dict[str, dict[str, str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    excluded: list[dict[str, Any]] = field(default_factory=list)
    key: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    codes: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    gebied: dict[str, Any] = field(default_factory=dict)
    periode: dict[str, str] = field(default_factory=dict)
    dekking: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Figures] = field(default_factory=dict)
    dimensions: list[str] = field(default_factory=list)
    over: dict[str, str] = field(default_factory=dict)
    given_names: dict[str, str] = field(default_factory=dict)

    def carry(self, column: str, name: str, **shape: Any) -> None:
        """Take a column of the file over under our name."""
        self.names.setdefault(column, []).append(name)
        self.columns[name] = shape

    def own_name(self, column: str) -> str:
        """A name of ours for a column of the publisher that no other column has."""
        name = slug(self.given_names.get(column, column))
        name = f"kolom_{name}" if name in RESERVED else name
        taken = {*self.columns, "jaar", "maand", "gebied", "gebiedsniveau", "gemeente"}
        return next(n for n in (name, *(f"{name}_{i}" for i in range(2, 999))) if n not in taken)

    @property
    def measures(self) -> list[str]:
        """Our columns that hold figures."""
        return [n for n, c in self.columns.items() if c.get("measure")]

    def data(self) -> dict[str, Any]:
        """The spec as its YAML file says it."""
        form = {k: v for k, v in self.form.items() if v not in ("", [], False) or k == "quote"}
        defaults = {"encodings": ["utf-8"], "delimiter": ";", "decimal": ".", "header_row": 1}
        form = {k: v for k, v in form.items() if defaults.get(k) != v}
        header = {c: n[0] if len(n) == 1 else n for c, n in self.names.items()}
        more = {
            "ignored": self.ignored,
            "from_name": self.from_name,
            "extract": self.extract,
            "constants": self.constants,
            "excluded": self.excluded,
        }
        form = {"name": self.ident.split("_", 1)[1], **form, "header": header} | {k: v for k, v in more.items() if v}
        spec = {
            **self.meta,
            "status": "ongetest",
            "protocol": "drop",
            "gebied": {k: self.gebied[k] for k in ("niveau", "breedte", "aliassen", "toelichting") if k in self.gebied},
            "periode": self.periode,
            "dekking": self.dekking,
            "columns": self.columns,
            "key": self.key,
            "missing": self.missing,
            "codes": self.codes,
            "formats": [form],
        }
        return {k: v for k, v in spec.items() if v not in ({}, [])}

    def dataset(self) -> Dataset:
        """The spec in its shape."""
        return Dataset(id=self.ident, **self.data())


def slug(text: str) -> str:
    """A text as a name: ASCII letters, digits and underscores, without a publisher's prefix for the type."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"(?<=\d)\+", "p", plain).replace("%", "pct").replace("≥", "min")
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    name = re.sub(r"^(ms|cd|tx)_(?=.)", "", name) or "kolom"
    return f"k{name}" if name[0].isdigit() else name
