"""What a held part marks: its own subjects in the year as it is shown, what is computed from them, and nothing else."""

from pathlib import Path

import duckdb
import pytest

from pipelines.describe.catalogue import load_topics
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.home import Home, write_json
from pipelines.landing.areas import load_areas
from pipelines.landing.landings import Landings
from pipelines.publish.grades import held_figures
from pipelines.publish.provenance import quality_rows
from pipelines.transform.inputs import _held
from tests.helpers import with_register

SPECS = load_datasets()
TOPICS = load_topics()


def holding(folder: Path, spec: Dataset, level: str, year: int, had_value: bool = True, **series: str) -> Home:
    """A home in which Gent is held in one year of a dataset."""
    home = with_register(Home(folder / "home"))
    held = {
        **{"gebiedsniveau": level, "eenheid": "44021", "jaar": year, "reeks": series, "controle": "c"},
        **{"omschrijving": "Zo is het.", "reden": "r", "levering": "l", "sinds": "2026-01-02T00:00:00+00:00"},
        **{"aanvaard_op": "2026-01-01T00:00:00+00:00" if had_value else None, "had_value": had_value},
    }
    write_json(home.landing / spec.id / "accepted.json", {"dataset": spec.id, "version": "v", "held": [held]})
    return home


def marked(home: Home, spec: Dataset) -> set[tuple[str, str]]:
    rows = held_figures(Landings(home, {spec.id: spec}), TOPICS).to_pylist()
    assert {(r["eenheid"], r["omschrijving"]) for r in rows} <= {("44021", "Zo is het.")}
    return {(r["onderwerp"], r["jaar"]) for r in rows}


def in_build(home: Home, spec: Dataset) -> list[tuple[str, ...]]:
    with duckdb.connect() as con:
        load_areas(con, home)
        rows = _held(con, Landings(home, {spec.id: spec}), TOPICS)
        rows = rows.select(["gebiedsniveau", "gebied", "jaar", "niveau_eenheid"])
    return [tuple(r.values()) for r in rows.to_pylist()]


@pytest.mark.parametrize(("peildag", "shown"), [("01-01", 2022), ("12-31", 2023)])
def test_a_stock_of_31_december_is_marked_in_the_year_that_it_is_shown_as(
    tmp_path: Path, peildag: str, shown: int
) -> None:
    spec = SPECS["statbel_wagens_huishoudtype"]
    spec = spec.model_copy(update={"periode": spec.periode.model_copy(update={"peildag": peildag})})
    home = holding(tmp_path, spec, "gemeente2024", 2022)
    assert {year for _, year in marked(home, spec)} == {str(shown)}
    assert [r["jaar"] for r in quality_rows(Landings(home, {spec.id: spec}), {})] == [shown]
    gone = holding(tmp_path / "leeg", spec, "gemeente2024", 2022, had_value=False)
    assert in_build(gone, spec) == [("gemeente2024", "44021", str(shown), "gemeente2024")]
    assert marked(gone, spec) == set()


def test_a_stock_and_a_flow_of_one_file_are_marked_in_their_own_year(tmp_path: Path) -> None:
    spec = SPECS["statbel_btw_ondernemingen"]
    found = marked(holding(tmp_path, spec, "gemeente2024", 2019), spec)
    assert {("v4201_ondernemingen", "2020"), ("v4201_starters", "2019"), ("vp4201_starters", "2019")} <= found
    assert not {("v4201_ondernemingen", "2019"), ("v4201_starters", "2020")} & found
    gone = holding(tmp_path / "leeg", spec, "gemeente2024", 2019, had_value=False)
    assert in_build(gone, spec) == [("gemeente2024", "44021", y, "gemeente2024") for y in ("2019", "2020")]


def test_sectors_are_held_by_their_municipality(tmp_path: Path) -> None:
    spec = SPECS["statbel_inkomen_sector"]
    home = holding(tmp_path, spec, "statsec2019", 2020)
    (row,) = quality_rows(Landings(home, {spec.id: spec}), {})
    assert (row["gebiedsniveau"], row["gebied"]) == ("gemeente2024", "44021")
    rows = held_figures(Landings(home, {spec.id: spec}), TOPICS).to_pylist()
    assert {(r["gebiedsniveau"], r["niveau_eenheid"]) for r in rows} == {("statsec2019", "gemeente2024")}


def test_only_the_subjects_of_a_held_series_and_what_is_computed_from_them_are_marked(tmp_path: Path) -> None:
    spec = SPECS["politie_criminaliteit"]
    own = {t.onderwerp for t in TOPICS.values() if spec.id in t.bron and t.measured}
    kind = next(t for t in TOPICS.values() if t.onderwerp in own and "onderwerp" in t.waar).waar["onderwerp"][0]
    found = {code for code, _ in marked(holding(tmp_path, spec, "gemeente2024", 2019, onderwerp=kind), spec)}
    direct = {c for c in own if str(kind) in map(str, TOPICS[c].waar["onderwerp"])}
    assert found & own == direct != own
    assert all(set(TOPICS[c].parts) & found for c in found - direct)
    users = {t.onderwerp for t in TOPICS.values() if set(t.parts) & direct}
    assert users <= found


def test_what_looks_back_a_year_is_marked_a_year_later(tmp_path: Path) -> None:
    spec = SPECS["statbel_bevolking"]
    found = marked(holding(tmp_path, spec, "gemeente2024", 2020), spec)
    growth = {t.onderwerp for t in TOPICS.values() if "v1101_t vorig jaar" in t.termen}
    assert growth
    for code in growth:
        assert (code, "2021") in found
        assert ((code, "2020") in found) == ("v1101_t" in TOPICS[code].termen)
    assert ("v1101_t", "2021") not in found
