"""What a source may say about how it is asked: one small model per protocol, under `options`."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipelines.describe.specfile import Spec


class Options(BaseModel):
    """The base: a key that is not known is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HttpFile(Options):
    """A file at an address. With `link`, the address is a page, and the pattern says which of its links to take.

    `checksum` is the address of a sha256 or md5 file beside it, with `{url}` for the file's own address.
    """

    link: str | None = None
    checksum: str | None = None


class Opendatasoft(Options):
    """A whole dataset of an Opendatasoft portal (Explore API v2.1), through an export and never through pages.

    The url of the spec is the portal's own address; `where` is ODSQL.
    """

    dataset: str
    export: Literal["csv", "jsonl", "parquet"] = "csv"
    where: str | None = None


class ArcgisRest(Options):
    """A layer of an ArcGIS server: rows that `where` selects, `fields` (all when empty), points when `geometry`.

    The url of the spec is the layer's; `order` names the object id where the layer does not, and `page` asks
    for fewer rows at a time than the server would give.
    """

    where: str = "1=1"
    fields: list[str] = []
    order: str | None = None
    geometry: bool = False
    page: int | None = Field(None, ge=1)


class OgcFeatures(Options):
    """A collection of an OGC API Features server, in the coordinates that `crs` names; the url ends in `/items`."""

    limit: int = Field(1000, ge=1)
    crs: str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


class Wfs(Options):
    """A feature type of a WFS 2.0.0 server, as GeoJSON in the coordinates that `srs` names.

    `sort` names a column that no two features share, without which a server may refuse a second page.
    """

    typename: str
    count: int = Field(5000, ge=1)
    sort: str | None = None
    srs: str = "EPSG:4326"


class Jsonstat(Options):
    """A query on a JSON-stat server (Eurostat): per dimension its codes, repeated and never joined by commas."""

    query: dict[str, list[str]] = {}
    since: int | None = None
    lang: Literal["en", "fr", "de"] = "en"

    @field_validator("query")
    @classmethod
    def _repeated(cls, query: dict[str, list[str]]) -> dict[str, list[str]]:
        """Refuse what the server answers with an empty table, or what this module asks by itself."""
        for dimension, codes in query.items():
            if any("," in text or not text for text in [dimension, *codes]) or not codes:
                raise ValueError(f"write each code of '{dimension}' as an entry of its own, without commas")
            if dimension in ("format", "lang", "sinceTimePeriod", "lastTimePeriod"):
                raise ValueError(f"'{dimension}' is no dimension; use since or lang")
        return query


class Sdmx(Options):
    """An SDMX REST query whose answer is SDMX-CSV."""

    query: dict[str, str] = {}
    accept: str = "application/vnd.sdmx.data+csv;version=1.0.0"


class SwingOdata(Options):
    """Subjects of a Swing databank: variables at levels, for periods (`all`, `mrp` or labels).

    Older figures change without a trace in the list of periods; every `full_days` everything is asked anew.
    """

    variables: list[str] = Field(min_length=1)
    levels: list[str] = Field(min_length=1)
    period_level: str = "year"
    periods: list[str] = Field(["all"], min_length=1)
    full_days: int = Field(7, ge=1)


class Dcat(Options):
    """A dataset of a DCAT catalogue: its identifier (or its address), and a pattern that one distribution has."""

    identifier: str
    match: str = "."

    @field_validator("match")
    @classmethod
    def _compiles(cls, match: str) -> str:
        try:
            re.compile(match)
        except re.error as err:
            raise ValueError(f"match is no regular expression, {err}") from err
        return match


class Sensor(Options):
    """Series of measurements by time window, from `since` (UTC) on, in windows of `window_days`.

    A window is asked once, `settle_days` after its end, when late measurements have come in; `pause_s` passes
    between two requests.
    """

    api: Literal["telraam", "sos"]
    series: list[str] = Field(min_length=1)
    since: dt.date
    window_days: int = Field(30, ge=1, le=92)
    settle_days: int = Field(1, ge=0)
    pause_s: float = Field(1.1, ge=0)


class Drop(Options):
    """Files that a person hands over."""


OPTIONS: dict[str, type[Options]] = {
    "http_file": HttpFile,
    "opendatasoft": Opendatasoft,
    "arcgis_rest": ArcgisRest,
    "ogc_features": OgcFeatures,
    "wfs": Wfs,
    "jsonstat": Jsonstat,
    "sdmx": Sdmx,
    "swing_odata": SwingOdata,
    "dcat": Dcat,
    "sensor": Sensor,
    "drop": Drop,
}


class Secret(Spec):
    """A key that the publisher asks for: the header it goes in, and the environment variable that holds it."""

    header: str
    env: str
