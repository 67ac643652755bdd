"""The catalogue: what it refuses, and what SQL follows from it. The catalogue and the figures here are synthetic."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest
import yaml

from pipelines.config import Settings
from pipelines.deliver import land_dataset
from pipelines.describe.catalogue import Topic, load_topics, sources_of
from pipelines.describe.specfile import ROOT, SpecError
from pipelines.describe.specs import Coverage, load_datasets
from pipelines.home import Home
from pipelines.ingest.drop import drop
from pipelines.transform.compile import compiled_models
from pipelines.transform.inputs import inputs, published
from pipelines.transform.waiting import arrived, with_figures
from tests.helpers import areas, landings, with_register
from tests.models.model_text import rendered

SPEC = """\
titel: Proef
uitgever: proef
licentie: CC BY 4.0
bronvermelding: proef
pagina: https://example.org
thema: wonen
cadans: jaarlijks
status: ongetest
protocol: drop
gebied: {niveau: gemeente}
periode: {soort: stand, referentie: 1 januari, label: het jaar}
dekking: {gewesten: ["02000"], vanaf: 2000, afwezig: onbekend}
columns:
  jaar: integer
  gebied: text
  soort: {type: text, values: {a: auto, f: fiets, b: bus}}
  leeftijd: integer
  aantal: {type: integer, measure: true, min: 0}
  gemiddelde: {type: number, measure: true}
key: [jaar, gebied, soort, leeftijd]
missing: {"": leeg, "x": verborgen, "?": onbekend, "-": nvt}
formats:
  - {name: proef, kind: csv, header: {j: jaar, g: gebied, s: soort, l: leeftijd, a: aantal, m: gemiddelde}}
"""
TOPICS = """\
thema: Enquêtes
standaard:
  bron: proef_ritten
  maat: aantal
  eenheid: ritten
  polariteit: geen
  interval: "volledige telling: alle ritten zijn geteld"
  uploader: proef
  controleur: werkgroep
onderwerpen:
  v9901_t:
    naam: ritten
    naam_en: trips
    omschrijving: "[aantal] ritten (in ritten)"
  v9901_auto:
    naam: ritten met de auto
    naam_en: trips by car
    omschrijving: "[aantal] ritten met de auto (in ritten)"
    waar: {soort: auto}
  v9901_jong:
    naam: ritten van jongeren
    naam_en: trips of the young
    omschrijving: "[aantal] ritten van 12- tot 17-jarigen met fiets of bus (in ritten)"
    waar: {soort: [fiets, bus], leeftijd: {van: 12, tot: 17}}
  vg9901_duur:
    naam: duur van een rit
    naam_en: duration of a trip
    omschrijving: "[gemiddelde] duur van een rit (in minuten)"
    maat: gemiddelde
    gewicht: aantal
    eenheid: minuten
  vp9901_auto:
    naam: aandeel ritten met de auto
    naam_en: share of trips by car
    omschrijving: "[percentage] ritten met de auto (t.o.v. de ritten) (in %)"
    teller: v9901_auto
    noemer: v9901_t
    factor: 100
    eenheid: "%"
    periodesoort: stand
  v9901_rest:
    naam: ritten zonder auto
    naam_en: trips without a car
    omschrijving: "[aantal] ritten zonder auto (in ritten)"
    termen: {v9901_t: 1, v9901_auto: -1}
    periodesoort: stand
  kubus9901_ritten:
    naam: ritten naar vervoer en leeftijd
    naam_en: trips by mode and age
    omschrijving: "[kubus] ritten naar vervoer en leeftijd (in ritten)"
    dimensies: [soort, leeftijd]
    plat: v9901_t
  v9901_later:
    naam: ritten met de trein
    naam_en: trips by train
    omschrijving: "[aantal] ritten met de trein (in ritten)"
    periodesoort: stand
    in_voorbereiding: de uitgever telt ze nog niet
"""
CATALOGUE = "models/indicatoren/proef.yaml"


WAITS = "    periodesoort: stand\n    in_voorbereiding: de uitgever telt ze nog niet\n"
ON_TRIAL = """    bron: proef_ritten
    maat: aantal
    in_voorbereiding: op proef
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout with one dataset and one theme."""
    for name, text in {"sources/proef/ritten.yaml": SPEC, CATALOGUE: TOPICS}.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_an_entry_says_only_what_does_not_follow(project: Path) -> None:
    topics = load_topics(project)
    rules = {t.onderwerp: (t.soort, t.aggregatie, t.afronding, t.periodesoort) for t in topics.values()}
    assert rules == {
        "v9901_t": ("plat", "som", 0, "stand"),
        "v9901_auto": ("plat", "som", 0, "stand"),
        "v9901_jong": ("plat", "som", 0, "stand"),
        "vg9901_duur": ("gemiddelde", "gewogen", 1, "stand"),
        "vp9901_auto": ("percentage", "ratio", 1, "stand"),
        "v9901_rest": ("plat", "afgeleid", 0, "stand"),
        "kubus9901_ritten": ("kubus", "som", 0, "stand"),
        "v9901_later": ("plat", "som", 0, "stand"),
    }
    register = "volledige telling: alle ritten zijn geteld"
    assert {topics[code].interval for code in ("vp9901_auto", "v9901_rest", "v9901_t")} == {register}
    assert topics["v9901_t"].publicatieniveaus == ["gemeente"]
    assert topics["vg9901_duur"].factor == 1
    assert sources_of(topics) == {"proef_ritten"}
    entries = yaml.safe_load(TOPICS)["onderwerpen"].values()
    assert max(len(e) for e in entries) <= 14, "an indicator on a dataset that is there takes at most 15 lines"


def test_a_subject_on_trial_has_figures_once_its_dataset_is_accepted(project: Path) -> None:
    path = project / CATALOGUE
    path.write_text(path.read_text(encoding="utf-8").replace(WAITS, ON_TRIAL), encoding="utf-8")
    topics = load_topics(project)
    assert not topics["v9901_later"].sourced
    assert not arrived(topics, set())["v9901_later"].sourced
    assert arrived(topics, {"proef_ritten"})["v9901_later"].sourced


def test_what_is_computed_from_a_subject_on_trial_has_figures_with_it(project: Path) -> None:
    path = project / CATALOGUE
    text = path.read_text(encoding="utf-8").replace(WAITS, ON_TRIAL)
    rate = text[text.index("  vp9901_auto:") : text.index("  v9901_rest:")].replace("9901_auto", "9901_later")
    rate = rate.replace("met de auto", "met de trein") + "    in_voorbereiding: op proef\n"
    path.write_text(text + rate, encoding="utf-8")
    topics = load_topics(project)
    assert waiting(topics) == waiting(arrived(topics, set())) == ["v9901_later", "vp9901_later"]
    assert waiting(arrived(topics, {"proef_ritten"}, lambda _: False)) == ["v9901_later", "vp9901_later"]
    assert waiting(arrived(topics, {"proef_ritten"})) == []
    other = text + rate.replace("v9901_later", "v9901_t") + "    in_voorbereiding: de noemer wordt nagekeken\n"
    path.write_text(other, encoding="utf-8")
    assert waiting(arrived(load_topics(project), {"proef_ritten"})) == ["vp9901_later"]


def waiting(topics: dict[str, Topic]) -> list[str]:
    """The subjects in preparation."""
    return [code for code, topic in topics.items() if topic.in_voorbereiding]


@pytest.mark.parametrize(("said", "shown"), [("bus", True), ("auto", False)])
def test_a_subject_whose_words_the_publisher_does_not_use_waits_on(project: Path, said: str, shown: bool) -> None:
    """It would have no row where one is expected, and stop the build of all others."""
    path, asks = project / CATALOGUE, f"{ON_TRIAL}    waar: {{soort: bus}}\n"
    path.write_text(path.read_text(encoding="utf-8").replace(WAITS, asks), encoding="utf-8")
    rows = f"(SELECT 2024 AS jaar, '{said}' AS soort)"
    landing = SimpleNamespace(
        spec=load_datasets(project)["proef_ritten"], state=SimpleNamespace(version="1"), relation=lambda: rows
    )
    assert with_figures(load_topics(project), {"proef_ritten": landing})["v9901_later"].sourced is shown


def test_a_subject_that_does_not_name_its_measure_stays_in_preparation(project: Path) -> None:
    assert not arrived(load_topics(project), {"proef_ritten"})["v9901_later"].sourced


@pytest.mark.parametrize(
    ("said", "instead", "follows"),
    [
        ("volledige telling: alle ritten zijn geteld", "byar", {"vp9901_auto": "wilson", "v9901_rest": "geen: "}),
        ("volledige telling: alle ritten zijn geteld", "geen: een raming", {"vp9901_auto": "geen: een raming"}),
        ("[percentage] ritten met de auto", "[ratio] ritten met de auto", {"vp9901_auto": "volledige telling: "}),
    ],
)
def test_an_interval_follows_from_the_parts(project: Path, said: str, instead: str, follows: dict[str, str]) -> None:
    text = TOPICS.replace(said, instead).replace(
        "    maat: gemiddelde\n", "    maat: gemiddelde\n    interval: 'geen: ja ja'\n"
    )
    (project / CATALOGUE).write_text(text, encoding="utf-8")
    topics = load_topics(project)
    assert {code: topics[code].interval[: len(start)] for code, start in follows.items()} == follows


BAD = [
    ("  v9901_auto:", "  v9901_AUTO:", " line {line}: v9901_AUTO: onderwerp"),
    ("naam: ritten met de auto", "naam: Ritten met de auto", "lower case"),
    ("naam: ritten met de auto", "naam: ritten", "used twice"),
    ('omschrijving: "[aantal] ritten (in', 'omschrijving: "ritten (in', "must start with one of"),
    ("(t.o.v. de ritten)", "", "says '(t.o.v. …)'"),
    ("    factor: 100\n", "", "a ratio has a factor"),
    ("    noemer: v9901_t\n", "", "a ratio needs teller, noemer and factor"),
    ("noemer: v9901_t", "noemer: v9901_x", "'v9901_x' is not a subject"),
    ("noemer: v9901_t", "noemer: vg9901_duur", "does not add up (gewogen)"),
    ("noemer: v9901_t", "noemer: v9901_later", "is in preparation"),
    ("gewicht: aantal", "gewicht: aantallen", "'aantallen' is no number of proef_ritten"),
    ("gewicht: aantal", "gewicht: soort", "'soort' is no number of proef_ritten"),
    ("waar: {soort: auto}", "waar: {vervoer: auto}", "'vervoer' is no column of proef_ritten"),
    ("waar: {soort: auto}", "waar: {soort: auot}", "soort of proef_ritten is never 'auot'"),
    ("leeftijd: {van: 12, tot: 17}", "leeftijd: {}", "name van, tot or both"),
    ("    waar: {soort: auto}", "    waren: {soort: auto}", " line {line}: v9901_auto: waren"),
    ("bron: proef_ritten", "bron: proef_riten", "'proef_riten', which is no dataset"),
    ("controleur: werkgroep", "controleur: proef", "never the same"),
    ("plat: v9901_t", "plat: v9901_x", "'v9901_x' is not a subject"),
    ("    plat: v9901_t\n", "", "names in plat the subject that it adds up to"),
    ("dimensies: [soort, leeftijd]", "dimensies: [soort, jaren]", "'jaren' is no column of proef_ritten"),
    ("v9901_auto: -1", "v9901_auto en zo: -1", "which is no code"),
    (
        "volledige telling: alle ritten zijn geteld",
        "volledige telling",
        "interval is wilson, byar, dobson, or the reason",
    ),
    ("volledige telling: alle ritten zijn geteld", "wilson", "a part of a whole"),
    ("maat: gemiddelde", "interval: byar\n    maat: gemiddelde", "byar is the interval of a count"),
    ("    termen: {v9901_t: 1, v9901_auto: -1}", "    klassen: {v9901_auto: v9901_t}\n    factor: 1", "standaardjaar"),
    ("waar: {soort: auto}", "waar: {soort: auto}\n    verborgen_onder: 5", "verborgen_onder bounds one figure"),
    ("factor: 100", "factor: 100\n    verborgen_onder: 5", "only what adds up has verborgen_onder"),
    ("standaard:", "standard:", "'standard' is no key of a theme"),
    (
        "thema: Enquêtes",
        "thema: Enquête",
        " line 1: thema: 'Enquête' is no theme of sources/themas.yaml; the nearest is",
    ),
    ("  v9901_later:", "  v2201_later:", " line {line}: v2201_later: the digits of Enquêtes start with 99; rename it"),
    (
        'eenheid: "%"\n    periodesoort: stand',
        'eenheid: "%"\n    periodesoort: schooljaar',
        "its periodesoort follows from v9901_auto and is not schooljaar; leave it out",
    ),
    ("ritten (in ritten)", 'ritten (in ritten)"\n    periodesoort: schooljaar #', "take parts of one period kind"),
    (
        "factor: 100\n",
        "factor: 100\n    interval: wilson\n",
        "'wilson' is not that of its teller, 'volledige telling: ",
    ),
    ('eenheid: "%"\n', 'eenheid: "%"\n    periodiciteit: [maand]\n', "take parts of one period"),
]


@pytest.mark.parametrize(("text", "instead", "said"), BAD, ids=[b[2] for b in BAD])
def test_what_does_not_fit_is_refused_in_one_sentence(project: Path, text: str, instead: str, said: str) -> None:
    assert text in TOPICS
    (project / CATALOGUE).write_text(TOPICS.replace(text, instead, 1), encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_topics(project)
    line = TOPICS[: TOPICS.index(text)].count("\n") + 1
    assert said.format(line=line) in str(caught.value)
    assert "models/indicatoren" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


ROWS = """
  (2020, 'gemeente', '11002', 'auto', 12, 4, 'ok', 10.0, 'ok'),
  (2020, 'gemeente', '11002', 'auto', 40, 6, 'ok', 20.0, 'ok'),
  (2020, 'gemeente', '11002', 'fiets', 12, 3, 'ok', 5.0, 'ok'),
  (2020, 'gemeente', '11002', 'bus', 17, 0, 'ok', NULL, 'nvt'),
  (2020, 'gemeente', '44021', 'auto', 30, NULL, 'verborgen', 9.0, 'ok'),
  (2020, 'gemeente', '44021', 'fiets', 30, 8, 'ok', 9.0, 'ok'),
  (2020, 'gemeente', '46021', 'auto', 30, NULL, 'leeg', NULL, 'leeg'),
  (2020, 'gemeente', '46021', 'bus', 30, NULL, 'onbekend', NULL, 'leeg')
"""


def landed(tmp_path: Path) -> tuple[duckdb.DuckDBPyConnection, Path]:
    """A landing with a few rows."""
    con = duckdb.connect()
    folder = tmp_path / "landing"
    folder.mkdir(exist_ok=True)
    columns = "jaar, gebiedsniveau, gebied, soort, leeftijd, aantal, aantal_status, gemiddelde, gemiddelde_status"
    con.execute(f"COPY (FROM (VALUES {ROWS}) AS t({columns})) TO '{folder / 'deel-0.parquet'}' (FORMAT parquet)")
    return con, folder


def series(project: Path, tmp_path: Path, change: str = "") -> dict[tuple[str, str], tuple[str, float | None, str]]:
    """What the compiled model gives on a few rows, per subject and area: period, value and status."""
    if change:
        (project / "sources/proef/ritten.yaml").write_text(SPEC.replace(*change.split(" -> ")), encoding="utf-8")
    con, folder = landed(tmp_path)
    text = compiled_models(load_topics(project), load_datasets(project), {"proef_ritten": str(folder)}, project)[
        "bron.proef_ritten"
    ]
    found = con.execute(text.split(");\n", 1)[1]).fetchall()
    keys = [(o, g) for o, _, g, *_ in found]
    assert len(set(keys)) == len(keys), "one row per subject, area and period"
    return {(o, g): (p, v, s) for o, _, g, p, v, s, _ in found}


def test_a_subject_is_the_sum_over_the_rows_it_names(project: Path, tmp_path: Path) -> None:
    got = series(project, tmp_path)
    assert got["v9901_t", "11002"] == ("2020", 13, "ok")
    assert got["v9901_auto", "11002"] == ("2020", 10, "ok")
    assert got["v9901_jong", "11002"] == ("2020", 3, "ok")
    assert ("v9901_jong", "44021") not in got, "no row is no zero: what absence means is the coverage's to say"


def test_an_area_with_rows_counts_zero_for_a_part_that_it_has_no_row_of(project: Path, tmp_path: Path) -> None:
    got = series(project, tmp_path, "afwezig: onbekend -> afwezig: deel_nul")
    assert got["v9901_jong", "44021"] == ("2020", 0, "ok")
    assert got["v9901_jong", "11002"] == ("2020", 3, "ok")
    assert got["v9901_auto", "44021"] == ("2020", None, "verborgen"), "what is hidden stays hidden"
    assert got["v9901_t", "46021"] == ("2020", None, "onbekend")
    assert ("v9901_jong", "71016") not in got, "an area without any row is not made up"


@pytest.mark.parametrize(("years", "there"), [("{van: 2020}", True), ("{tot: 2019}", False), ("[2019, 2020]", True)])
@pytest.mark.parametrize("absent", ["onbekend", "deel_nul"])
def test_a_subject_goes_over_the_years_it_names(
    project: Path, tmp_path: Path, years: str, there: bool, absent: str
) -> None:
    text = TOPICS.replace("waar: {soort: auto}", f"waar: {{soort: auto, jaar: {years}}}")
    (project / CATALOGUE).write_text(text, encoding="utf-8")
    assert (("v9901_auto", "11002") in series(project, tmp_path, f"afwezig: onbekend -> afwezig: {absent}")) == there
    assert load_topics(project)["v9901_auto"].exists_in(2020) == there


def test_what_is_published_of_named_areas_is_published_in_their_region(project: Path) -> None:
    text = SPEC.replace('gewesten: ["02000"]', 'gebieden: ["11002", "21004"]')
    (project / "sources/proef/ritten.yaml").write_text(text, encoding="utf-8")
    with areas() as con:
        rows = published(con, load_topics(project), load_datasets(project))
    found = {(r["onderwerp"], r["gewest"], r["afwezig"]) for r in rows}
    assert {("v9901_t", "02000", "onbekend"), ("v9901_t", "04000", "onbekend")} <= found


def test_figures_of_the_whole_country_alone_are_refused(project: Path) -> None:
    text = SPEC.replace("niveau: gemeente}", "niveau: belgie}")
    (project / "sources/proef/ritten.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=r"v9901_t: level belgie of proef_ritten gets no row, only areas in Flanders"):
        load_topics(project)


def test_a_year_without_an_area_that_is_shown_is_not_expected(project: Path, tmp_path: Path) -> None:
    """It would stop the build of every other subject."""
    path, home = tmp_path / "a.csv", with_register(Home(tmp_path / "home"))
    path.write_text("j;g;s;l;a;m\n2020;11002;a;1;1;1\n2020;62063;a;1;1;1\n2021;62063;a;1;1;1\n", encoding="utf-8")
    spec = load_datasets(project)["proef_ritten"]
    wide = spec.model_copy(update={"dekking": Coverage(gebieden=["62063"], vanaf=2020, afwezig="onbekend")})
    with home.lock():
        drop(wide, [path], home)
        landed = land_dataset(landings(home, wide), wide.id, "voorbeeld", Settings(), lambda _: None)
    assert landed.state == "vers", landed.reason
    expected = inputs(landings(home, wide), load_topics(project), []).lists["verwacht"].to_pylist()
    assert {row["jaar"] for row in expected if row["onderwerp"] == "v9901_t"} == {"2020"}


def test_where_nothing_landed_nothing_is_expected(project: Path, tmp_path: Path) -> None:
    home = with_register(Home(tmp_path / "home"))
    entering = inputs(landings(home, load_datasets(project)["proef_ritten"]), load_topics(project), [])
    assert entering.lists["verwacht"].num_rows == 0


def test_bounds_of_text_go_by_its_letters(project: Path, tmp_path: Path) -> None:
    text = TOPICS.replace("waar: {soort: auto}", 'waar: {soort: {van: "b", tot: "f"}}')
    (project / CATALOGUE).write_text(text, encoding="utf-8")
    assert series(project, tmp_path)["v9901_auto", "11002"] == ("2020", 0, "ok"), (
        "bus lies between b and f, fiets after"
    )


def test_statuses_combine_over_rows_as_over_areas(project: Path, tmp_path: Path) -> None:
    got = series(project, tmp_path)
    assert got["v9901_t", "44021"] == ("2020", None, "verborgen")
    assert got["v9901_t", "46021"] == ("2020", None, "onbekend"), "what is not known wins"
    assert got["v9901_auto", "46021"] == ("2020", None, "leeg")


def test_a_weighted_mean_is_two_sums(project: Path, tmp_path: Path) -> None:
    got = series(project, tmp_path)
    assert got["vg9901_duur.teller", "11002"] == ("2020", 4 * 10 + 6 * 20 + 3 * 5, "ok")
    assert got["vg9901_duur.noemer", "11002"] == ("2020", 13, "ok")
    assert got["vg9901_duur.teller", "44021"] == ("2020", None, "verborgen"), "a mean without its weight is no part"


def test_a_stock_of_31_december_is_of_the_next_year(project: Path, tmp_path: Path) -> None:
    got = series(project, tmp_path, "referentie: 1 januari -> peildag: 12-31, referentie: 31 december")
    assert {p for p, _, _ in got.values()} == {"2021"}


def test_a_flow_in_a_file_of_31_december_keeps_its_year(project: Path, tmp_path: Path) -> None:
    text = TOPICS.replace("tot: 17}}", "tot: 17}}\n    periodesoort: lopend")
    (project / CATALOGUE).write_text(text, encoding="utf-8")
    got = series(project, tmp_path, "referentie: 1 januari -> peildag: 12-31, referentie: 31 december")
    assert {p for (code, _), (p, _, _) in got.items() if code == "v9901_jong"} == {"2020"}
    assert {p for (code, _), (p, _, _) in got.items() if code != "v9901_jong"} == {"2021"}
    topics, spec = load_topics(project), load_datasets(project)["proef_ritten"]
    assert {c: spec.periode.later(topics[c].periodesoort) for c in ("v9901_t", "v9901_jong")} == {
        "v9901_t": 1,
        "v9901_jong": 0,
    }


def test_only_a_stock_has_a_day(project: Path) -> None:
    text = SPEC.replace("soort: stand,", "soort: lopend, peildag: 12-31,")
    (project / "sources/proef/ritten.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match="peildag is the day of a stock"):
        load_datasets(project)


def test_a_school_year_is_named_by_both_its_years(project: Path, tmp_path: Path) -> None:
    (project / CATALOGUE).write_text(
        TOPICS.replace("periodesoort: stand", "periodesoort: schooljaar"), encoding="utf-8"
    )
    got = series(project, tmp_path, "soort: stand, -> soort: schooljaar,")
    assert {p for p, _, _ in got.values()} == {"2020-2021"}


AREAS = """
  CREATE SCHEMA ref; CREATE SCHEMA onderwerp; CREATE SCHEMA bron;
  CREATE TABLE ref.gebied AS FROM (VALUES ('gemeente', '11002', true), ('gemeente', '44021', true),
    ('gemeente', '46021', true)) AS t(gebiedsniveau, gebied, getoond);
  CREATE TABLE ref.gebied_relatie AS SELECT gebiedsniveau AS van_niveau, gebied AS van, gebiedsniveau AS naar_niveau,
    gebied AS naar, 1 AS delen FROM ref.gebied;
  CREATE TABLE ref.onderwerp AS SELECT 'kubus9901_ritten' AS onderwerp, 'v9901_t' AS plat;
  CREATE TABLE onderwerp.plat AS FROM (VALUES ('v9901_t', 'gemeente', '11002', '2020', 13.0, 'ok')
    ) AS t(onderwerp, gebiedsniveau, gebied, periode, waarde, status);
"""


def cube(project: Path, tmp_path: Path, change: str = "") -> tuple[list[tuple], list[tuple]]:
    """The cube's rows of one area, and what its audit finds."""
    con, folder = landed(tmp_path)
    con.execute(AREAS + change)
    text = compiled_models(load_topics(project), load_datasets(project), {"proef_ritten": str(folder)}, project)
    cells = text["bron.kubus"].split(");\n", 1)[1]
    con.execute(f"CREATE TABLE bron.kubus AS {cells}")
    con.execute(f"CREATE TABLE ref.periode AS {rendered('ref/periode').sql('duckdb')}")
    con.execute(f"CREATE TABLE kubus AS {rendered('mart/kubus', dimensies=['leeftijd', 'soort']).sql('duckdb')}")
    model = (ROOT / "models/mart/kubus.sql").read_text(encoding="utf-8")
    audit = model.split("AUDIT (name kubus_telt_op_tot_plat);")[1]
    rows = con.execute("SELECT soort, leeftijd, waarde, status FROM kubus WHERE gebied = '11002' ORDER BY 2, 1")
    return rows.fetchall(), con.execute(audit.replace("@this_model", "kubus")).fetchall()


def test_a_cube_keeps_its_dimensions_and_equals_its_flat_subject(project: Path, tmp_path: Path) -> None:
    rows, wrong = cube(project, tmp_path)
    assert rows == [("auto", 12, 4, "ok"), ("fiets", 12, 3, "ok"), ("bus", 17, 0, "ok"), ("auto", 40, 6, "ok")]
    assert wrong == []


def test_a_cube_that_does_not_add_up_stops_the_build(project: Path, tmp_path: Path) -> None:
    _, wrong = cube(project, tmp_path, "UPDATE onderwerp.plat SET waarde = 14")
    assert [(w[0], w[2], w[4], w[5]) for w in wrong] == [("kubus9901_ritten", "11002", 13, 14)]


def test_an_area_of_which_a_part_is_missing_has_no_cube(project: Path, tmp_path: Path) -> None:
    rows, _ = cube(project, tmp_path, "UPDATE ref.gebied_relatie SET delen = 2 WHERE van = '11002'")
    assert rows == []


BY_DAY = SPEC.replace("soort: stand, referentie: 1 januari", "soort: lopend, dagen: dag, referentie: de dag")
BY_DAY = BY_DAY.replace("  soort: {type: text", "  dag: date\n  soort: {type: text").replace(
    "g: gebied,", "g: gebied, d: dag,"
)
BY_DAY = BY_DAY.replace("key: [jaar, gebied, soort, leeftijd]", "key: [dag, gebied, soort]")
WHOLE, UNTIL_MAY = "2020-12-31", "2020-05-31"


@pytest.mark.parametrize(
    ("absent", "rows", "said"),
    [
        ("onbekend", [("11002", "auto", WHOLE)], {"11002": None}),
        ("onbekend", [("11002", "auto", UNTIL_MAY)], {"11002": "152 van 366 dagen, 2020-01-01 tot 2020-05-31"}),
        # one of two series, and one of two areas
        (
            "onbekend",
            [("11002", "auto", WHOLE), ("11002", "fiets", UNTIL_MAY), ("44021", "auto", WHOLE)],
            {"11002": "152 van 366 dagen, 2020-01-01 tot 2020-05-31", "44021": None},
        ),
        # where an area without a row has none, the days of the whole source count
        ("nul", [("11002", "auto", WHOLE), ("44021", "fiets", UNTIL_MAY)], {"11002": None, "44021": None}),
        ("nul", [("11002", "auto", UNTIL_MAY)], {"11002": "152 van 366 dagen, 2020-01-01 tot 2020-05-31"}),
    ],
)
def test_part_of_a_year_is_no_year(
    project: Path, tmp_path: Path, absent: str, rows: list[tuple[str, str, str]], said: dict[str, str | None]
) -> None:
    text = BY_DAY.replace("afwezig: onbekend", f"afwezig: {absent}")
    (project / "sources/proef/ritten.yaml").write_text(text, encoding="utf-8")
    (project / CATALOGUE).write_text(TOPICS.replace("soort: stand", "soort: lopend"), encoding="utf-8")
    con, folder = landed(tmp_path)
    days = " UNION ALL ".join(
        f"SELECT 2020 AS jaar, 'gemeente' AS gebiedsniveau, '{area}' AS gebied, '{kind}' AS soort, 12 AS leeftijd, "
        "1 AS aantal, 'ok' AS aantal_status, 2.0 AS gemiddelde, 'ok' AS gemiddelde_status, "
        f"UNNEST(generate_series(DATE '2020-01-01', DATE '{last}', INTERVAL 1 DAY))::DATE AS dag"
        for area, kind, last in rows
    )
    con.execute(f"COPY ({days}) TO '{folder / 'deel-0.parquet'}' (FORMAT parquet)")
    texts = compiled_models(load_topics(project), load_datasets(project), {"proef_ritten": str(folder)}, project)
    flat = con.execute(texts["bron.proef_ritten"].split(");\n", 1)[1]).fetchall()
    cells = con.execute(texts["bron.kubus"].split(");\n", 1)[1]).fetchall()
    assert {(o, g): r for o, _, g, *_, r in flat if o == "v9901_t"} == {("v9901_t", g): r for g, r in said.items()}
    for _, _, area, period, value, status, reason in flat:
        assert (period, reason) == ("2020", said[area])
        assert (status, value is None) == (("onbekend", True) if said[area] else ("ok", False))
    assert {(g, s) for _, _, g, *_, s in cells} == {(g, "onbekend" if r else "ok") for g, r in said.items()}


BY_HOUR = BY_DAY.replace("dagen: dag", "dagen: dag, stap: 60").replace("dag: date", "dag: {type: time, written: '%Y'}")
A_YEAR = "generate_series(TIMESTAMP '2019-12-31 23:00', TIMESTAMP '2020-12-31 22:00', INTERVAL 1 HOUR)"


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("FALSE", None),
        ("tijd = TIMESTAMP '2020-10-25 00:00'", None),  # the clock shows 02:00 once more
        ("tijd = TIMESTAMP '2020-04-03 09:00'", "365 van 366 dagen, 2020-01-01 tot 2020-12-31"),
        ("tijd = TIMESTAMP '2020-03-29 01:00'", "365 van 366 dagen, 2020-01-01 tot 2020-12-31"),
        ("HOUR(tijd) < 6", "0 van 366 dagen, 2020-01-01 tot 2020-12-31"),
    ],
)
def test_part_of_a_day_is_no_day(project: Path, tmp_path: Path, gone: str, said: str | None) -> None:
    (project / "sources/proef/ritten.yaml").write_text(BY_HOUR, encoding="utf-8")
    (project / CATALOGUE).write_text(TOPICS.replace("soort: stand", "soort: lopend"), encoding="utf-8")
    con, folder = landed(tmp_path)
    hours = (
        "SELECT 2020 AS jaar, 'gemeente' AS gebiedsniveau, '11002' AS gebied, 'auto' AS soort, 12 AS leeftijd, "
        "1 AS aantal, 'ok' AS aantal_status, 2.0 AS gemiddelde, 'ok' AS gemiddelde_status, tijd AS dag "
        f"FROM UNNEST({A_YEAR}) AS uren(tijd) WHERE NOT ({gone})"
    )
    con.execute(f"COPY ({hours}) TO '{folder / 'deel-0.parquet'}' (FORMAT parquet)")
    texts = compiled_models(load_topics(project), load_datasets(project), {"proef_ritten": str(folder)}, project)
    flat = con.execute(texts["bron.proef_ritten"].split(");\n", 1)[1]).fetchall()
    assert {reason for *_, reason in flat} == {said}


@pytest.mark.parametrize(
    ("text", "instead", "said"),
    [
        ("stap: 60, ", "", "periode.stap is the minutes"),
        ("dag: {type: time, written: '%Y'}", "dag: date", "periode.stap is the minutes"),
    ],
)
def test_a_flow_by_moment_says_how_far_its_moments_are_apart(project: Path, text: str, instead: str, said: str) -> None:
    assert text in BY_HOUR
    (project / "sources/proef/ritten.yaml").write_text(BY_HOUR.replace(text, instead), encoding="utf-8")
    with pytest.raises(SpecError, match=said):
        load_datasets(project)


@pytest.mark.parametrize(
    ("text", "instead", "said"),
    [
        ("dagen: dag, ", "", "its rows are of a day or a moment"),
        ("dagen: dag", "dagen: soort", "names the date or time column"),
        ("soort: lopend", "soort: stand", "names the date or time column"),
    ],
)
def test_a_flow_by_day_says_which_column_is_the_day(project: Path, text: str, instead: str, said: str) -> None:
    assert text in BY_DAY
    (project / "sources/proef/ritten.yaml").write_text(BY_DAY.replace(text, instead), encoding="utf-8")
    with pytest.raises(SpecError, match=said):
        load_datasets(project)


POINTS = """\
titel: Proef
uitgever: proef
licentie: CC BY 4.0
bronvermelding: proef
pagina: https://example.org
thema: wonen
cadans: eenmalig
status: ongetest
protocol: drop
gebied: {niveau: punt, punten: {lon: lon, lat: lat}}
periode: {soort: stand, referentie: 1 januari, label: het jaar}
dekking: {gewesten: ["02000"], vanaf: 2000, afwezig: onbekend}
columns:
  jaar: integer
  gebied: text
  lon: number
  lat: number
  meting: {type: number, measure: true, min: 0}
key: [gebied]
formats:
  - {name: proef, kind: csv, header: {j: jaar, g: gebied, x: lon, y: lat, m: meting}}
"""
OF_POINTS = """\
thema: Enquêtes
standaard:
  bron: proef_punten
  polariteit: geen
  interval: "volledige telling: alle punten"
  uploader: proef
  controleur: werkgroep
onderwerpen:
  v9902_n:
    naam: punten
    naam_en: points
    omschrijving: "[aantal] punten (in punten)"
    aggregatie: punten
    eenheid: punten
  v9902_som:
    naam: som van de metingen
    naam_en: sum of the measurements
    omschrijving: "[aantal] som van de metingen boven 2 (in m)"
    maat: meting
    waar: {meting: {van: 2}}
    eenheid: m
"""


def test_points_count_and_add_up_per_municipality(project: Path, tmp_path: Path) -> None:
    (project / "sources/proef/punten.yaml").write_text(POINTS, encoding="utf-8")
    (project / "models/indicatoren/punten.yaml").write_text(OF_POINTS, encoding="utf-8")
    con, folder = landed(tmp_path)
    points = (
        "(2020, 'a', '11002', 3.5), (2020, 'b', '11002', 1.5), (2020, 'c', '11002', 4.0), (2020, 'd', '44021', 2.0)"
    )
    columns = "jaar, gebied, gemeente, meting"
    con.execute(f"COPY (FROM (VALUES {points}) AS t({columns})) TO '{folder / 'deel-0.parquet'}' (FORMAT parquet)")
    folders = dict.fromkeys(("proef_ritten", "proef_punten"), str(folder))
    text = compiled_models(load_topics(project), load_datasets(project), folders, project)["bron.proef_punten"]
    found = con.execute(text.split(");\n", 1)[1]).fetchall()
    assert sorted((o, n, g, v) for o, n, g, _, v, *_ in found) == [
        ("v9902_n", "gemeente", "11002", 3),
        ("v9902_n", "gemeente", "44021", 1),
        ("v9902_som", "gemeente", "11002", 7.5),
        ("v9902_som", "gemeente", "44021", 2),
    ]


def test_a_count_and_its_rate_say_the_same_of_what_is_better() -> None:
    topics = load_topics()
    pairs = [(topics[f"v{code[2:]}"], t) for code, t in topics.items() if code[:2] == "vp" and f"v{code[2:]}" in topics]
    assert len(pairs) > 20
    assert [(count.onderwerp, rate.onderwerp) for count, rate in pairs if count.polariteit != rate.polariteit] == []
