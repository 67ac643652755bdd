"""`obmi new` on synthetic files: one trap each."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.describe.catalogue import load_topics
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import load_datasets
from pipelines.scaffold.figures import value
from pipelines.scaffold.questions import QUESTIONS, Answers, NotDescribed, at_terminal
from tests.helpers import areas as registered
from tests.helpers import obmi
from tests.unit.described import ABOUT, ASKED_ALWAYS, SWING, New, areas, nothing, plain, table, workbook

ABOUT_CODE = {k: v for k, v in ABOUT.items() if k != "themacode"}
YEAR = {**ABOUT, "jaar": "2021"}
MORE = {k: v for k, v in ABOUT.items() if k not in ("eenheid", "naam_en")}  # those of more measures stay open


def test_a_plain_file_asks_only_what_it_does_not_say(new: New, tmp_path: Path) -> None:
    rows = [f"{y};{c};Naam {c};{n}" for y, c, n in (r.split(";") for r in plain())]
    done = new(table(tmp_path / "a.csv", "jaar;nis;naam;aantal", rows), ABOUT, proven=True)
    assert done.asked == ASKED_ALWAYS
    assert done.spec.key == ["jaar", "gebied"]
    assert done.form["header"] == {"jaar": "jaar", "nis": "gebied", "aantal": "aantal"}
    assert done.spec.dekking.gewesten == ["02000"]
    assert (done.spec.columns["aantal"].min, done.spec.columns["aantal"].max) == (0, 5000)
    assert (done.spec.status, done.spec.protocol) == ("ongetest", "drop")
    assert done.topics["v2299_aantal"].in_voorbereiding is None
    assert len((done.root / "sources/proef/cijfers.yaml").read_text(encoding="utf-8").splitlines()) <= 40
    assert "De som van v2299_aantal" in (done.root / "expectations/proef_cijfers.yaml").read_text(encoding="utf-8")
    assert "checks and none that blocks" in done.reason("poort")
    assert "obmi drop proef_cijfers" in done.out


def test_open_questions_are_told_at_once_and_nothing_is_written(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", "jaar;nis;bedrag", [f"{r[:-3]}-" if ";44021;" in r else r for r in plain()])
    done = new(file, {"titel": "Proef", "thema": "wonen"})
    assert done.result.code == 30
    assert done.result.err.startswith(f"obmi: {ASKED_ALWAYS} questions are open and nothing is written")
    assert len(done.result.err.splitlines()) == 1
    assert all(f"{q}: " in done.result.err for q in ABOUT if q not in ("titel", "thema"))
    assert "kolommen: 'bedrag', what it is, of which only aantal adds up: 897 figures" in done.result.err
    assert "tekens: '-', what '-' means in figures: 3 cells in bedrag" in done.result.err
    assert "02000 Flanders: 300 of 300 areas are always there; 03000 Wallonia: 0 of 262" in done.result.err
    assert nothing(done.root)


SAID = ["mediaan inkomen", "gemiddelde prijs", "aandeel huurders", "MS_Q1", "index 2010", "PERC_X", "rate", "verschil"]
ASKED = ["aantal per inwoner", "coefficient", "werkloosheidsgraad", "inkomen", "gemiddeld aantal", "prijs", "v1210_gem"]


def test_a_figure_is_never_guessed_to_add_up(new: New, tmp_path: Path) -> None:
    """Its name says that it does not, or a person is asked; `overige` is what is answered to that."""
    rows = [f"{r}{';7' * (len(SAID + ASKED) - 1)}" for r in plain(years=[2021])]
    file = table(tmp_path / "a.csv", ";".join(["jaar", "nis", *SAID, *ASKED[:-1]]), [r[:-2] for r in rows])
    asked = new(file, MORE).result.err
    assert all(f"'{name}', what it is" in asked for name in ASKED[:-1])
    done = new(file, {**MORE, "kolommen": {"overige": "geen"}}, proven=True)
    assert {t.aggregatie for t in done.topics.values()} == {"geen"}
    assert len(done.topics) == len(SAID + ASKED) - 1
    assert all("iet aggregeerbaar" in (t.voetnoot or "") for t in done.topics.values())
    upload = table(tmp_path / "b.csv", f"jaar;geoitem;{ASKED[-1]}", plain(years=[2021]))
    assert f"'{ASKED[-1]}', what it is" in new(upload, SWING, "proef_b").result.err


def test_an_answer_for_all_others_makes_no_sum_of_what_speaks_of_a_mean(new: New, tmp_path: Path) -> None:
    rows = [f"{r};7;7;7" for r in plain(years=[2021])]
    file = table(tmp_path / "a.csv", "jaar;nis;woningen;coefficient;aantal per inwoner;huurprijs", rows)
    careless = {**MORE, "kolommen": {"overige": "aantal"}}
    asked = new(file, careless).result.err
    assert "3 questions are open" in asked
    assert (
        "'huurprijs', what it is, of which only aantal adds up: 300 figures from 7 to 7, and the file speaks of 'prijs'"
        in asked
    )
    careless["kolommen"] |= {"coefficient": "geen", "aantal per inwoner": "geen", "huurprijs": "gemiddelde"}
    done = new(file, careless)
    assert [c for c, t in done.topics.items() if t.aggregatie == "som"] == ["v2299_woningen"]


@pytest.mark.parametrize(
    ("name", "above", "header"),
    [("gemiddelde.csv", "", "aantal"), ("a.csv", "Mediaan inkomen\n", "aantal"), ("a.csv", "", "aantal;maat")],
)
def test_a_count_is_asked_where_the_file_speaks_of_something_else(
    new: New, tmp_path: Path, name: str, above: str, header: str
) -> None:
    """In its name, above its header, or in a column that holds one word."""
    more = ";index" if "maat" in header else ""
    rows = [f"{r}{more}" for r in plain(years=[2021])]
    file = table(tmp_path / name, f"jaar;nis;{header}", rows, above=above)
    assert "'aantal', what it is, of which only aantal adds up" in new(file, ABOUT).result.err


@pytest.mark.proof
def test_a_value_that_is_a_mean_is_no_count(new: New, tmp_path: Path) -> None:
    """Also where a person says that the column is one."""
    kinds = (("verkopen", 7), ("mediaan prijs", 900))
    rows = [f"2021;{c};{kind};{v}" for c in areas("gemeente2024") for kind, v in kinds]
    file = table(tmp_path / "s.csv", "jaar;nis;grootheid;aantal", rows)
    asked = new(file, {**ABOUT, "kolommen": {"aantal": "aantal"}, "dimensies": {"overige": "som"}}).result.err
    assert "of which mediaan prijs does not add up by its name" in asked
    done = new(file, {**ABOUT, "kolommen": {"aantal": "aantal"}, "dimensies": {"grootheid": "apart"}}, proven=True)
    assert {c: t.aggregatie for c, t in done.topics.items()} == {
        "vg2299_aantal_mediaan_prijs": "geen",
        "v2299_aantal_verkopen": "som",
    }


def test_a_total_that_is_no_exact_sum_is_shown(new: New, tmp_path: Path) -> None:
    parts = (("huis", 7), ("flat", 3), ("Totaal", 11))
    rows = [f"2021;{c};{kind};{value}" for c in areas("gemeente2024") for kind, value in parts]
    file = table(tmp_path / "r.csv", "jaar;nis;soort;aantal", rows)
    asked = new(file, {**ABOUT, "dimensies": {"overige": "som"}}).result.err
    assert "of which Totaal says that it is a total" in asked


def test_codes_of_another_version_are_asked_and_not_taken_for_totals(new: New, tmp_path: Path) -> None:
    other = next(c for c in areas("gemeente2018") if c not in areas("gemeente2024"))
    file = table(tmp_path / "v.csv", "jaar;nis;aantal", [*plain(), *(f"{y};{other};3" for y in (2020, 2021, 2022))])
    assert f"gebieden: '{other}', which code of our list it is" in new(file, ABOUT).result.err


def test_two_columns_of_whole_numbers_may_tell_the_rows_apart(new: New, tmp_path: Path) -> None:
    rows = [
        f"2021;{c};{t};{w};{i + 300}" for i, c in enumerate(areas("gemeente2024")) for t in (1, 2) for w in (0, 1, 2)
    ]
    file = table(tmp_path / "t.csv", "jaar;nis;type;wagens;aantal", rows)
    done = new(file, {**ABOUT, "dimensies": {"overige": "apart"}}, proven=True)
    assert done.spec.key == ["jaar", "gebied", "type", "wagens"]


def test_every_question_is_documented() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in told.splitlines() if line.startswith("| `")]
    assert {n for n in QUESTIONS if f"`{n}`" not in " ".join(rows)} == set()


def test_what_adds_up_is_what_a_name_or_a_person_says(new: New, tmp_path: Path) -> None:
    rows = [f"{r};7;-3;{r[-3:]}" for r in plain(years=[2021])]
    file = table(tmp_path / "a.csv", "jaar;nis;woningen;aantal_kamers;aantal_saldo;MS_NBR_X", rows)
    asked = new(file, ABOUT).result.err
    assert "'woningen', what it is" in asked
    assert "'aantal_saldo', what it is, of which only aantal adds up: 300 figures from -3 to -3" in asked
    done = new(
        file, {**ABOUT, "eenheid": None, "naam_en": None, "kolommen": {"woningen": "aantal", "aantal_saldo": "geen"}}
    )
    assert {c: t.aggregatie for c, t in done.topics.items()} == {
        "v2299_woningen": "som",
        "v2299_aantal_kamers": "som",
        "v2299_aantal_saldo": "geen",
        "v2299_nbr_x": "som",
    }
    assert "MS_NBR_X aantal: its name says so" in done.reason("kolommen")


def test_titles_windows_text_and_dutch_figures(new: New, tmp_path: Path) -> None:
    rows = [f"{c};Beaufaÿs {i};1.{i:03d};{i}.{i + 100},25" for i, c in enumerate(areas("gemeente2024"), 1)]
    file = table(tmp_path / "b_2021.csv", "nis;naam;aantal;prijs", rows, "cp1252", "Bron: België\n\n")
    kinds = {"prijs": "gemiddelde"}
    done = new(file, {**MORE, "jaar": 2021, "kolommen": kinds}, proven=True)
    assert done.form["encodings"] == ["cp1252"]
    assert done.form["header_row"] == 3
    assert (done.form["decimal"], done.form["thousands"]) == (",", ".")
    assert (done.spec.columns["aantal"].type, done.spec.columns["prijs"].type) == ("integer", "number")
    assert done.form["ignored"] == ["naam"]
    assert "naam: the rows are told apart without it" in done.out
    assert done.form["from_name"] == {"jaar": "b_((?:19|20)\\d\\d)"}
    assert (done.topics["vg2299_prijs"].aggregatie, done.topics["vg2299_prijs"].soort) == ("geen", "gemiddelde")
    assert done.topics["v2299_aantal"].in_voorbereiding == "nog in te vullen: eenheid, naam_en"


@pytest.mark.parametrize(
    ("token", "decimal", "thousands", "meant"),
    [
        ("1.250", ".", "", 1.25),
        ("1.250", ",", ".", 1250),
        ("12.50", ",", ".", None),
        ("0.250", ",", ".", None),
        ("1 250,5", ",", " ", 1250.5),
        ("-7", ".", "", -7),
        ("-0", ".", "", None),
        ("007", ".", "", None),
        ("1e3", ".", "", 1000),
        ("2021-01", ".", "", None),
    ],
)
def test_a_figure_by_its_signs(token: str, decimal: str, thousands: str, meant: float | None) -> None:
    assert value(token, decimal, thousands) == meant


@pytest.mark.proof
def test_a_figure_that_can_be_read_in_two_ways_is_asked(new: New, tmp_path: Path) -> None:
    rows = [f"2021;{c};{'1.250' if i == 3 else i}" for i, c in enumerate(areas("gemeente2024"))]
    file = table(tmp_path / "d.csv", "jaar;nis;aantal", rows)
    assert "getal: which figure '1.250' is (1.25 | 1250)" in new(file, ABOUT).result.err
    done = new(file, {**ABOUT, "getal": "1250"})
    assert (done.form["thousands"], done.spec.columns["aantal"].max) == (".", 20000)
    parted = {**ABOUT, "getal": "1.25"}
    assert "'aantal', what it is" in new(file, parted, "proef_b").result.err  # a count has no fractions
    assert new(file, {**parted, "kolommen": {"aantal": "geen"}}, "proef_c").result.code == 0


def test_text_around_figures_and_blanks_around_cells(new: New, tmp_path: Path) -> None:
    rows = [f"2021; {c};€ {i};{i},5 dagen" for i, c in enumerate(areas("gemeente2024"))]
    file = table(tmp_path / "d.csv", "jaar;nis ;aantal;prijs", rows)
    done = new(file, {**ABOUT, "eenheid": None, "naam_en": None, "kolommen": {"prijs": "mediaan"}}, proven=True)
    assert (done.spec.columns["aantal"].prefix, done.spec.columns["prijs"].suffix) == ("€ ", " dagen")
    assert done.form["trim"]


@pytest.mark.proof
def test_a_file_without_a_header(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "e.csv", None, plain())
    assert (
        "kop: the row of the names, two as in 6-7, or 0 where there is none; row 1 holds figures"
        in new(file, ABOUT).result.err
    )
    done = new(file, {**ABOUT, "kop": "0", "kolomnamen": "jaar,nis,aantal inwoners"})
    assert done.form["names"] == ["jaar", "nis", "aantal inwoners"]
    assert done.spec.columns["aantal_inwoners"].measure
    assert (
        "names 2; name every column" in new(file, {**ABOUT, "kop": 0, "kolomnamen": ["a", "b"]}, "proef_b").result.err
    )


def test_comments_and_quotes_that_do_not_close(new: New, tmp_path: Path) -> None:
    notes = {7: '"open'}
    rows = [f"{r.replace(';', '|')}|{notes.get(i, 'b')}" for i, r in enumerate(plain())]
    file = table(tmp_path / "f.txt", "jaar|nis|aantal|nota", rows, above="# met nota\n")
    done = new(file, ABOUT, proven=True)
    assert (done.form["comment"], done.form["delimiter"], done.form["quote"]) == ("#", "|", "")


@pytest.mark.proof
def test_names_in_two_rows_and_figures_of_several_years(new: New, tmp_path: Path) -> None:
    """Two rows are asked, because one has 2020 twice; the years in the names and the figures land below each other."""
    head = [["Gemeente", 2020, "", 2021, ""], ["", "REK1 aantal", "REK2 aantal", "REK1 aantal", "REK2 aantal"]]
    rows = [
        [f"Gemeente en OCMW {n}", i, 2 * i, 3 * i, 4 * i] for i, n in enumerate(("Aalst (Aalst)", "Gent", "Genk"), 5)
    ]
    file = workbook(tmp_path / "a.xlsx", {"Export": [*head, *rows]})
    assert (
        "kop: the row of the names, two as in 6-7, or 0 where there is none; row 1 has no name in a column"
        in new(file, ABOUT).result.err
    )
    answers = {**ABOUT, "kop": "1-2", "patronen": {"^Gemeente en OCMW ": ""}, "niveau": "gemeente", "gewesten": "geen"}
    assert "column 2020 stands there 2 times in row 1" not in new(file, answers).result.err
    done = new(file, {k: v for k, v in answers.items() if k not in ("eenheid", "naam_en")}, "proef_b", proven=True)
    spec = load_datasets(done.root)["proef_b"]
    assert (spec.formats[0].header_rows, spec.dekking.gebieden) == (2, ["41002", "44021", "71016"])
    assert spec.codes is not None
    assert (spec.codes.column, spec.key) == ("reeks", ["jaar", "gebied", "reeks"])
    assert "12 rows of 2 subjects" in done.reason("onderwerpen")


@pytest.mark.proof
@pytest.mark.parametrize(
    ("level", "other"), [("gemeente2018", "44083"), ("gemeente2024", "44001"), ("gemeente", "71022")]
)
def test_the_codes_tell_the_version(new: New, tmp_path: Path, level: str, other: str) -> None:
    done = new(table(tmp_path / "g.csv", "jaar;nis;aantal", plain(level)), ABOUT)
    assert done.spec.gebied.niveau == level
    assert other not in areas(level)
    assert f"no other has all but 0 of the {len(areas(level))} areas" in done.reason("niveau")


def test_every_year_on_its_own_municipalities(new: New, tmp_path: Path) -> None:
    rows = plain("gemeente2018", [2018]) + plain("gemeente2024", [2019, 2020])
    assert new(table(tmp_path / "h.csv", "jaar;nis;aantal", rows), ABOUT, proven=True).spec.gebied.niveau == "jaar"


@pytest.mark.proof
def test_a_version_that_the_codes_leave_open_is_asked(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "i.csv", "jaar;nis;aantal", [f"{y};44021;{y}" for y in (2019, 2020, 2021)])
    own = {**ABOUT, "gewesten": "geen"}
    assert "gemeente2018 and gemeente2024 and gemeente fit" in new(file, own).result.err
    done = new(file, {**own, "niveau": "gemeente2024"}, proven=True)
    assert done.spec.gebied.niveau == "gemeente2024"
    assert done.spec.dekking.gebieden == ["44021"]


def test_lost_zeros_come_back(new: New, tmp_path: Path) -> None:
    codes = [c.lstrip("0") for c in [*areas("provincie"), "04000"]]
    rows = [f"{y};provincie;{c};{y}" for y in (2019, 2020, 2021) for c in codes]
    file = table(tmp_path / "j.csv", "jaar;geolevel;geoitem;v2299_x", rows)
    done = new(
        file, {**ABOUT_CODE, "niveau": {"provincie": "provincie2024"}, "kolommen": {"v2299_x": "aantal"}}, proven=True
    )
    assert done.spec.gebied.breedte == 5
    assert done.spec.columns["gebiedsniveau"].values == {"provincie": "provincie2024"}


@pytest.mark.proof
def test_marks_are_asked_with_how_many_cells_hold_them(new: New, tmp_path: Path) -> None:
    marks = {0: "<5", 1: "", 2: "*", 3: "-99997", 4: "–"}
    rows = [f"2021;{c};{marks.get(i, i)}" for i, c in enumerate(areas("gemeente2024"))]
    file = table(tmp_path / "k.csv", "jaar;nis;aantal", rows)
    asked = new(file, ABOUT).result.err
    assert all(f"'{m}', what " in asked for m in ("<5", "leeg", "*", "-99997", "–"))
    assert "what an empty cell means in figures: 1 cells in aantal" in asked
    meant = {"<5": "verborgen", "leeg": "onbekend", "*": "verborgen", "-99997": "verborgen", "–": "nul"}
    done = new(file, {**ABOUT, "tekens": meant}, proven=True)
    assert done.spec.missing == {"" if m == "leeg" else m: meaning for m, meaning in meant.items()}
    assert done.spec.columns["aantal"].min == 0
    assert "none of leeg, verborgen" in new(file, {**ABOUT, "tekens": {**meant, "*": "weg"}}, "proef_b").result.err


def test_a_column_of_one_mark_is_said_to_be_so(new: New, tmp_path: Path) -> None:
    rows = [f"{r};-;" for r in plain(years=[2021])]
    done = new(table(tmp_path / "a.csv", "jaar;nis;aantal;bedrag;nota", rows), ABOUT)
    assert "bedrag: all 300 cells hold only '-', which is no figure" in done.out
    assert "nota: all 300 cells hold only '', which is no figure" in done.out


@pytest.mark.proof
def test_a_swing_upload_with_two_levels_and_a_note_beside_it(new: New, tmp_path: Path) -> None:
    head = ["period", "geolevel", "geoitem", "v2299_woningen", "V2299_mediaan"]
    towns = [[y, "gemeente", int(c), i, i + y] for y in (2020, 2021) for i, c in enumerate(areas("gemeente"), 1)]
    regions = [[y, "gewest", 2000, 90000, 99000] for y in (2020, 2021)]
    regions += [[y, "belgie", 1000, 190000, 98000] for y in (2020, 2021)]  # read, and not published
    note = [["wat", "wie", "waar"], ["proef", "niemand", "hier"]]
    file = workbook(tmp_path / "l.xlsx", {"Nota": note, "upload": [head, *towns, *regions]})
    assert "bladen: which of these sheets hold the figures" in new(file, SWING).result.err
    answers = {**SWING, "kolommen": {"v2299_woningen": "aantal", "V2299_mediaan": "mediaan"}}
    done = new(file, answers, "proef_cijfers", True, "--sheet", "upload")
    assert done.spec.codes is not None
    assert done.spec.codes.known == ["v2299_woningen", "V2299_mediaan"]
    levels = {"belgie": "belgie", "gemeente": "gemeente", "gewest": "gewest"}
    assert done.spec.columns["gebiedsniveau"].values == levels
    assert (done.form["sheets"], done.form["ignored_sheets"]) == (["upload"], ["Nota"])
    assert done.topics["v2299_mediaan"].waar == {"onderwerp": ["V2299_mediaan"]}
    assert [t.aggregatie for t in done.topics.values()] == ["som", "geen"]
    assert done.topics["v2299_woningen"].publicatieniveaus == ["gemeente", "gewest"]
    assert done.spec.missing == {"-99996": "leeg", "-99997": "verborgen", "-99998": "nvt", "-99999": "onbekend"}
    assert all(t.in_voorbereiding for t in done.topics.values())


def test_years_beside_each_other(new: New, tmp_path: Path) -> None:
    rows = [f"{c};{i};{i + 1};{i + 2}" for i, c in enumerate(areas("gemeente2024"), 50)]
    file = table(tmp_path / "m.csv", "nis;year_2019;year_2020;year_2021", rows)
    done = new(file, {**ABOUT, "kolommen": {"waarde": "aantal"}}, proven=True)
    assert done.spec.codes is not None
    assert (done.spec.codes.column, done.spec.codes.pattern) == ("jaar", "^year_((?:19|20)\\d\\d)$")
    assert done.spec.dekking.vanaf == 2019


def test_a_series_that_starts_later_or_ends_earlier_says_so(new: New, tmp_path: Path) -> None:
    """A figure of every year would be expected otherwise, and no release be made."""
    rows = [f"{c};{i};{i + 3};{i + 1};{i + 2}" for i, c in enumerate(areas("gemeente2024"), 50)]
    file = table(tmp_path / "m.csv", "nis;2019 aantal a;2020 aantal a;2020 aantal b;2021 aantal a", rows)
    done = new(file, MORE)
    assert {c: (t.start, t.einde) for c, t in done.topics.items()} == {
        "v2299_aantal_a": (None, None),
        "v2299_aantal_b": (2020, 2020),
    }


def test_a_series_that_lacks_a_year_stays_out_by_name(new: New, tmp_path: Path) -> None:
    """The catalogue cannot say that a year is not there, so no release could be made of it."""
    rows = [f"{c};{i};{i + 1};{i + 2}" for i, c in enumerate(areas("gemeente2024"), 50)]
    file = table(tmp_path / "m.csv", "nis;2019 aantal a;2020 aantal b;2021 aantal a", rows)
    done = new(file, ABOUT)
    assert list(done.topics) == ["v2299_aantal_b"]
    assert "v2299_aantal_a stay out" in done.result.out


def test_months(new: New, tmp_path: Path) -> None:
    rows = [f"2021-{m:02d};{c};{m + i}" for m in range(1, 13) for i, c in enumerate(areas("provincie2024"), 90)]
    file = table(tmp_path / "o.csv", "maand;nis;aantal", rows)
    done = new(file, {**ABOUT, "niveau": "provincie2024"}, proven=True)
    assert done.spec.key == ["jaar", "maand", "gebied"]
    assert done.topics["v2299_aantal"].periodiciteit == ["maand"]


@pytest.mark.parametrize(
    "written", ["2021-01-{:02d}", "{:02d}/01/2021", "2021-01-{:02d}T13:00:00.000Z", "{:02d}.01.2021 13:00"]
)
def test_days_and_hours_are_refused(new: New, tmp_path: Path, written: str) -> None:
    """Hours were a category, and their counts a year's."""
    rows = [f"{written.format(d)};{c};1" for d in range(1, 20) for c in areas("provincie2024")]
    assert "holds days" in new(table(tmp_path / "p.csv", "datum;nis;aantal", rows), ABOUT).result.err


def test_a_period_that_is_not_always_one_is_refused(new: New, tmp_path: Path) -> None:
    """Synthetic: it would be a category otherwise, beside a year that is asked."""
    rows = [f"2021-{m:02d}-01;{c};1" for m in range(1, 13) for c in areas("provincie2024")]
    done = new(table(tmp_path / "p.csv", "datum;nis;aantal", [*rows, "NA;10000;1"]), YEAR)
    assert "column datum holds periods, and also NA" in done.result.err
    assert nothing(done.root)


def test_months_beside_each_other_are_refused(new: New, tmp_path: Path) -> None:
    rows = [f"{c};1;2" for c in areas("provincie2024")]
    done = new(table(tmp_path / "p.csv", "nis;202109;202108", rows), {**YEAR, "kop": "1"})
    assert "months stand beside each other as columns (202109)" in done.result.err


@pytest.mark.proof
def test_a_year_that_no_column_says_is_asked(new: New, tmp_path: Path) -> None:
    """Also where the name of the file or a column holds one: it may be the version of the areas, or a year of birth."""
    rows = [f"{c};1990;{i}" for i, c in enumerate(areas("gemeente2024"))]
    file = table(tmp_path / "gemeente2024.csv", "nis;bouwjaar;aantal", rows)
    asked = new(file, ABOUT).result.err
    assert "periode: which column says the period (bouwjaar | geen)" in asked
    asked = new(file, {**ABOUT, "periode": "geen"}).result.err
    assert "jaar: the year of the figures, names of the file and its columns hold 2024" in asked
    done = new(file, {**YEAR, "periode": "geen", "kolommen": {"bouwjaar": "genegeerd"}})
    assert (done.form["constants"], done.form["ignored"]) == ({"jaar": "2021"}, ["bouwjaar"])


def test_what_does_not_add_up_stays_out_of_sums_over_dimensions(new: New, tmp_path: Path) -> None:
    rows = [f"2021;{c};{sex};{age};10;2,5" for c in areas("gemeente2024") for sex in "MV" for age in (0, 1)]
    file = table(tmp_path / "q.csv", "jaar;nis;geslacht;leeftijd;aantal;gemiddelde_prijs", rows)
    done = new(file, {**ABOUT, "dimensies": {"geslacht": "som", "leeftijd": "som"}}, proven=True)
    assert done.spec.key == ["jaar", "gebied", "geslacht", "leeftijd"]
    assert "gemiddelde_prijs stays out" in done.reason("onderwerpen")
    assert list(done.topics) == ["v2299_aantal"]
    assert (done.topics["v2299_aantal"].waar, done.topics["v2299_aantal"].in_voorbereiding) == ({}, None)


@pytest.mark.proof
def test_a_total_is_never_added_to_its_own_parts(new: New, tmp_path: Path) -> None:
    parts = (("huis", 7), ("flat", 3), ("hoeve", 1), ("A0", 11))
    rows = [f"2021;{c};{kind};{value}" for c in areas("gemeente2024") for kind, value in parts]
    file = table(tmp_path / "r.csv", "jaar;nis;soort;aantal", rows)
    assert "(A0, flat, hoeve, huis, of which A0 is the sum of the others)" in new(file, ABOUT).result.err
    twice = new(file, {**ABOUT, "dimensies": {"soort": "som"}})
    assert "soort A0 is the sum of the other values" in twice.result.err
    done = new(file, {**ABOUT, "dimensies": {"soort": "A0"}})
    assert done.topics["v2299_aantal"].waar == {"soort": ["A0"]}


@pytest.mark.proof
def test_a_subject_per_value_of_a_dimension(new: New, tmp_path: Path) -> None:
    rows = [f"2021;{c};{kind};{v}" for c in areas("gemeente2024") for kind, v in (("huizen", 7), ("m2", 900))]
    file = table(tmp_path / "s.csv", "jaar;nis;grootheid;aantal", rows)
    assert "dimensies: 'grootheid', what a subject does with it" in new(file, ABOUT).result.err
    done = new(file, {**ABOUT, "dimensies": {"grootheid": "apart"}}, proven=True)
    assert {c: t.waar for c, t in done.topics.items()} == {
        "v2299_aantal_huizen": {"grootheid": ["huizen"]},
        "v2299_aantal_m2": {"grootheid": ["m2"]},
    }
    assert done.topics["v2299_aantal_m2"].naam == "aantal (m2)"


def test_rows_that_no_column_tells_apart_are_refused(new: New, tmp_path: Path) -> None:
    done = new(
        table(tmp_path / "t.csv", "jaar;nis;prijs", [f"2021;44021;{p}.5" for p in range(50)]),
        {**ABOUT, "niveau": "gemeente"},
    )
    assert "no columns tell the rows apart, jaar 2021, nis 44021 stands there 50 times" in done.result.err


def test_totals_of_levels_above_are_left_out(new: New, tmp_path: Path) -> None:
    rows = [*plain(), *(f"{y};{c};9999" for y in (2020, 2021, 2022) for c in ("01000", "02000", "10000"))]
    done = new(table(tmp_path / "u.csv", "jaar;nis;aantal", rows), ABOUT, proven=True)
    assert done.form["excluded"][0]["values"] == ["01000", "02000", "10000"]
    assert "01000, 02000, 10000: 3 areas of another level" in done.reason("excluded")


@pytest.mark.proof
def test_a_code_that_nobody_knows_is_asked(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "v.csv", "jaar;nis;aantal", [*plain(), "2020;NA;3", "2021;NA;3", "2022;NA;3", "2022;;4"])
    asked = new(file, ABOUT).result.err
    assert "gebieden: 'NA', which code of our list it is" in asked
    assert "and 'leeg', which code" in asked
    done = new(file, {**ABOUT, "gebieden": {"NA": "99993", "leeg": "weglaten"}}, proven=True)
    assert done.spec.gebied.aliassen == {"NA": "99993"}
    assert done.form["excluded"] == [{"column": "nis", "values": [""], "reason": "geen gebied volgens de uitgever"}]


@pytest.mark.proof
def test_names_become_codes_and_a_name_of_two_places_is_asked(new: New, tmp_path: Path) -> None:
    rows = [f"2021;{n};{i}" for i, n in enumerate(("AALST", "Gent", "Sint-Niklaas", "Genk", "Totaal"), 5)]
    file = table(tmp_path / "w.csv", "jaar;gemeente;aantal", rows)
    own = {**ABOUT, "gewesten": "geen", "niveau": "gemeente2024"}
    asked = new(file, own).result.err
    assert all(f"'{n}', which code of our list" in asked for n in ("AALST", "Sint-Niklaas", "Totaal"))
    assert "'Gent'" not in asked
    meant = {"AALST": "41002", "Sint-Niklaas": "46021", "Totaal": "weglaten"}
    done = new(file, {**own, "gebieden": meant}, proven=True)
    assert done.spec.dekking.gebieden == ["41002", "44021", "46021", "71016"]
    assert done.spec.gebied.by_name


def test_a_file_of_which_no_row_is_left_is_refused(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", "jaar;gemeente;aantal", ["2021;Gent (44021);5", "2021;Genk (71016);6"])
    done = new(file, {**ABOUT, "niveau": "gemeente2024", "gebieden": {"overige": "weglaten"}})
    assert "a.csv: no row is left once gemeente is left out" in done.result.err


@pytest.mark.proof
def test_absent_areas_are_listed_and_their_meaning_asked(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "x.csv", "jaar;nis;aantal", [r for r in plain() if ";73028;" not in r])
    asked = new(file, ABOUT).result.err
    assert "afwezig: what it means that 1 areas are not there (gemeente2024 73028)" in asked
    assert "299 of 300 areas are always there (not 73028)" in new(file, {**ABOUT, "gewesten": None}).result.err
    done = new(file, {**ABOUT, "afwezig": "nul"}, proven=True)
    assert list(done.spec.dekking.uitzonderingen) == ["gemeente2024 73028"]


def kinds(folder: Path) -> dict[str, Path]:
    """The same rows in every kind of file."""
    header, rows = ["jaar", "nis", "aantal"], [[int(y), c, int(n)] for y, c, n in (r.split(";") for r in plain())]
    columns = dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))
    pq.write_table(pa.table(columns), folder / "z.parquet")
    with closing(sqlite3.connect(folder / "z.sqlite")) as con, con:
        con.execute("CREATE TABLE cijfers (jaar INTEGER, nis TEXT, aantal INTEGER)")
        con.execute("CREATE TABLE nota (tekst TEXT)")
        con.executemany("INSERT INTO cijfers VALUES (?, ?, ?)", rows)
    objects = [dict(zip(header, r, strict=True)) for r in rows]
    (folder / "z.json").write_text(json.dumps({"meta": {"n": 1}, "facts": objects}), encoding="utf-8")
    (folder / "z.jsonl").write_text("\n".join(map(json.dumps, objects)), encoding="utf-8")
    table(folder / "z.txt", "\t".join(header), ["\t".join(map(str, r)) for r in rows], "utf-16")
    with zipfile.ZipFile(folder / "z.zip", "w") as archive:
        archive.write(folder / "z.txt", "TF_2021.txt")
    workbook(folder / "z.xlsx", {"Blad1": [["Een titel"], [], header, *rows]})
    return {p.suffix[1:]: p for p in folder.glob("z.*")}


@pytest.mark.proof
@pytest.mark.parametrize(
    ("suffix", "kind", "more"),
    [
        ("parquet", {"kind": "parquet"}, {}),
        ("sqlite", {"kind": "sqlite", "sheets": ["cijfers"]}, {"bladen": "cijfers"}),
        ("json", {"kind": "json", "records": "facts"}, {}),
        ("jsonl", {"kind": "json"}, {}),
        ("txt", {"kind": "csv", "encodings": ["utf-16"], "delimiter": "\t"}, {}),
        ("zip", {"kind": "csv", "encodings": ["utf-16"], "delimiter": "\t"}, {}),
        ("xlsx", {"kind": "xlsx", "header_row": 3}, {}),
    ],
)
def test_every_kind_of_file(new: New, tmp_path: Path, suffix: str, kind: dict, more: dict) -> None:
    form = new(kinds(tmp_path)[suffix], {**ABOUT, **more}).form
    assert {k: v for k, v in form.items() if k not in ("name", "header", "trim")} == kind


@pytest.mark.proof
def test_an_archive_of_two_files_asks_which(new: New, tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(table(tmp_path / "a.csv", "jaar;nis;aantal", plain()), "TF_2021.txt")
        archive.writestr("namen.csv", "code;naam\na;b\n")
    assert "lid: which file in a.zip holds the figures (TF_2021.txt | namen.csv)" in new(file, ABOUT).result.err
    assert new(file, {**ABOUT, "lid": "TF_2021.txt"}).form["member"] == r"TF_\d{4}\.txt"


def test_a_gzip_file(new: New, tmp_path: Path) -> None:
    packed = gzip.compress(table(tmp_path / "a.csv", "jaar;nis;aantal", plain()).read_bytes())
    (tmp_path / "a.csv.gz").write_bytes(packed)
    assert "lid          a.csv: the only file" in new(tmp_path / "a.csv.gz", ABOUT).out


@pytest.mark.proof
def test_columns_without_a_name(new: New, tmp_path: Path) -> None:
    counted = [f"{i};{r}" for i, r in enumerate(plain())]
    done = new(table(tmp_path / "a.csv", ";jaar;nis;aantal", counted), ABOUT, proven=True)
    assert done.form["ignored"] == [""]
    assert "column 1: it has no name, and is not read" in done.reason("ignored")
    rows = [f"{r};;" for r in plain()]
    done = new(table(tmp_path / "d.csv", "jaar;nis;aantal;;", rows), ABOUT, "proef_d")
    assert done.result.code == 0, done.result.err
    beside = new(table(tmp_path / "b.csv", "jaar;nis;aantal;;", [*rows[:-1], rows[-1] + "x"]), ABOUT, "proef_b")
    assert "a cell stands beside the columns of the header" in beside.result.err


@pytest.mark.proof
def test_sectors_are_held_back_by_their_municipality(new: New, tmp_path: Path) -> None:
    with registered() as con:
        pairs = "SELECT van, naar FROM gebied_relatie WHERE (van_niveau, naar_niveau) = ('statsec2019', 'gemeente2024')"
        town = dict(con.execute(pairs).fetchall())
    codes = [c for c in areas("statsec2019") if not c.endswith("0")]
    rows = [f"2020;{town[c]};{c};{'.' if i % 9 == 0 else i}" for i, c in enumerate(codes)]
    file = table(tmp_path / "a.csv", "jaar;gemeente;sector;aantal", rows)
    done = new(file, {**ABOUT, "tekens": {".": "verborgen"}}, proven=True)
    assert (done.spec.gebied.niveau, done.spec.unit) == ("statsec2019", "gemeente")
    assert done.spec.missing == {".": "verborgen"}
    assert done.spec.dekking.gewesten == ["02000"]


def test_areas_that_do_not_follow_from_the_area_are_refused(new: New, tmp_path: Path) -> None:
    pairs = zip(areas("gemeente2024"), areas("gemeente2024")[1:], strict=False)
    rows = [f"2021;{a};{b};1" for pair in pairs for a, b in (pair, pair[::-1])]
    assert (
        "flows between areas"
        in new(table(tmp_path / "a.csv", "jaar;van;naar;aantal", rows), {**ABOUT, "gebied": "van"}).result.err
    )


@pytest.mark.proof
def test_the_one_area_of_a_file_without_areas_is_asked(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", "jaar;maat;aantal", [f"{y};{m};5" for y in (2020, 2021) for m in ("a", "b")])
    own = {**ABOUT, "gewesten": "geen", "dimensies": {"maat": "som"}}
    assert "plaats: no column holds codes or names of areas that sources/gebieden knows" in new(file, own).result.err
    assert "add a column with NIS codes" in new(file, {**own, "plaats": "geen"}).result.err
    done = new(file, {**own, "plaats": "02000"}, proven=True)
    assert (done.spec.gebied.niveau, done.form["constants"]) == ("gewest", {"gebied": "02000"})
    assert (done.spec.key, done.spec.dekking.gebieden) == (["jaar", "gebied", "maat"], ["02000"])


@pytest.mark.proof
def test_figures_of_no_area_that_is_shown_are_refused(new: New, tmp_path: Path) -> None:
    """In the build they would be expected and not found, which stops all other subjects."""
    file = table(tmp_path / "a.csv", "jaar;maat;aantal", [f"{y};{m};5" for y in (2020, 2021) for m in ("a", "b")])
    country = new(file, {**ABOUT, "gewesten": "geen", "dimensies": {"maat": "som"}, "plaats": "01000"})
    assert "no row is of an area in Flanders or Brussels" in country.result.err
    assert nothing(country.root)
    rows = [f"2020;{c};5" for c in areas("gemeente2024", "03000")]
    walloon = new(table(tmp_path / "b.csv", "jaar;nis;aantal", rows), {**ABOUT, "gewesten": "03000"}, "proef_b")
    assert "no row is of an area in Flanders or Brussels" in walloon.result.err


@pytest.mark.proof
def test_a_category_that_no_shown_area_has_is_no_subject(new: New, tmp_path: Path) -> None:
    here, there = areas("gemeente2024"), areas("gemeente2024", "03000")
    rows = [*(f"2020;{c};{m};5" for c in here for m in ("a", "b")), *(f"2020;{c};z;5" for c in there)]
    own = {"gewesten": "02000,03000", "dimensies": {"maat": "apart"}, "afwezig": "onbekend"}
    done = new(table(tmp_path / "a.csv", "jaar;nis;maat;aantal", rows), {**ABOUT, **own}, proven=True)
    assert [t.waar for t in done.topics.values()] == [{"maat": ["a"]}, {"maat": ["b"]}]


@pytest.mark.proof
def test_a_category_that_one_level_lacks_is_no_subject(new: New, tmp_path: Path) -> None:
    places = [("gewest", c) for c in ("02000",)] + [("gemeente2024", c) for c in areas("gemeente2024")]
    rows = [f"2020;{level};{c};a;5" for level, c in places] + ["2020;gewest;02000;b;5"]
    file = table(tmp_path / "a.csv", "jaar;niveau;nis;maat;aantal", rows)
    done = new(file, {**ABOUT, "dimensies": {"maat": "apart"}, "afwezig": "onbekend"}, proven=True)
    assert [t.waar for t in done.topics.values()] == [{"maat": ["a"]}]
    assert "_b stay out: a level or a year between their first and last is not there" in done.reason("onderwerpen")


def test_an_area_that_is_away_in_some_years_is_an_exception_then(new: New, tmp_path: Path) -> None:
    gone = {f"{y};73028" for y in (2021, 2022)}
    file = table(tmp_path / "a.csv", "jaar;nis;aantal", [r for r in plain() if r[:10] not in gone])
    done = new(file, {**ABOUT, "afwezig": "onbekend"}, proven=True)
    assert list(done.spec.dekking.uitzonderingen) == ["gemeente2024 73028 2021-2022"]


@pytest.mark.proof
def test_answers_that_answer_nothing_are_refused(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", "jaar;nis;aantal", plain())
    assert "no question is named titul for this file" in new(file, {**ABOUT, "titul": "x"}).result.err
    assert "none of stand, lopend, cumulatief, gemiddelde" in new(file, {**ABOUT, "soort": "soms"}).result.err
    assert "no question is named jaar for" in new(file, YEAR).result.err
    for name, answer in {
        "kolommen": {"huizen": "aantal"},
        "namen": {"huizen": "x"},
    }.items():
        said = f"no question is named {name} {next(iter(answer))} for this file"
        assert said in new(file, {**ABOUT, name: answer}).result.err
    assert "no question is named tekens" in new(file, {**ABOUT, "tekens": {"-": "nul"}}).result.err
    assert "the answer to kolommen is no mapping" in new(file, {**ABOUT, "kolommen": "aantal"}).result.err
    assert nothing(tmp_path / "checkout-proef_cijfers")


def test_guesses_can_be_overruled(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", "jaar;nis;aantal;nummer", [f"{r};{r[-2:]}" for r in plain()])
    answers = {
        **ABOUT,
        "kolommen": {"nummer": "genegeerd", "aantal": "gemiddelde"},
        "namen": {"aantal": "woningen"},
        "label": "Zo.",
        "afwezig": "nul",
        "peildag": "12-31",
    }
    done = new(file, answers)
    assert [n for n, c in done.spec.columns.items() if c.measure] == ["woningen"]
    assert (done.spec.periode.label, done.spec.dekking.afwezig, done.spec.periode.peildag) == ("Zo.", "nul", "12-31")
    assert done.topics["vg2299_woningen"].aggregatie == "geen"


def test_a_terminal_asks_until_the_answer_is_one_of_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["soms", "stand"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    answers = Answers({}, at_terminal, print)
    assert answers.ask("soort") == "stand"
    answers.settle()


def test_questions_that_are_broken_off_write_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", closed)
    with pytest.raises(NotDescribed, match="broken off and nothing is written"):
        Answers({}, at_terminal, print).ask("titel")


def test_nothing_is_overwritten(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", "jaar;nis;aantal", plain())
    before = new(file, ABOUT)
    there = before.root / "models" / "indicatoren" / "proef_cijfers.yaml"
    (before.root / "sources" / "proef" / "cijfers.yaml").unlink()
    there.write_text("thema: van iemand", encoding="utf-8")
    after = new(file, ABOUT)
    assert "expectations/proef_cijfers.yaml and models/indicatoren/proef_cijfers.yaml exist" in after.result.err
    assert there.read_text(encoding="utf-8") == "thema: van iemand"
    assert not (after.root / "sources" / "proef" / "cijfers.yaml").exists()


@pytest.mark.proof
def test_what_fails_its_own_checks_is_not_written(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", "jaar;nis;aantal", [*plain(), "2020;44021;7"])
    assert "no columns tell the rows apart" in new(file, ABOUT).result.err
    file = table(tmp_path / "b.csv", "jaar;nis;aantal", [*plain(), "2020;X;7"])
    done = new(file, {**ABOUT, "gebieden": {"X": "44021"}}, proven=True)
    assert "the file fails its own checks, check 'sleutel'" in done.result.err
    assert nothing(done.root)


def test_what_does_not_read_back_is_not_written(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", "jaar;nis;aantal", [*plain(), "2020;44021x;7"])
    done = new(file, {**ABOUT, "gebieden": {"44021x": "1"}})
    assert "area 1 is unknown at level gemeente2024" in done.result.err
    assert nothing(done.root)


def test_what_the_publisher_says_elsewhere_is_taken_over(new: New, tmp_path: Path) -> None:
    answers = {k: v for k, v in ABOUT.items() if k not in ("uitgever", "licentie")}
    done = new(table(tmp_path / "a.csv", "jaar;nis;aantal", plain()), answers, ident="statbel_proef")
    assert re.search(r"licentie     CC BY 4.0: as in \d+ of the \d+ other datasets", done.out)
    assert load_datasets(done.root)["statbel_proef"].uitgever == "Statbel"


@pytest.mark.proof
def test_an_entry_is_complete_or_says_what_it_lacks(new: New, tmp_path: Path) -> None:
    """Of several measures a person tells the unit and the English name in the answers, or later in the file."""
    rows = [f"{r};{r[-3:]};7,5" for r in plain()]
    file = table(tmp_path / "a.csv", "jaar;nis;woningen;aantal_bewoners;leegstand_pct", rows)
    own = {"woningen": {"naam": "woningen in proef", "naam_en": "homes", "eenheid": "woningen"}}
    own |= {"vp2299_leegstand_pct": {"naam_en": "vacancy", "geheel": "de woningen", "eenheid": "%"}}
    answers = {k: v for k, v in ABOUT.items() if k not in ("eenheid", "naam_en")} | {"kolommen": {"woningen": "aantal"}}
    done = new(file, {**answers, "onderwerpen": own}, proven=True)
    told, open_, share = (done.topics[c] for c in ("v2299_woningen", "v2299_aantal_bewoners", "vp2299_leegstand_pct"))
    assert (told.naam, told.naam_en, told.in_voorbereiding) == ("woningen in proef", "homes", None)
    assert told.omschrijving == "[aantal] woningen in proef; referentie: 1 januari (in woningen)"
    assert open_.in_voorbereiding == "nog in te vullen: eenheid, naam_en"
    assert share.omschrijving == "[percentage] leegstand pct (t.o.v. de woningen); referentie: 1 januari (in %)"
    assert (share.aggregatie, share.in_voorbereiding) == ("geen", None)
    assert "iet aggregeerbaar" in share.voetnoot
    assert "1 in preparation" in done.reason("onderwerpen")
    wrong = new(file, {**answers, "onderwerpen": {"huizen": {}}}, "proef_anders")
    assert "no question is named onderwerpen huizen" in wrong.result.err


@pytest.mark.proof
def test_a_subject_of_the_catalogue_is_not_written_again(new: New, tmp_path: Path) -> None:
    """Population is there already, under its code and under its name."""
    rows = [[y, "gemeente", int(c), i, i] for y in (2020, 2021) for i, c in enumerate(areas("gemeente"), 1)]
    head = ["period", "geolevel", "geoitem", "v1101_t", "v1101_huizen"]
    file = workbook(tmp_path / "l.xlsx", {"upload": [head, *rows]})
    done = new(file, {**ABOUT_CODE, "thema": "demografie", "kolommen": {"v1101_huizen": "aantal"}})
    assert list(done.topics) == ["v1101_huizen"]
    assert "v1101_t: in the catalogue already" in done.reason("onderwerpen")
    known = load_topics()["v1101_t"].naam
    file = table(tmp_path / "b.csv", f"jaar;nis;{known}", plain())
    other = new(file, {**ABOUT, "kolommen": {known: "aantal"}}, "proef_b")
    assert load_topics(other.root)[f"v2299_{known}"].naam == f"{known}, proef b"


def test_a_name_that_is_no_dataset_is_refused(new: New, tmp_path: Path) -> None:
    done = new(table(tmp_path / "a.csv", "jaar;nis;aantal", plain()), ABOUT, ident="Cijfers")
    assert "write <uitgever>_<dataset>" in done.result.err


def test_an_answers_file_is_a_list_of_answers(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- titel", encoding="utf-8")
    with pytest.raises(NotDescribed, match="is no list of answers"):
        Answers.load(tmp_path / "a.yaml", print)


def test_sources_lists_what_is_proven(empty_home: Path) -> None:
    rows = json.loads(obmi("sources", "--json").out)
    specs = load_datasets()
    assert [r["dataset"] for r in rows] == list(specs)
    keys = ["dataset", "uitgever", "protocol", "formaat", "licentie", "cadans", "status", "versie", "bewezen_op"]
    assert all(list(r) == keys for r in rows)
    assert {r["dataset"]: r["formaat"] for r in rows}["politie_criminaliteit"] == "xlsx, csv"
    assert {r["versie"] for r in rows} == {None}
    proven = [s for s in specs.values() if s.status == "bewezen"]
    shown = obmi("sources").out
    assert shown.rstrip().endswith(f"{len(proven)} proven on a real file, {len(specs) - len(proven)} untested")
    assert all(s.bewezen_op in shown for s in proven if s.bewezen_op)
