"""The indicator catalogue and the cities: what is shown, and for whom."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from pipelines.describe.between import Between
from pipelines.describe.defaults import as_list, filled
from pipelines.describe.intervals import fault, interval_of
from pipelines.describe.kinds import LAST_YEAR, Kind, dated, kind_of
from pipelines.describe.levels import NATIONAL
from pipelines.describe.specfile import ROOT, Spec, SpecError, line_of, load_yaml, name_of, shaped
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.describe.themes import digits_of, of_subjects

TYPES = ("aantal", "percentage", "promille", "ratio", "mediaan", "gemiddelde", "kubus")
CODE = r"(v|vp|vg|vs|kubus)\d{4}_[a-z0-9_]+"
TERM = re.compile(rf"({CODE})({LAST_YEAR})?")
OF_TIME = {"jaar", "maand", "kwartaal", "gebiedsniveau", "gebied"}
QUOTIENTS = ("ratio", "gewogen", "gestandaardiseerd")


class Topic(Spec):
    """One subject of the catalogue (onderwerp), with the metadata that a city needs to defend it.

    A flat one, and a cube, is a measure (`maat`) of its dataset over the rows where each dimension of `waar` has one
    of its values. A ratio has `teller` and `noemer`; a weighted mean (`gewogen`) a measure and its `gewicht`; one
    derived from others (`afgeleid`) `termen`, each with its coefficient, as it is or of the year before (`… vorig
    jaar`). `synoniemen` are other words for it, and codes that it had; a helper (`hulp`) is there for other subjects
    to be computed from, and `deel_van` is what it is a part of where the measure does not show it.
    """

    onderwerp: str = Field(max_length=46, pattern=rf"^{CODE}$")
    thema: str
    naam: str
    naam_en: str
    synoniemen: list[str] = []
    hulp: bool = False
    deel_van: str | None = None
    omschrijving: str
    soort: Literal["plat", "ratio", "percentage", "gemiddelde", "mediaan", "kubus", "enquête", "model", "prognose"]
    aggregatie: Literal["som", "ratio", "gewogen", "geen", "afgeleid", "punten", "gestandaardiseerd"]
    bron: Annotated[list[str], BeforeValidator(as_list)] = []
    maat: str | None = None
    waar: dict[str, Between | Annotated[list[str | int], BeforeValidator(as_list)]] = {}
    gewicht: str | None = None
    dimensies: list[str] = []
    plat: str | None = None
    model: str | None = None
    teller: str | None = None
    noemer: str | None = None
    factor: float | None = None
    termen: dict[str, float] = {}
    klassen: dict[str, str] = {}
    standaardjaar: int | None = None
    eenheid: str
    afronding: int
    periodesoort: Kind | None = None
    periodiciteit: list[Literal["jaar", "maand", "kwartaal"]] = ["jaar"]
    polariteit: Literal["hoger", "lager", "geen"]
    publicatieniveaus: list[str]
    interval: str | None = None
    breuk: dict[int, str] = {}
    vgc_vergelijkbaar: bool = False
    buurgewicht: float | None = Field(None, gt=0)
    drempel: int | None = Field(None, ge=1)
    verborgen_onder: int | None = Field(None, ge=2)
    drempelonderwerp: str | None = None
    start: int | None = None
    einde: int | None = None
    opvolger: str | None = None
    in_voorbereiding: str | None = None
    uploader: str
    controleur: str
    voetnoot: str | None = None
    _path: Path = PrivateAttr()

    @model_validator(mode="after")
    def _rules(self) -> Topic:
        for holds, said in self._shape():
            if not holds:
                raise ValueError(said)
        if wrong := fault(self.interval, self.soort, self.aggregatie):
            raise ValueError(wrong)
        if not re.match(rf"\[({'|'.join(TYPES)})\] ", self.omschrijving):
            raise ValueError(f"omschrijving must start with one of [{'], ['.join(TYPES)}]")
        if self.omschrijving.startswith("[percentage]") and "(t.o.v." not in self.omschrijving:
            raise ValueError("the omschrijving of a percentage says '(t.o.v. …)'")
        if self.naam != self.naam[:1].lower() + self.naam[1:]:
            raise ValueError("naam is written in lower case")
        if self.uploader == self.controleur:
            raise ValueError("uploader and controleur are never the same")
        if self.drempelonderwerp and not self.drempel:
            raise ValueError("drempelonderwerp needs a drempel")
        if self.start and self.einde and self.start > self.einde:
            raise ValueError("start lies after einde")
        if odd := [t for t in self.termen if not TERM.fullmatch(t)]:
            raise ValueError(f"termen names '{odd[0]}', which is no code, or code followed by 'vorig jaar'")
        return self

    def _shape(self) -> list[tuple[bool, str]]:
        """What a subject of its aggregation rule must have and may not have."""
        ratio, rule = (self.teller, self.noemer), self.aggregatie
        own = rule in ("som", "geen", "punten", "gewogen")
        plain = own and not self.in_voorbereiding
        return [
            (rule != "ratio" or None not in ratio, "a ratio needs teller, noemer and factor"),
            (rule == "ratio" or ratio == (None, None), "only a ratio has teller and noemer"),
            ((self.factor is not None) == (rule in QUOTIENTS), "a ratio has a factor, nothing else has"),
            ((rule == "gestandaardiseerd") == bool(self.klassen), "gestandaardiseerd needs klassen, nothing else has"),
            (bool(self.klassen) == bool(self.standaardjaar), "klassen needs a standaardjaar, and nothing else has"),
            (
                (rule == "gewogen") == bool(self.gewicht),
                "gewogen needs the gewicht of the mean, and nothing else has",
            ),
            ((rule == "afgeleid") == bool(self.termen), "afgeleid needs termen, and nothing else has them"),
            (own or not (self.maat or self.waar), "only a subject that comes from a dataset has maat and waar"),
            (not plain or len(self.bron) > 0, "a subject that comes from a dataset names it in bron"),
            (not plain or bool(self.maat or self.model or rule == "punten"), "name the measure in maat"),
            (rule == "som" or not self.verborgen_onder, "only what adds up has verborgen_onder"),
            ((self.soort == "kubus") == bool(self.dimensies), "a kubus has dimensies, and nothing else has"),
            ((self.soort == "kubus") == bool(self.plat), "a kubus names in plat the subject that it adds up to"),
        ]

    @property
    def sourced(self) -> bool:
        """True when it comes from a dataset, and not from other subjects; one in preparation comes from nowhere."""
        return self.aggregatie not in ("ratio", "afgeleid", "gestandaardiseerd") and self.in_voorbereiding is None

    @property
    def measured(self) -> bool:
        """True when it comes from a dataset as one value per area and period."""
        return self.sourced and self.soort != "kubus"

    @property
    def parts(self) -> list[str]:
        """The subjects that it is computed from."""
        terms = [t.removesuffix(LAST_YEAR) for t in self.termen]
        pairs = (*self.klassen, *self.klassen.values())
        return [p for p in (self.teller, self.noemer, *dict.fromkeys(terms), *pairs) if p is not None]

    def exists_in(self, year: int, later: int = 0) -> bool:
        """True when it goes over a year of its dataset, which is shown as a `later` one."""
        asked = self.waar.get("jaar", [str(year)])
        if isinstance(asked, Between):
            within = float(asked.van or 0) <= year <= float(asked.tot or 9999)
        else:
            within = str(year) in map(str, asked)
        return within and (self.start or 0) <= year + later <= (self.einde or 9999)

    def one_row(self, spec: Dataset) -> bool:
        """True when its rows are one per area and period already, or may not be summed."""
        fixed = {name for name, wanted in self.waar.items() if isinstance(wanted, list) and len(wanted) == 1}
        of_place = OF_TIME - {"gebied"} if spec.gebied.punten else OF_TIME  # a municipality has many points
        return self.aggregatie == "geen" or (bool(spec.key) and set(spec.key) - of_place <= fixed)

    @property
    def of_an_upload(self) -> bool:
        """True when its code is the publisher's own, which is kept whatever its digits."""
        return any(str(v).lower() == self.onderwerp for w in self.waar.values() if isinstance(w, list) for v in w)

    @property
    def place(self) -> str:
        """File, line and code, for messages."""
        return f"{name_of(self._path)}{line_of(self._path, self.onderwerp)}: {self.onderwerp}"


class City(Spec):
    """One of our cities, or the VGC, with the municipalities of today that it is made of."""

    stad: str
    naam: str
    nis_code: str | None
    gemeenten: list[str]


def load_topics(
    root: Path = ROOT, datasets: dict[str, Dataset] | None = None, shared: dict[str, Topic] | None = None
) -> dict[str, Topic]:
    """The indicator catalogue: every subject of models/indicatoren/*.yaml by code, held against the datasets; of a
    city's own folder after the `shared` ones, which they may take parts from."""
    datasets = load_datasets(root) if datasets is None else datasets
    topics = dict(shared := shared or {})
    names = {t.naam: code for code, t in topics.items()}
    for path in sorted(root.glob("models/indicatoren/*.yaml")):
        content = load_yaml(path)
        if unknown := set(content) - {"thema", "standaard", "sjablonen", "onderwerpen"}:
            raise SpecError(f"{name_of(path)}: '{sorted(unknown)[0]}' is no key of a theme; take it out")
        try:
            digits = digits_of(of_subjects(content.get("thema")))
        except ValueError as err:
            raise SpecError(f"{name_of(path)}{line_of(path, 'thema')}: thema: {err}; mend the entry") from err
        for code, entry in content["onderwerpen"].items():
            whole = filled(content.get("standaard", {}), entry, datasets)
            topic = shaped(Topic, path, code, **{**whole, "onderwerp": code, "thema": content["thema"]})
            if code in topics or topic.naam in names:
                raise SpecError(f"{name_of(path)}{line_of(path, code)}: {code} or its naam is used twice; rename it")
            topic._path = path
            if not topic.of_an_upload and not re.match(rf"\D+({'|'.join(digits)})", code):
                raise SpecError(
                    f"{topic.place}: the digits of {topic.thema} start with {' or '.join(digits)}; "
                    "rename it, or add its digits to sources/themas.yaml"
                )
            topics[code], names[topic.naam] = topic, code
    own = {code: t for code, t in topics.items() if code not in shared}
    own = {code: t.model_copy(update={"periodesoort": kind_of(t, topics)}) for code, t in own.items()}
    topics |= own
    for topic in own.values():
        _related(topic, topics)
        for source in topic.bron:
            _sourced(topic, datasets[source])
    return topics | {
        code: t.model_copy(update={"interval": interval_of(t, topics), "omschrijving": dated(t, topics, datasets)})
        for code, t in own.items()
    }


def sources_of(topics: dict[str, Topic]) -> set[str]:
    """The datasets that a subject comes from: they take part in the build."""
    return {source for topic in topics.values() if topic.sourced for source in topic.bron}


def _sourced(topic: Topic, spec: Dataset) -> None:
    """Refuse a measure, weight, dimension or value that its dataset does not have."""
    if not topic.publicatieniveaus:
        raise SpecError(f"{topic.place}: {spec.id} has areas of more levels; name those it is published at")
    if topic.maat and NATIONAL in topic.publicatieniveaus:
        raise SpecError(
            f"{topic.place}: level {NATIONAL} of {spec.id} gets no row, only areas in Flanders and Brussels do; "
            "name other levels, or take out the maat while no file gives those"
        )
    for name in (topic.maat, topic.gewicht):
        if name is not None and (name not in spec.columns or spec.columns[name].type not in ("integer", "number")):
            raise SpecError(f"{topic.place}: '{name}' is no number of {spec.id}; choose from {', '.join(spec.columns)}")
    for name in (*topic.waar, *topic.dimensies):
        if name not in spec.columns:
            raise SpecError(f"{topic.place}: '{name}' is no column of {spec.id}; choose from {', '.join(spec.columns)}")
    if spec.drempel and topic.aggregatie == "geen" and not topic.drempelonderwerp:
        raise SpecError(
            f"{topic.place}: {spec.id} is not public; name in drempelonderwerp the count that decides on it"
        )
    if spec.drempel and (topic.model or (topic.soort == "kubus" and (topic.drempelonderwerp or topic.maat is None))):
        raise SpecError(
            f"{topic.place}: {spec.id} is not public, and of its cubes and models only counts can be hidden"
        )
    if topic.verborgen_onder and not topic.one_row(spec):
        raise SpecError(f"{topic.place}: verborgen_onder bounds one figure; give every dimension of the key one value")
    for name, wanted in topic.waar.items():
        known = set(spec.columns[name].values.values())
        if spec.codes and name == spec.codes.column:
            known = set(spec.codes.known)
        if isinstance(wanted, list) and known and (unknown := [v for v in wanted if v not in known]):
            raise SpecError(
                f"{topic.place}: {name} of {spec.id} is never '{unknown[0]}'; choose from {', '.join(sorted(known))}"
            )


CALENDAR = {"stand", "lopend", "cumulatief", "gemiddelde"}


def _related(topic: Topic, topics: dict[str, Topic]) -> None:
    """Refuse a part, successor or threshold that is no subject, or that does not fit in kind or period."""
    for part in (*topic.parts, topic.drempelonderwerp, topic.opvolger, topic.plat, topic.deel_van):
        if part is not None and part not in topics:
            raise SpecError(f"{topic.place}: '{part}' is not a subject of the catalogue; add it first")
    for code in topic.parts:
        part = topics[code]
        if part.in_voorbereiding and not topic.in_voorbereiding:
            raise SpecError(
                f"{topic.place}: '{code}' is in preparation, so nothing can be computed from it; say in "
                "in_voorbereiding what this waits for too"
            )
        deeper = part.aggregatie == "afgeleid" and topic.termen
        if part.aggregatie not in ("som", "punten", "afgeleid") or deeper:
            raise SpecError(f"{topic.place}: '{code}' does not add up ({part.aggregatie}); name a subject that does")
        if not {part.periodesoort, topic.periodesoort} <= CALENDAR and part.periodesoort != topic.periodesoort:
            raise SpecError(
                f"{topic.place}: '{code}' is {part.periodesoort} and this {topic.periodesoort}; "
                "take parts of one period kind"
            )
        if not set(part.periodiciteit) & set(topic.periodiciteit):
            raise SpecError(
                f"{topic.place}: '{code}' has no {' or '.join(topic.periodiciteit)}; take parts of one period"
            )


def load_cities(root: Path = ROOT) -> list[City]:
    """The thirteen centrumsteden and the VGC."""
    path = root / "sources" / "steden.yaml"
    return [shaped(City, path, entry.get("stad", "?"), **entry) for entry in load_yaml(path)]


def delivering(spec: Dataset, cities: list[City]) -> list[str]:
    """The cities that each give their own file of a dataset; none where one file holds all."""
    return [c.stad for c in cities if spec.per_stad and {*c.gemeenten} & {*spec.dekking.gebieden}]
