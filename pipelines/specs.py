"""The shapes of what data people write: sources, expectations and the indicator catalogue."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from pipelines.home import Problem

ROOT = Path(__file__).resolve().parent.parent
TYPES = ("aantal", "percentage", "promille", "ratio", "mediaan", "gemiddelde")


class SpecError(Problem):
    """A spec that cannot be used: one sentence with file, place and what to do."""


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


S = TypeVar("S", bound=_Spec)


class Column(_Spec):
    """One landing column: its type, and for codes the publisher's code with ours beside it."""

    type: Literal["text", "integer", "number"]
    values: dict[str, str] = {}
    measure: bool = False


def _column(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


class Format(_Spec):
    """One generation of a publisher's file: how it is written and which header it has.

    `header` maps the publisher's column to ours: a name, several names, or null for a column that is
    known and not carried.
    """

    name: str
    kind: Literal["csv", "xlsx"]
    encodings: list[Literal["utf-8", "cp1252"]] = ["utf-8"]
    delimiter: str = ";"
    quote: str = '"'
    decimal: str = "."
    thousands: str = ""
    sheets: list[str] = []
    header: dict[str, str | list[str] | None]
    from_name: dict[str, str] = {}
    constants: dict[str, str] = {}

    def targets(self) -> dict[str, str]:
        """Our column → the publisher's column, for the columns that the header carries."""
        pairs = ((ours, theirs) for theirs, ours in self.header.items() if ours is not None)
        return {name: theirs for ours, theirs in pairs for name in ([ours] if isinstance(ours, str) else ours)}


class Codes(_Spec):
    """Measures that stand beside each other as columns (Swing upload) and land below each other."""

    column: str
    value: str
    known: list[str]


class Area(_Spec):
    """The area level and version: a level, `kolom` (in the file) or `jaar` (areas of their own year)."""

    niveau: str
    aliassen: dict[str, str] = {}
    toelichting: str | None = None


class Coverage(_Spec):
    """What must be there: regions, first year, what an absent area means (`nul`: it occurs nowhere there), and
    the exceptions (`niveau gebied`) with their reason."""

    gewesten: list[str]
    vanaf: int
    afwezig: Literal["nul", "onbekend"]
    uitzonderingen: dict[str, str] = {}


class Period(_Spec):
    """Stock (`stand`) or flow (`lopend`), the publisher's reference date, and the label rule."""

    soort: Literal["stand", "lopend"]
    referentie: str
    label: str


class Dataset(_Spec):
    """One source: who publishes it, where it is, how it is written, what it must hold."""

    id: str
    titel: str
    uitgever: str
    licentie: str
    bronvermelding: str
    pagina: str
    cadans: Literal["maandelijks", "driemaandelijks", "jaarlijks"]
    protocol: Literal["http_file", "drop"]
    url: list[str] = []
    voorbeeld: str
    gebied: Area
    periode: Period
    dekking: Coverage
    columns: dict[str, Annotated[Column, BeforeValidator(_column)]]
    key: list[str]
    key_where: str = "TRUE"
    missing: dict[str, Literal["leeg", "verborgen", "nvt", "onbekend"]] = {}
    codes: Codes | None = None
    formats: list[Format] = Field(min_length=1)

    @model_validator(mode="after")
    def _complete(self) -> Dataset:
        for name in ("gebied", "jaar", *self.key):
            if name not in self.columns and name != "gebiedsniveau":
                raise ValueError(f"columns lacks '{name}'")
        by_code = {self.codes.column, self.codes.value} if self.codes else set()
        for form in self.formats:
            known = {*form.targets(), *form.from_name, *form.constants, *by_code}
            if lacking := set(self.columns) - known:
                raise ValueError(f"format '{form.name}' gives no value for {sorted(lacking)}")
            if extra := known - set(self.columns):
                raise ValueError(f"format '{form.name}' names unknown columns {sorted(extra)}")
        if self.protocol == "http_file" and not self.url:
            raise ValueError("protocol http_file needs a url")
        if self.gebied.niveau == "kolom" and "gebiedsniveau" not in self.columns:
            raise ValueError("gebied.niveau is 'kolom' but columns lacks 'gebiedsniveau'")
        return self

    @property
    def unit(self) -> str:
        """The column that is held back when a city's part fails: the municipality, or the area itself."""
        return "gemeente" if "gemeente" in self.columns else "gebied"

    @property
    def with_status(self) -> list[str]:
        """Measures that have a status column beside them."""
        return [n for n, c in self.columns.items() if c.measure] if self.missing else []

    @property
    def landing_columns(self) -> list[str]:
        """The columns of the landing file, in order."""
        names = ["gebiedsniveau", *(n for n in self.columns if n != "gebiedsniveau")]
        return names + [f"{n}_status" for n in self.with_status]

    @cached_property
    def rules(self) -> str:
        """Content hash of this spec and of what expectations/ adds to it."""
        return digest_of([self.model_dump(), [c.model_dump() for c in load_checks(self.id)]])


class Jump(_Spec):
    """A level that changes by at most a factor: `hoogstens` from one year to the nearest, `herziening` (where
    given) from the last accepted value of the same year. Smaller values than `vanaf` may jump."""

    waarde: str
    hoogstens: float = Field(gt=1)
    herziening: float | None = None
    vanaf: float = 0
    per: list[str] = []
    waar: str = "TRUE"


class Check(_Spec):
    """One check of a candidate: `over` selects what is looked at, `fout` says when a row is wrong."""

    id: str
    omschrijving: str
    dimensie: Literal["tijdigheid", "volledigheid", "juistheid", "consistentie", "uniciteit", "geldigheid"]
    ernst: Literal["blokkerend", "waarschuwing"] = "blokkerend"
    over: str | None = None
    fout: str | None = None
    sprong: Jump | None = None
    expectation: str | None = None
    kwargs: dict[str, Any] = {}

    @model_validator(mode="after")
    def _one_kind(self) -> Check:
        kinds = [self.over is not None, self.sprong is not None, self.expectation is not None]
        if sum(kinds) != 1 or (self.over is None) != (self.fout is None):
            raise ValueError(f"check '{self.id}' needs either over with fout, or sprong, or expectation")
        return self


class Topic(_Spec):
    """One subject of the catalogue (onderwerp), with the metadata that a city needs to defend it."""

    onderwerp: str = Field(max_length=46, pattern=r"^(v|vp|vg|vs|kubus)\d{4}_[a-z0-9_]+$")
    thema: str
    naam: str
    naam_en: str
    omschrijving: str
    soort: Literal["plat", "ratio", "percentage", "gemiddelde", "mediaan"]
    aggregatie: Literal["som", "ratio", "geen"]
    teller: str | None = None
    noemer: str | None = None
    factor: float | None = None
    eenheid: str
    afronding: int
    periodesoort: Literal["stand", "lopend"]
    periodiciteit: list[Literal["jaar", "maand"]]
    bron: list[str]
    polariteit: Literal["hoger", "lager", "geen"]
    publicatieniveaus: list[str]
    interval: str
    uploader: str
    controleur: str
    voetnoot: str | None = None

    @model_validator(mode="after")
    def _rules(self) -> Topic:
        parts = (self.teller, self.noemer, self.factor)
        if self.aggregatie == "ratio" and None in parts:
            raise ValueError("a ratio needs teller, noemer and factor")
        if self.aggregatie != "ratio" and any(p is not None for p in parts):
            raise ValueError("only a ratio has teller, noemer and factor")
        if not re.match(rf"\[({'|'.join(TYPES)})\] ", self.omschrijving):
            raise ValueError(f"omschrijving must start with one of [{'], ['.join(TYPES)}]")
        if self.omschrijving.startswith("[percentage]") and "(t.o.v." not in self.omschrijving:
            raise ValueError("the omschrijving of a percentage says '(t.o.v. …)'")
        if self.naam != self.naam[:1].lower() + self.naam[1:]:
            raise ValueError("naam is written in lower case")
        if self.uploader == self.controleur:
            raise ValueError("uploader and controleur are never the same")
        return self


class City(_Spec):
    """One of our cities, or the VGC, with the municipalities of today that it is made of."""

    stad: str
    naam: str
    nis_code: str | None
    gemeenten: list[str]


def _load_yaml(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as err:
        raise SpecError(
            f"{_name(path)} cannot be read ({' '.join(str(err).split())}); mend the YAML and try again"
        ) from err


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _line(path: Path, at: object, keys: tuple[Any, ...] = ()) -> str:
    """The line of an entry, or of the innermost of `keys` that stands in it; without an entry, in the file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    name = re.escape(str(at))
    entry = re.compile(rf"\s*(- )?(\"?{name}\"?\s*:|id:\s*\"?{name}\"?\s*$)")
    start = next((i for i, text in enumerate(lines) if entry.match(text)), None)
    block = list(enumerate(lines, 1))
    if start is not None:
        depth = len(lines[start]) - len(lines[start].lstrip())
        rest = block[start + 1 :]
        end = next((n for n, t in rest if t.strip() and len(t) - len(t.lstrip()) <= depth), len(lines) + 1)
        block = block[start : end - 1]
    for key in reversed(keys):
        for number, text in block:
            if re.match(rf"\s*(- )?\"?{re.escape(str(key))}\"?\s*:", text):
                return f" line {number}"
    return f" line {start + 1}" if start is not None else ""


def _build(model: type[S], path: Path, at: object, **data: Any) -> S:
    try:
        return model(**data)
    except (ValidationError, TypeError) as err:
        if isinstance(err, TypeError):
            raise SpecError(f"{_name(path)}: {err}; the entry must be a mapping") from err
        first = err.errors()[0]
        where = ".".join(str(p) for p in first["loc"]) or str(at)
        said = first["msg"].removeprefix("Value error, ")
        raise SpecError(f"{_name(path)}{_line(path, at, first['loc'])}: {at}: {where}: {said}; mend the entry") from err


def load_datasets(root: Path = ROOT) -> dict[str, Dataset]:
    """All datasets under sources/<uitgever>/<dataset>.yaml by id, which follows the path."""
    found = {}
    for path in sorted(root.glob("sources/*/*.yaml")):
        ident = f"{path.parent.name}_{path.stem}"
        found[ident] = _build(Dataset, path, ident, id=ident, **_load_yaml(path))
    return found


def load_checks(dataset: str, root: Path = ROOT) -> list[Check]:
    """The checks in expectations/<dataset>.yaml; an absent file is an error, not an empty list."""
    path = root / "expectations" / f"{dataset}.yaml"
    if not path.exists():
        raise SpecError(f"expectations/{dataset}.yaml is missing; every dataset says what it expects")
    checks = [_build(Check, path, entry.get("id", "?"), **entry) for entry in _load_yaml(path)["checks"]]
    if not checks:
        raise SpecError(f"expectations/{dataset}.yaml holds no checks; name at least one")
    return checks


def load_topics(root: Path = ROOT) -> dict[str, Topic]:
    """The indicator catalogue: every subject of models/indicatoren/*.yaml by code."""
    topics: dict[str, Topic] = {}
    names: dict[str, str] = {}
    for path in sorted(root.glob("models/indicatoren/*.yaml")):
        content = _load_yaml(path)
        for code, entry in content["onderwerpen"].items():
            topic = _build(Topic, path, code, onderwerp=code, thema=content["thema"], **entry)
            if code in topics or topic.naam in names:
                raise SpecError(f"{_name(path)}{_line(path, code)}: {code} or its naam is used twice; rename it")
            topics[code], names[topic.naam] = topic, code
    for code, topic in topics.items():
        for part in (topic.teller, topic.noemer):
            if part is not None and part not in topics:
                raise SpecError(f"{code}: '{part}' is not a subject of the catalogue; add it first")
    return topics


def load_cities(root: Path = ROOT) -> list[City]:
    """The thirteen centrumsteden and the VGC."""
    path = root / "sources" / "steden.yaml"
    return [_build(City, path, entry.get("stad", "?"), **entry) for entry in _load_yaml(path)]


def digest_of(data: Any) -> str:
    """sha256 of a JSON value, independent of key order."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()
