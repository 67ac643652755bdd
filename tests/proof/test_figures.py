"""Figures that only the release of all built-in figures has."""

from pathlib import Path

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
