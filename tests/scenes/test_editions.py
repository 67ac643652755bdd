"""New and changed editions of a yearly source, on synthetic figures: the population of 2021 and one percent more
given out as 2022."""

import shutil
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from pipelines.describe.catalogue import load_cities, load_topics
from pipelines.home import Home, file_sha256
from pipelines.orba.star import PlanTables
from pipelines.publish.cities import MARK, lay_out_cities, to_write_over, write_city
from pipelines.publish.contract import TABLES
from pipelines.publish.marts import SORTED
from pipelines.publish.patch import WHOLE
from pipelines.publish.releases import file_of, find_release
from pipelines.transform.kept import Built
from tests.helpers import (
    KEY,
    VERSIONS,
    Row,
    accepted,
    area,
    changes,
    edited,
    figures,
    held_cities,
    obmi,
    query,
    status,
    value,
)

pytestmark = pytest.mark.proof

GENT, BRUGGE, LEUVEN = "44021", "31005", "24062"
SAINT_NICOLAS, SINT_NIKLAAS = "62093", "46021"
SUMS = {("provincie", "40000"), ("gewest", "02000"), ("centrumsteden", "centrumsteden")}


def next_year(row: Row, factor: float = 1.0) -> Row:
    """Synthetic: one percent more than in 2021, rounded upwards."""
    return {**row, "jaar": "2022", "aantal": str(int(-(-int(row["aantal"]) * 1.01 * factor // 1)))}


def grown_brugge(row: Row) -> Row:
    """Synthetic: in Brugge one more Belgian woman of 65 to 79."""
    hit = area(row) == BRUGGE and (row["geslacht"], row["nationaliteit"], row["leeftijd_van"]) == ("F", "BEL", "65")
    return {**row, "aantal": str(int(row["aantal"]) + 1)} if hit else row


def namesake(row: Row) -> list[Row]:
    """Synthetic: Saint-Nicolas near Liège with a thousand people in every row that Sint-Niklaas has."""
    other = {**row, "nis_code": SAINT_NICOLAS, "aantal": "1000"}
    return [row, other] if area(row) == SINT_NIKLAAS else [row]


def elsewhere() -> set[str]:
    """The subjects that also follow another year or the ages of a whole region, and so move where nothing changed."""
    topics = load_topics()
    found = {o for o, t in topics.items() if t.klassen or any(term.endswith(" vorig jaar") for term in t.termen)}
    while more := {o for o, t in topics.items() if found & set(t.parts)} - found:
        found |= more
    return found


ELSEWHERE = elsewhere()


@pytest.fixture(scope="module")
def editions(released, scene, session_env, tmp_path_factory) -> dict[str, object]:
    """2022 with Gent ten times too large and 2021 with another Saint-Nicolas, beside a file with Brugge in it twice and
    one without Leuven; then all as it should be, together with another 2021."""
    folder = tmp_path_factory.mktemp("editions")
    session_env.setenv("OBMI_HOME", str(scene.reset()))
    name = "statbel_bevolking_2022.csv"
    wrong = edited("statbel_bevolking", folder, lambda r: next_year(r, 10 if area(r) == GENT else 1), name)
    twice = edited("statbel_armoederisico", folder, lambda row: [row, row] if area(row) == BRUGGE else row)
    gone = edited("statbel_inkomen_sector", folder, lambda row: None if area(row) == LEUVEN else row)
    same = edited("statbel_bevolking", folder, namesake)
    assert obmi("drop", "statbel_bevolking", wrong, same).code == 0
    assert obmi("drop", "statbel_armoederisico", twice).code == 0
    assert obmi("drop", "statbel_inkomen_sector", gone).code == 0
    seen = {"first": obmi("refresh"), "first_status": status(), "first_home": scene.keep("first")}
    right = edited("statbel_bevolking", folder, next_year, name)
    other = edited("statbel_bevolking", folder, lambda row: namesake(grown_brugge(row)))
    assert obmi("drop", "statbel_bevolking", right, other).code == 0
    for dataset in ("statbel_armoederisico", "statbel_inkomen_sector"):
        assert obmi("drop", dataset, figures(dataset)).code == 0
    return {**seen, "second": obmi("refresh"), "second_status": status(), "second_home": scene.keep("second")}


def test_a_new_edition_adds_its_year_and_leaves_the_others(editions: dict, released: Path) -> None:
    assert changes(released, editions["first_home"]) == set()
    years = "SELECT DISTINCT periode FROM mart.waarneming WHERE onderwerp = 'v1101_t'"
    added = set(query(editions["first_home"], years)) - set(query(released, years))
    assert added == {("2022",)}
    new, old = (value(editions["first_home"], "v1101_t", BRUGGE, year) for year in ("2022", "2021"))
    assert old * 1.01 <= new < old * 1.01 + 24


def test_figures_of_saint_nicolas_reach_nobody(editions: dict, released: Path) -> None:
    with accepted(editions["first_home"], "statbel_bevolking") as con:
        landed = con.execute(f"SELECT SUM(aantal) FROM kandidaat WHERE gebied = '{SAINT_NICOLAS}' AND jaar = 2021")
        assert landed.fetchone()[0] % 1000 == 0, "a thousand in every row"
    assert changes(released, editions["first_home"]) == set()
    shown = f"SELECT COUNT(*) FROM mart.waarneming WHERE gebied LIKE '{SAINT_NICOLAS}%'"
    assert query(editions["first_home"], shown) == [(0,)]


def test_a_city_held_in_a_new_year_is_unknown_and_never_zero(editions: dict) -> None:
    assert editions["first"].code == 10
    assert held_cities(editions["first_status"]["statbel_bevolking"]) == {"gent"}
    rows = query(
        editions["first_home"],
        "SELECT gebiedsniveau, gebied, onderwerp, waarde, status, reden FROM mart.waarneming WHERE periode = '2022' "
        f"AND bron LIKE '%bevolking%' AND gebied IN ('{GENT}', '40000', '02000', 'centrumsteden')",
    )
    assert {(level, code) for level, code, *_ in rows} == {*((level, GENT) for level in VERSIONS), *SUMS}
    assert [r for r in rows if r[2] not in ELSEWHERE and (r[3] is not None or r[4] != "onbekend")] == []
    published = [r for r in rows if r[0] == "gemeente2024" and r[2] == "v1101_t"]
    assert len(published) == 1
    assert published[0][5].startswith("vastgehouden: Het aantal inwoners verandert niet meer dan")
    whole = [r for r in rows if r[:3] == ("gewest", "02000", "v1101_t")]
    assert [r[5].split(" van ")[0] for r in whole] == ["1"]
    assert "delen onbekend" in whole[0][5]


def test_other_sums_of_the_new_year_are_known(editions: dict) -> None:
    assert value(editions["first_home"], "v1101_t", "30000", "2022", "provincie") > 1_190_000
    assert value(editions["first_home"], "v1101_t", "04000", "2022", "gewest") > 1_200_000


def test_the_corrected_edition_fills_the_gap(editions: dict) -> None:
    assert editions["second"].code == 0
    assert editions["second_status"]["statbel_bevolking"]["state"] == "vers"
    assert 263703 * 1.01 <= value(editions["second_home"], "v1101_t", GENT, "2022") < 263703 * 1.01 + 24


def test_a_changed_edition_of_a_year_is_a_revision_of_exactly_what_changed(editions: dict) -> None:
    revised = query(editions["second_home"], f"SELECT {KEY}, oude_waarde, nieuwe_waarde FROM mart.revisie")
    assert set(revised) == changes(editions["first_home"], editions["second_home"])
    assert len(set(revised)) == len(revised)
    revised = [row for row in revised if row[0] not in ELSEWHERE]
    assert {row[3] for row in revised} == {"2021", "2022"}
    of_2021 = [row for row in revised if row[3] == "2021"]
    places = {("provincie", "30000"), ("gewest", "02000"), ("centrumsteden", "centrumsteden")}
    places |= {(level, BRUGGE) for level in VERSIONS}
    assert {(level, code) for _, level, code, *_ in of_2021} == places
    counts = {(o, new - old) for o, _, _, _, old, new in of_2021 if o.startswith("v1101")}
    classes = ("v1101_t", "v1101_v", "v1101_65p", "v1101_65_79", "v1101_18p", "v1101_afh")
    assert counts == {(o, 1) for o in classes}
    per_subject = Counter(row[0] for row in of_2021)
    assert per_subject["v1101_t"] == per_subject["vp1101_65p"] == len(places)


def test_what_was_unknown_is_revised_only_where_it_was_unknown(editions: dict) -> None:
    of_2022 = query(
        editions["second_home"],
        "SELECT DISTINCT gebiedsniveau, gebied, oude_status, nieuwe_status FROM mart.revisie WHERE periode = '2022' "
        f"AND onderwerp NOT IN {tuple(ELSEWHERE)}",
    )
    assert {row[2:] for row in of_2022} == {("onbekend", "ok")}
    assert {row[:2] for row in of_2022} == {*((level, GENT) for level in VERSIONS), *SUMS}


@pytest.mark.parametrize(
    ("dataset", "check", "city"),
    [("statbel_armoederisico", "sleutel", "brugge"), ("statbel_inkomen_sector", "dekking", "leuven")],
)
def test_rows_that_stand_twice_or_are_gone_are_held_for_that_city(editions: dict, dataset, check, city) -> None:
    row = editions["first_status"][dataset]
    assert (row["state"], row["check"], held_cities(row)) == ("deels", check, {city})
    assert editions["second_status"][dataset]["state"] == "vers"


def test_an_earlier_release_stays_byte_for_byte_the_same(editions: dict, released: Path, tmp_path: Path) -> None:
    first, home = (released / "current").resolve().name, Home(editions["first_home"])
    assert home.current.resolve().name != first
    before, manifest = folder_hashes(released / "releases" / first), find_release(home, first)
    after = {name: file_sha256(file_of(home, manifest, name, tmp_path)) for name in manifest["bestanden"]}
    assert before == {**after, "manifest.json": file_sha256(home.releases / first / "manifest.json")}
    assert len(before) == 16 + 5 + 2


def folder_hashes(folder: Path) -> dict[str, str]:
    """sha256 of every file of a release: the main file, 14 city files, the manifest, the tables and the catalogue."""
    return {str(p.relative_to(folder)): file_sha256(p) for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("city", ["gent", "brugge"])
def test_a_citys_file_holds_what_it_would_if_it_was_written_anew(
    editions: dict, released: Path, city: str, tmp_path: Path
) -> None:
    release = (editions["second_home"] / "current").resolve()
    [written] = [c for c in load_cities() if c.stad == city]
    comments = Built.of(Home(released)).comments
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{release / 'obmi.duckdb'}' AS rel (READ_ONLY)")
        lay_out_cities(con, WHOLE, comments, tmp_path / "anew.duckdb")
        write_city(con, tmp_path / "anew.duckdb", written, {}, comments, PlanTables({}))
        con.execute(f"ATTACH '{tmp_path / 'anew.duckdb'}' AS anew (READ_ONLY)")
        con.execute(f"ATTACH '{release / 'steden' / f'{city}.duckdb'}' AS own (READ_ONLY)")
        for table in [*SORTED, *TABLES]:
            for one, other in (("own", "anew"), ("anew", "own")):
                rows = f"SELECT COUNT(*) FROM (FROM {one}.mart.{table} EXCEPT ALL FROM {other}.mart.{table})"
                assert con.execute(rows).fetchone() == (0,), table
        described = [
            con.execute(
                "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE database_name = $1 AND "
                "schema_name = 'mart' UNION ALL SELECT table_name, NULL, NULL, comment FROM duckdb_tables() "
                "WHERE database_name = $1 AND schema_name = 'mart' UNION ALL SELECT view_name, sql, NULL, comment FROM "
                "duckdb_views() WHERE database_name = $1 AND NOT internal ORDER BY ALL",
                [side],
            ).fetchall()
            for side in ("own", "anew")
        ]
        assert described[0] == described[1]
        assert all(comment for *_, comment in described[0])


def test_a_file_that_is_half_empty_or_holds_a_citys_own_is_not_written_over(released: Path, tmp_path: Path) -> None:
    shutil.copytree(released / "current" / "steden", tmp_path / "steden")
    files = {city: tmp_path / "steden" / f"{city}.duckdb" for city in ("gent", "genk", "brugge", "aalst")}
    with duckdb.connect(str(files["gent"])) as con:
        for table, rows in (("weg", 3_000_000), ("blijft", 100_000)):  # what comes last keeps the file as long as it is
            con.execute(f"CREATE TABLE {table} AS SELECT HASH(i) AS h FROM range({rows}) AS t (i); CHECKPOINT")
        con.execute("DROP TABLE weg; CHECKPOINT")
    with duckdb.connect(str(files["genk"])) as con:
        con.execute(f"CREATE SCHEMA IF NOT EXISTS opbouw; CREATE TABLE {MARK} (onderwerp TEXT)")
    with duckdb.connect(str(files["brugge"])) as con:
        con.execute("CREATE SCHEMA orba; CREATE TABLE orba.versie AS SELECT 'een ander plan' AS inhoud")
    files["aalst"].unlink()
    cities = load_cities()
    over = to_write_over(tmp_path / "steden", cities, PlanTables({}))
    assert {city.stad for city in cities} - over == {*files}
