"""The shape of a plan, from goal to project, and of what each is followed by.

A field is a column of a table `orba.<tabel>`, a column of a sheet of the workbook, and a key in YAML; its text says
what it means in all three.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, ClassVar, Literal, get_type_hints

REPORTED, OWN, LAPSED = "meerjarenplan", "eigen", "vervallen"
VERDICTS = ("op schema", "achter", "bereikt", "gedaan", "niet gedaan", "niet te zeggen")

Whose = Literal["plan", "stad"]


def _column(
    meaning: str, default: Any = None, whose: Whose = "stad", choices: Sequence[str] = (), of: str = "", **more: Any
) -> Any:
    """A column: what it means, who fills it in (the reported plan, or people of the city), the values that it may have,
    and the table of whose rows it holds a key. `needed` may not be empty; `sums` may be left to a sum."""
    return field(
        default=default,
        metadata={"meaning": meaning, "whose": whose, "choices": tuple(choices), "of": of, **more},
    )


def _told(meaning: str, default: Any = "", **more: Any) -> Any:
    """A column that follows from the reported plan: a city fills it in for what it adds itself only."""
    return _column(meaning, default, "plan", **more)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a table of a plan; `sleutel` is unique in its table, capitals or not."""

    table: ClassVar[str]
    sleutel: str = _told("Sleutel: stad/doel/actieplan/actie, uniek en blijvend.", needed=True)

    @property
    def stad(self) -> str:
        """The city whose row it is."""
        return self.sleutel.partition("/")[0]


@dataclass(frozen=True, kw_only=True)
class Element(Row):
    """What stands in a plan: a goal, an action plan, an action or a project."""

    code: str = _told("Code zoals de stad ze gebruikt.")
    titel: str = _told("Korte titel.", needed=True)
    omschrijving: str = _told("Lange tekst, opgekuist om te lezen.")
    zoals_gemeld: str = _told("Lange tekst, letterlijk zoals gemeld.")
    herkomst: str = _told("meerjarenplan, eigen (door de stad toegevoegd) of vervallen (niet meer gemeld).", OWN)
    volgorde: int | None = _told("Volgnummer om op te sorteren.", None)
    eigenaar: str = _column("Wie ervoor verantwoordelijk is.", "")
    partners: str = _column("Partners, gescheiden door een puntkomma.", "")
    begin: date | None = _column("Begin van de uitvoering.")
    einde: date | None = _column("Gepland einde van de uitvoering.")
    gedaan_op: date | None = _column("Dag waarop het klaar was; leeg zolang het niet gedaan is.")
    toelichting: str = _column("Toelichting van de stad: stand van zaken, risico's.", "")


@dataclass(frozen=True, kw_only=True)
class Doel(Element):
    """Doelen: een beleidsdoelstelling van de stad."""

    table = "doel"
    bestuursakkoord: str = _column("Passage of hoofdstuk van het bestuursakkoord.", "")
    thema: str = _column("Beleidsthema.", "")
    sdg: str = _column("Duurzame-ontwikkelingsdoelen, nummers 1 tot 17, gescheiden door een puntkomma.", "")
    volgen: str = _column(
        "Waarmee het doel gevolgd wordt: indicator, gedaan (alleen gedaan of niet gedaan) of geen.",
        "geen",
        choices=("indicator", "gedaan", "geen"),
    )
    gedeeld: bool = _column("ja als de andere steden dit doel en alles eronder mogen zien.", False)
    publiek: bool = _column("ja als het doel op de website van de stad mag.", False)


@dataclass(frozen=True, kw_only=True)
class Actieplan(Element):
    """Actieplannen: een actieplan onder een doel."""

    table = "actieplan"
    doel: str = _told("Doel waar het bij hoort.", of="doel", needed=True)


@dataclass(frozen=True, kw_only=True)
class Actie(Element):
    """Acties: een actie onder een actieplan."""

    table = "actie"
    actieplan: str = _told("Actieplan waar de actie bij hoort.", of="actieplan", needed=True)
    sdg: str = _column("Duurzame-ontwikkelingsdoelen, nummers 1 tot 17, gescheiden door een puntkomma.", "")
    volgen: str = _column(
        "Waarmee de actie gevolgd wordt: indicator, gedaan of geen.", "geen", choices=("indicator", "gedaan", "geen")
    )


@dataclass(frozen=True, kw_only=True)
class PlanProject(Element):
    """Projecten: een project van een actie; de reportage kent er geen, de stad vult ze in."""

    table = "project"
    actie: str = _told("Actie waar het project bij hoort.", of="actie", needed=True)


@dataclass(frozen=True, kw_only=True)
class Mijlpaal(Row):
    """Mijlpalen: wat op een dag klaar hoort te zijn."""

    table = "mijlpaal"
    onderdeel: str = _column("Doel, actieplan, actie of project.", "", of="onderdeel", needed=True)
    naam: str = _column("Wat er dan is.", "", needed=True)
    gepland: date | None = _column("Dag waarop het gepland is.", needed=True)
    bereikt: date | None = _column("Dag waarop het er was; leeg zolang het er niet is.")


@dataclass(frozen=True, kw_only=True)
class Indicator(Row):
    """Indicatoren: waarmee een doel of actie gevolgd wordt, een onderwerp van de databank of een eigen maat."""

    table = "indicator"
    onderdeel: str = _column("Doel of actie.", "", of="onderdeel", needed=True)
    naam: str = _column("Naam; leeg voor die van het onderwerp.", "")
    onderwerp: str = _column("Code van het onderwerp (mart.onderwerp); leeg voor een eigen maat.", "")
    gebiedsniveau: str = _column("Gebiedsniveau van het cijfer; leeg voor de hele stad.", "")
    gebied: str = _column("Code van het gebied; leeg voor de hele stad.", "")
    doorsnede: str = _column("Deel van een kubus, zoals geslacht=vrouw; leeftijd=65.", "")
    eenheid: str = _column("Eenheid van een eigen maat.", "")
    richting: str = _column("Welke kant het uit moet: hoger of lager.", "", choices=("hoger", "lager"))
    beginwaarde: float | None = _column("Waarde bij het begin.")
    begin_op: date | None = _column("Dag van de beginwaarde.")
    oud_na: int | None = _column("Maanden waarna een cijfer te oud is om iets te zeggen; leeg voor 36.")
    voorbeeld: bool = _column("ja als de streefwaarden een voorbeeld zijn en niet door de stad beslist.", False)


@dataclass(frozen=True, kw_only=True)
class Streefwaarde(Row):
    """Streefwaarden: waar een indicator op een dag hoort te staan; de laatste is het doel."""

    table = "streefwaarde"
    indicator: str = _column("Indicator.", "", of="indicator", needed=True)
    op: date | None = _column("Dag.", needed=True)
    waarde: float | None = _column("Streefwaarde.", needed=True)


@dataclass(frozen=True, kw_only=True)
class EigenMeting(Row):
    """Eigen metingen: een waarde van een eigen maat, met haar bron."""

    table = "eigen_meting"
    indicator: str = _column("Indicator zonder onderwerp.", "", of="indicator", needed=True)
    op: date | None = _column("Dag waar de waarde over gaat.", needed=True)
    waarde: float | None = _column("Waarde.", needed=True)
    ondergrens: float | None = _column("Ondergrens van het 95%-interval, als er een is.")
    bovengrens: float | None = _column("Bovengrens van het 95%-interval, als er een is.")
    bron: str = _column("Waar de waarde vandaan komt.", "", needed=True)


@dataclass(frozen=True, kw_only=True)
class Bedrag(Row):
    """Bedragen: euro van een actie of project in een jaar."""

    table = "bedrag"
    onderdeel: str = _told("Actie of project.", of="onderdeel", needed=True)
    jaar: int | None = _told("Boekjaar.", None, needed=True)
    gepland_eur: Decimal | None = _told("Geplande uitgaven in euro.", None)
    besteed_eur: Decimal | None = _column("Bestede uitgaven in euro; leeg waar niemand ze invulde.")
    bron: str = _column("Waar het bestede bedrag vandaan komt.", "")


@dataclass(frozen=True, kw_only=True)
class Oordeel(Row):
    """Oordelen: wat een mens ervan vindt, naast wat berekend is."""

    table = "oordeel"
    onderdeel: str = _column("Doel of actie.", "", of="onderdeel", needed=True)
    oordeel: str = _column("Oordeel.", "", choices=VERDICTS, needed=True)
    door: str = _column("Wie zo oordeelt, met naam.", "", needed=True)
    op: date | None = _column("Dag van het oordeel.", needed=True)
    reden: str = _column("Waarom.", "", needed=True)


ELEMENTS = ("doel", "actieplan", "actie", "project")
PARENT = {"actieplan": "doel", "actie": "actieplan", "project": "actie"}
SHAPES: dict[str, type[Row]] = {
    shape.table: shape
    for shape in (
        *(Doel, Actieplan, Actie, PlanProject, Mijlpaal),
        *(Indicator, Streefwaarde, EigenMeting, Bedrag, Oordeel),
    )
}


@dataclass(frozen=True)
class Plan:
    """The plan of one city: per table its rows by key, in order."""

    stad: str
    rows: Mapping[str, Mapping[str, Any]]
    versie: int = 0

    def of(self, table: str) -> Sequence[Any]:
        """The rows of a table, in order."""
        return list(self.rows.get(table, {}).values())

    @cached_property
    def elements(self) -> dict[str, Element]:
        """Every goal, action plan, action and project by key."""
        return {key: row for table in ELEMENTS for key, row in self.rows.get(table, {}).items()}

    def path(self, key: str) -> Iterator[Element]:
        """An element and all above it, lowest first."""
        while row := self.elements.get(key):
            yield row
            key = getattr(row, PARENT.get(row.table, ""), "")

    def goal_of(self, key: str) -> Doel | None:
        """The goal that an element is part of."""
        return next((row for row in self.path(key) if isinstance(row, Doel)), None)

    def under(self, key: str, table: str) -> list[Any]:
        """The rows of a table that hang directly on an element: its milestones, indicators, amounts, or parts."""
        return self._hanging.get((table, key), [])

    @cached_property
    def _hanging(self) -> dict[tuple[str, str], list[Any]]:
        found: dict[tuple[str, str], list[Any]] = {}
        for table in SHAPES:
            names = columns_of(table).keys() & {PARENT.get(table), "indicator", "onderdeel"}
            for row in self.of(table):
                for name in names:
                    found.setdefault((table, getattr(row, name)), []).append(row)
        return found

    def shared(self) -> Plan:
        """What the city shares: the goals that it marked, and what hangs on them."""
        kept = {key for key in self.elements if (goal := self.goal_of(key)) and goal.gedeeld}
        rows = {}
        for table, held in self.rows.items():
            rows[table] = {k: r for k, r in held.items() if self.hangs_on(r) in kept}
        return Plan(self.stad, rows, self.versie)

    def without(self, subjects: Container[str]) -> Plan:
        """The plan without the indicators that follow one of these subjects, and without what hangs on them."""
        gone = {row.sleutel for row in self.of("indicator") if row.onderwerp and row.onderwerp in subjects}
        rows = {
            table: {k: r for k, r in held.items() if k not in gone and getattr(r, "indicator", "") not in gone}
            for table, held in self.rows.items()
        }
        return Plan(self.stad, rows, self.versie) if gone else self

    def hangs_on(self, row: Row) -> str:
        """The key of the element that a row is, or hangs on."""
        if indicator := getattr(row, "indicator", ""):
            row = self.rows["indicator"].get(indicator, row)
        return getattr(row, "onderdeel", row.sleutel)


@cache
def columns_of(table: str) -> dict[str, Field[Any]]:
    """The columns of a table, `sleutel` first."""
    return {f.name: f for f in fields(SHAPES[table])}


def is_told(table: str, name: str) -> bool:
    """True for a column that the report fills in."""
    return columns_of(table)[name].metadata["whose"] == "plan"


@cache
def type_of(table: str, name: str) -> type:
    """The type of a column: str, int, float, Decimal, date or bool."""
    found = get_type_hints(SHAPES[table])[name]
    return next(t for t in getattr(found, "__args__", (found,)) if t is not type(None))
