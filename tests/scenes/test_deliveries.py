"""Deliveries that are accepted, whole or but for one city: who gets the new figures and who keeps the old ones.

All changed figures here are synthetic.
"""

import json
from pathlib import Path

import duckdb
import pytest

from pipelines.config import load_settings
from pipelines.describe.catalogue import load_cities, load_topics
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import load_datasets
from pipelines.home import Home
from pipelines.landing.landings import Landing
from pipelines.refresh import refresh
from tests.helpers import (
    BUILT_IN,
    Row,
    accepted,
    area,
    changes,
    edited,
    figures,
    held_cities,
    land_all,
    landings,
    obmi,
    query,
    status,
    value,
    with_register,
)
from tests.scenes.one_city import BRUGGE, GENT, LOOK, one_more

CITIES = {c.stad for c in load_cities()}


@pytest.mark.proof
def test_a_wrong_city_degrades_the_refresh_and_does_not_stop_it(one_city: dict) -> None:
    assert one_city["result"].code == 10
    assert one_city["again"].code == 20
    assert "Nothing new" in one_city["again"].out


@pytest.mark.proof
def test_five_faults_at_once_are_one_alert_and_none_the_second_time(one_city: dict) -> None:
    (alert,) = (Path(one_city["cleared_home"]) / "meldingen.jsonl").read_text(encoding="utf-8").splitlines()
    told = json.loads(alert)["incidenten"]
    assert {i["dataset"] for i in told} == set(BUILT_IN)
    assert {tuple(i["steden"]) for i in told} == {("gent",)}


@pytest.mark.proof
@pytest.mark.parametrize("dataset", BUILT_IN)
def test_the_wrong_city_keeps_its_figures_and_the_others_get_theirs(one_city: dict, released: Path, dataset) -> None:
    onderwerp, year = LOOK[dataset]
    assert value(one_city["home"], onderwerp, GENT, year) == value(released, onderwerp, GENT, year)
    more = value(one_city["home"], onderwerp, BRUGGE, year) - value(released, onderwerp, BRUGGE, year)
    with figures(dataset).open(encoding="utf-8") as stream:
        names = next(stream).rstrip("\n").split(";")
        rows = [dict(zip(names, line.rstrip("\n").split(";"), strict=True)) for line in stream]
    changed = sum(one_more(dataset, r) != r for r in rows if area(r) == BRUGGE)
    months = 2 if dataset == "statbel_bouwvergunningen" else 1
    assert more == changed / months > 0


@pytest.mark.proof
@pytest.mark.parametrize("dataset", BUILT_IN)
def test_status_names_that_city_alone(one_city: dict, dataset: str) -> None:
    row = one_city["status"][dataset]
    assert row["state"] == "deels"
    assert held_cities(row) == {"gent"}
    assert {own["state"] for city, own in row["cities"].items() if city != "gent"} == {"vers"}
    reason = row["reason"]
    assert reason.startswith(f"check '{row['check']}'")
    assert f"Gent ({GENT}), " in reason
    assert "; hand over a corrected file" in reason
    assert len(reason.splitlines()) == 1


@pytest.mark.proof
def test_no_figure_of_the_wrong_city_moved(one_city: dict, released: Path) -> None:
    standardised = {t.onderwerp for t in load_topics().values() if t.klassen}  # follow the ages of all of Flanders
    moved = {row for row in changes(released, one_city["home"]) if row[0] not in standardised}
    assert {(level, code) for _, level, code, *_ in moved if code == GENT} == set()
    own = {code for _, level, code, *_ in moved if level in ("gemeente", "gemeente2024")}
    assert own == {BRUGGE}


@pytest.mark.proof
def test_the_release_says_what_is_held_back(one_city: dict) -> None:
    rows = query(one_city["home"], "SELECT DISTINCT bron, gebied FROM mart.kwaliteit WHERE punt = 'vastgehouden'")
    assert set(rows) == {(d, GENT) for d in BUILT_IN}
    assert set(query(one_city["home"], f"SELECT DISTINCT status FROM mart.bron WHERE bron IN {tuple(BUILT_IN)}")) == {
        ("deels",)
    }


@pytest.mark.proof
def test_a_sum_over_cities_says_how_many_are_from_the_newest_delivery(one_city: dict) -> None:
    rows = query(
        one_city["home"],
        "SELECT gebiedsniveau, SPLIT_PART(reden, ';', 1), kwaliteit FROM mart.waarneming "
        "WHERE onderwerp = 'v1101_t' AND periode = '2021' AND gebiedsniveau IN ('centrumsteden', 'gewest') "
        "AND gebied <> '04000' ORDER BY 1",
    )
    assert rows == [
        ("centrumsteden", "12 van 13 gemeenten uit de jongste levering", "B"),
        ("gewest", "285 van 286 gemeenten uit de jongste levering", "B"),
    ]
    ((grades, age),) = query(
        one_city["home"],
        "SELECT STRING_AGG(DISTINCT kwaliteit ORDER BY kwaliteit), MAX(w.aanvaard_op) < MIN(b.aanvaard_op) "
        "FROM mart.waarneming AS w JOIN mart.bron AS b USING (bron) "
        "WHERE bron = 'statbel_bevolking' AND w.aanvaard_op IS NOT NULL",
    )
    assert (grades, age) == ("B,C", True)


@pytest.mark.proof
@pytest.mark.parametrize("dataset", BUILT_IN)
def test_a_good_delivery_clears_it(one_city: dict, released: Path, dataset: str) -> None:
    row = one_city["cleared_status"][dataset]
    assert (row["state"], row["reason"], held_cities(row)) == ("vers", None, set())
    with accepted(released, dataset) as con:
        cleared = Landing(Home(one_city["cleared_home"]), load_datasets()[dataset]).relation()
        for one, other in (("kandidaat", cleared), (cleared, "kandidaat")):
            assert con.execute(f"SELECT * FROM {one} EXCEPT ALL SELECT * FROM {other} LIMIT 3").fetchall() == []


@pytest.fixture(scope="module")
def gent_only(released, scene, session_env, tmp_path_factory) -> dict[str, object]:
    """A delivery with news for Gent and Brugge, taken for Gent first and for everybody later."""
    home = scene.reset()
    session_env.setenv("OBMI_HOME", str(home))

    def change(row: Row) -> Row:
        return one_more("statbel_armoederisico", row) if area(row) in (GENT, BRUGGE) else row

    path = edited("statbel_armoederisico", tmp_path_factory.mktemp("gent-only"), change)
    assert obmi("drop", "statbel_armoederisico", path).code == 0
    report = refresh(Home(home), load_settings(), "voorbeeld", None, ["gent"], lambda who, text: None)
    seen = {"report": report, "status": status(), "home": scene.keep("gent-only")}
    seen["waiting"] = len(landings(home)["statbel_armoederisico"].pending)
    land_all(home, "statbel_armoederisico")
    return {**seen, "all_home": scene.keep("gent-and-all"), "all_status": status()}


@pytest.mark.proof
def test_news_for_one_city_waits_for_the_others(gent_only: dict, released: Path) -> None:
    old = {c: value(released, "vg3101_mediaan", c, "2022") for c in (GENT, BRUGGE)}
    assert value(gent_only["home"], "vg3101_mediaan", GENT, "2022") == old[GENT] + 1
    assert value(gent_only["home"], "vg3101_mediaan", BRUGGE, "2022") == old[BRUGGE]
    assert gent_only["report"].exit_code == 10
    row = gent_only["status"]["statbel_armoederisico"]
    assert held_cities(row) == CITIES - {"gent"}
    assert "; refresh without --city" in row["reason"]
    assert gent_only["waiting"] == 1
    assert gent_only["all_status"]["statbel_armoederisico"]["state"] == "vers"
    with accepted(gent_only["all_home"], "statbel_armoederisico") as con:
        found = con.execute(f"SELECT mediaan_inkomen FROM kandidaat WHERE gebied = '{BRUGGE}' AND jaar = 2022")
        assert found.fetchall() == [(old[BRUGGE] + 1,)]
    assert held_cities(gent_only["all_status"]["statbel_armoederisico"]) == set()


@pytest.mark.proof
def test_one_changed_input_rebuilds_only_what_depends_on_it(gent_only: dict) -> None:
    ran = set(gent_only["report"].ran)
    assert {n for n in ran if n.startswith("bron.")} == {"bron.statbel_armoederisico"}
    steps = {path.stem for path in (ROOT / "models" / "onderwerp").glob("*.sql")}
    assert {n for n in ran if n.startswith("onderwerp.")} == {f"onderwerp.{step}" for step in steps}
    assert not {"mart.gebied", "mart.gebied_relatie"} & ran
    assert {"mart.waarneming", "mart.profiel"} <= ran
    areas = {"gebied", "gebied_relatie", "gebiedsniveau", "grondgebied", "deel", "stad", "stap"}
    assert not {f"ref.{name}" for name in areas} & ran


@pytest.mark.proof
def test_a_delivery_before_the_first_refresh_joins_the_built_in_figures(empty_home: Path, tmp_path: Path) -> None:
    path = edited("statbel_bevolking", tmp_path, lambda r: one_more("statbel_bevolking", r) if area(r) == GENT else r)
    assert obmi("drop", "statbel_bevolking", path).code == 0
    with_register(Home(empty_home))
    land_all(empty_home, "statbel_bevolking")
    spec = load_datasets()["statbel_bevolking"]
    relation = Landing(Home(empty_home), spec).relation()
    found = duckdb.sql(f"SELECT jaar, SUM(aantal) FROM {relation} WHERE gebied = '{GENT}' GROUP BY ALL").fetchall()
    assert dict(found) == {2018: 260341, 2020: 263927, 2021: 263703 + 4}


def notices(home: Path, dataset: str) -> dict[str, str]:
    """The warnings of what was accepted last, with what they say."""
    checks = Landing(Home(home), load_datasets()[dataset]).state.checks
    return {c.controle: c.boodschap for c in checks if c.uitslag == "gefaald"}


@pytest.mark.proof
def test_columns_in_another_order_and_one_more_are_accepted_and_told(home: Path, tmp_path: Path) -> None:
    unsorted = {d: n for d, n in BUILT_IN.items() if d != "politie_criminaliteit"}  # its codes land in their order
    for dataset, name in unsorted.items():
        lines = [line.split(";") for line in figures(dataset).read_text(encoding="utf-8").splitlines()]
        turned = [";".join([*reversed(line), "nieuw" if number == 0 else "0"]) for number, line in enumerate(lines)]
        path = tmp_path / name
        path.write_text("\n".join([*turned, ""]), encoding="utf-8")
        assert obmi("drop", dataset, path).code == 0
    result = obmi("refresh")
    assert result.code == 0, result.out
    assert "Nothing new" in result.out
    for dataset, name in unsorted.items():
        assert f"{name}: column nieuw is new and not read" in notices(home, dataset)["kolommen"]


@pytest.mark.proof
def test_a_known_error_that_the_publisher_mended_is_told(home: Path, tmp_path: Path) -> None:
    """Synthetic: the nine sectors under the numbers that they should have."""
    spec = load_datasets()["statbel_inkomen_sector"]
    assert "correctie" not in notices(home, spec.id)
    (known,) = spec.corrections
    mended = edited(spec.id, tmp_path, lambda row: {**row, "sector": known.values.get(row["sector"], row["sector"])})
    assert obmi("drop", spec.id, mended).code == 0
    assert obmi("refresh").code == 0
    assert "Negen Antwerpse sectoren" in notices(home, spec.id)["correctie"]


@pytest.mark.proof
def test_a_dataset_without_figures_of_its_own_waits_for_a_file_and_goes_when_it_is_withdrawn(
    home: Path, tmp_path: Path
) -> None:
    """Synthetic: a file that is no such thing, for a dataset that no refresh waits for."""
    dataset = "belfius_typologie"
    assert dataset not in status()
    path = tmp_path / "iets_anders.csv"
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    assert obmi("drop", dataset, path).code == 0
    result = obmi("refresh")
    assert result.code == 20, result.out
    assert "iets_anders.csv" in status()[dataset]["reason"]
    assert obmi("drop", dataset, "--withdraw").code == 0
    assert obmi("refresh").code == 0
    assert dataset not in status()


def test_a_home_with_a_comma_in_its_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB would take it for two folders."""
    monkeypatch.setenv("OBMI_HOME", str(tmp_path / "cijfers, nieuw"))
    result = obmi("refresh")
    assert result.code == 30
    assert "a comma cannot be in it; choose a folder without one" in result.err
    assert not list(tmp_path.iterdir())
