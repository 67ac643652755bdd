"""The same deliveries in any order, with or without a refresh between them, end in the same; a changed description
reads them again. On small synthetic tables."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.config import Settings
from pipelines.deliver import land_dataset
from pipelines.describe.specs import Dataset
from pipelines.home import Home
from pipelines.ingest.drop import drop
from pipelines.landing.landings import Landing
from tests.helpers import landings, with_register
from tests.small import spec_of

AREAS = {"11002": 5000, "12025": 800, "23088": 400, "31005": 1200, "44021": 2600, "71022": 700}
GENT = "44021"
# From 2018 on Gent is larger: too large a step for one year, and not for what the years after it show.
FACTOR = {2018: 1.2, 2019: 1.2}
EARLIER = "2010+2011+2012+2013+2014+2015+2016"
KEY_OF_GENT = ("gemeente2024", GENT, 2018, ())
Land = Callable[[Iterable[str]], Landing]


def yearly(**more: Any) -> Dataset:
    """A dataset of six municipalities, that tells its year."""
    given = {
        "columns": {"n": {"type": "integer", "measure": True, "min": 0}},
        "gebied": {"niveau": "gemeente2024"},
        "dekking": {"gebieden": list(AREAS), "vanaf": 2010, "afwezig": "onbekend"},
        "key": ["gebied", "jaar"],
        **more,
    }
    form = {"header": {"code": "gebied", "n": "n", "jaar": "jaar"}, "constants": {}}
    return spec_of(given.pop("columns"), form, id="proef_jaren", **given)


def write(path: Path, years: Iterable[int], gent: float | None = None) -> Path:
    """Figures that move a few percent from year to year; those of Gent times a factor."""
    rows = []
    for year in years:
        for code, n in AREAS.items():
            factor = (gent or FACTOR.get(year, 1)) if code == GENT else 1
            rows.append(f"{code};{round(n * (1 + (year * 31 + int(code) * 17) % 41 / 1000) * factor)};{year}")
    path.write_text("\n".join(["code;n;jaar", *rows, ""]), encoding="utf-8")
    return path


class Small:
    """A home of its own, in which files of some years are handed over and landed."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self.home = folder, with_register(Home(folder / name))

    def hand_over(self, *years: str) -> None:
        """A file for each; of `2018/0.9` with what Gent is times 0.9."""
        for told in years:
            name, _, gent = told.partition("/")
            path = write(self._folder / f"{name}.csv", map(int, name.split("+")), float(gent) if gent else None)
            drop(yearly(), [path], self.home)

    def land(self, spec: Dataset | None = None) -> Landing:
        """Land what waits, by this description."""
        known = landings(self.home, spec or yearly())
        with self.home.lock():
            land_dataset(known, "proef_jaren", "voorbeeld", Settings(), lambda _: None)
        return known["proef_jaren"]


@pytest.fixture
def small(tmp_path: Path) -> Callable[[str], Small]:
    return lambda name="home": Small(tmp_path, name)


def rows(landing: Landing) -> list[tuple]:
    return duckdb.sql(f"FROM {landing.relation()} ORDER BY ALL").fetchall()


def gent_of(landing: Landing) -> int:
    return duckdb.sql(f"SELECT n FROM {landing.relation()} WHERE gebied = '{GENT}' AND jaar = 2018").fetchone()[0]


def held(landing: Landing) -> list[tuple]:
    return [h.key for h in landing.state.held]


@pytest.mark.proof
def test_what_is_held_is_judged_again_when_later_years_explain_it(small) -> None:
    one = small()
    one.hand_over(EARLIER, "2017", "2018")
    assert held(one.land()) == [KEY_OF_GENT]
    one.hand_over("2019")
    landing = one.land()
    assert (held(landing), landing.state.freshness) == ([], ("vers", ""))
    assert set(landing.state.processed.values()) == {"accepted"}


@pytest.mark.proof
def test_the_order_of_deliveries_and_refreshes_does_not_matter(small) -> None:
    """A `|` is a refresh; there is one at the end of each."""
    orders = ("{0} 2017 2018 2019", "2018 | 2019 {0} | 2017", "2019 | {0} | 2018 2017")
    ends = []
    for number, order in enumerate(orders):
        one = small(f"home-{number}")
        for part in order.format(EARLIER).split("|"):
            one.hand_over(*part.split())
            landing = one.land()
        ends.append((landing.state.version, rows(landing), landing.state.freshness))
        assert one.land().state == landing.state, "a refresh without news changes nothing"
    assert ends[1:] == ends[:1] * 2


@pytest.mark.proof
def test_of_one_year_the_newest_delivery_stands(small) -> None:
    """Also where it comes while later years are there, and where an older one of other years comes after it."""
    one, other = small("een"), small("ander")
    one.hand_over("2017", "2018/1.0", "2018/1.01")
    other.hand_over("2018/1.0", "2018/1.01")
    other.land()
    other.hand_over("2017")
    first, second = one.land(), other.land()
    assert rows(first) == rows(second)
    assert f"{GENT};{gent_of(first)};2018" in write(one.home.root / "x.csv", [2018], 1.01).read_text(encoding="utf-8")


@pytest.mark.proof
def test_what_is_held_makes_a_version_of_the_same_rows_and_once_only(small) -> None:
    """The figure that stands there is older than the newest delivery from then on, and its grade says so."""
    one = small()
    one.hand_over(EARLIER, "2017")
    before = one.land()
    was, there = before.state.version, rows(before)
    one.hand_over("2017/3.0")
    after = one.land()
    assert (rows(after), [h.had_value for h in after.state.held]) == (there, [True])
    assert after.state.version != was
    held = after.state.version
    one.hand_over("2017/3.0")
    assert one.land().state.version == held


@pytest.mark.proof
def test_a_refusal_stands_until_the_same_is_given_again(small) -> None:
    one = small()
    one.hand_over(EARLIER)
    one.land()
    path = write(one.home.root / "2017.csv", [2017, 2017])
    drop(yearly(), [path], one.home)
    assert one.land().state.freshness[0] == "oud"
    one.hand_over("2018/1.0")
    assert "2017.csv: " in one.land().state.freshness[1], "another year does not hide it"
    one.hand_over("2017")
    assert one.land().state.freshness == ("vers", "")


CHANGES = {
    "a mark": ({"missing": {"-": "verborgen"}}, True),
    "a bound": ({"columns": {"n": {"type": "integer", "measure": True, "max": 3}}}, False),
    "another type": ({"columns": {"n": {"type": "number", "measure": True, "min": 0}}}, True),
    "a unit": ({"columns": {"n": {"type": "integer", "measure": True, "min": 0, "suffix": " ha"}}}, False),
    "a scope": ({"dekking": {"gebieden": list(AREAS), "vanaf": 2015, "afwezig": "onbekend"}}, False),
    "a title": ({"titel": "Anders", "bronvermelding": "Anders", "licentie": "CC0"}, None),
}


@pytest.mark.proof
@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_description_is_read_again_or_the_old_figures_stand(small, name: str) -> None:
    """None: nothing is read again."""
    more, taken = CHANGES[name]
    one = small()
    one.hand_over(EARLIER, "2017")
    before = one.land()
    spec = yearly(**more)
    after = one.land(spec)
    assert (after.state.rules == spec.rules) is (taken is not False)
    assert [r[:4] for r in rows(after)] == [r[:4] for r in rows(before)]
    if taken is None:
        assert after.state == before.state
    elif taken:
        assert (after.state.freshness, after.read_as) == (("vers", ""), spec)
    else:
        state, reason = after.state.freshness
        assert (state, after.state.version) == ("oud", before.state.version)
        assert "the figures that were read before stay" in reason
        assert after.read_as.rules == before.spec.rules
        assert one.land(spec).state == after.state, "it is tried once"
        back = one.land()
        assert (back.state.freshness, back.state.version) == (("vers", ""), before.state.version)


def test_new_files_settle_a_changed_description(small) -> None:
    """A file that does not fit any more is no reason to keep the old, once its year was given again."""
    one = small()
    one.hand_over("2017")
    one.land()
    spec = yearly(
        formats=[{"name": "nieuw", "kind": "csv", "header": {"gemeente": "gebied", "n": "n", "jaar": "jaar"}}]
    )
    assert one.land(spec).state.freshness[0] == "oud"
    path = write(one.home.root / "2017.csv", [2017])
    path.write_text(path.read_text(encoding="utf-8").replace("code;", "gemeente;"), encoding="utf-8")
    drop(spec, [path], one.home)
    assert one.land(spec).state.freshness == ("vers", "")
