"""The register of areas: what it follows from, what it says, and what happens when its lists go wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines.describe.levels import load_levels
from pipelines.describe.specs import load_datasets
from pipelines.home import Home
from pipelines.landing import register
from pipelines.landing.register import RegisterError, register_sources, register_tables, settle_register, store
from tests.helpers import areas, landings, obmi, query

Edit = Callable[..., Path]
CHANGES = [1970, 1971, 1975, 1976, 1978, 1979, 1980, 1982, 1987]
LOST = ("2027-01-01;32003;32099;Dikmark;;32000;", "2027-01-01;32011;32099;Dikmark;;32000;")


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Edit:
    """Our own small lists with rows added to one, or a text in it replaced, in place of those of the project."""
    folder = tmp_path / "gebieden"
    folder.mkdir()
    for path in register.FOLDER.glob("*.csv"):
        shutil.copy2(path, folder)
    monkeypatch.setattr(register, "FOLDER", folder)

    def edit(name: str, *rows: str, replace: tuple[str, str] = ("", "")) -> Path:
        path = folder / f"{name}.csv"
        text = path.read_text(encoding="utf-8")
        assert replace[0] in text
        path.write_text(text.replace(*replace) + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        return path

    return edit


def asked(home: Path, sql: str) -> list[tuple]:
    """Rows of the register that is accepted in a home."""
    with duckdb.connect() as con:
        for name, path in register_tables(Home(home)).items():
            con.execute(f"CREATE VIEW {name} AS FROM read_parquet('{path}')")
        return con.execute(sql).fetchall()


def settle(home: Path) -> str | None:
    place = Home(home)
    with place.lock():
        return settle_register(landings(place))


def test_its_sources_are_built_in_and_land_first(released: Path) -> None:
    known = load_datasets()
    assert {i for i in register_sources() if known[i].voorbeeld} == set(register_sources())
    assert len(register_sources()) == 8
    rows = query(released, "SELECT bron, status FROM mart.bron")
    assert {i: s for i, s in rows if i in register_sources()} == dict.fromkeys(register_sources(), "vers")
    checks = query(released, "SELECT DISTINCT bron FROM mart.kwaliteit WHERE punt = 'levering'")
    assert {i for (i,) in checks} >= set(register_sources())


def test_every_version_has_the_municipalities_that_it_had() -> None:
    with areas() as con:
        rows = con.execute(
            "SELECT gebiedsniveau, COUNT(*), COUNT(*) FILTER (WHERE gewest IS NULL) FROM gebied "
            "JOIN gebiedsniveau USING (gebiedsniveau) WHERE reeks = 'gemeente' AND soort = 'gebied' GROUP BY ALL"
        ).fetchall()
    assert {n for _, _, n in rows} == {0}
    found = {level: n for level, n, _ in rows}
    assert {level: found[level] for level in ("gemeente2018", "gemeente2024", "gemeente")} == {
        "gemeente2018": 589,
        "gemeente2024": 581,
        "gemeente": 565,
    }
    assert set(found) - load_levels().keys() == {f"gemeente{year}" for year in CHANGES}
    assert (found["gemeente1970"], found["gemeente1976"], found["gemeente1978"]) == (2607, 2359, 596)


def test_a_day_has_one_version_of_every_level(released: Path) -> None:
    rows = query(
        released,
        "SELECT dag, COUNT(*) FROM (SELECT DISTINCT gebiedsniveau, geldig_van, geldig_tot FROM mart.gebied "
        "WHERE gebiedsniveau LIKE 'gemeente%') JOIN (SELECT MAKE_DATE(1969 + d::INT, 12, 31) AS dag FROM range(1, 57) "
        "AS r (d)) ON dag BETWEEN COALESCE(geldig_van, DATE '1970-01-01') AND COALESCE(geldig_tot, DATE '9999-12-31') "
        "GROUP BY ALL",
    )
    assert (len(rows), {n for _, n in rows}) == (56, {1})


def test_the_mart_says_what_became_of_hasselt(released: Path) -> None:
    columns = "naam_fr, geldig_van::TEXT, geldig_tot::TEXT, voorganger, opvolger, gemeente, nuts, lau, stad"
    rows = query(released, f"SELECT gebiedsniveau, {columns} FROM mart.gebied WHERE gebied IN ('71022', '71072')")
    found = {level: rest for level, *rest in rows}
    own = ["71072", "BE224", "71022", "hasselt"]
    assert found["gemeente"] == ["Hasselt", "2025-01-01", None, "71022 + 73040", None, "71072", None, None, "hasselt"]
    assert found["gemeente2024"] == ["Hasselt", "2019-01-01", "2024-12-31", "71022", "71072", *own]
    assert found["gemeente1970"][:3] == ["Hasselt", None, "1970-12-31"]


@pytest.mark.parametrize("level", ["statsec2019", "statsec2024", "statsec", "wijk2024", "deelgemeente2024", "elz"])
def test_every_level_has_its_areas_and_their_names(released: Path, level: str) -> None:
    (row,) = query(
        released,
        "SELECT COUNT(*), COUNT(naam), COUNT(DISTINCT gebied) FILTER (WHERE gebied LIKE '%ZZZZ') "
        f"FROM mart.gebied WHERE gebiedsniveau = '{level}'",
    )
    assert row[0] == row[1] > 20
    assert row[2] == 0


def test_wijken_and_sectors_of_gent_lie_in_each_other(released: Path) -> None:
    (row,) = query(
        released,
        "SELECT COUNT(*), COUNT(DISTINCT naar), BOOL_AND(aard = 'exact') FROM mart.gebied_relatie "
        "WHERE (van_niveau, naar_niveau) = ('statsec2024', 'wijk2024')",
    )
    assert row == (201, 25, True), "all but the sector that nobody can place"


def test_a_moved_border_is_an_approximation_and_its_municipality_is_not(released: Path) -> None:
    rows = query(
        released,
        "SELECT naar_niveau, naar, aard, gewicht, delen FROM mart.gebied_relatie WHERE van = '11002J881' "
        "AND naar_niveau IN ('statsec2024', 'deelgemeente2024', 'gemeente2024', 'gemeente') ORDER BY 1",
    )
    assert [(level, nature, weight) for level, _, nature, weight, _ in rows] == [
        ("deelgemeente2024", "benaderd", 1),
        ("gemeente", "exact", None),
        ("gemeente2024", "exact", None),
        ("statsec2024", "benaderd", 1),
    ]
    assert [area for _, area, *_ in rows] == ["11002P", "11002", "11002", "11002P6FK"]
    assert query(
        released, "SELECT DISTINCT gewicht FROM mart.gebied_relatie WHERE van = '31005ZZZZ' AND aard <> 'exact'"
    ) == [(None,)]


@pytest.mark.proof
def test_the_next_merger_is_two_rows_and_a_level(home: Path, lists: Edit) -> None:
    """Synthetic: Diksmuide and Kortemark in 2027."""
    before = asked(home, "FROM gebied ORDER BY ALL"), asked(home, "FROM gebied_relatie ORDER BY ALL")
    lists("fusies", *LOST)
    assert settle(home) is None
    assert (asked(home, "FROM gebied ORDER BY ALL"), asked(home, "FROM gebied_relatie ORDER BY ALL")) == before
    lists("gebiedsniveau", "gemeente2026;gemeente;2026;ja")
    assert settle(home) is None
    count = "SELECT COUNT(*) FROM gebied WHERE soort = 'gebied' AND gebiedsniveau = '{}'"
    assert [asked(home, count.format(v))[0][0] for v in ("gemeente2026", "gemeente")] == [565, 564]
    (new,) = asked(home, "SELECT naam, gewest, geldig_van::TEXT FROM gebied WHERE gebied = '32099'")
    assert new == ("Dikmark", "02000", "2027-01-01")
    steps = "SELECT naar FROM gebied_relatie WHERE van = '{}' AND van_niveau = '{}' AND naar_niveau = '{}'"
    assert asked(home, steps.format("32003", "gemeente2024", "gemeente2026")) == [("32003",)]
    assert asked(home, steps.format("32003", "gemeente2026", "gemeente")) == [("32099",)]
    assert asked(home, steps.format("71022", "gemeente2024", "gemeente2026")) == [("71072",)]
    levels = asked(home, "SELECT DISTINCT naar_niveau FROM gebied_relatie WHERE van_niveau = 'statsec'")
    assert levels == [("gemeente2026",)], "the sectors of 2025 lie in the municipalities of then"
    names = asked(home, "SELECT DISTINCT naam FROM gebied WHERE gebied = '41002' AND gebiedsniveau LIKE 'gemeente%6'")
    assert ("Aalst",) in names


@pytest.mark.proof
def test_a_divided_municipality_is_split_by_its_inhabitants(home: Path, lists: Edit) -> None:
    """Synthetic: a quarter of Diksmuide goes to Kortemark."""
    lists("gebiedsniveau", "gemeente2026;gemeente;2026;ja")
    parts = [f"2027-01-01;32003;{to};;;;{n}" for to, n in (("32003", 3000), ("32011", 1000))]
    lists("fusies", *parts, "2027-01-01;32011;32011;;;;")
    assert settle(home) is None
    found = asked(
        home, "SELECT naar, aard, gewicht FROM gebied_relatie WHERE van = '32003' AND naar_niveau = 'gemeente'"
    )
    assert sorted(found) == [("32003", "gesplitst", 0.75), ("32011", "gesplitst", 0.25)]
    lists("fusies", replace=(";3000", ";"))
    assert "32003 is split over more than one municipality" in (settle(home) or "")


@pytest.mark.proof
@pytest.mark.parametrize(
    ("name", "replace", "said"),
    [
        ("fusies", ("71022;71072;", "71022;71071;"), "71022 goes to 71071 or to 71072"),
        ("fusies", ("Tielt (Tielt);37000", "Tielt (Tielt);36000"), "lies in arrondiss 36000 or in 37000"),
        ("fusies", ("2025-01-01;11007;11002", "2024-01-01;11007;11002"), "which is the first day of no version"),
        (
            "aanvulling",
            ("vgc;vgc", "belgie;01000;Land;;;eigen lijst\nvgc;vgc"),
            "belgie 01000 stands in the lists more than once",
        ),
        ("gebiedsniveau", ("belgie;belgie;;nee", "land;land;;nee"), "land is a level without an area"),
    ],
)
def test_lists_that_contradict_each_other_keep_the_last_register(
    home: Path, lists: Edit, name: str, replace: tuple[str, str], said: str
) -> None:
    before = register_tables(Home(home))
    lists(name, replace=replace)
    assert said in (settle(home) or "")
    assert register_tables(Home(home)) == before


@pytest.mark.proof
def test_a_register_whose_pointer_is_damaged_is_derived_again(home: Path) -> None:
    before = register_tables(Home(home))
    pointer = home / "landing" / "_lijsten" / f"{register.NAME}.json"
    pointer.write_bytes(pointer.read_bytes()[:40])
    assert settle(home) is None
    assert register_tables(Home(home)) == before
    assert len(list(pointer.parent.glob(f"{pointer.name}.beschadigd-*"))) == 1


@pytest.mark.proof
def test_a_refresh_goes_on_with_the_last_register_and_says_so(home: Path, lists: Edit) -> None:
    lists("fusies", replace=("71022;71072;", "71022;71071;"))
    result = obmi("refresh")
    assert result.code == 20
    assert "Not fresh: gebiedenregister (oud), the last good figures stay in use" in result.out
    assert "fusies.csv and pinc_aggregatietabellen disagree: gemeente2024 71022" in result.out


def test_a_list_that_fails_its_checks_keeps_the_register_and_the_others_go_on(home: Path, tmp_path: Path) -> None:
    before = register_tables(Home(home))
    source = register.ROOT / "sources" / "voorbeeld" / "statbel_nuts_lau.csv"
    bad = tmp_path / source.name
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    bad.write_text("".join(line.replace(";BE2", ";BE9") if ";4;" in line else line for line in lines), encoding="utf-8")
    assert obmi("drop", "statbel_nuts_lau", bad).code == 0
    result = obmi("refresh")
    assert result.code == 20
    assert "Not fresh: statbel_nuts_lau (oud)" in result.out
    assert "bovenliggend_bestaat" in result.out
    assert register_tables(Home(home)) == before


def test_without_a_register_nothing_is_read(empty_home: Path, lists: Edit) -> None:
    lists("fusies", replace=("71022;71072;", "71022;71071;"))
    place = Home(empty_home)
    with pytest.raises(RegisterError, match="no register of areas yet; run obmi refresh"):
        register_tables(place)
    with place.lock(), pytest.raises(RegisterError, match="no figure can be read without one"):
        settle_register(landings(place))


def test_a_list_has_one_name_in_whatever_order_its_rows_are_made(tmp_path: Path) -> None:
    """Threads make them in any order; another name would build and publish everything anew."""
    home = Home(tmp_path)
    home.tmp.mkdir()
    con = duckdb.connect()
    names = set()
    for order in ("ASC", "DESC"):
        con.execute(f"CREATE OR REPLACE TABLE lijst AS SELECT range AS n FROM range(9) ORDER BY n {order}")
        names.add(store(con, home, "lijst").name)
    assert len(names) == 1
