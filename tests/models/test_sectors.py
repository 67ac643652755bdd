"""A sector lies where the tables say: its code is no key to its municipality, and its name is none to anything."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.helpers import FIGURES, accepted, areas, query

INCOME = "statbel_inkomen_sector"


def municipalities(home: Path, level: str) -> dict[str, str]:
    """Every sector of a version with its municipality of today, as readers get it."""
    return dict(
        query(
            home,
            "SELECT van, naar FROM mart.gebied_relatie "
            f"WHERE van_niveau = '{level}' AND naar_niveau = 'gemeente' AND aard = 'exact'",
        )
    )


def test_the_prefix_of_a_sector_of_today_misleads_in_one_of_ten(released: Path) -> None:
    ours = municipalities(released, "statsec")
    assert sum(sector[:5] != place for sector, place in ours.items()) == 1_097
    assert len(ours) == 10_898


def test_the_prefix_of_a_sector_of_2019_misleads_in_one_of_thirty() -> None:
    with areas() as con:
        found = con.execute(
            "SELECT COUNT(*), COUNT(*) FILTER (WHERE van[:5] <> naar), COUNT(DISTINCT van) FROM gebied_relatie "
            "WHERE van_niveau = 'statsec2019' AND naar_niveau = 'gemeente2024'"
        ).fetchone()
    assert found == (10_237, 332, 10_237)


def test_the_publisher_and_the_table_name_the_same_municipality(released: Path) -> None:
    """The income file of 2020 gives every sector's municipality in a column of its own."""
    with accepted(released, INCOME) as con:
        found = con.execute(
            "SELECT COUNT(*), COUNT(*) FILTER (WHERE gemeente = naar), "
            "COUNT(*) FILTER (WHERE k.gebied[:5] <> gemeente) "
            "FROM kandidaat AS k LEFT JOIN gebied_relatie AS r ON r.van_niveau = k.gebiedsniveau AND r.van = k.gebied "
            "AND r.naar_niveau = 'gemeente2024'"
        ).fetchone()
    assert found == (10_044, 10_044, 321)


def test_the_mart_adds_up_sectors_by_the_publishers_own_municipality(released: Path) -> None:
    """Declarations are always shown, so a sum over the publisher's column is the whole municipality."""
    with areas() as con:
        today = dict(
            con.execute(
                "SELECT van, naar FROM gebied_relatie WHERE (van_niveau, naar_niveau) = ('gemeente2024', 'gemeente')"
            ).fetchall()
        )
    by_column: dict[str, int] = {}
    by_prefix: dict[str, int] = {}
    with (FIGURES / f"{INCOME}.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter=";"):
            for key, place in ((row["nis_code"], by_column), (row["sector"][:5], by_prefix)):
                place[today.get(key, key)] = place.get(today.get(key, key), 0) + int(row["aangiften"])
    rows = query(
        released,
        "SELECT gebied, waarde FROM mart.waarneming WHERE onderwerp = 'v3102_aangiften' AND gebiedsniveau = 'gemeente'",
    )
    assert len(rows) == 304
    assert [(g, n, by_column[g]) for g, n in rows if n != by_column[g]] == []
    assert [g for g, n in rows if n != by_prefix.get(g)], "adding up by prefix must give something else"


def test_a_sector_that_nobody_can_place_counts_above_and_is_not_shown(released: Path) -> None:
    with accepted(released, INCOME) as con:
        lost = con.execute(
            "SELECT g.naar, SUM(aangiften), COUNT(*) FROM kandidaat AS k "
            "JOIN gebied_relatie AS s ON s.van_niveau = k.gebiedsniveau AND s.van = k.gebied "
            "JOIN gebied_relatie AS g ON g.van_niveau = s.naar_niveau AND g.van = s.naar "
            "WHERE g.naar_niveau = 'gemeente' AND k.gebied LIKE '%ZZZZ' AND g.naar NOT LIKE '9999%' GROUP BY ALL"
        ).fetchall()
    gap = query(
        released,
        "SELECT w.gebied, w.waarde - SUM(d.waarde) FROM mart.waarneming AS w "
        "JOIN mart.gebied_relatie AS r ON r.naar_niveau = w.gebiedsniveau AND r.naar = w.gebied "
        "JOIN mart.waarneming AS d ON d.gebiedsniveau = r.van_niveau AND d.gebied = r.van "
        "WHERE d.onderwerp = w.onderwerp AND w.onderwerp = 'v3102_aangiften' "
        "AND w.gebiedsniveau = 'gemeente' AND r.van_niveau = 'statsec2019' "
        "GROUP BY w.gebied, w.waarde",
    )
    assert sum(sectors for *_, sectors in lost) > 200
    assert {place: n for place, n in gap if n} == {place: n for place, n, _ in lost if n}
    for table in ("waarneming", "gebied"):
        assert query(released, f"SELECT COUNT(*) FROM mart.{table} WHERE gebied LIKE '%ZZZZ'") == [(0,)]
