"""`obmi new` on publishers' own files: described through their own checks, or refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.described import ABOUT, SWING, New, nothing

PLAIN, UPLOAD = ["jaar", "gebied"], ["jaar", "gebiedsniveau", "gebied", "onderwerp"]
MORE = {k: v for k, v in ABOUT.items() if k not in ("eenheid", "naam_en")}
ALL = {"gewesten": "02000,03000,04000"}
OPEN = {"kolommen": {"overige": "geen"}}
NAMED = {"kop": "1-2", "patronen": {"^Gemeente en OCMW ": ""}, "gebieden": {"overige": "weglaten"}, "jaar": None}
REAL = [
    (
        "statbel-admin-income/TF_SOC_ADI_MUNTY.xlsx",
        {**MORE, **ALL, **OPEN, "tekens": {"leeg": "onbekend"}, "afwezig": "onbekend"},
        "gemeente2024",
        PLAIN,
    ),
    (
        "vandenbroucke-2018/belgian_municipalities.csv",
        {**MORE, **ALL, **OPEN, "jaar": 2018, "getal": "1040"},
        "gemeente2018",
        PLAIN,
    ),
    ("vandenbroucke-2020/belgian_municipalities.csv", {**MORE, **ALL, **OPEN, "jaar": 2020}, "gemeente2024", PLAIN),
    ("pinc-swing-uploads/Upload_PinC_level_gemeente.txt", {**SWING, "gewesten": "02000,04000"}, "kolom", UPLOAD),
    (
        "pinc-swing-uploads/Upload_PinC_level_provincie.txt",
        {**SWING, "gewesten": "02000,04000", "niveau": {"provincie": "provincie2024"}},
        "kolom",
        UPLOAD,
    ),
    (
        "sciensano-covid-2020-04/COVID19BE_CASES_MUNI_CUM.csv",
        {**ABOUT, **ALL, **OPEN, "jaar": 2020, "gebieden": {"NA": "99993"}, "tekens": {"<5": "verborgen"}},
        "gemeente2024",
        PLAIN,
    ),
    (
        "abb-bbcdr-investeringen/detail-alle-jaren.xlsx",
        {**MORE, **NAMED, **OPEN, "afwezig": "onbekend", "tekens": {"leeg": "leeg"}},
        "gemeente",
        ["jaar", "gebied", "reeks"],
    ),
]


@pytest.mark.parametrize(("file", "answers", "level", "key"), REAL, ids=[r[0] for r in REAL])
def test_a_publishers_file_is_described(
    new: New, shared: Path, file: str, answers: dict, level: str, key: list[str]
) -> None:
    """Each comes through its own checks, and none of its figures adds up unless its name or a person says so."""
    done = new(shared / "data" / file, answers, proven=True)
    assert (done.spec.gebied.niveau, done.spec.key) == (level, key)
    assert "checks and none that blocks" in done.reason("poort")
    assert all("aantal" in t.omschrijving for t in done.topics.values() if t.aggregatie == "som")


REFUSED = [
    ("pinc-gebiedsniveaus/kerntabellen/gemeente2024_arrondiss2024.xls", {"jaar": 2024}, "no column holds figures"),
    ("resiterra-statbel/gebouwenpark/GENT.json", {}, "NaN is no number"),
    ("pinc-jive-docs/01 vb beschrijvende info.xlsx", {"kop": "1"}, "so its cells cannot be told apart"),
    ("sciensano-covid-2020-04/COVID19BE_CASES_MUNI.csv", {}, "column DATE holds periods, and also NA"),
    ("sciensano-covid-2020-04/COVID19BE_HOSP.csv", {}, "holds days"),
    ("ds-python-course/CN_Flanders_open_dataset.csv", {"jaar": 2018}, "no column holds codes or names of areas"),
    ("stadgent-wijken/geometry_data.json", {}, "is a map or holds no list of objects"),
    ("stadgent-fietstellers/data_locaties.csv", {}, "its rows cannot be parted into columns"),
]


@pytest.mark.parametrize(("file", "more", "said"), REFUSED, ids=[r[0] for r in REFUSED])
def test_a_publishers_file_that_cannot_be_described_is_refused(
    new: New, shared: Path, file: str, more: dict, said: str
) -> None:
    done = new(shared / "data" / file, {**ABOUT, **more})
    assert (done.result.code, said in done.result.err) == (30, True), done.result.err
    assert nothing(done.root)
