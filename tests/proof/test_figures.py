"""Figures that only the release of all built-in figures has."""

from pathlib import Path

import pytest

from tests.helpers import query, value
from tests.models.test_figures import every_subject_has_values
from tests.models.test_profile import nothing_is_of_less_than_no_age, nothing_is_shown_below_its_threshold


def test_the_oldest_figures_are_there_too(everything: Path) -> None:
    assert value(everything, "v1101_t", "71072", "2009") == 80468


def test_zwijndrecht_changes_province_today_and_not_in_the_publishers_value(everything: Path) -> None:
    found = {
        (niveau, gebied, periode): waarde
        for niveau, gebied, periode, waarde in query(
            everything,
            "SELECT gebiedsniveau, gebied, periode, waarde FROM mart.waarneming WHERE onderwerp = 'v2801_vh_totcrim'",
        )
    }
    years = sorted({p for n, _, p in found if n == "provincie"})
    assert len(years) == 13
    for year in years:
        moved = found["gemeente2024", "11056", year]
        assert moved > 0
        assert found["provincie", "10000", year] == found["provincie2024", "10000", year] - moved
        assert found["provincie", "40000", year] == found["provincie2024", "40000", year] + moved
        assert found["provincie", "20001", year] == found["provincie2024", "20001", year]
    assert found["provincie2024", "10000", "2020"] == 148891
    assert found["provincie2024", "40000", "2020"] == 117052


def test_the_last_year_has_an_age_pyramid_by_single_year(everything: Path) -> None:
    ages = query(
        everything,
        "SELECT leeftijd_van, leeftijd_tot, SUM(waarde) FROM mart.kubus WHERE onderwerp = 'kubus1101_bevolking' "
        "AND gebiedsniveau = 'gemeente' AND gebied = '44021' AND periode = '2021' GROUP BY ALL ORDER BY 1",
    )
    assert [(low, high) for low, high, _ in ages] == [(age, age) for age in range(101)]
    assert sum(number for *_, number in ages) == value(everything, "v1101_t", "44021", "2021")
    assert sum(number for age, _, number in ages if age >= 65) == value(everything, "v1101_65p", "44021", "2021")


def test_enterprises_of_31_december_are_of_the_next_year_and_what_happens_in_a_year_of_that_year(
    everything: Path,
) -> None:
    kinds = query(
        everything,
        "SELECT o.periodesoort, LIST(DISTINCT w.periode), COUNT(DISTINCT o.onderwerp) FROM mart.waarneming AS w "
        "JOIN mart.onderwerp AS o USING (onderwerp) WHERE w.bron LIKE '%statbel_btw_ondernemingen%' "
        "AND w.status = 'ok' GROUP BY 1 ORDER BY 1",
    )
    assert [(kind, years) for kind, years, _ in kinds] == [("lopend", ["2019"]), ("stand", ["2020"])]
    assert all(number > 5 for *_, number in kinds)
    firms, starting = (
        value(everything, f"v4201_{c}", "44021", y) for c, y in (("ondernemingen", "2020"), ("starters", "2019"))
    )
    assert value(everything, "vp4201_starters", "44021", "2019") == pytest.approx(100 * starting / firms)
    inhabitants = value(everything, "v1101_t", "44021", "2020")
    assert value(everything, "vp4201_dichtheid", "44021", "2020") == pytest.approx(1000 * firms / inhabitants)


def test_age_and_threshold(everything: Path) -> None:
    nothing_is_of_less_than_no_age(everything)
    nothing_is_shown_below_its_threshold(everything)


def test_every_subject_of_a_built_in_dataset_has_values(everything: Path) -> None:
    every_subject_has_values(everything)


def test_a_period_begins_in_its_own_year_and_a_figure_names_the_datasets_of_its_subject(everything: Path) -> None:
    """What counts the year before began a year early, and a sum of three datasets named two of them."""
    wrong = query(
        everything,
        "SELECT DISTINCT w.onderwerp FROM mart.waarneming AS w JOIN mart.onderwerp AS o USING (onderwerp) "
        "WHERE LEFT(w.periode, 4)::INT <> YEAR(w.periode_begin) OR REPLACE(w.bron, ' + ', ', ') <> o.bron "
        "OR LEN(STRING_SPLIT(w.bronversie, ' + ')) <> LEN(STRING_SPLIT(w.bron, ' + '))",
    )
    assert wrong == []
