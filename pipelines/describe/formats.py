"""How a publisher writes a file: the formats of a dataset in sources/."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipelines.describe.specfile import Spec


class Extract(Spec):
    """A value that stands inside a cell of another column; the pattern's group is what is taken."""

    column: str
    pattern: str


class Excluded(Spec):
    """Rows that are known and not landed: where a column of the file holds one of these values, and why.

    `also` names other columns that must hold one of their values in the same row.
    """

    column: str
    values: list[str]
    also: dict[str, list[str]] = {}
    reason: str


class Skipped(Spec):
    """Rows of the hour that the Belgian clock skips in March, which hold nothing or zeros: the columns with their date
    and clock time, how these are written with a blank between them, and why they are there."""

    columns: list[str] = Field(min_length=1)
    written: str
    reason: str


class Format(Spec):
    """One generation of a publisher's file: how it is written and which header it has. `without` names the source's
    known codes that this generation does not have.

    `header` maps the publisher's column to ours: a name or several. `ignored` are columns that are known and
    not carried. `names` are the columns of a file without a header. `header_row` counts from 1, after lines
    that start with `comment`; names that stand in `header_rows` rows are joined. `arrived` gives a column the
    moment at which the file came in (Belgian time, as strftime writes it), for a snapshot that does not say when
    it was taken.
    """

    name: str
    kind: Literal["csv", "xlsx", "sqlite", "parquet", "json", "geojson", "arcgis", "jsonstat", "sos"]
    encodings: list[Literal["utf-8", "cp1252", "utf-16"]] = ["utf-8"]
    delimiter: str = ";"
    quote: str = '"'
    decimal: str = "."
    thousands: str = ""
    header_row: int = Field(1, ge=1)
    header_rows: int = Field(1, ge=1, le=5)
    names: list[str] = []
    comment: str = ""
    trim: bool = False
    sheets: list[str] = []
    ignored_sheets: list[str] = []
    member: str | None = None
    records: str = "."
    crs: str = "CRS84"
    axes: Literal["xy", "yx"] = "xy"
    header: dict[str, str | list[str]]
    ignored: list[str] = []
    from_name: dict[str, str] = {}
    extract: dict[str, Extract] = {}
    constants: dict[str, str] = {}
    arrived: dict[str, str] = {}
    excluded: list[Excluded] = []
    skipped: Skipped | None = None
    without: list[str] = []

    @property
    def known(self) -> set[str]:
        """The publisher's columns that are not measures beside each other."""
        return {*self.header, *self.ignored}

    def targets(self) -> dict[str, str]:
        """Our column → the publisher's column, for the columns that the header carries."""
        return {
            name: theirs for theirs, ours in self.header.items() for name in ([ours] if isinstance(ours, str) else ours)
        }


class Codes(Spec):
    """Measures that stand beside each other as columns and land below each other: the known ones, or all whose
    name fits a pattern. The pattern's group, where it has one, is the code."""

    column: str
    value: str
    known: list[str] = []
    pattern: str | None = None
