"""An invented plan of Gent, its workbook, and 300 edits as people make them, each with what must come of it."""

from __future__ import annotations

import atexit
import io
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import openpyxl

from pipelines.describe.catalogue import City, load_cities
from pipelines.home import Home
from pipelines.orba.editions import Editions, patch_of
from pipelines.orba.hand_over import hand_over
from pipelines.orba.handed_in import STAMP, HandedInError, title_of
from pipelines.orba.plan import (
    EigenMeting,
    Indicator,
    Mijlpaal,
    Oordeel,
    Plan,
    PlanProject,
    Streefwaarde,
    columns_of,
    type_of,
)
from pipelines.orba.references import CityFigures
from pipelines.orba.reported import as_rows
from pipelines.orba.template_book import write_template
from tests.unit.test_orba_reported import line

GENT: City = next(city for city in load_cities() if city.stad == "gent")
GOAL, ACTION, OTHER = "gent/1", "gent/1/a/x", "gent/1/a/y"
PROJECT, STONE, OWN, FOLLOWED = f"{ACTION}/p", f"{ACTION}/steen", f"{GOAL}/eigen", f"{GOAL}/bevolking"
TARGET, MEASURED, JUDGED = f"{OWN}/doel", f"{OWN}/meting", f"{GOAL}/oordeel"
Cell = tuple[str, str, str]
Change = Callable[[Any], None]


def make_plan(home: Home) -> Editions:
    """Two versions: as reported, and with what people added."""
    report = [
        line(g, "a Bouwen", a, 10, year)
        for g in ("1 Wonen", "2 Groen")
        for a in ("x Huis", "y Flat")
        for year in (2026, 2027)
    ]
    rows = as_rows("gent", report)
    day = date(2027, 6, 1)
    own = [
        PlanProject(sleutel=PROJECT, titel="Toren", actie=ACTION, eigenaar="An"),
        Mijlpaal(sleutel=STONE, onderdeel=ACTION, naam="Eerste steen", gepland=day),
        Mijlpaal(sleutel=f"{ACTION}/dak", onderdeel=ACTION, naam="Dak dicht", gepland=date(2028, 6, 1)),
        Indicator(sleutel=OWN, onderdeel=GOAL, naam="Tevredenheid", richting="hoger", beginwaarde=1.0, begin_op=day),
        Indicator(sleutel=FOLLOWED, onderdeel=GOAL, onderwerp="v1101_t", richting="hoger"),
        Streefwaarde(sleutel=TARGET, indicator=OWN, op=day, waarde=5.0),
        EigenMeting(sleutel=MEASURED, indicator=OWN, op=day, waarde=3.0, bron="Enquête"),
        Oordeel(sleutel=JUDGED, onderdeel=GOAL, oordeel="achter", door="An", op=day, reden="Traag"),
    ]
    editions = Editions(home, "gent")
    editions.add(rows, "", "verslag", "", [])
    for row in own:
        rows.setdefault(row.table, {})[row.sleutel] = row
    editions.add(rows, "An", "eerste.xlsx", "", [])
    return editions


INVENTED = """
  CREATE SCHEMA mart;
  CREATE TABLE mart.onderwerp AS
    FROM (VALUES ('v1101_t', 'bevolking'), ('kubus1101_t', 'kubus'), ('v1102_t', 'komt nog')) AS t(onderwerp, naam);
  CREATE TABLE mart.gebied AS
    FROM (VALUES ('gemeente', '44021', 'Gent'), ('wijk', '44021W1', 'Wijk')) AS t(gebiedsniveau, gebied, naam);
  CREATE TABLE mart.waarneming AS SELECT 'v1101_t' AS onderwerp, 'gemeente' AS gebiedsniveau, '44021' AS gebied;
  CREATE TABLE mart.kubus AS
    SELECT 'kubus1101_t' AS onderwerp, 'gemeente' AS gebiedsniveau, '44021' AS gebied, 'vrouw' AS geslacht"""


@cache
def figures() -> CityFigures:
    """A file of a city with a subject, a cube, and a subject that has no figures yet; invented."""
    path = Path(tempfile.mkdtemp()) / "gent.duckdb"
    atexit.register(shutil.rmtree, path.parent)
    with duckdb.connect(str(path)) as con:
        con.execute(INVENTED)
    return CityFigures(path, GENT)


@cache
def template() -> bytes:
    """The workbook of the plan's second version."""
    with tempfile.TemporaryDirectory() as folder:
        path, place = Path(folder) / "x.xlsx", Path(folder)
        write_template(path, make_plan(Home(place)).plan(), figures(), "Gent")
        return path.read_bytes()


def book() -> Any:
    """The workbook, opened."""
    return openpyxl.load_workbook(io.BytesIO(template()))


def column_of(sheet: Any, name: str) -> int:
    """Where a column stands."""
    return next(cell.column for row in sheet.iter_rows(max_row=3) for cell in row if cell.value == name)


def cell(opened: Any, table: str, key: str, column: str) -> Any:
    """The cell of a row and a column."""
    sheet = opened[title_of(table)]
    keys = column_of(sheet, "sleutel")
    row = next(r for r in range(1, sheet.max_row + 1) if sheet.cell(r, keys).value == key)
    return sheet.cell(row, column_of(sheet, column))


@dataclass(frozen=True)
class Edit:
    """One edit: what is done, what differs in the plan afterwards and nothing else, and what is refused: a part of the
    place and of the reason of each. `problem` where the whole file is refused, `first` what somebody did before."""

    name: str
    change: Change
    taken: Mapping[Cell, Any] = field(default_factory=dict)
    refused: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    first: Change | None = None


def set_to(where: Cell, value: Any) -> Change:
    """Type a value in a cell."""

    def change(opened: Any) -> None:
        found = cell(opened, *where)
        found.value = value
        if isinstance(value, date):
            found.number_format = "dd/mm/yyyy"

    return change


def append(table: str, **values: Any) -> Change:
    """Type a row below the last."""

    def change(opened: Any) -> None:
        sheet = opened[title_of(table)]
        row = next(r for r in range(sheet.max_row, 0, -1) if any(c.value is not None for c in sheet[r])) + 1
        for name, value in values.items():
            sheet.cell(row, column_of(sheet, name)).value = value

    return change


def row_of(opened: Any, table: str, key: str) -> int:
    """The row of a key."""
    return int(cell(opened, table, key, "sleutel").row)


def both(*changes: Change) -> Change:
    """One edit after another."""

    def change(opened: Any) -> None:
        for one in changes:
            one(opened)

    return change


NUMBERS: list[tuple[Any, Any]] = [
    *(("12,5", 12.5), ("1 250", 1250.0), ("€ 1250", 1250.0), ("1.250.000,5", 1250000.5), ("-3", -3.0), (7, 7.0)),
    *(("1.250", "twee getallen"), ("12 km", "zonder tekst"), ("n.v.t.", "zonder tekst"), (True, "schrijf een getal")),
    (datetime(2027, 1, 1), "schrijf een getal"),
]
DAY = date(2027, 12, 31)
DATES: list[tuple[Any, Any]] = [
    *(
        (text, DAY)
        for text in ("31/12/2027", "2027-12-31", "31-12-2027", "31.12.2027", "31 december 2027", " 31/12/2027 ")
    ),
    *((datetime(2027, 12, 31), DAY), (46752, DAY)),
    *((text, "schrijf een dag") for text in ("31/12/27", "eind 2027", "30/02/2027", 2027, "2027", "12/2027")),
    (datetime(1927, 12, 31), "tussen 2000 en 2100"),
]
NUMERIC: list[Cell] = [
    ("streefwaarde", TARGET, "waarde"),
    ("eigen_meting", MEASURED, "waarde"),
    ("indicator", OWN, "beginwaarde"),
]
DATED: list[Cell] = [
    ("mijlpaal", STONE, "gepland"),
    ("mijlpaal", STONE, "bereikt"),
    ("actie", ACTION, "einde"),
    ("streefwaarde", TARGET, "op"),
]
TEXT: list[Cell] = [("actie", ACTION, "eigenaar"), ("doel", GOAL, "toelichting"), ("oordeel", JUDGED, "reden")]


def _typed() -> Iterator[Edit]:
    for where, values in (*((w, NUMBERS) for w in NUMERIC), *((w, DATES) for w in DATED)):
        for given, wanted in values:
            wrong = isinstance(wanted, str)
            yield Edit(
                f"{where[0]} {where[2]} {given!r}",
                set_to(where, given),
                {} if wrong else {where: wanted},
                (((title_of(where[0]) + "!"), wanted),) if wrong else (),
            )
    for where in (*TEXT, *NUMERIC, *DATED):
        for formula in ("=A1", "=SUM(B1:B2)"):
            yield Edit(
                f"{where[0]} {where[2]} {formula}", set_to(where, formula), refused=((title_of(where[0]), "formule"),)
            )
    for where in (*TEXT[:2], NUMERIC[0], DATED[0]):
        yield Edit(f"{where[2]} #N/A", set_to(where, "#N/A"), refused=((title_of(where[0]), "fout #N/A"),))
    for given, wanted in (
        *(("  An  de   Vries ", "An de Vries"), ("An\u00a0Claes", "An Claes"), (1234, "1234")),
        *(
            ("een\r\ntwee", "een\ntwee"),
            (datetime(2027, 5, 1), "2027-05-01"),
            (True, "ja"),
            ("Ünïcode ‘€’", "Ünïcode ‘€’"),
        ),
    ):
        yield Edit(f"text {given!r}", set_to(TEXT[0], given), {TEXT[0]: wanted})
    yield Edit("text too long", set_to(TEXT[0], "x" * 32_001), refused=(("Acties!", "langer dan"),))
    volgen, shared, way = ("doel", GOAL, "volgen"), ("doel", GOAL, "gedeeld"), ("indicator", OWN, "richting")
    for where, given, wanted in (
        *((volgen, "Indicator", "indicator"), (volgen, "gedaan ", "gedaan"), (way, "LAGER", "lager")),
        *((shared, "JA", True), (shared, True, True), (shared, "x", True), (shared, "ja", True)),
    ):
        yield Edit(f"{where[2]} {given!r}", set_to(where, given), {where: wanted})
    for where, given, why in (
        (volgen, "indikator", "kies uit"),
        (way, "omhoog", "kies uit"),
        (shared, "misschien", "ja of nee"),
    ):
        yield Edit(f"{where[2]} {given!r}", set_to(where, given), refused=((title_of(where[0]), why),))
    for where in (
        TEXT[2],
        ("streefwaarde", TARGET, "waarde"),
        ("mijlpaal", STONE, "gepland"),
        ("mijlpaal", STONE, "naam"),
    ):
        yield Edit(f"{where[2]} emptied", set_to(where, None), refused=((title_of(where[0]), "mag niet leeg"),))
    yield Edit(
        "project owner emptied", set_to(("project", PROJECT, "eigenaar"), None), {("project", PROJECT, "eigenaar"): ""}
    )
    yield Edit("gedeeld =TRUE()", set_to(shared, "=TRUE()"), {shared: True})
    yield Edit("waarde =#N/A", set_to(NUMERIC[0], "=#N/A"), refused=(("Streefwaarden!", "fout #N/A"),))
    for given, why in (("18", "1 tot 17"), ("een", "1 tot 17")):
        yield Edit(f"sdg {given}", set_to(("doel", GOAL, "sdg"), given), refused=(("Doelen!", why),))
    yield Edit("sdg", set_to(("doel", GOAL, "sdg"), "11; 13"), {("doel", GOAL, "sdg"): "11; 13"})


REPORTED: list[tuple[Cell, Any]] = [
    *((("doel", GOAL, name), "Anders") for name in ("titel", "code", "omschrijving")),
    *((("actie", ACTION, name), "Anders") for name in ("titel", "code")),
    *((("actie", ACTION, "actieplan"), "gent/2/a"), (("actieplan", "gent/1/a", "titel"), "Anders")),
    *((("bedrag", f"{ACTION}/2026", "gepland_eur"), 11), (("bedrag", f"{ACTION}/2026", "jaar"), 2030)),
]


def _of_the_report() -> Iterator[Edit]:
    for where, given in REPORTED:
        yield Edit(
            f"reported {where[0]} {where[2]}", set_to(where, given), refused=((title_of(where[0]), "meerjarenplan"),)
        )
    spent, source = ("bedrag", f"{ACTION}/2026", "besteed_eur"), ("bedrag", f"{ACTION}/2026", "bron")
    yield Edit(
        "spent",
        both(set_to(spent, "7,25"), set_to(source, "Boekhouding")),
        {spent: Decimal("7.25"), source: "Boekhouding"},
    )
    yield Edit("spent without source", set_to(spent, 7.25), refused=(("Bedragen!", "bron"),))
    yield Edit(
        "spent three decimals",
        both(set_to(spent, 7.255), set_to(source, "B")),
        {source: "B"},
        (("Bedragen!", "decimalen"),),
    )


ROWS: list[tuple[str, str]] = [
    *(("doel", GOAL), ("actieplan", "gent/1/a"), ("actie", ACTION), ("project", PROJECT), ("mijlpaal", STONE)),
    *(("indicator", FOLLOWED), ("streefwaarde", TARGET), ("eigen_meting", MEASURED), ("bedrag", f"{ACTION}/2026")),
    ("oordeel", JUDGED),
]
EDITED: list[tuple[Cell, Any]] = [
    *((("doel", GOAL, "thema"), "Wonen"), (("actieplan", "gent/1/a", "eigenaar"), "Bea")),
    *((("actie", ACTION, "partners"), "OCMW"), (("project", PROJECT, "eigenaar"), "Bea")),
    *((("mijlpaal", STONE, "naam"), "Steen"), (("indicator", FOLLOWED, "richting"), "lager")),
    *((("streefwaarde", TARGET, "waarde"), 6.0), (("eigen_meting", MEASURED, "bron"), "Meting")),
    (("oordeel", JUDGED, "door"), "Bea"),
]


def _without_row(table: str, key: str) -> Change:
    return lambda opened: opened[title_of(table)].delete_rows(row_of(opened, table, key))


def _moved(table: str) -> Change:
    """The last column becomes the first."""

    def change(opened: Any) -> None:
        sheet = opened[title_of(table)]
        lines = [[(c.value, c.number_format) for c in row] for row in sheet.iter_rows()]
        for number, values in enumerate(lines, 1):
            for place, (value, written) in enumerate([values[-1], *values[:-1]], 1):
                sheet.cell(number, place).value = value
                sheet.cell(number, place).number_format = written

    return change


def _turned(table: str) -> Change:
    """The rows from the last to the first, as somebody who sorts."""

    def change(opened: Any) -> None:
        sheet = opened[title_of(table)]
        lines = [[c.value for c in row] for row in sheet.iter_rows(min_row=2)]
        for number, values in enumerate(reversed(lines), 2):
            for place, value in enumerate(values, 1):
                sheet.cell(number, place).value = value

    return change


def _head(table: str, name: str, value: Any) -> Change:
    def change(opened: Any) -> None:
        sheet = opened[title_of(table)]
        sheet.cell(1, column_of(sheet, name)).value = value

    return change


def _without_column(table: str, name: str) -> Change:
    def change(opened: Any) -> None:
        sheet = opened[title_of(table)]
        sheet.delete_cols(column_of(sheet, name))

    return change


def _extra(table: str) -> Change:
    def change(opened: Any) -> None:
        sheet = opened[title_of(table)]
        sheet.cell(1, sheet.max_column + 1).value = "opmerking"
        sheet.cell(2, sheet.max_column).value = "hier"

    return change


def _copied(table: str, key: str, column: str, value: Any) -> Change:
    """A row pasted below, key and all, with one cell otherwise."""

    def change(opened: Any) -> None:
        sheet, number = opened[title_of(table)], row_of(opened, table, key)
        row = sheet.max_row + 1
        for place in range(1, sheet.max_column + 1):
            sheet.cell(row, place).value = sheet.cell(number, place).value
        sheet.cell(row, column_of(sheet, column)).value = value or sheet.cell(number, column_of(sheet, column)).value

    return change


def _laid_out() -> Iterator[Edit]:
    for table, key in ROWS:
        yield Edit(f"{table} row deleted", _without_row(table, key), refused=((f"{table} {key}", "niets gewist"),))
    for where, value in EDITED:
        taken = {where: value}
        yield Edit(f"{where[0]} edited", set_to(where, value), taken)
        yield Edit(f"{where[0]} edited, column moved", both(set_to(where, value), _moved(where[0])), taken)
        yield Edit(f"{where[0]} edited, rows sorted", both(set_to(where, value), _turned(where[0])), taken)
    for table, name in (("actie", "eigenaar"), ("doel", "thema"), ("indicator", "richting"), ("mijlpaal", "gepland")):
        said = (title_of(table), f"‘{name}’ ontbreekt")
        yield Edit(f"{table} without {name}", _without_column(table, name), refused=(said,))
        wrong = ((title_of(table), "niet bekend"), said)
        filled = name in ("richting", "gepland")
        yield Edit(
            f"{table} {name} renamed", _head(table, name, f"{name} nieuw"), refused=wrong if filled else wrong[1:]
        )
    yield Edit(
        "eigenaar twice",
        _head("project", "partners", "eigenaar"),
        refused=(("Projecten!", "twee keer"), ("Projecten", "‘partners’ ontbreekt")),
    )
    for table in ("doel", "actie", "bedrag"):
        yield Edit(
            f"{table} one column more", _extra(table), refused=((title_of(table), "‘opmerking’ is niet bekend"),)
        )
        yield Edit(f"{table} rows above", lambda opened, t=table: opened[title_of(t)].insert_rows(1, 2))
    for table, key, column, value in (
        *(
            ("mijlpaal", STONE, "naam", "Tweede steen"),
            ("actie", ACTION, "eigenaar", "Bea"),
            ("doel", GOAL, "thema", "Groen"),
        ),
        ("streefwaarde", TARGET, "waarde", 9),
    ):
        yield Edit(
            f"{table} pasted with its key", _copied(table, key, column, value), refused=((title_of(table), "2 keer"),)
        )
        yield Edit(f"{table} pasted twice the same", _copied(table, key, column, None))
    for table, key in (("actie", ACTION), ("mijlpaal", STONE), ("indicator", OWN)):
        wrong = ((title_of(table), "niet bekend"), (f"{table} {key}", "niets gewist"))
        yield Edit(f"{table} key mistyped", set_to((table, key, "sleutel"), f"{key}z"), refused=wrong)
    yield Edit(
        "key of a goal emptied", set_to(("doel", GOAL, "sleutel"), None), refused=((f"doel {GOAL}", "niets gewist"),)
    )


def _new() -> Iterator[Edit]:
    new = {
        "doel": ({"titel": "Sterk bestuur", "code": "9", "eigenaar": "An"}, "gent/9"),
        "actieplan": ({"titel": "Kopen", "code": "k", "doel": GOAL}, "gent/1/k"),
        "actie": ({"titel": "Kopen", "code": "z", "actieplan": "gent/1/a"}, "gent/1/a/z"),
        "project": ({"titel": "Brug", "actie": OTHER}, f"{OTHER}/brug"),
        "mijlpaal": ({"onderdeel": OTHER, "naam": "Klaar", "gepland": "1/5/2028"}, f"{OTHER}/klaar"),
        "indicator": ({"onderdeel": "gent/2", "onderwerp": "v1101_t", "richting": "lager"}, "gent/2/v1101-t"),
        "streefwaarde": ({"indicator": OWN, "op": "31/12/2030", "waarde": "7,5"}, f"{OWN}/2030-12-31"),
        "eigen_meting": ({"indicator": OWN, "op": "31/12/2026", "waarde": 4, "bron": "Telling"}, f"{OWN}/2026-12-31"),
        "bedrag": ({"onderdeel": PROJECT, "jaar": 2026, "gepland_eur": 5}, f"{PROJECT}/2026"),
        "oordeel": (
            {"onderdeel": "gent/2", "oordeel": "bereikt", "door": "Bea", "op": "1/2/2027", "reden": "Ja"},
            "gent/2/2027-02-01-bea",
        ),
    }
    days = {"1/5/2028": date(2028, 5, 1), "31/12/2030": date(2030, 12, 31), "31/12/2026": date(2026, 12, 31)}
    meant = {**days, "1/2/2027": date(2027, 2, 1), "7,5": 7.5, 4: 4.0}
    for table, (values, key) in new.items():
        taken = {(table, key, name): _as_typed(table, name, meant.get(v, v)) for name, v in values.items()}
        taken |= {(table, key, "sleutel"): key}
        yield Edit(f"new {table}", append(table, **values), taken)
        yield Edit(f"new {table} twice", both(append(table, **values), append(table, **values)), taken)
        needed = next(
            reversed([n for n in values if n not in ("code", "eigenaar", "richting", "onderwerp", "gepland_eur")])
        )
        lacking = {n: v for n, v in values.items() if n != needed}
        yield Edit(f"new {table} without {needed}", append(table, **lacking), refused=((title_of(table), needed),))
    whole = {"onderdeel": ACTION, "naam": "Vlag", "gepland": "1/5/2028"}
    stone = {("mijlpaal", f"{ACTION}/vlag", n): v for n, v in {**whole, "gepland": date(2028, 5, 1)}.items()}
    stone |= {("mijlpaal", f"{ACTION}/vlag", "sleutel"): f"{ACTION}/vlag"}
    yield Edit(
        "of a title that one has",
        append("mijlpaal", **{**whole, "onderdeel": "Toren"}),
        {
            **{(t, k.replace(ACTION, PROJECT), c): v for (t, k, c), v in stone.items()},
            ("mijlpaal", f"{PROJECT}/vlag", "sleutel"): f"{PROJECT}/vlag",
            ("mijlpaal", f"{PROJECT}/vlag", "onderdeel"): PROJECT,
        },
    )
    yield Edit(
        "of a title that two have",
        append("mijlpaal", **{**whole, "onderdeel": "Huis"}),
        refused=(("Mijlpalen!", "kan er 2 zijn"),),
    )
    yield Edit(
        "of what is not there",
        append("mijlpaal", **{**whole, "onderdeel": "gent/1/a/q"}),
        refused=(("Mijlpalen!", "niet bekend"),),
    )
    yield Edit(
        "of a goal of another city",
        append("mijlpaal", **{**whole, "onderdeel": "brugge/1"}),
        refused=(("Mijlpalen!", "niet bekend"),),
    )
    for more, why in (
        *(
            ({"onderwerp": "v1101_x"}, "bedoelde u v1101_t"),
            ({"onderwerp": "v1101_t", "gebiedsniveau": "wijk", "gebied": "44021W1"}, "heeft geen cijfers"),
        ),
        *(({"onderwerp": "v1101_t", "gebiedsniveau": "gemeente", "gebied": "11002"}, "is er niet"), ({}, "naam nodig")),
        *(
            ({"onderwerp": "kubus1101_t", "doorsnede": "kleur=rood"}, "geen dimensie"),
            ({"onderwerp": "kubus1101_t", "doorsnede": "geslacht=man"}, "geen deel"),
        ),
        *(({"naam": "Maat", "gebied": "44021"}, "geen gebied"), ({"naam": "Maat", "beginwaarde": 2}, "dag nodig")),
    ):
        yield Edit(
            f"new indicator {more}", append("indicator", onderdeel=GOAL, **more), refused=(("Indicatoren!", why),)
        )
    key = f"{GOAL}/kubus1101-t-geslacht-vrouw"
    cut = {"onderdeel": GOAL, "onderwerp": "kubus1101_t", "doorsnede": "geslacht=vrouw"}
    yield Edit(
        "new slice of a cube",
        append("indicator", **cut),
        {("indicator", key, n): v for n, v in {**cut, "sleutel": key}.items()},
    )
    followed = {"indicator": FOLLOWED, "op": "1/1/2027", "waarde": 3, "bron": "x"}
    yield Edit(
        "own value of a subject",
        append("eigen_meting", **followed),
        refused=(("Eigen metingen!", "alleen een eigen maat"),),
    )
    yield Edit(
        "end before begin",
        both(set_to(("project", PROJECT, "begin"), DAY), set_to(("project", PROJECT, "einde"), date(2026, 1, 1))),
        refused=(("Projecten!", "voor het begin"),),
    )


def _as_typed(table: str, name: str, value: Any) -> Any:
    kind = type_of(table, name)
    return kind(value) if kind in (Decimal, float) else value


def _removed() -> Iterator[Edit]:
    for table, key in (
        ("mijlpaal", STONE),
        ("streefwaarde", TARGET),
        ("oordeel", JUDGED),
        ("project", PROJECT),
        ("indicator", FOLLOWED),
    ):
        yield Edit(f"{table} removed", set_to((table, key, "wissen"), "ja"), {(table, key, ""): None})
    for table, key, why in (
        ("doel", GOAL, "meerjarenplan"),
        ("bedrag", f"{ACTION}/2026", "meerjarenplan"),
        ("indicator", OWN, "hangt nog iets aan"),
    ):
        yield Edit(f"{table} not removed", set_to((table, key, "wissen"), "ja"), refused=((title_of(table), why),))
    yield Edit(
        "all of an indicator removed",
        both(
            *(
                set_to((t, k, "wissen"), "ja")
                for t, k in (("indicator", OWN), ("streefwaarde", TARGET), ("eigen_meting", MEASURED))
            )
        ),
        {(t, k, ""): None for t, k in (("indicator", OWN), ("streefwaarde", TARGET), ("eigen_meting", MEASURED))},
    )


def _together() -> Iterator[Edit]:
    """Two people from one version, the other first; then what the second made of it."""
    for where, value in EDITED:
        other = next(v for w, v in ((("x", "", ""), 0), *EDITED) if w == where)
        theirs = 8.0 if isinstance(value, float) else "hoger" if where[2] == "richting" else f"{other} van Bea"
        if where[2] == "richting":
            continue
        yield Edit(
            f"{where[0]} by two, otherwise",
            set_to(where, value),
            refused=((title_of(where[0]), "door Bea op"),),
            first=set_to(where, theirs),
        )
        yield Edit(f"{where[0]} by two, the same", set_to(where, value), first=set_to(where, value))
    for (mine, value), (theirs, other) in pairwise(EDITED):
        yield Edit(f"{mine[0]} and {theirs[0]} by two", set_to(mine, value), {mine: value}, first=set_to(theirs, other))
    new = append("mijlpaal", onderdeel=OTHER, naam="Klaar", gepland="1/5/2028")
    yield Edit("the same new row by two", new, first=new)
    later = append("mijlpaal", onderdeel=OTHER, naam="Klaar", gepland="1/6/2028")
    yield Edit("a new row by two, otherwise", later, refused=(("Mijlpalen!", "door Bea op"),), first=new)
    gone = set_to(("mijlpaal", STONE, "wissen"), "ja")
    named = set_to(("mijlpaal", STONE, "naam"), "Steen")
    yield Edit("edited by one, removed by another", named, refused=(("Mijlpalen!", "intussen gewist"),), first=gone)
    yield Edit(
        "removed by one, edited by another",
        both(
            gone,
        ),
        refused=(("Mijlpalen!", "door iemand anders"),),
        first=named,
    )


def _whole_files() -> Iterator[Edit]:
    def stamp(place: str, value: Any) -> Change:
        return lambda opened: setattr(opened[STAMP][place], "value", value)

    yield Edit("a workbook of another city", stamp("B1", "brugge"), problem="van brugge en niet van gent")
    yield Edit("a version to come", stamp("B2", 99), problem="gaat uit van versie 99")
    yield Edit("no version", stamp("B2", None), problem="is geen getal")
    yield Edit("without its stamp", lambda opened: opened.remove(opened[STAMP]), problem="verborgen werkblad")
    yield Edit("a sheet gone", lambda opened: opened.remove(opened["Oordelen"]), refused=(("Oordelen", "ontbreekt"),))
    renamed = lambda opened: setattr(opened["Oordelen"], "title", "Mijn oordelen")  # noqa: E731
    yield Edit("a sheet renamed", renamed, refused=(("Oordelen", "ontbreekt"),))
    heads = lambda opened: opened["Oordelen"].delete_rows(1)  # noqa: E731
    yield Edit("no header", heads, refused=(("Oordelen", "geen rij met de kolom"),))
    yield Edit("nothing changed", lambda opened: None)


EDITS = [*_typed(), *_of_the_report(), *_laid_out(), *_new(), *_removed(), *_together(), *_whole_files()]


def save(change: Change, path: Path) -> Path:
    """The workbook with an edit, as a file."""
    opened = book()
    change(opened)
    opened.save(path)
    return path


def play(edit: Edit, folder: Path, path: Path | None = None) -> list[str]:
    """What comes of an edit (of the file at a path, where another program saved it) otherwise than it must; nothing
    where all is right."""
    home = Home(folder / "home")
    editions = make_plan(home)
    if edit.first:
        hand_over(home, GENT, save(edit.first, folder / "eerst.xlsx"), "Bea", figures())
    before = editions.plan()
    try:
        found = hand_over(home, GENT, path or save(edit.change, folder / "boek.xlsx"), "An", figures())
    except HandedInError as err:
        same = patch_of(before.rows, editions.plan().rows) == {}
        return [] if edit.problem and edit.problem in str(err) and same else [f"refused: {err}"]
    after = editions.plan()
    wrong = [f"not refused as a whole: {edit.problem}"] if edit.problem else []
    if (changed := dict(_changes(before, after))) != edit.taken:
        wrong.append(f"changed {changed} and not {dict(edit.taken)}")
    if len(found.refused) != len(edit.refused):
        wrong.append(f"refused {found.refused}")
    for place, why in edit.refused:
        if not any(place in said and why in said for said in found.refused):
            wrong.append(f"{place}: {why} is not in {found.refused}")
    return wrong


def _changes(before: Plan, after: Plan) -> Iterator[tuple[Cell, Any]]:
    """The cells that differ; of a new row those that hold something, of one that went its key."""
    for table, rows in patch_of(before.rows, after.rows).items():
        for key, cells in rows.items():
            if cells is None:
                yield (table, key, ""), None
                continue
            for name in cells:
                value = getattr(after.rows[table][key], name)
                if key in before.rows[table] or value != columns_of(table)[name].default:
                    yield (table, key, name), value
