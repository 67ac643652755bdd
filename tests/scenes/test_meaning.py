"""What the subjects of a release mean: found by the words of citizens, told apart from helpers and parts, named beside
every figure."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from pipelines.describe.catalogue import load_topics
from pipelines.describe.relatives import COUNT, HELPER, OTHERWISE, OWN, PART, roles
from pipelines.describe.specfile import ROOT
from pipelines.describe.units import ONE_OF, unit_of
from pipelines.publish.finding import find
from tests.helpers import obmi

ASKED = {
    "armoede": "vp3101_arop",
    "grijze druk": "vp1101_grijs",
    "groene druk": "vp1101_groen",
    "interne vergrijzing": "vp1101_intern",
    "vergrijzng": "vp1101_65p",
    "misdaad": "vp2801_vh_totcrim",
    "woninginbraak": "vp2801_vh_ds_woning",
    "inbraak": "v2801_vh_ds_woning",
    "gestolen fietsen": "v2801_vh_ds_fiets",
    "vandalisme": "vp2801_vh_scha_eig",
    "werkloos": "v4204_wzw",
    "alleenwonenden": "vp1124_huishoudens_1",
    "gezinsgrootte": "vg1124_grootte",
    "leefloon": "vp3105_leefloon",
    "kinderarmoede": "vp3107_kansarmoede",
    "zonnepanelen": "v5103_pv_n",
    "laadpalen": "v6302_laadpunten",
    "huizenprijs": "vg2208_huizen",
    "stroomverbruik": "v2506_elek_cons",
    "bevolking": "v1101_t",
    "bedrijven": "v4201_ondernemingen",
    "v5101_elek_t": "v2506_elek_cons",
}
NOT_COUNTED = {"€", "kWh", "kVA", "m²", "are", "µg/m³"}


@pytest.fixture(scope="module")
def release(released: Path) -> Path:
    return released / "current" / "obmi.duckdb"


def asked(release: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(release), read_only=True) as con:
        return con.execute(sql).fetchall()


@pytest.mark.parametrize(("words", "code"), ASKED.items())
def test_the_words_of_citizens_find_the_subject(release: Path, words: str, code: str) -> None:
    assert code in find(release, words)["onderwerp"].to_pylist()[:5]


def test_the_command_prints_what_it_finds(at_released: Path) -> None:
    told = obmi("zoek", "grijze", "druk")
    assert (told.code, "vp1101_grijs" in told.out) == (0, True)
    nothing = obmi("zoek", "zeemeermin")
    assert (nothing.code, nothing.err.count("\n")) == (30, 1)
    assert "no subject is about 'zeemeermin'" in nothing.err


def test_every_role_leads_to_a_fact_of_its_own() -> None:
    topics = load_topics()
    known = roles(topics)
    assert known.keys() == topics.keys()
    for code, (role, other) in known.items():
        assert (other is None) == (role in (OWN, HELPER)), code
        seen = {code}
        while other:
            assert other not in seen, f"{code} comes back to itself"
            seen.add(other)
            other = known[other][1]


@pytest.mark.parametrize(
    ("code", "role"),
    [
        ("v1101_65p", (COUNT, "vp1101_65p")),
        ("vp1101_65p", (OWN, None)),
        ("vp1101_grijs", (OTHERWISE, "vp1101_65p")),
        ("vp1101_65_79", (PART, "vp1101_65p")),
        ("kubus1101_bevolking", (PART, "v1101_t")),
        ("vp2801_vh_ds_fiets", (PART, "vp2801_vh_ds_tot")),
        ("v1101_vorig", (HELPER, None)),
    ],
)
def test_a_part_a_count_and_a_helper_are_told_from_a_fact(code: str, role: tuple[str, str | None]) -> None:
    assert roles(load_topics())[code] == role


def test_no_profile_has_a_helper(release: Path) -> None:
    assert asked(release, "SELECT COUNT(*) FROM mart.onderwerp WHERE rol = 'hulp'") > [(0,)]
    assert (
        asked(
            release,
            "SELECT DISTINCT onderwerp FROM mart.profiel JOIN mart.onderwerp USING (onderwerp) WHERE rol = 'hulp'",
        )
        == []
    )


def test_a_code_is_never_a_word_for_another_subject(release: Path) -> None:
    codes = "SELECT onderwerp FROM mart.onderwerp"
    words = "SELECT UNNEST(STRING_SPLIT(synoniemen, '; ')) AS woord FROM mart.onderwerp"
    assert asked(release, f"SELECT woord FROM ({words}) WHERE woord IN ({codes})") == []


def test_every_figure_is_named(release: Path, tmp_path: Path) -> None:
    ((rows, named),) = asked(
        release,
        "SELECT (SELECT COUNT(*) FROM mart.waarneming), "
        "COUNT(*) FILTER (onderwerp_naam <> '' AND naam <> '' AND eenheid <> '' AND thema <> '') FROM mart.cijfer",
    )
    assert rows == named > 0
    shape = "SELECT COUNT(*), COUNT(comment) FROM duckdb_columns() WHERE table_name = 'cijfer'"
    assert len({*asked(release, shape)[0]}) == 1, "every column says what it is"
    periods = "SELECT DISTINCT periodiciteit FROM mart.cijfer WHERE periode LIKE '____-__' OR periode LIKE '____-Q_'"
    assert {p for (p,) in asked(release, periods)} <= {"maand", "kwartaal"}
    with duckdb.connect() as con:  # under another name, and in the file of a city
        con.execute(f"ATTACH '{release.with_name('steden') / 'gent.duckdb'}' AS stad (READ_ONLY)")
        count = "SELECT COUNT(*), COUNT(naam) FROM stad.mart.cijfer"
        ((rows, named),) = con.execute(count).fetchall()
        assert con.execute("SELECT COUNT(*) FROM stad.mart.waarneming").fetchall() == [(rows,)]
        assert rows == named > 0


def test_a_figure_is_named_on_the_territory_of_another_year(at_released: Path) -> None:
    told = obmi("query", "SELECT DISTINCT naam FROM mart.cijfer WHERE gebied = '44034'", "--territory", "2024")
    assert (told.code, "Lochristi" in told.out) == (0, True)


def test_the_questions_of_an_analyst_have_an_answer(release: Path) -> None:
    page = (ROOT / "docs" / "vragen.md").read_text(encoding="utf-8")
    questions = re.findall(r"```sql\n(.*?)```", page, re.S)
    assert len(questions) == 10
    empty = [number for number, sql in enumerate(questions, 1) if not asked(release, sql)]
    assert empty == [9], "a first release has no revisions, all else has rows"


def test_one_of_what_is_counted_is_written_so() -> None:
    counted = {t.eenheid for t in load_topics().values() if t.soort in ("plat", "kubus")} - NOT_COUNTED
    assert counted <= ONE_OF.keys()
    assert [unit_of(n, "personen") for n in (0, 1, 2)] == ["personen", "persoon", "personen"]
    assert unit_of(1, "%") == "%"


def test_the_vgc_has_what_a_publisher_gives_the_region_that_it_is(release: Path) -> None:
    pairs = """
      FROM mart.waarneming AS r JOIN mart.waarneming AS v USING (onderwerp, periode)
      WHERE r.gebiedsniveau = 'gewest' AND r.gebied = '04000' AND v.gebiedsniveau = 'vgc' AND r.status = 'ok'"""
    assert asked(release, f"SELECT COUNT(*) {pairs}") > [(0,)]
    assert (
        asked(release, f"SELECT onderwerp, periode, r.waarde, v.waarde {pairs} AND v.waarde IS DISTINCT FROM r.waarde")
        == []
    )
