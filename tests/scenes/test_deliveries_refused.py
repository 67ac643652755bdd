"""Deliveries that are refused whole: exit 20, one sentence that helps, and readers notice nothing."""

import zipfile
from pathlib import Path

import pytest

from pipelines.describe.specs import load_datasets
from tests.helpers import BUILT_IN, FIGURES, area, edited, figures, obmi, served, status

SPECS = load_datasets()


def all_refused(home: Path, deliveries: dict[str, tuple[Path, tuple[str, ...]]]) -> None:
    """Hand over bad files and refresh: nothing is published, and status says what, where and what to do."""
    before = served(home)
    for dataset, (path, _) in deliveries.items():
        assert obmi("drop", dataset, path).code == 0
    result = obmi("refresh")
    assert result.code == 20, result.out
    assert served(home) == before
    rows = status()
    for dataset, (path, said) in deliveries.items():
        row = rows.pop(dataset)
        assert row["state"] == "oud"
        assert row["reason"].startswith(path.name)
        assert "; " in row["reason"]
        assert len(row["reason"].splitlines()) == 1
        for text in said:
            assert text in row["reason"]
        assert row["reason"] in result.out
        assert {own["state"] for own in row["cities"].values()} == {"oud"}
    assert {r["state"] for r in rows.values()} <= {"vers"}


def refused(home: Path, dataset: str, path: Path, *said: str) -> None:
    """The same for one dataset; the four others stay fresh."""
    all_refused(home, {dataset: (path, said)})


def built_in(dataset: str) -> str:
    return figures(dataset).read_text(encoding="utf-8")


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def header_of(dataset: str, form: str) -> tuple[str, str]:
    """The header row and the delimiter of one of a dataset's layouts."""
    found = next(f for f in SPECS[dataset].formats if f.name == form)
    return found.delimiter.join([*found.header, *found.ignored]), found.delimiter


def test_a_truncated_zip(home: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(figures("statbel_bevolking"), "TF_SOC_POP_STRUCT_2021.txt")
    cut = tmp_path / "TF_SOC_POP_STRUCT_2021.zip"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    refused(home, "statbel_bevolking", cut, "is damaged or incomplete", "fetch it again or ask the publisher")


@pytest.mark.proof
def test_a_web_page_named_csv(home: Path, tmp_path: Path) -> None:
    page = written(tmp_path, "cijfers.csv", "\n <!DOCTYPE html><html><body>Even geduld</body></html>")
    all_refused(home, {d: (page, ("is a web page and not data", "download the file itself")) for d in BUILT_IN})


@pytest.mark.proof
def test_an_empty_file(home: Path, tmp_path: Path) -> None:
    empty = written(tmp_path, "leeg.csv", "")
    all_refused(home, {d: (empty, ("is empty", "for the file again")) for d in BUILT_IN})


@pytest.mark.proof
def test_a_header_and_nothing_else(home: Path, tmp_path: Path) -> None:
    made = {}
    for dataset, name in BUILT_IN.items():
        path = written(tmp_path, name, built_in(dataset).splitlines()[0] + "\n")
        made[dataset] = (path, ("has a header and no rows", "complete file"))
    all_refused(home, made)


@pytest.mark.proof
def test_a_column_that_is_gone(home: Path, tmp_path: Path) -> None:
    made = {}
    for dataset, name in BUILT_IN.items():
        rows = [line.split(";") for line in built_in(dataset).splitlines()]
        path = written(tmp_path, name, "".join(";".join(r[:-1]) + "\n" for r in rows))
        said = ("row 1", f"column {rows[0][-1]} is gone", "hand over a file with the known layout")
        made[dataset] = (path, said)
    all_refused(home, made)


@pytest.mark.proof
def test_a_missing_mark_that_nobody_listed(home: Path, tmp_path: Path) -> None:
    columns = {
        "statbel_armoederisico": "armoederisico",
        "statbel_bevolking": "aantal",
        "statbel_bouwvergunningen": "woningen",
        "statbel_inkomen_sector": "mediaan",
        "politie_criminaliteit": "v2801_vh_totcrim",
    }
    made = {}
    for dataset, column in columns.items():
        lines = iter(range(2, 10**9))
        path = edited(dataset, tmp_path, lambda row, c=column, n=lines: {**row, c: "n.b."} if next(n) == 3 else row)
        said = (f"row 3, column {column}", "'n.b.' is not", "add the mark or code to the source")
        made[dataset] = (path, said)
    all_refused(home, made)


@pytest.mark.proof
def test_an_area_code_that_nobody_knows(home: Path, tmp_path: Path) -> None:
    keys = {"politie_criminaliteit": "geoitem", "statbel_inkomen_sector": "sector"}
    made = {}
    for dataset in BUILT_IN:
        key = keys.get(dataset, "nis_code")
        path = edited(dataset, tmp_path, lambda row, k=key: {**row, k: "88888"} if area(row) == "44021" else row)
        made[dataset] = (path, ("area 88888 is unknown at level", ", row ", "correct the code"))
    all_refused(home, made)


def test_a_code_of_another_version_of_the_areas_is_named_with_its_successor(home: Path, tmp_path: Path) -> None:
    path = edited(
        "statbel_bouwvergunningen", tmp_path, lambda row: {**row, "nis_code": "71022"} if area(row) == "71072" else row
    )
    refused(home, "statbel_bouwvergunningen", path, "it belongs to gemeente2018, gemeente2024", "successor is 71072")


@pytest.mark.proof
@pytest.mark.parametrize(
    ("dataset", "form", "name"),
    [
        ("statbel_bevolking", "2019 en later", "bevolking.txt"),
        ("statbel_inkomen_sector", "tabel D", "inkomens.csv"),
    ],
)
def test_a_file_name_that_does_not_say_the_year(home: Path, tmp_path: Path, dataset, form, name) -> None:
    header, mark = header_of(dataset, form)
    path = written(tmp_path, name, f"{header}\n{mark.join('1' for _ in header.split(mark))}\n")
    refused(home, dataset, path, "the file's name does not say the jaar", "give the file its publisher's name again")


def test_a_file_of_another_dataset(home: Path) -> None:
    refused(home, "statbel_bevolking", FIGURES / BUILT_IN["statbel_armoederisico"], "is gone", "is unknown")


@pytest.mark.proof
def test_every_row_twice(home: Path, tmp_path: Path) -> None:
    said = ("check 'sleutel'", "te veel om apart vast te houden", "hand over a corrected file")
    all_refused(home, {d: (edited(d, tmp_path, lambda row: [row, row]), said) for d in BUILT_IN})


@pytest.mark.proof
def test_last_years_figures_under_this_years_name(home: Path, tmp_path: Path) -> None:
    """Synthetic: the figures of 2021 given out as those of 2022."""
    name = "statbel_bevolking_2022.csv"
    path = edited("statbel_bevolking", tmp_path, lambda row: {**row, "jaar": "2022"}, name)
    refused(home, "statbel_bevolking", path, "check 'oude_kopie'", "hand over a corrected file")


@pytest.mark.proof
def test_a_refused_delivery_is_withdrawn(home: Path, tmp_path: Path) -> None:
    before = served(home)
    refused(home, "statbel_armoederisico", written(tmp_path, "leeg.csv", ""))
    assert obmi("refresh").code == 20
    taken_back = obmi("drop", "statbel_armoederisico", "--withdraw")
    assert (taken_back.code, taken_back.err) == (0, "")
    assert {row["state"] for row in status().values()} == {"vers"}
    assert obmi("refresh").code == 0
    assert served(home) == before


def test_what_was_not_refused_cannot_be_withdrawn(home: Path) -> None:
    result = obmi("drop", "statbel_armoederisico", "--withdraw")
    assert result.code == 30
    assert result.err.startswith("obmi: the newest delivery of statbel_armoederisico was not refused")


def test_a_second_refresh_on_the_same_input_publishes_nothing(home: Path) -> None:
    before = served(home)
    result = obmi("refresh")
    assert result.code == 0
    assert "Nothing new" in result.out
    assert served(home) == before
    assert len(list((home / "releases").glob("*/manifest.json"))) == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("drop", "statbel_bevolking", "nergens.csv"), "nergens.csv is not a file"),
        (("drop", "statbel_bevolking"), "no file was named"),
        (("drop", "onbekend", "x.csv"), "no dataset is named 'onbekend'"),
        (("refresh", "--city", "hoboken"), "no city is named 'hoboken'"),
        (("refresh", "--dataset", "onbekend"), "no dataset is named 'onbekend'"),
    ],
)
def test_a_command_that_cannot_be_done_says_so_in_one_sentence(home: Path, args: tuple[str, ...], said: str) -> None:
    before = served(home)
    result = obmi(*args)
    assert result.code == 30
    assert said in result.err
    assert len(result.err.splitlines()) == 1
    assert served(home) == before
