"""The shape of sources/: who publishes what, where it is, and what it must hold."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, ValidationError, model_validator

from pipelines.describe.area import PLACED, Area
from pipelines.describe.coverage import Coverage
from pipelines.describe.embargo import Embargo
from pipelines.describe.expectations import Check, Correction, load_checks, load_corrections
from pipelines.describe.formats import Codes, Format
from pipelines.describe.options import OPTIONS, Options, Secret
from pipelines.describe.processing import Processing
from pipelines.describe.specfile import ROOT, Spec, SpecError, digest_of, load_yaml, name_of, shaped
from pipelines.describe.themes import of_dataset

# What says who publishes it, where it comes from and what it is called: no row follows from it.
TOLD = ("titel", "uitgever", "licentie", "bronvermelding", "pagina", "thema", "status", "bewezen_op")
TOLD += ("verwerking", "deelt", "drempel")
FETCHED = ("protocol", "url", "options", "hosts", "secret", "voorbeeld")
# The texts among what decides.
TEXTS: dict[str, Any] = {
    "gebied": {"toelichting"},
    "periode": {"referentie", "label"},
    "formats": {"__all__": {"name": True, "excluded": {"__all__": {"reason"}}}},
}
CALENDAR_PARTS = {"jaar": "year", "kwartaal": "quarter", "maand": "month"}
Missing = Literal["leeg", "verborgen", "nvt", "onbekend", "nul"]


class Column(Spec):
    """One landing column: its type, for codes the publisher's code with ours beside it, for measures their bounds.

    `prefix` and `suffix` stand around a number in the file ("€ ", " dagen"). A `date` or `time` is written as
    `written` says; a local `time` names its `zone` and lands in UTC. `breedte` gives a code in text back the
    leading zeros that a spreadsheet lost; `leeg` is what an empty text lands as. `uit` names the moment whose year,
    month, quarter or day on the Belgian calendar it is; `einde` is true for one at which what was measured ends.
    """

    type: Literal["text", "integer", "number", "date", "time"]
    values: dict[str, str] = {}
    measure: bool = False
    min: float | None = None
    max: float | None = None
    prefix: str = ""
    suffix: str = ""
    written: str | None = None
    zone: Literal["UTC", "Europe/Brussels"] = "UTC"
    breedte: int | None = None
    uit: str | None = None
    einde: bool = False
    leeg: str | None = None


def _column(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


class Period(Spec):
    """Stock (`stand`), flow (`lopend`), count from a fixed day on (`cumulatief`), mean over a period, school year,
    moving mean or survey round; the publisher's reference date, and the label rule. A stock whose `jaar` stands for
    31 December (`peildag`) is that of the next year: the 1 January convention; a flow in the same file keeps its year.
    `dagen` is our column with the day or moment of a row, where a year is made of days; `stap` the minutes from one
    moment to the next of a flow, where a day is made of moments."""

    soort: Literal["stand", "lopend", "cumulatief", "gemiddelde", "schooljaar", "voortschrijdend", "ronde"]
    referentie: str
    label: str
    peildag: Literal["01-01", "12-31"] = "01-01"
    dagen: str | None = None
    stap: Literal[5, 15, 60] | None = None

    def later(self, kind: str | None = None) -> int:
        """How many years later than its `jaar` a figure of this period kind (or of the dataset's own) is shown."""
        return int(self.peildag == "12-31" and (kind or self.soort) == "stand")


# What every series has beside its measures (gate/sql/reeksen.sql).
OF_A_SERIES = frozenset({"eenheid", "deel", "reeks", "rijen"})


class Dataset(Spec):
    """One source: who publishes it, where it is, how it is written, what it must hold."""

    id: str
    titel: str
    uitgever: str
    licentie: str
    bronvermelding: str
    pagina: str
    thema: Annotated[str, AfterValidator(of_dataset)]
    cadans: Literal["eenmalig", "driejaarlijks", "jaarlijks", "driemaandelijks", "maandelijks", "dagelijks", "per uur"]
    status: Literal["bewezen", "ongetest"]
    bewezen_op: str | None = None
    protocol: str
    url: list[str] = []
    options: Options = Options()
    hosts: list[str] = []
    secret: Secret | None = None
    voorbeeld: str | None = None
    per_stad: bool = False
    drempel: int | None = Field(None, ge=3)
    gebied: Area
    periode: Period
    dekking: Coverage
    columns: dict[str, Annotated[Column, BeforeValidator(_column)]]
    key: list[str]
    key_where: str = "TRUE"
    replaces: list[str] = ["jaar"]
    missing: dict[str, Missing] = {}
    codes: Codes | None = None
    formats: list[Format] = Field(min_length=1)
    embargo: Embargo | None = None
    verwerking: Processing | None = None
    deelt: Literal["niets", "totaal"] = "niets"
    _place: Path = PrivateAttr(ROOT)
    _corrected: list[Correction] | None = PrivateAttr(None)

    @model_validator(mode="before")
    @classmethod
    def _typed_options(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Read `options` as the protocol's own."""
        kind = OPTIONS.get(data.get("protocol", ""))
        if kind is None:
            raise ValueError(f"protocol must be one of {', '.join(OPTIONS)}")
        return {**data, "options": kind(**(data.get("options") or {}))}

    @model_validator(mode="after")
    def _complete(self) -> Dataset:
        for name in ("gebied", "jaar", *self.key, *self.replaces):
            if name not in self.columns and name != "gebiedsniveau":
                raise ValueError(f"columns lacks '{name}'")
        if self.embargo and (wrong := self.embargo.fault(self.columns)):
            raise ValueError(wrong)
        by_code = {self.codes.column, self.codes.value} if self.codes else set()
        follows = {n for n, c in self.columns.items() if c.uit}
        for name in sorted(follows):
            moment = self.columns.get(self.columns[name].uit or "")
            if (
                moment is None
                or moment.type != "time"
                or not (name in CALENDAR_PARTS or self.columns[name].type == "date")
            ):
                raise ValueError(f"'{name}' follows from a column of type time, and is jaar, kwartaal, maand or a date")
        for form in self.formats:
            known = {
                *form.targets(),
                *form.from_name,
                *form.extract,
                *form.constants,
                *form.arrived,
                *by_code,
                *follows,
            }
            if lacking := set(self.columns) - known:
                raise ValueError(f"format '{form.name}' gives no value for {sorted(lacking)}")
            if extra := known - set(self.columns):
                raise ValueError(f"format '{form.name}' names unknown columns {sorted(extra)}")
        if taken := [n for n, c in self.columns.items() if n.endswith("_") or (c.measure and n in OF_A_SERIES)]:
            raise ValueError(f"'{taken[0]}' is what the checks call something else; rename that column")
        if self.per_stad and not (
            self.dekking.gebieden and self.unit in self.replaces and self.gebied.niveau != "punt"
        ):
            raise ValueError(
                f"per_stad needs dekking.gebieden, a level other than 'punt', and '{self.unit}' in replaces: what one "
                "city gives must not take the place of another's"
            )
        if self.protocol != "drop" and not self.url:
            raise ValueError(f"protocol {self.protocol} needs a url")
        if self.gebied.niveau == "kolom" and "gebiedsniveau" not in self.columns:
            raise ValueError("gebied.niveau is 'kolom' but columns lacks 'gebiedsniveau'")
        if self.periode.peildag == "12-31" and self.periode.soort != "stand":
            raise ValueError("periode.peildag is the day of a stock; take it out, or say soort: stand")
        days = {n for n, c in self.columns.items() if c.type in ("date", "time") and not c.measure}
        by_month = {"maand", "kwartaal"} & {*self.columns}
        of_days = self.periode.soort in ("lopend", "gemiddelde") and not by_month
        if self.periode.dagen and not (of_days and self.periode.dagen in days):
            raise ValueError("periode.dagen names the date or time column of a flow or a mean of whole years")
        if of_days and not self.periode.dagen and days & {*self.key}:
            raise ValueError("its rows are of a day or a moment: name it in periode.dagen, part of a year is no year")
        by_moment = self.periode.dagen and self.columns[self.periode.dagen].type == "time"
        if (self.periode.stap is not None) != bool(by_moment and self.periode.soort == "lopend"):
            raise ValueError(
                "periode.stap is the minutes (5, 15 or 60) between two moments, for a flow whose periode.dagen is a "
                "time column and for nothing else: part of a day is no day"
            )
        if points := self.gebied.punten:
            numbers = {n for n, c in self.columns.items() if c.type == "number" and not c.measure}
            if self.gebied.niveau != "punt" or not {points.lon, points.lat} <= numbers or {*PLACED} & {*self.columns}:
                raise ValueError("gebied.punten needs niveau 'punt' and two number columns, and gives gemeente itself")
        if names := self.gebied.namen:
            texts = {n for n, c in self.columns.items() if c.type == "text"}
            if self.gebied.niveau == "punt" or not {*names.model_dump(exclude_none=True).values()} <= texts:
                raise ValueError("gebied.namen needs a level other than 'punt' and columns of text")
        if (self.status == "bewezen") != (self.bewezen_op is not None):
            raise ValueError("status 'bewezen' names in bewezen_op the real file that proves it, 'ongetest' has none")
        if not self.dekking.gewesten and not self.dekking.gebieden and self.gebied.niveau != "punt":
            raise ValueError("dekking names neither gewesten nor gebieden, so nothing would be missed")
        return self

    @property
    def file(self) -> str:
        """Where it is described, as messages name it."""
        return name_of(self._place / "sources" / f"{self.id.replace('_', '/', 1)}.yaml")

    @property
    def unit(self) -> str:
        """The column that is held back when a city's part fails: the municipality, or the area itself."""
        return "gemeente" if "gemeente" in self.columns else "gebied"

    def in_profile(self, profile: str) -> bool:
        """True when a refresh of this profile brings it in by itself: built in, or with an address."""
        return self.voorbeeld is not None or (profile == "live" and self.protocol != "drop")

    @property
    def with_status(self) -> list[str]:
        """Measures that have a status column beside them."""
        return [n for n, c in self.columns.items() if c.measure] if self.missing else []

    @property
    def read_columns(self) -> list[str]:
        """The columns that follow from the cells of a file, in order."""
        names = ["gebiedsniveau", *(n for n in self.columns if n != "gebiedsniveau")]
        return names + [f"{n}_status" for n in self.with_status]

    @property
    def landing_columns(self) -> list[str]:
        """The columns of the landing file, in order."""
        return self.read_columns + (list(PLACED) if self.gebied.punten else [])

    @cached_property
    def checks(self) -> list[Check]:
        """What expectations/ adds to the bounds of the columns. A dataset that expects nothing is an error."""
        found = load_checks(self.id, self._place)
        if not found and all(c.min is None and c.max is None for c in self.columns.values()):
            raise SpecError(f"{self.id} expects nothing; bound a column or write expectations/{self.id}.yaml")
        return found

    @cached_property
    def corrections(self) -> list[Correction]:
        """What is known to be wrong at the publisher."""
        if self._corrected is not None:
            return self._corrected
        return [c for c in load_corrections(self._place) if c.dataset == self.id]

    @cached_property
    def rules(self) -> str:
        """Content hash of what decides which rows are accepted: in this spec, in its corrections and in what
        expectations/ adds to it. Titles and other texts are not in it."""
        apart = dict.fromkeys(("id", *TOLD, *FETCHED), True)
        own = self.model_dump(mode="json", exclude=apart | TEXTS, exclude_defaults=True)
        own["dekking"]["uitzonderingen"] = sorted(self.dekking.uitzonderingen)
        checks = [c.model_dump(mode="json", exclude={"omschrijving"}) for c in self.checks]
        corrections = [c.model_dump(mode="json", exclude={"reden", "gezien", "bron"}) for c in self.corrections]
        return digest_of([own, checks, corrections])

    @cached_property
    def deciding(self) -> dict[str, Any]:
        """This spec without what no row follows from, to be written down beside the rows that were read by it."""
        return self.model_dump(mode="json", exclude={"id", *TOLD, *FETCHED})

    def read_by(self, deciding: dict[str, Any], corrected: list[Correction] | None = None) -> Dataset:
        """This spec, with what decided the rows at another time, and with what was `corrected` then where that is told.
        Raises SpecError where that says too little now."""
        told = {name: getattr(self, name) for name in ("id", *TOLD, *FETCHED) if name != "options"}
        options = self.options.model_dump()
        place = {name: n for n, name in enumerate(self.columns)}  # what is written down has them by name
        columns = dict(sorted(deciding.get("columns", {}).items(), key=lambda told: place.get(told[0], len(place))))
        try:
            before = Dataset(**{**told, "options": options, **deciding, "columns": columns})
        except ValidationError as err:
            said = err.errors()[0]["msg"].removeprefix("Value error, ")
            raise SpecError(
                f"{self.id}: its rows were read by a description that says too little now ({said}); "
                "refresh it, or hand its files over again"
            ) from err
        before._place, before._corrected = self._place, corrected
        return before


def load_datasets(root: Path = ROOT, publisher: str = "*") -> dict[str, Dataset]:
    """All datasets under sources/<uitgever>/<dataset>.yaml by id, which follows the path; or one publisher's."""
    found = {}
    for path in sorted(root.glob(f"sources/{publisher}/*.yaml")):
        ident = f"{path.parent.name}_{path.stem}"
        found[ident] = shaped(Dataset, path, ident, id=ident, **load_yaml(path))
        found[ident]._place = root
        if root == ROOT and found[ident].deelt != "niets":
            raise SpecError(f"{name_of(path)}: deelt is said of a city's own data (docs/eigen.md); take it out")
    return found
