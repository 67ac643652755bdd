"""The figures that a city would look up first, and the shape of what it gets."""

import json
from pathlib import Path

import pytest

from pipelines.describe.catalogue import load_cities, load_topics
from tests.helpers import VERSIONS, obmi, query, reading

CITIES = [c.stad for c in load_cities()]
FIGURES = [
    ("v1101_t", "gemeente", "44021", "2021", 263703),
    ("v1101_t", "gemeente", "71072", "2021", 87532),
    ("v1101_t", "gemeente", "71072", "2018", 77651 + 8446),
    ("v1101_t", "gemeente", "11002", "2021", 540494),
    ("v1101_t", "gemeente2024", "71022", "2021", 79089),
    ("vp3101_arop", "gemeente", "44021", "2022", 11.9),
    ("vp2801_vh_totcrim", "gemeente", "44021", "2020", 34959 / 263927 * 1000),
    ("v2207_woningen", "gemeente", "44021", "2024", 1359),
    ("v2207_woningen", "gemeente", "44021", "2024-01", 102),
]
DERIVED = (*VERSIONS, "provincie", "gewest", "centrumsteden", "vgc")


def ask(onderwerp: str, niveau: str, gebied: str, periode: str) -> dict:
    """One row through `obmi query`."""
    result = obmi(
        "query",
        "--format=json",
        "SELECT waarde, status, reden, teller, noemer FROM mart.waarneming "
        f"WHERE (onderwerp, gebiedsniveau, gebied, periode) = ('{onderwerp}', '{niveau}', '{gebied}', '{periode}')",
    )
    assert result.code == 0, result.err
    (row,) = json.loads(result.out)
    return row


@pytest.mark.proof
@pytest.mark.parametrize(("onderwerp", "niveau", "gebied", "periode", "waarde"), FIGURES)
def test_a_figure_is_the_publishers(at_released: Path, onderwerp, niveau, gebied, periode, waarde) -> None:
    row = ask(onderwerp, niveau, gebied, periode)
    assert (row["waarde"], row["status"], row["reden"]) == (pytest.approx(waarde, rel=1e-12), "ok", None)


def test_a_ratio_shows_its_numerator_and_denominator(at_released: Path) -> None:
    row = ask("vp2801_vh_totcrim", "gemeente", "44021", "2020")
    assert (row["teller"], row["noemer"]) == (34959, 263927)


def test_hasselt_has_no_poverty_rate_because_of_the_merger(at_released: Path) -> None:
    row = ask("vp3101_arop", "gemeente", "71072", "2022")
    assert row["waarde"] is None
    assert row["status"] == "onbekend"
    assert "fusie 71022 + 73040 → 71072" in row["reden"]


def test_what_cannot_be_aggregated_is_empty_on_every_area_that_merged(released: Path) -> None:
    topics = [
        t.onderwerp for t in load_topics().values() if t.aggregatie == "geen" and "statbel_armoederisico" in t.bron
    ]
    merged = {
        g
        for (g,) in query(
            released,
            "SELECT naar FROM mart.gebied_relatie WHERE van_niveau = 'gemeente2024' AND naar_niveau = 'gemeente' "
            "GROUP BY naar HAVING COUNT(*) > 1",
        )
    }
    assert {"11002", "71072", "46030"} <= merged
    listed = ", ".join(f"'{t}'" for t in topics)
    rows = query(
        released,
        "SELECT onderwerp, gebied, waarde, status, reden FROM mart.waarneming "
        f"WHERE gebiedsniveau = 'gemeente' AND onderwerp IN ({listed})",
    )
    of_merged = [r for r in rows if r[1] in merged]
    assert {(o, g) for o, g, *_ in of_merged} == {(o, g) for o in topics for g in merged}
    assert [r for r in of_merged if r[2] is not None or r[3] == "ok" or "niet aggregeerbaar" not in (r[4] or "")] == []
    assert any(r[2] is not None for r in rows if r[1] not in merged)


def test_a_median_of_sectors_is_never_carried_to_a_larger_area(released: Path) -> None:
    found = query(
        released,
        "SELECT gebiedsniveau, COUNT(waarde), "
        "BOOL_AND(reden LIKE 'niet aggregeerbaar%' OR reden LIKE 'niet te splitsen%' OR gewest <> '02000') "
        "FROM mart.waarneming JOIN mart.gebied USING (gebiedsniveau, gebied) "
        "WHERE onderwerp = 'vg3102_mediaan' AND gebiedsniveau <> 'statsec2019' GROUP BY ALL",
    )
    assert {level for level, *_ in found} == set(DERIVED)
    assert [row for row in found if row[1:] != (0, True)] == []


def test_an_unknown_place_counts_in_the_totals_and_is_no_area(released: Path) -> None:
    codes = "gebied LIKE '%ZZZZ' OR gebied LIKE '9999%'"
    assert query(released, f"SELECT COUNT(*) FROM mart.waarneming WHERE {codes}") == [(0,)]
    assert query(released, f"SELECT COUNT(*) FROM mart.gebied WHERE {codes}") == [(0,)]
    with reading(released) as con:
        lost = con.execute(
            """
            WITH sectoren AS (
              SELECT SUM(waarde) AS w FROM mart.waarneming AS w JOIN mart.gebied AS g USING (gebiedsniveau, gebied)
              WHERE onderwerp = 'v3102_aangiften' AND gebiedsniveau = 'statsec2019' AND gewest = '02000')
            SELECT (SELECT waarde FROM mart.waarneming WHERE onderwerp = 'v3102_aangiften' AND gebiedsniveau = 'gewest'
              AND gebied = '02000') - w FROM sectoren"""
        ).fetchone()[0]
        file = Path(__file__).parents[2] / "sources" / "voorbeeld" / "statbel_inkomen_sector.csv"
        expected = con.execute(
            f"SELECT SUM(aangiften) FROM read_csv('{file}', delim=';', header=true, types={{'nis_code': 'VARCHAR'}}) "
            "WHERE (sector LIKE '%ZZZZ' OR sector LIKE '9999%') AND nis_code NOT LIKE '21%' AND nis_code <> '99992' "
            "AND nis_code NOT IN ('99993', '99999')"
        ).fetchone()[0]
    assert lost == expected > 0


def test_every_subject_of_a_built_in_dataset_has_values(released: Path) -> None:
    every_subject_has_values(released)


def every_subject_has_values(place: Path) -> None:
    """Exactly the subjects of which every source is there have rows, and each has a value."""
    found = query(
        place,
        "SELECT onderwerp, COUNT(waarde) FROM mart.waarneming GROUP BY ALL UNION ALL "
        "SELECT onderwerp, COUNT(waarde) FROM mart.kubus GROUP BY ALL",
    )
    present = {b for (b,) in query(place, "SELECT bron FROM mart.bron WHERE bronversie IS NOT NULL")}
    subjects = query(
        place,
        "SELECT onderwerp, STRING_SPLIT(bron, ', ') FROM mart.onderwerp "
        "WHERE bron <> '' AND NOT status LIKE 'in voorbereiding%'",
    )
    assert {o for o, _ in found} == {o for o, sources in subjects if set(sources) <= present}
    assert len(found) >= 45
    assert [o for o, n in found if n == 0] == []


@pytest.mark.parametrize("city", [None, *CITIES])
def test_every_table_and_column_is_described(released: Path, city: str | None) -> None:
    shown = "SELECT view_name, comment FROM duckdb_views() WHERE schema_name = 'mart'"
    tables = query(
        released, f"SELECT table_name, comment FROM duckdb_tables() WHERE schema_name = 'mart' UNION ALL {shown}", city
    )
    columns = query(
        released, "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE schema_name = 'mart'", city
    )
    assert {"waarneming", "onderwerp", "gebied", "gebied_relatie", "bron", "profiel", "release", "kwaliteit"} <= {
        t for t, _ in tables
    }
    assert {t for t, *_ in columns} == {t for t, _ in tables}
    assert [t for t, comment in tables if not comment] == []
    assert [(t, c) for t, c, comment in columns if not comment] == []


@pytest.mark.parametrize("city", CITIES)
def test_a_city_file_holds_no_other_citys_rows(released: Path, city: str) -> None:
    own = {(n, g) for n, g in query(released, f"SELECT gebiedsniveau, gebied FROM mart.gebied WHERE stad = '{city}'")}
    shared = {"provincie", "gewest", "centrumsteden", "vgc"}
    found = set(query(released, "SELECT DISTINCT gebiedsniveau, gebied FROM mart.waarneming", city))
    alone = {(n, g) for n, g in found if n not in shared}
    quarters = {"deelgemeente2024", "wijk2024"} if city == "gent" else {"deelgemeente2024"}
    assert {n for n, _ in alone} == {"statsec2019", *quarters, *VERSIONS}
    assert alone <= own
    assert {n for n, _ in found} >= shared
    assert query(released, "SELECT DISTINCT stad FROM mart.profiel", city) == [(city,)]
