"""Quarters (deelgemeenten, wijken) are summed of the sectors of the publisher's version: exactly, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import query
from tests.models.area_model import PERIOD, QUARTER, SECTOR, SECTOR_2024, TOWN, TOWN_2024, Model

SECTORS = ("A1", "A2", "B1", "B2", "ZZZZ")
KEPT, MOVED, LOST = (QUARTER, "A"), (QUARTER, "B"), (QUARTER, "ONBE_ZZZZ")
INSIDE = {"A1": KEPT, "A2": KEPT, "B1": MOVED, "B2": MOVED, "ZZZZ": LOST}
TREE = [
    *(((SECTOR, code), (SECTOR_2024, code)) for code in SECTORS),
    *(((SECTOR, code), (TOWN_2024, "1")) for code in SECTORS),
    *(((SECTOR_2024, code), quarter) for code, quarter in INSIDE.items()),
    *(((SECTOR_2024, code), (TOWN_2024, "1")) for code in SECTORS),
    *((quarter, (TOWN_2024, "1")) for quarter in (KEPT, MOVED, LOST)),
    ((TOWN_2024, "1"), (TOWN, "1")),
]
BORDER = frozenset({((SECTOR, "B1"), (SECTOR_2024, "B1"))})
GIVEN = {(SECTOR, code): ("ok", float(n)) for n, code in enumerate(SECTORS, start=1)}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    made = Model(tmp_path_factory.mktemp("model"))
    made.con.execute(f"UPDATE ref.gebiedsniveau SET opgeteld = TRUE WHERE gebiedsniveau = '{QUARTER}'")
    yield made
    made.con.close()


def test_a_quarter_is_the_sum_of_the_older_sectors_that_became_its_own(model: Model) -> None:
    found = model.run(TREE, GIVEN)
    assert (found[KEPT], found[MOVED]) == (("ok", 3.0), ("ok", 7.0))
    assert LOST not in found, "a place that nobody can tell is not shown"
    assert found[TOWN_2024, "1"] == found[TOWN, "1"] == ("ok", 15.0), "and counts above"


def test_a_quarter_in_which_a_border_moved_has_no_figure_and_says_so(model: Model) -> None:
    rows = model.series(TREE, {PERIOD: GIVEN}, split=BORDER)
    assert rows[*KEPT, PERIOD][:2] == ("ok", 3.0)
    status, value, reason = rows[*MOVED, PERIOD]
    assert (status, value) == ("onbekend", None)
    assert "een grens binnen dit gebied verschoof" in str(reason)
    assert rows[TOWN, "1", PERIOD][:2] == ("ok", 15.0)


def test_a_quarter_with_a_sector_that_has_no_origin_has_no_figure(model: Model) -> None:
    new = ((SECTOR_2024, "B3"), MOVED), ((SECTOR_2024, "B3"), (TOWN_2024, "1"))
    found = model.run([*TREE, *new], GIVEN)
    assert (found[KEPT], found[MOVED][0]) == (("ok", 3.0), "onbekend")


def test_a_hidden_sector_hides_its_quarter_alone(model: Model) -> None:
    found = model.run(TREE, {**GIVEN, (SECTOR, "A1"): ("verborgen", None)})
    assert (found[KEPT], found[MOVED]) == (("verborgen", None), ("ok", 7.0))


def test_a_median_and_what_is_published_of_towns_have_no_row_for_quarters(model: Model) -> None:
    assert not {KEPT, MOVED} & set(model.run(TREE, GIVEN, kind="geen"))
    assert not {KEPT, MOVED} & set(model.run(TREE, {(TOWN_2024, "1"): ("ok", 9.0)}))


LEVELS = "('deelgemeente2024', 'wijk2024')"


def test_every_quarter_of_the_release_is_the_sum_of_its_sectors(released: Path) -> None:
    """From the sectors of the release and its relations alone; what is not exact, or not known, has no figure. One that
    is a whole municipality has its figure, with what cannot be located in it."""
    sums = query(
        released,
        f"""
        WITH gemeente AS (
          SELECT van_niveau AS gebiedsniveau, van AS gebied, naar FROM mart.gebied_relatie
          WHERE van_niveau IN {LEVELS} AND naar_niveau = 'gemeente2024' AND delen = 1
        ), deel AS (
          SELECT naar_niveau, naar, van_niveau, van FROM mart.gebied_relatie
          WHERE naar_niveau IN {LEVELS} AND van_niveau = 'statsec2019' AND aard = 'exact'
            AND (naar_niveau, naar) NOT IN (SELECT (naar_niveau, naar) FROM mart.gebied_relatie WHERE aard <> 'exact')
        ), som AS (
          SELECT d.naar_niveau AS gebiedsniveau, d.naar AS gebied, w.onderwerp, w.periode, SUM(w.waarde) AS som,
            BOOL_AND(w.status = 'ok') AS gekend
          FROM deel AS d JOIN mart.waarneming AS w ON w.gebiedsniveau = d.van_niveau AND w.gebied = d.van
          ANTI JOIN gemeente AS g ON g.gebiedsniveau = d.naar_niveau AND g.gebied = d.naar GROUP BY ALL
          UNION ALL
          SELECT g.gebiedsniveau, g.gebied, w.onderwerp, w.periode, w.waarde, w.status = 'ok'
          FROM gemeente AS g JOIN mart.waarneming AS w ON w.gebiedsniveau = 'gemeente2024' AND w.gebied = g.naar
        ), buurt AS (
          FROM mart.waarneming SEMI JOIN (FROM mart.onderwerp WHERE aggregatie = 'som') USING (onderwerp)
          WHERE gebiedsniveau IN {LEVELS}
        )
        SELECT gebiedsniveau, COUNT(*) FILTER (status = 'ok'), COUNT(*) FILTER (
          (status = 'ok') IS DISTINCT FROM COALESCE(gekend, FALSE)
          OR status = 'ok' AND ABS(waarde - som) > 1e-9 * GREATEST(1, ABS(som)))
        FROM buurt LEFT JOIN som USING (gebiedsniveau, gebied, onderwerp, periode) GROUP BY 1 ORDER BY 1
        """,
    )
    assert [(level, wrong) for level, _, wrong in sums] == [("deelgemeente2024", 0), ("wijk2024", 0)]
    assert all(known > 0 for _, known, _ in sums)


def test_the_quarters_without_an_exact_sum_are_those_whose_borders_moved(released: Path) -> None:
    said = query(
        released,
        f"SELECT DISTINCT gebied FROM mart.waarneming WHERE gebiedsniveau IN {LEVELS} AND reden LIKE '%verschoof%'",
    )
    assert {code for (code,) in said} == {"11002-Z", "11002P", "11002Q"}
