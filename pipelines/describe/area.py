"""The shape of a dataset's areas: on which level they are, and how the publisher writes them."""

from __future__ import annotations

from pipelines.describe.specfile import Spec

PLACED = ("gemeente", "ligging")


class Points(Spec):
    """A point's longitude and latitude (WGS84); they add its `gemeente` of today (else 99999) and its `ligging`."""

    lon: str
    lat: str


class Names(Spec):
    """The column that names the area. When that is `gebied` itself, the file has no codes and they are looked up;
    otherwise every name is held against its code. `provincie` and `postcode` tell apart places of one name."""

    kolom: str
    provincie: str | None = None
    postcode: str | None = None


class Area(Spec):
    """The area level and version: a level, `kolom` (in the file), `jaar` (areas of their own year) or `punt`.

    `breedte` gives codes back the leading zeros that a spreadsheet lost. `patronen` rewrites codes (pattern to
    replacement, in order) where a publisher has an ending of its own, such as `11002zzzz` for `11002ZZZZ`.
    `aliassen` are the publisher's codes or names that mean one of our codes.
    """

    niveau: str
    breedte: int | None = None
    aliassen: dict[str, str] = {}
    patronen: dict[str, str] = {}
    punten: Points | None = None
    namen: Names | None = None
    toelichting: str | None = None

    @property
    def by_name(self) -> bool:
        """True when the file names its areas and has no codes."""
        return self.namen is not None and self.namen.kolom == "gebied"
