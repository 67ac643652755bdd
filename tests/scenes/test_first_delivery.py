"""The first real delivery of a dataset, in a home where its built-in figures landed or would have.

All changed figures here are synthetic.
"""

from pathlib import Path

import pytest

from pipelines.config import load_settings
from pipelines.deliver import land_datasets
from pipelines.home import Home
from pipelines.landing.landings import Landing
from tests.helpers import BUILT_IN, Row, alone, area, edited, land_all, landings, obmi, with_register

DATASET = "statbel_armoederisico"
GENT = "44021"


@pytest.fixture
def home(empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with the register, where only built-in figures can come in by themselves."""
    config = tmp_path / "obmi.toml"
    config.write_text(alone(DATASET), encoding="utf-8")
    monkeypatch.setenv("OBMI_CONFIG", str(config))
    return with_register(Home(empty_home)).root


@pytest.fixture
def built_in(home: Path) -> Path:
    """The same, and they landed."""
    assert land(home)[0] == "vers"
    return home


def land(home: Path, *datasets: str) -> tuple[str, str]:
    (one,) = land_all(home, *(datasets or [DATASET]))
    return one.state, one.reason


def landing(home: Path) -> Landing:
    return landings(home)[DATASET]


def years(home: Path) -> list[int]:
    return sorted(y for part in landing(home).state.parts for y in part.years)


def hand_over(folder: Path, name: str, factor: float = 1, since: int = 2021, gent: float | None = None) -> None:
    """Every income times a factor, of some years, and another one for Gent in 2022."""

    def change(row: Row) -> Row | None:
        wrong = gent is not None and area(row) == GENT and row["jaar"] == "2022"
        income = float(row["mediaan_inkomen"]) if row["mediaan_inkomen"].isdigit() else None
        known = {} if income is None else {"mediaan_inkomen": f"{income * (gent if wrong and gent else factor):.0f}"}
        return {**row, **known} if int(row["jaar"]) >= since else None

    assert obmi("drop", DATASET, edited(DATASET, folder, change, name)).code == 0


def test_the_first_real_delivery_takes_the_place_of_built_in_figures(built_in: Path, tmp_path: Path) -> None:
    """It is unlike them in size and in years, and is accepted whole; the second is judged by the first."""
    before = years(built_in)
    assert landing(built_in).stands_in
    hand_over(tmp_path, "eerste.csv", factor=1.4)
    state, reason = land(built_in)
    assert state == "vers", reason
    assert years(built_in) == [2021, 2022]
    (told,) = [c for c in landing(built_in).state.checks if c.controle == "ingebouwd"]
    assert told.jaren == [y for y in before if y < 2021] != []
    assert str(told.jaren[0]) in told.omschrijving
    assert not landing(built_in).stands_in
    hand_over(tmp_path, "tweede.csv", factor=1.4, gent=0.9)
    state, reason = land(built_in)
    assert (state, GENT in reason) == ("deels", True)


def test_built_in_figures_do_not_come_back_beside_real_ones(built_in: Path, tmp_path: Path) -> None:
    hand_over(tmp_path, "eerste.csv")
    land(built_in)
    for manifest in (built_in / "raw" / DATASET).glob("*voorbeeld*.json"):
        manifest.unlink()
    assert land(built_in) == ("ongewijzigd", "")
    assert years(built_in) == [2021, 2022]


def test_newer_built_in_figures_take_the_place_of_older_ones(
    built_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an upgrade that brings another table of ours, which may hold far more detail: what is older judges it no
    more than it judges a real delivery."""
    folder = tmp_path / "sources" / "voorbeeld"
    folder.mkdir(parents=True)

    def change(row: Row) -> Row:
        income = row["mediaan_inkomen"]
        return {**row, "mediaan_inkomen": f"{int(income) * 1.3:.0f}" if income.isdigit() else income}

    edited(DATASET, folder, change, BUILT_IN[DATASET])
    before = landing(built_in).state.version
    monkeypatch.setattr("pipelines.ingest.fetch.ROOT", tmp_path)
    assert land(built_in) == ("vers", "")
    assert landing(built_in).stands_in
    assert landing(built_in).state.version != before


def test_no_built_in_figures_land_where_a_real_delivery_waits(home: Path, tmp_path: Path) -> None:
    """Nor while it is refused, whose reason would be lost; once it is withdrawn they do."""
    hand_over(tmp_path, "eerste.csv", factor=1000)
    assert land(home)[0] == "ontbreekt"
    assert land(home)[0] == "ontbreekt"
    assert landing(home).withdraw()
    assert land(home) == ("vers", "")
    assert landing(home).stands_in


def test_a_refused_first_delivery_leaves_the_built_in_figures(built_in: Path, tmp_path: Path) -> None:
    before = years(built_in)
    hand_over(tmp_path, "eerste.csv", factor=1000)
    state, reason = land(built_in)
    assert (state, "eerste.csv" in reason, years(built_in)) == ("oud", True, before)


def test_no_built_in_figures_land_of_what_a_refresh_leaves_out(home: Path) -> None:
    assert land(home, "statbel_geboorten") == ("ontbreekt", "nothing was delivered yet")


def test_news_for_one_city_does_not_take_their_place(built_in: Path, tmp_path: Path) -> None:
    before = landing(built_in).state.version
    hand_over(tmp_path, "eerste.csv", factor=1.4)
    with Home(built_in).lock():
        gent = {("gemeente2024", GENT)}
        land_datasets(landings(built_in), [DATASET], "voorbeeld", load_settings(), lambda who, text: None, gent)
    assert landing(built_in).state.version == before
    assert len(landing(built_in).pending) == 1


def test_files_that_obmi_toml_names_are_real(built_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where their bytes are those that are built in."""
    config = tmp_path / "eigen.toml"
    config.write_text(alone(), encoding="utf-8")
    monkeypatch.setenv("OBMI_CONFIG", str(config))
    assert land(built_in)[0] in ("vers", "ongewijzigd")
    assert not landing(built_in).stands_in
