"""Single steps of the models, as DuckDB gets them, on a few made-up rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.transform.statuses import STRONGEST_FIRST, status_of_parts, status_of_sum
from tests.models.model_text import rendered
from tests.models.plain_rule import combined


class Step:
    """A model on tables of a test's own."""

    def __init__(self) -> None:
        self.con = duckdb.connect()
        self.con.execute("CREATE SCHEMA ref; CREATE SCHEMA onderwerp")
        self.con.execute(f"CREATE TABLE ref.periode AS {rendered('ref/periode').sql('duckdb')}")

    def table(self, name: str, columns: str, *rows: tuple) -> None:
        """A table of these rows; a column is TEXT unless it says otherwise."""
        typed = ", ".join(c if " " in c else f"{c} TEXT" for c in columns.split(", "))
        self.con.execute(f"CREATE OR REPLACE TABLE {name} ({typed})")
        for row in rows:
            self.con.execute(f"INSERT INTO {name} VALUES ({', '.join('?' for _ in row)})", row)

    def rows(self, model: str, columns: str, **variables: str) -> list[tuple]:
        """These columns of what the model gives, in order."""
        text = rendered(model, **variables).sql("duckdb")
        return self.con.execute(f"SELECT {columns} FROM ({text}) ORDER BY ALL").fetchall()


@pytest.fixture
def step() -> Iterator[Step]:
    made = Step()
    yield made
    made.con.close()


@pytest.mark.parametrize("strongest", STRONGEST_FIRST)
def test_a_sum_has_the_strongest_status_of_its_parts(step: Step, strongest: str) -> None:
    weaker = STRONGEST_FIRST[STRONGEST_FIRST.index(strongest) :]
    step.table("deel", "status", *((s,) for s in reversed(weaker)))
    found = step.con.execute(f"SELECT {status_of_sum('status')} FROM deel").fetchone()
    assert found == (strongest,) == (combined((s, 1.0) for s in weaker)[0],)


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        (("ok", "ok"), "ok"),
        (("verborgen", "onbekend"), "onbekend"),
        (("leeg", "verborgen"), "verborgen"),
        (("ok", "leeg"), "leeg"),
        (("nvt", "leeg"), "nvt"),
        (("nvt",), "nvt"),
    ],
)
def test_a_figure_that_needs_all_its_parts_has_the_status_of_what_is_missing(
    step: Step, parts: tuple[str, ...], status: str
) -> None:
    written = status_of_parts(*(f"'{part}'" for part in parts))
    found = step.con.execute(f"SELECT {written}").fetchone()
    assert found == (status,)


def test_a_period_knows_its_year_its_first_day_and_the_same_a_year_later(step: Step) -> None:
    columns = "periode, periode_begin::TEXT, periodiciteit, jaar, jaarcijfer, jaar_later"
    wanted = "'2021', '2021-2022', '2021-12', '2021-Q4'"
    found = step.con.execute(f"SELECT {columns} FROM ref.periode WHERE periode IN ({wanted}) ORDER BY 1").fetchall()
    assert found == [
        ("2021", "2021-01-01", "jaar", 2021, True, "2022"),
        ("2021-12", "2021-12-01", "maand", 2021, False, None),
        ("2021-2022", "2021-09-01", "schooljaar", 2021, True, "2022-2023"),
        ("2021-Q4", "2021-10-01", "kwartaal", 2021, False, None),
    ]


def test_a_figure_names_every_dataset_it_comes_from(step: Step, tmp_path: Path) -> None:
    """A sum of three datasets named the first and the last only, and their versions in another order."""
    landing = tmp_path / "landing.parquet"
    step.con.execute(
        f"COPY (FROM (VALUES ('a', 'v3'), ('b', 'v2'), ('c', 'v1')) AS l(bron, bronversie)) TO '{landing}'"
    )
    step.table("ref.herkomst", "onderwerp, bron, volgorde INT", ("x", "b", 1), ("x", "c", 2), ("x", "a", 3))
    found = step.rows("onderwerp/bronversie", "onderwerp, bron, bronversie", landing=str(landing))
    assert found == [("x", "b + c + a", "v2 + v1 + v3")]


def test_what_counts_for_the_year_after_is_a_figure_of_that_year(step: Step) -> None:
    step.table("ref.term", "onderwerp, term, coefficient DOUBLE, jaren_terug INT", ("g", "t", 1, 0), ("g", "t", -1, 1))
    flat = "onderwerp, gebiedsniveau, gebied, periode, waarde DOUBLE, status, reden"
    cells = [("2020", 5), ("2021", 7), ("2020-2021", 1), ("2021-2022", 4), ("2021-03", 2), ("2022-03", 3)]
    step.table("onderwerp.plat", flat, *(("t", "gemeente", "1", p, n, "ok", None) for p, n in cells))
    assert step.rows("onderwerp/afgeleid", "periode, waarde, status") == [("2021", 2, "ok"), ("2021-2022", 3, "ok")]
    step.con.execute("UPDATE onderwerp.plat SET status = 'verborgen', waarde = NULL WHERE periode = '2020'")
    found = step.rows("onderwerp/afgeleid", "periode, waarde, status, reden")
    assert found[0] == ("2021", None, "verborgen", "t: verborgen")


def test_months_go_to_the_areas_of_today_alone(step: Step) -> None:
    step.table(
        "ref.gebiedsniveau",
        "gebiedsniveau, laatste_jaar INT, afgeleid BOOLEAN, opgeteld BOOLEAN",
        ("gemeente", None, True, False),
        ("gemeente2018", 2018, True, False),
        ("statsec2019", 2019, False, False),
        ("wijk2024", 2024, False, True),
    )
    ways = [("statsec2019", level) for level in ("gemeente", "gemeente2018", "statsec2019")]
    step.table("ref.bereik", "van_niveau, naar_niveau", *ways)
    step.table("ref.onderwerp", "onderwerp, aggregatie", ("x", "som"))
    step.table("ref.stap", "van_niveau, naar_niveau", ("statsec2019", "wijk2024"), ("wijk2024", "gemeente"))
    step.table("onderwerp.reeks", "onderwerp, gebiedsniveau, periode", ("x", "statsec2019", "2020-03"))
    step.table("onderwerp.jaarsom", "onderwerp, gebiedsniveau, periode", ("x", "statsec2019", "2020"))
    assert step.rows("onderwerp/weg", "periode, gebiedsniveau, zichtbaar, telt") == [
        ("2020", "gemeente", True, True),
        ("2020", "gemeente2018", True, True),
        ("2020", "statsec2019", True, True),
        ("2020", "wijk2024", True, False),
        ("2020-03", "gemeente", True, True),
        ("2020-03", "gemeente2018", False, True),
        ("2020-03", "statsec2019", True, True),
    ]
    step.con.execute("UPDATE ref.onderwerp SET aggregatie = 'geen'")
    assert "wijk2024" not in {level for _, level in step.rows("onderwerp/weg", "periode, gebiedsniveau")}


CHOSEN = "nummer INT, grondgebied INT, keuze INT, gebiedsniveau, geleverd BOOLEAN, waarde DOUBLE, status, reden"
TERRITORY = "gebiedsniveau, gebied, grondgebied INT, fusie, getoond BOOLEAN, trede INT"
MERGER = "2 + 3 → 4"


def test_an_area_knows_the_nearest_merger_that_it_went_up_in(step: Step) -> None:
    """2 and 3 became 4, and 4 and 5 became 6; a province that municipalities lie in is no merger of them."""
    first, second, last = "gemeente2018", "gemeente2024", "gemeente"
    levels = [(level, "gemeente", True) for level in (first, second, last)]
    step.table("ref.gebiedsniveau", "gebiedsniveau, reeks, afgeleid BOOLEAN", *levels, ("provincie", "provincie", True))
    places = [(first, "2"), (first, "3"), (second, "4"), (second, "5"), (last, "6"), ("provincie", "9")]
    areas = ((*place, "2000", True) for place in places)
    step.table("ref.gebied", "gebiedsniveau, gebied, gewest, getoond BOOLEAN", *areas)
    whole = "2 + 3 + 5 → 6"
    step.table(
        "ref.gebied_relatie",
        "van_niveau, van, naar_niveau, naar, delen INT, samenstelling",
        *((first, part, last, "6", 3, whole) for part in ("2", "3")),
        *((first, part, second, "4", 2, MERGER) for part in ("2", "3")),
        *((second, part, last, "6", 2, "4 + 5 → 6") for part in ("4", "5")),
        *((level, part, "provincie", "9", 3, None) for level, part in ((first, "2"), (last, "6"))),
    )
    step.table("ref.stap", "van_niveau, van, naar_niveau, naar")
    assert step.rows("ref/grondgebied", "gebiedsniveau, gebied, fusie") == [
        (last, "6", None),
        (first, "2", MERGER),
        (first, "3", MERGER),
        (second, "4", "4 + 5 → 6"),
        (second, "5", "4 + 5 → 6"),
        ("provincie", "9", None),
    ]


@pytest.fixture
def territories(step: Step) -> Step:
    """Municipality 1 is one territory before and after; 2 and 3 became 4. All stand a step above the finest."""
    old, new = "gemeente2024", "gemeente"
    places = [(old, "1", 1, None), (new, "1", 1, None), (new, "4", 4, None)]
    places += [(old, part, number, MERGER) for part, number in (("2", 2), ("3", 3))]
    step.table("ref.grondgebied", TERRITORY, *((*place, True, 1) for place in places))
    levels = ((old, "gemeente", False), (new, "gemeente", False), ("provincie", "provincie", False))
    step.table("ref.gebiedsniveau", "gebiedsniveau, reeks, opgeteld BOOLEAN", *levels)
    ways = [("x", level, "2020", 1, True) for level in (old, new)]
    step.table("onderwerp.weg", "onderwerp, gebiedsniveau, periode, nummer INT, zichtbaar BOOLEAN", *ways)
    return step


def test_a_territory_gives_its_figure_to_every_area_that_it_is(territories: Step) -> None:
    one = (1, 1, 1, "gemeente", True, 5.0, "ok", None, 0, None)
    four = (1, 4, 1, "gemeente", True, 9.0, "ok", None, 0, None)
    territories.table("onderwerp.gekozen", f"{CHOSEN}, verborgen INT, som DOUBLE", one, four)
    split = f"niet te splitsen over de fusie {MERGER}"
    assert territories.rows("onderwerp/opgelost", "gebiedsniveau, gebied, geleverd, waarde, status, reden") == [
        ("gemeente", "1", True, 5, "ok", None),
        ("gemeente", "4", True, 9, "ok", None),
        ("gemeente2024", "1", False, 5, "ok", None),
        ("gemeente2024", "2", False, None, "onbekend", split),
        ("gemeente2024", "3", False, None, "onbekend", split),
    ]


def test_a_level_where_no_area_has_all_its_parts_has_rows_that_say_so(territories: Step) -> None:
    one = (1, 1, 1, "wijk2024", False, None, "onbekend", "3 van 25 delen onbekend", 0, None)
    territories.table("onderwerp.gekozen", f"{CHOSEN}, verborgen INT, som DOUBLE", one)
    way = ("x", "provincie", "2020", 1, True)
    territories.table("onderwerp.weg", "onderwerp, gebiedsniveau, periode, nummer INT, zichtbaar BOOLEAN", way)
    places = [("gemeente", "1", 1, None, True, 1), ("provincie", "9", 9, None, True, 2)]
    territories.table("ref.grondgebied", TERRITORY, *places)
    assert territories.rows("onderwerp/opgelost", "gebiedsniveau, gebied, waarde, status, reden") == [
        ("provincie", "9", None, "onbekend", "niet te bepalen: niet elk deel heeft een cijfer")
    ]


def test_what_the_publisher_gives_on_another_version_stands_there(territories: Step) -> None:
    first = (1, 1, 1, "gemeente", True, 5.0, "ok", None, 0, None)
    second = (1, 1, 2, "gemeente2024", True, 6.0, "ok", None, 0, None)
    territories.table("onderwerp.gekozen", f"{CHOSEN}, verborgen INT, som DOUBLE", first, second)
    found = territories.rows("onderwerp/opgelost", "gebiedsniveau, gebied, waarde")
    assert [row for row in found if row[1] == "1"] == [("gemeente", "1", 5), ("gemeente2024", "1", 6)]
