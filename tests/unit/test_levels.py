"""The versions of the area levels come from one list; no code or model knows a year of a merger."""

import re

import duckdb
import pytest

from pipelines.describe.coverage import Coverage
from pipelines.describe.levels import NATIONAL, SHOWN_REGIONS, load_levels, version_in, version_sql, versions
from pipelines.describe.specfile import ROOT
from pipelines.landing.areas import municipal_levels
from tests.helpers import areas

MAKERS = {"vlakken.py", "uittreksel.py"}  # they name the publishers' files


@pytest.mark.parametrize(
    ("year", "level"),
    [
        (1996, "gemeente2018"),
        (2018, "gemeente2018"),
        (2019, "gemeente2024"),
        (2024, "gemeente2024"),
        (2025, "gemeente"),
    ],
)
def test_a_year_has_the_municipalities_of_its_1_january(year: int, level: str) -> None:
    assert version_in(year) == level
    assert duckdb.sql(f"SELECT {version_sql(str(year))}").fetchall() == [(level,)]


def test_a_level_without_versions_is_always_today() -> None:
    assert [v.gebiedsniveau for v in versions("arrondiss") if v.laatste_jaar is None] == ["arrondiss"]
    assert duckdb.sql(f"SELECT {version_sql('1990', 'gewest')}").fetchall() == [("gewest",)]


def test_every_version_of_the_sectors_lies_in_one_version_of_the_municipalities() -> None:
    with areas() as con:
        assert municipal_levels(con)["statsec2019"] == "gemeente2024"


def test_a_source_is_complete_per_version_of_the_municipalities_only() -> None:
    assert Coverage(vanaf=2020, afwezig="nul", per="gemeente2018").per == "gemeente2018"
    with pytest.raises(ValueError, match="'statsec2019' is no version of the municipalities"):
        Coverage(vanaf=2020, afwezig="nul", per="statsec2019")


def test_every_level_but_that_of_the_country_has_areas_that_are_shown() -> None:
    shown = f"SELECT gebiedsniveau FROM gebied GROUP BY 1 HAVING COUNT(*) FILTER (gewest IN {SHOWN_REGIONS}) = 0"
    with areas() as con:
        assert con.execute(shown).fetchall() == [(NATIONAL,)]


def test_no_code_and_no_model_knows_the_year_of_a_version() -> None:
    files = [*ROOT.glob("pipelines/**/*.py"), *ROOT.glob("models/**/*.sql")]
    ended = "|".join(n for n, level in load_levels().items() if level.laatste_jaar)
    found = [
        f"{path.name}: {line.strip()}"
        for path in files
        if path.name not in MAKERS
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(rf"['\"]({ended})['\"]", line)
    ]
    assert found == []
