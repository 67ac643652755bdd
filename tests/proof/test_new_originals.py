"""`obmi new` on publishers' own files that no source describes: described through their own checks, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.described import ABOUT, ONE_YEAR, SWING, New, nothing

PLAIN, UPLOAD = ["jaar", "gebied"], ["jaar", "gebiedsniveau", "gebied", "onderwerp"]
REAL = [
    ("statbel-admin-income/TF_SOC_ADI_MUNTY.xlsx", {"afwezig": "onbekend"}, 9, "gemeente2024", PLAIN),
    (
        "embuild-huishoudens/halle-vilvoorde.csv",
        {"cadans": "eenmalig", "jaar": 2025, "versie gebied": "gemeente2024"},
        11,
        "gemeente2024",
        PLAIN,
    ),
    ("vandenbroucke-2018/belgian_municipalities.csv", {"cadans": "eenmalig", "jaar": 2018}, 12, "gemeente2018", PLAIN),
    ("vandenbroucke-2019/belgian_municipalities.csv", {"cadans": "eenmalig", "jaar": 2019}, 12, "gemeente2024", PLAIN),
    ("vandenbroucke-2020/belgian_municipalities.csv", {"cadans": "eenmalig", "jaar": 2020}, 12, "gemeente2024", PLAIN),
    ("pinc-swing-uploads/Upload_PinC_level_gemeente.txt", {}, 7, "kolom", UPLOAD),
    (
        "pinc-swing-uploads/Upload_PinC_level_provincie.txt",
        {"versie provincie": "provincie2024"},
        8,
        "kolom",
        UPLOAD,
    ),
    ("pinc-swing-uploads/v3122_nbb_20_21_zondergewest.xlsx", {"cadans": "jaarlijks"}, 8, "kolom", UPLOAD),
    (
        "sciensano-covid-2020-04/COVID19BE_CASES_MUNI_CUM.csv",
        {"cadans": "eenmalig", "jaar": 2020, "gebied NA": "99993"},
        13,
        "gemeente2024",
        PLAIN,
    ),
]


@pytest.mark.parametrize(("file", "more", "asked", "level", "key"), REAL, ids=[r[0] for r in REAL])
def test_a_publishers_file_is_described(
    new: New, shared: Path, file: str, more: dict, asked: int, level: str, key: list[str]
) -> None:
    """Each comes through its own checks; `asked` is how many questions that took."""
    done = new(shared / "data" / file, {**(SWING if "swing" in file else ABOUT), **more})
    assert done.asked == asked
    assert (done.spec.gebied.niveau, done.spec.key) == (level, key)
    assert "checks and none that blocks" in done.reason("poort")


REFUSED = [
    ("pinc-gebiedsniveaus/kerntabellen/gemeente2024_arrondiss2024.xls", "no column holds figures"),
    ("warrieka-inwoners/Inwoners-2022-gemeenten.csv", "a name is no key"),
    ("resiterra-statbel/gebouwenpark/GENT.json", "NaN is no number"),
    ("mathiasleroy-belgium-geographic-data/be-dictionary.csv", "no column holds figures"),
    ("pinc-jive-docs/01 vb beschrijvende info.xlsx", "stands there twice"),
    ("sciensano-covid-2020-04/COVID19BE_HOSP.csv", "holds days"),
    ("sciensano-covid-2020-04/COVID19BE_CASES_MUNI.csv", "column DATE holds periods, and also NA"),
    ("inbo-coding-club/20180123_gent_groeiperwijk.csv", "no column holds codes of areas"),
    ("stadgent-wijken/geometry_data.json", "is a map and holds no table"),
]


@pytest.mark.parametrize(("file", "said"), REFUSED, ids=[r[0] for r in REFUSED])
def test_a_publishers_file_that_cannot_be_described_is_refused(new: New, shared: Path, file: str, said: str) -> None:
    done = new(shared / "data" / file, ONE_YEAR)
    assert (done.result.code, said in done.result.err) == (30, True), done.result.err
    assert nothing(done.root)
