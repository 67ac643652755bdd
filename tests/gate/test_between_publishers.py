"""Checks between publishers at the gate, on small synthetic tables of two datasets that tell the same thing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.config import Settings
from pipelines.deliver import land_dataset
from pipelines.describe import specs
from pipelines.describe.expectations import Check
from pipelines.describe.specs import Dataset
from pipelines.home import Home
from pipelines.ingest.drop import drop
from pipelines.landing.landings import Landing
from pipelines.landing.receipt import Outcome
from tests.helpers import landings, with_register
from tests.small import spec_of

GOOD = {"11002": 500, "12025": 80, "23088": 40, "31005": 120, "44021": 260, "71022": 70}
NAMED = (
    "SELECT k.gebiedsniveau, k.gebied AS eenheid, k.jaar, k.n AS waargenomen, t.n AS verwacht "
    "FROM kandidaat AS k JOIN proef_twee AS t USING (gebiedsniveau, gebied, jaar)"
)
UNNAMED = "SELECT SUM(k.n) AS waargenomen, SUM(t.n) AS verwacht FROM kandidaat AS k JOIN proef_twee AS t USING (gebied)"
Deliver = Callable[..., str]


def small(ident: str, year: int = 2020) -> Dataset:
    """A dataset of six municipalities."""
    return spec_of(
        {"n": {"type": "integer", "measure": True, "min": 0}},
        {"header": {"code": "gebied", "n": "n"}, "constants": {"jaar": str(year)}},
        id=ident,
        gebied={"niveau": "gemeente2024"},
        dekking={"gebieden": list(GOOD), "vanaf": 2019, "afwezig": "onbekend"},
    )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return with_register(Home(tmp_path / "home"))


@pytest.fixture
def deliver(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deliver:
    """Land figures of a dataset, proef_een with a check against proef_twee; what became of it."""

    def land(ident: str, over: str = NAMED, year: int = 2020, **changed: int) -> str:
        check = Check(
            id="tegen_twee",
            omschrijving="Proef.",
            dimensie="consistentie",
            niveau="tussen uitgevers",
            met=["proef_twee"],
            over=over,
            fout="waargenomen <> verwacht",
        )
        monkeypatch.setattr(specs, "load_checks", lambda name, _: [check] if name == "proef_een" else [])
        figures = GOOD | {code.removeprefix("c"): n for code, n in changed.items()}
        path = tmp_path / f"{ident}.csv"
        path.write_text("code;n\n" + "".join(f"{c};{n}\n" for c, n in figures.items()), encoding="utf-8")
        spec = small(ident, year)
        with home.lock():
            drop(spec, [path], home)
            known = landings(home, small("proef_twee"), spec)
            return land_dataset(known, ident, "voorbeeld", Settings(), lambda _: None).state

    return land


def told(home: Home) -> Outcome:
    """What the gate wrote down of the check."""
    state = Landing(home, small("proef_een")).state
    (found,) = (c for c in state.checks or state.refusals[-1].checks if c.controle == "tegen_twee")
    return found


def test_two_that_agree_pass(home: Home, deliver: Deliver) -> None:
    assert (deliver("proef_twee"), deliver("proef_een")) == ("vers", "vers")
    assert (told(home).uitslag, told(home).gezien) == ("geslaagd", len(GOOD))


@pytest.mark.parametrize("over", [NAMED, UNNAMED])
def test_without_an_accepted_version_of_the_other_nothing_can_be_said(home: Home, deliver: Deliver, over: str) -> None:
    assert deliver("proef_een", over, c44021=1) == "vers"
    assert told(home).uitslag == "nvt"
    assert told(home).boodschap.endswith("nothing in it can be compared with what proef_twee has")


def test_without_a_year_in_common_nothing_can_be_said(home: Home, deliver: Deliver) -> None:
    deliver("proef_twee", year=2019)
    assert deliver("proef_een", c44021=1) == "vers"
    assert told(home).uitslag == "nvt"


def test_the_area_on_which_they_differ_is_held_and_no_other(home: Home, deliver: Deliver) -> None:
    deliver("proef_twee")
    assert deliver("proef_een", c44021=261) == "deels"
    held = Landing(home, small("proef_een")).state.held
    assert [(h.gebiedsniveau, h.eenheid, h.controle) for h in held] == [("gemeente2024", "44021", "tegen_twee")]
    assert told(home).boodschap == "check 'tegen_twee' (Proef): Gent (44021), 2020: 261; ongeveer 260 verwacht"


def test_a_difference_of_no_area_refuses_the_delivery(home: Home, deliver: Deliver) -> None:
    deliver("proef_twee")
    assert deliver("proef_een", UNNAMED, c44021=261) == "ontbreekt"
    assert told(home).uitslag == "gefaald"


@pytest.mark.parametrize("landed", [True, False])
def test_one_that_raises_blocks(home: Home, deliver: Deliver, landed: bool) -> None:
    if landed:
        deliver("proef_twee")
    assert deliver("proef_een", NAMED.replace("t.n", "t.weg")) == "ontbreekt"
    assert "did not run" in told(home).boodschap
