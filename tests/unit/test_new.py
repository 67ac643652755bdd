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
from pipelines.describe.specs import load_datasets
from pipelines.scaffold.questions import Answers
from pipelines.scaffold.sample import NotDescribed
from tests.helpers import areas as registered
from tests.helpers import obmi
from tests.unit.described import ABOUT, ASKED_ALWAYS, ONE_YEAR, SWING, New, areas, nothing, plain, table, workbook


def test_a_plain_file_asks_only_what_it_does_not_say(new: New, tmp_path: Path) -> None:
    rows = [f"{y};{c};Naam {c};{n}" for y, c, n in (r.split(";") for r in plain())]
    done = new(table(tmp_path / "a.csv", "jaar;nis;naam;aantal", rows), ABOUT)
    assert done.asked == ASKED_ALWAYS
    assert done.spec.key == ["jaar", "gebied"]
    assert done.form["header"] == {"jaar": "jaar", "nis": "gebied", "aantal": "aantal"}
    assert done.spec.cadans == "jaarlijks"
    assert done.spec.dekking.gewesten == ["02000"]
    assert (done.spec.columns["aantal"].min, done.spec.columns["aantal"].max) == (0, 5000)
    assert len((done.root / "sources/proef/cijfers.yaml").read_text(encoding="utf-8").splitlines()) <= 40
    assert "sprong_aantal" in (done.root / "expectations/proef_cijfers.yaml").read_text(encoding="utf-8")
    assert "obmi drop proef_cijfers" in done.out


def test_titles_windows_text_and_dutch_figures(new: New, tmp_path: Path) -> None:
    rows = [f"{c};Beaufaÿs {i};1.{i:03d};{i}.{i + 100},25" for i, c in enumerate(areas("gemeente2024"), 1)]
    file = table(tmp_path / "b_2021.csv", "nis;naam;aantal;prijs", rows, "cp1252", "Bron: België\n\n")
    done = new(file, ONE_YEAR)
    assert done.form["encodings"] == ["cp1252"]
    assert done.form["header_row"] == 3
    assert (done.form["decimal"], done.form["thousands"]) == (",", ".")
    assert (done.spec.columns["aantal"].type, done.spec.columns["prijs"].type) == ("integer", "number")
    assert done.form["ignored"] == ["naam"]
    assert "repeats the area one to one" in done.out
    assert done.form["from_name"] == {"jaar": "b_((?:19|20)\\d\\d)"}
    assert (done.topics["vg2299_prijs"].aggregatie, done.topics["vg2299_prijs"].soort) == ("geen", "gemiddelde")
    assert done.topics["v2299_aantal"].in_voorbereiding == "nog in te vullen: naam_en"


def test_thousands_with_a_point_only(new: New, tmp_path: Path) -> None:
    rows = [f"2021;{c};{f'{i}.{i:03d}' if i > 9 else i}" for i, c in enumerate(areas("gemeente2024"), 1)]
    done = new(table(tmp_path / "c.csv", "jaar;nis;aantal", rows), ONE_YEAR)
    assert done.form["thousands"] == "."
    assert "have three digits behind it" in done.reason("decimal")


def test_a_lone_figure_with_three_digits_is_asked(new: New, tmp_path: Path) -> None:
    rows = [f"2021;{c};{'1.250' if i == 3 else i}" for i, c in enumerate(areas("gemeente2024"))]
    file = table(tmp_path / "d.csv", "jaar;nis;aantal", rows)
    assert "duizendtal: is 1.250 a figure above 999" in new(file, ONE_YEAR).result.err
    assert new(file, {**ONE_YEAR, "duizendtal": "."}).form["thousands"] == "."


def test_three_digits_without_whole_figures_are_asked(new: New, tmp_path: Path) -> None:
    rows = [f"2021;{c};{i}.{i:03d}" for i, c in enumerate(areas("gemeente2024"), 101)]
    file = table(tmp_path / "c.csv", "jaar;nis;tarief", rows)
    assert "duizendtal: is 101.101 a figure above 999" in new(file, ONE_YEAR).result.err
    done = new(file, {**ONE_YEAR, "duizendtal": "geen"})
    assert done.spec.columns["tarief"].type == "number"


def test_a_file_without_a_header(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "e.csv", None, plain())
    assert "kolommen: names of the 3 columns" in new(file, ABOUT).result.err
    done = new(file, {**ABOUT, "kolommen": "jaar,nis,inwoners"})
    assert done.form["names"] == ["jaar", "nis", "inwoners"]
    assert done.spec.columns["inwoners"].measure


def test_comments_and_quotes_that_do_not_close(new: New, tmp_path: Path) -> None:
    notes = {7: '"open'}
    rows = [f"{r.replace(';', '|')}|{notes.get(i, 'b')}" for i, r in enumerate(plain())]
    file = table(tmp_path / "f.txt", "jaar|nis|aantal|nota", rows, above="# met nota\n")
    done = new(file, ABOUT)
    assert (done.form["comment"], done.form["delimiter"], done.form["quote"]) == ("#", "|", "")


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("gemeente2018", "not 44083 and 71072: municipalities until 2018"),
        ("gemeente2024", "holds 44083 and 71022 and not 44001 and 71072: municipalities of 2019-2024"),
        ("gemeente", "holds 71072 and not 71022: municipalities since 2025"),
    ],
)
def test_the_codes_tell_the_version(new: New, tmp_path: Path, level: str, told: str) -> None:
    done = new(table(tmp_path / "g.csv", "jaar;nis;aantal", plain(level)), ABOUT)
    assert done.spec.gebied.niveau == level
    assert done.reason("gebied").endswith(told)


def test_every_year_on_its_own_municipalities(new: New, tmp_path: Path) -> None:
    rows = plain("gemeente2018", [2018]) + plain("gemeente2024", [2019, 2020])
    assert new(table(tmp_path / "h.csv", "jaar;nis;aantal", rows), ABOUT).spec.gebied.niveau == "jaar"


def test_a_version_that_the_codes_leave_open_is_asked(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "i.csv", "jaar;nis;aantal", [f"{y};44021;{y}" for y in (2019, 2020, 2021)])
    asked = new(file, ABOUT)
    assert "gemeente2018 | gemeente2024 | gemeente" in asked.result.err
    done = new(file, {**ABOUT, "versie gebied": "gemeente2024"})
    assert done.spec.gebied.niveau == "gemeente2024"
    assert done.spec.dekking.gebieden == ["44021"]


def test_lost_zeros_come_back(new: New, tmp_path: Path) -> None:
    codes = [c.lstrip("0") for c in [*areas("provincie"), "04000"]]
    rows = [f"{y};provincie;{c};{y}" for y in (2019, 2020, 2021) for c in codes]
    done = new(
        table(tmp_path / "j.csv", "jaar;geolevel;geoitem;v2299_x", rows), {**SWING, "versie provincie": "provincie2024"}
    )
    assert done.spec.gebied.breedte == 5
    assert done.spec.columns["gebiedsniveau"].values == {"provincie": "provincie2024"}


def test_marks_by_the_standard_and_by_a_person(new: New, tmp_path: Path) -> None:
    marks = {0: "<5", 1: "", 2: "*", 3: "-99997", 4: "–"}
    rows = [f"2021;{c};{marks.get(i, i)}" for i, c in enumerate(areas("gemeente2024"))]
    file = table(tmp_path / "k.csv", "jaar;nis;aantal", rows)
    assert "teken –: what '–' means" in new(file, ONE_YEAR).result.err
    done = new(file, {**ONE_YEAR, "teken –": "nul"})
    swing = {"-99996": "leeg", "-99997": "verborgen", "-99998": "nvt", "-99999": "onbekend"}
    assert done.spec.missing == {"<5": "verborgen", "": "onbekend", "*": "verborgen", "–": "nul", **swing}
    assert done.spec.columns["aantal"].min == 0


def test_a_swing_upload_with_two_levels_and_a_note_beside_it(new: New, tmp_path: Path) -> None:
    head = ["period", "geolevel", "geoitem", "v2299_woningen", "V2299_kamers"]
    towns = [[y, "gemeente", int(c), i, i + y] for y in (2020, 2021) for i, c in enumerate(areas("gemeente"), 1)]
    regions = [[y, "gewest", 2000, 90000, 99000] for y in (2020, 2021)]
    note = [["wat", "wie", "waar"], ["proef", "niemand", "hier"]]
    done = new(
        workbook(tmp_path / "l.xlsx", {"Nota": note, "upload": [head, *towns, *regions]}),
        {**SWING, "cadans": "jaarlijks"},
    )
    assert done.asked == len(SWING) + 1
    assert done.spec.codes is not None
    assert done.spec.codes.known == ["v2299_woningen", "V2299_kamers"]
    assert done.spec.columns["gebiedsniveau"].values == {"gemeente": "gemeente", "gewest": "gewest"}
    assert (done.form["sheets"], done.form["ignored_sheets"]) == (["upload"], ["Nota"])
    assert done.topics["v2299_kamers"].waar == {"onderwerp": ["V2299_kamers"]}
    assert done.topics["v2299_kamers"].publicatieniveaus == ["gemeente", "gewest"]
    assert all(t.in_voorbereiding for t in done.topics.values())


def test_years_beside_each_other(new: New, tmp_path: Path) -> None:
    rows = [f"{c};{i};{i + 1};{i + 2}" for i, c in enumerate(areas("gemeente2024"), 50)]
    done = new(table(tmp_path / "m.csv", "nis;year_2019;year_2020;year_2021", rows), ABOUT)
    assert done.spec.codes is not None
    assert (done.spec.codes.column, done.spec.codes.pattern) == ("jaar", "^year_((?:19|20)\\d\\d)$")
    assert done.spec.dekking.vanaf == 2019


def test_several_measures_with_years_beside_each_other_are_refused(new: New, tmp_path: Path) -> None:
    names = [f"{m}_{y}" for m in ("huizen", "flats") for y in (2019, 2020, 2021)]
    rows = [f"{c};1;2;3;4;5;6" for c in areas("gemeente2024")]
    done = new(table(tmp_path / "n.csv", ";".join(["nis", *names]), rows), ABOUT)
    assert "2 measures stand beside each other per year" in done.result.err
    assert nothing(done.root)


def test_months(new: New, tmp_path: Path) -> None:
    rows = [f"2021-{m:02d};{c};{m + i}" for m in range(1, 13) for i, c in enumerate(areas("provincie2024"), 90)]
    done = new(table(tmp_path / "o.csv", "maand;nis;aantal", rows), {**ABOUT, "versie gebied": "provincie2024"})
    assert done.spec.key == ["jaar", "maand", "gebied"]
    assert done.spec.cadans == "maandelijks"
    assert done.topics["v2299_aantal"].periodiciteit == ["maand"]


def test_days_are_refused(new: New, tmp_path: Path) -> None:
    rows = [f"2021-01-{d:02d};{c};1" for d in range(1, 20) for c in areas("provincie2024")]
    assert "holds days" in new(table(tmp_path / "p.csv", "datum;nis;aantal", rows), ABOUT).result.err


def test_a_period_that_is_not_always_one_is_refused(new: New, tmp_path: Path) -> None:
    """Synthetic: it would be a category otherwise, beside a year that is asked."""
    rows = [f"2021-{m:02d}-01;{c};1" for m in range(1, 13) for c in areas("provincie2024")]
    done = new(table(tmp_path / "p.csv", "datum;nis;aantal", [*rows, "NA;10000;1"]), ONE_YEAR)
    assert "column datum holds periods, and also NA" in done.result.err
    assert nothing(done.root)


def test_a_mean_stays_out_of_sums_over_dimensions(new: New, tmp_path: Path) -> None:
    rows = [f"2021;{c};{sex};{age};10;2,5" for c in areas("gemeente2024") for sex in "MV" for age in (0, 1)]
    file = table(tmp_path / "q.csv", "jaar;nis;geslacht;leeftijd;aantal;gemiddelde_prijs", rows)
    done = new(file, ONE_YEAR)
    assert done.spec.key == ["jaar", "gebied", "geslacht", "leeftijd"]
    assert "gemiddelde_prijs stays out" in done.reason("onderwerpen")
    assert list(done.topics) == ["v2299_aantal"]
    assert (done.topics["v2299_aantal"].waar, done.topics["v2299_aantal"].in_voorbereiding) == ({}, None)


def test_the_publishers_total_beats_a_sum(new: New, tmp_path: Path) -> None:
    rows = [
        f"2021;{c};{kind};{value}"
        for c in areas("gemeente2024")
        for kind, value in (("huis", 7), ("flat", 3), ("hoeve", 1), ("A0", 11))
    ]
    done = new(table(tmp_path / "r.csv", "jaar;nis;soort;aantal", rows), ONE_YEAR)
    assert "soort A0: that value is the sum of the others" in done.reason("dimensie")
    assert done.topics["v2299_aantal"].waar == {"soort": ["A0"]}


def test_a_dimension_that_may_not_add_up_is_asked(new: New, tmp_path: Path) -> None:
    rows = [f"2021;{c};{kind};{v}" for c in areas("gemeente2024") for kind, v in (("huizen", 7), ("m2", 900))]
    file = table(tmp_path / "s.csv", "jaar;nis;grootheid;aantal", rows)
    assert "dimensie grootheid: what a subject does" in new(file, ONE_YEAR).result.err
    done = new(file, {**ONE_YEAR, "dimensie grootheid": "apart"})
    assert {c: t.waar for c, t in done.topics.items()} == {
        "v2299_aantal_huizen": {"grootheid": ["huizen"]},
        "v2299_aantal_m2": {"grootheid": ["m2"]},
    }
    assert done.topics["v2299_aantal_m2"].naam == "aantal (m2)"


def test_rows_that_no_column_tells_apart_are_refused(new: New, tmp_path: Path) -> None:
    done = new(table(tmp_path / "t.csv", "jaar;nis;prijs", [f"2021;44021;{p}.5" for p in range(50)]), ONE_YEAR)
    assert "no columns tell the rows apart, jaar 2021, nis 44021 stands there 50 times" in done.result.err


def test_totals_of_levels_above_are_left_out(new: New, tmp_path: Path) -> None:
    rows = [*plain(), *(f"{y};{c};9999" for y in (2020, 2021, 2022) for c in ("01000", "02000", "10000"))]
    done = new(table(tmp_path / "u.csv", "jaar;nis;aantal", rows), ABOUT)
    assert done.form["excluded"][0]["values"] == ["01000", "02000", "10000"]


def test_a_code_that_nobody_knows_is_asked(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "v.csv", "jaar;nis;aantal", [*plain(), "2020;NA;3", "2021;NA;3", "2022;NA;3"])
    assert "gebied NA: the area of our list that 'NA' in nis means" in new(file, ABOUT).result.err
    assert new(file, {**ABOUT, "gebied NA": "99993"}).spec.gebied.aliassen == {"NA": "99993"}


def test_names_are_no_codes(new: New, tmp_path: Path) -> None:
    rows = [f"2021;{n};1" for n in ("Aalst", "Gent", "Sint-Niklaas")]
    assert "a name is no key" in new(table(tmp_path / "w.csv", "jaar;gemeente;aantal", rows), ABOUT).result.err


def test_absent_areas_are_listed_and_their_meaning_asked(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "x.csv", "jaar;nis;aantal", [r for r in plain() if ";73028;" not in r])
    assert "afwezig: what does it mean" in new(file, ABOUT).result.err
    done = new(file, {**ABOUT, "afwezig": "nul"})
    assert list(done.spec.dekking.uitzonderingen) == ["gemeente2024 73028"]
    assert "but gemeente2024 73028" in done.reason("dekking")


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


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        ("parquet", {"kind": "parquet"}),
        ("sqlite", {"kind": "sqlite", "sheets": ["cijfers"]}),
        ("json", {"kind": "json", "records": "facts"}),
        ("jsonl", {"kind": "json"}),
        ("txt", {"kind": "csv", "encodings": ["utf-16"], "delimiter": "\t"}),
        ("zip", {"kind": "csv", "encodings": ["utf-16"], "delimiter": "\t"}),
        ("xlsx", {"kind": "xlsx", "header_row": 3}),
    ],
)
def test_every_kind_of_file(new: New, tmp_path: Path, suffix: str, kind: dict) -> None:
    form = new(kinds(tmp_path)[suffix], ABOUT).form
    assert {k: v for k, v in form.items() if k not in ("name", "header")} == kind


def test_an_archive_of_two_files_asks_which(new: New, tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.write(table(tmp_path / "a.csv", "jaar;nis;aantal", plain()), "TF_2021.txt")
        archive.writestr("namen.csv", "code;naam\na;b\n")
    assert "lid: which of the 2 files" in new(file, ABOUT).result.err
    assert new(file, {**ABOUT, "lid": "TF_2021.txt"}).form["member"] == r"TF_\d{4}\.txt"


def test_a_gzip_file(new: New, tmp_path: Path) -> None:
    packed = gzip.compress(table(tmp_path / "a.csv", "jaar;nis;aantal", plain()).read_bytes())
    (tmp_path / "a.csv.gz").write_bytes(packed)
    assert "archive      holds a.csv" in new(tmp_path / "a.csv.gz", ABOUT).out


def test_columns_without_a_name(new: New, tmp_path: Path) -> None:
    counted = [f"{i};{r}" for i, r in enumerate(plain())]
    assert new(table(tmp_path / "a.csv", ";jaar;nis;aantal", counted), ABOUT).form["ignored"] == [""]
    rows = [f"{r};;" for r in plain()]
    done = new(table(tmp_path / "d.csv", "jaar;nis;aantal;;", rows), ABOUT, "proef_d")
    assert done.result.code == 0, done.result.err
    beside = new(table(tmp_path / "b.csv", "jaar;nis;aantal;;", [*rows[:-1], rows[-1] + "x"]), ABOUT, "proef_b")
    assert "cells stand beside the columns of the header" in beside.result.err
    figure = new(table(tmp_path / "c.csv", ";jaar;nis;aantal", [f"7;{r}" for r in plain()]), ABOUT, "proef_c")
    assert "column 1 has no name" in figure.result.err


def test_sectors_are_held_back_by_their_municipality(new: New, tmp_path: Path) -> None:
    with registered() as con:
        pairs = "SELECT van, naar FROM gebied_relatie WHERE (van_niveau, naar_niveau) = ('statsec2019', 'gemeente2024')"
        town = dict(con.execute(pairs).fetchall())
    codes = [c for c in areas("statsec2019") if not c.endswith("0")]
    rows = [f"2020;{town[c]};{c};{'.' if i % 9 == 0 else i}" for i, c in enumerate(codes)]
    done = new(table(tmp_path / "a.csv", "jaar;gemeente;sector;aantal", rows), ONE_YEAR)
    assert (done.spec.gebied.niveau, done.spec.unit) == ("statsec2019", "gemeente")
    assert done.spec.missing == {".": "verborgen"}
    assert done.spec.dekking.gewesten == ["02000"]


def test_unknown_places_at_a_level_that_has_none_are_left_out(new: New, tmp_path: Path) -> None:
    rows = [f"{y};{c};{y}" for y in (2019, 2020, 2021) for c in [*areas("arrondiss"), "99991"]]
    done = new(table(tmp_path / "a.csv", "jaar;nis;aantal", rows), {**ABOUT, "versie gebied": "arrondiss"})
    assert done.spec.gebied.niveau == "arrondiss"
    assert done.form["excluded"] == [
        {"column": "nis", "values": ["99991"], "reason": "onbekende plaats, die dit niveau niet kent"}
    ]


def test_an_area_that_is_away_in_some_years_is_an_exception_then(new: New, tmp_path: Path) -> None:
    gone = {f"{y};73028" for y in (2021, 2022)}
    file = table(tmp_path / "a.csv", "jaar;nis;aantal", [r for r in plain() if r[:10] not in gone])
    done = new(file, {**ABOUT, "afwezig": "onbekend"})
    assert list(done.spec.dekking.uitzonderingen) == ["gemeente2024 73028 2021-2022"]


def test_open_questions_are_told_at_once_and_nothing_is_written(new: New, tmp_path: Path) -> None:
    done = new(table(tmp_path / "a.csv", "jaar;nis;aantal", plain()), {"titel": "Proef", "thema": "wonen"})
    assert done.result.code == 30
    assert done.result.err.startswith("obmi: 8 questions are open and nothing is written")
    assert len(done.result.err.splitlines()) == 1
    assert all(f"{q}: " in done.result.err for q in ABOUT if q not in ("titel", "thema"))
    assert nothing(done.root)


def test_answers_that_answer_nothing_are_refused(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", "jaar;nis;aantal", plain())
    assert "no question is named titul" in new(file, {**ABOUT, "titul": "x"}).result.err
    assert "none of stand, lopend, gemiddelde" in new(file, {**ABOUT, "soort": "soms"}).result.err


def test_guesses_can_be_overruled(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", "jaar;nis;aantal;nummer", [f"{r};{r[-2:]}" for r in plain()])
    answers = {
        **ABOUT,
        "rollen": {"nummer": "genegeerd"},
        "namen": {"aantal": "woningen"},
        "label": "Zo.",
        "afwezig": "nul",
    }
    spec = new(file, answers).spec
    assert [n for n, c in spec.columns.items() if c.measure] == ["woningen"]
    assert (spec.periode.label, spec.dekking.afwezig) == ("Zo.", "nul")


def test_a_terminal_asks_until_the_answer_is_one_of_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["soms", "stand"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    answers = Answers({}, terminal=True)
    assert answers.need("soort", "what", ["lopend", "stand"]) == "stand"
    answers.settle()


def test_questions_that_are_broken_off_write_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("builtins.input", closed)
    with pytest.raises(NotDescribed, match="broken off and nothing is written"):
        Answers({}, terminal=True).need("titel", "title")


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


def test_what_fails_its_own_checks_is_not_written(new: New, tmp_path: Path) -> None:
    done = new(table(tmp_path / "a.csv", "jaar;nis;aantal", plain()), {**ABOUT, "gewesten": ["02000", "04000"]})
    assert "the file fails its own checks, check 'dekking'" in done.result.err
    assert nothing(done.root)


def test_what_does_not_read_back_is_not_written(new: New, tmp_path: Path) -> None:
    file = table(tmp_path / "a.csv", "jaar;nis;aantal", [*plain(), "2020;44021x;7"])
    done = new(file, {**ABOUT, "gebied 44021x": "1"})
    assert "area 1 is unknown at level gemeente2024" in done.result.err
    assert nothing(done.root)


def test_what_the_publisher_says_elsewhere_is_taken_over(new: New, tmp_path: Path) -> None:
    answers = {k: v for k, v in ABOUT.items() if k not in ("uitgever", "licentie")}
    done = new(table(tmp_path / "a.csv", "jaar;nis;aantal", plain()), answers, ident="statbel_proef")
    assert re.search(r"licentie     CC BY 4.0: as in \d+ of the \d+ other datasets", done.out)
    assert load_datasets(done.root)["statbel_proef"].uitgever == "Statbel"


def test_an_entry_is_complete_or_says_what_it_lacks(new: New, tmp_path: Path) -> None:
    """Of several measures a person tells the unit and the English name in the answers, or later in the file."""
    rows = [f"{r};{r[-3:]};7,5" for r in plain()]
    file = table(tmp_path / "a.csv", "jaar;nis;woningen;bewoners;leegstand_pct", rows)
    own = {"woningen": {"naam": "woningen in proef", "naam_en": "homes", "eenheid": "woningen"}}
    own |= {"vp2299_leegstand_pct": {"naam_en": "vacancy", "geheel": "de woningen", "eenheid": "%"}}
    done = new(file, {**ABOUT, "onderwerpen": own})
    told, open_, share = (done.topics[c] for c in ("v2299_woningen", "v2299_bewoners", "vp2299_leegstand_pct"))
    assert (told.naam, told.naam_en, told.in_voorbereiding) == ("woningen in proef", "homes", None)
    assert told.omschrijving == "[aantal] woningen in proef (in woningen)"
    assert open_.in_voorbereiding == "nog in te vullen: naam_en"
    assert share.omschrijving == "[percentage] leegstand pct (t.o.v. de woningen) (in %)"
    assert (share.aggregatie, share.in_voorbereiding) == ("geen", None)
    assert "iet aggregeerbaar" in share.voetnoot
    assert "1 in preparation" in done.reason("onderwerpen")
    wrong = new(file, {**ABOUT, "onderwerpen": {"huizen": {}}}, "proef_anders")
    assert "onderwerpen names huizen, which is no subject or measure of this file" in wrong.result.err


def test_a_subject_of_the_catalogue_is_not_written_again(new: New, tmp_path: Path) -> None:
    """Population is there already, under its code and under its name."""
    rows = [[y, "gemeente", int(c), i, i] for y in (2020, 2021) for i, c in enumerate(areas("gemeente"), 1)]
    head = ["period", "geolevel", "geoitem", "v1101_t", "v1101_huizen"]
    done = new(workbook(tmp_path / "l.xlsx", {"upload": [head, *rows]}), {**SWING, "cadans": "jaarlijks"})
    assert list(done.topics) == ["v1101_huizen"]
    assert "v1101_t: in the catalogue already" in done.reason("onderwerpen")
    known = load_topics()["v1101_t"].naam
    file = table(tmp_path / "b.csv", f"jaar;nis;{known}", plain())
    other = new(file, ABOUT, "proef_b")
    assert load_topics(other.root)[f"v2299_{known}"].naam == f"{known}, proef b"


def test_a_name_that_is_no_dataset_is_refused(new: New, tmp_path: Path) -> None:
    done = new(table(tmp_path / "a.csv", "jaar;nis;aantal", plain()), ABOUT, ident="Cijfers")
    assert "write <uitgever>_<dataset>" in done.result.err


def test_an_answers_file_is_a_list_of_answers(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("- titel", encoding="utf-8")
    with pytest.raises(NotDescribed, match="is no list of answers"):
        Answers.load(tmp_path / "a.yaml")


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
