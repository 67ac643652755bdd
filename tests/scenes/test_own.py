"""A city's own data is in its own file of a release, and nowhere else that anybody gets."""

import re
import stat
from pathlib import Path

import pytest

from pipelines.describe.specfile import SpecError
from pipelines.own import OwnData
from pipelines.publish.heartbeat import Heartbeat
from tests.helpers import KEY, Result, obmi, query
from tests.own import (
    CITIES,
    DATASET,
    PART,
    RATE,
    SECTORS,
    SUBJECT,
    deliver,
    describe,
    describe_sectors,
    everything,
    figure,
    own_home,
    word,
)

OWNER, OTHERS = "gent", [c for c in CITIES if c != "gent"]
FIGURES = f"SELECT periode, waarde FROM mart.waarneming WHERE onderwerp = '{SUBJECT}' AND gebied = '44021' "
FIGURES += "AND gebiedsniveau = 'gemeente'"
OF_A_RELEASE = ("mart.release", "opbouw.stuk")  # its name; and the hashes that the next one is held against


def own(*args: str | Path) -> Result:
    return obmi("--eigen", OWNER, *args)


@pytest.fixture(scope="module")
def shown(released, session_env, scene):
    """A home in which Gent has data of its own, refreshed after it, and what that said. Only for reading."""
    home = scene.reset()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OBMI_HOME", str(home))
        file = describe(home, OWNER)
        assert own("drop", DATASET, file).code == 0
        file.unlink()
        said = obmi("refresh")
        assert said.code == 0, said.out + said.err
        yield home, said


def test_a_city_has_its_own_figures_and_no_other_has_them(shown):
    home, _ = shown
    assert dict(query(home, FIGURES, OWNER)) == {"2021": figure(OWNER), "2020": figure(OWNER, 2020)}
    ((rate,),) = query(home, f"SELECT COUNT(waarde) FROM mart.waarneming WHERE onderwerp = '{RATE}'", OWNER)
    assert rate > 0, "a rate of the city's own figure among the shared inhabitants"
    assert query(home, "SELECT bron, stad FROM mart.verwerking WHERE persoonsgegevens", OWNER) == [(DATASET, OWNER)]
    for city in (None, *OTHERS):
        assert query(home, FIGURES, city) == []
        assert query(home, "SELECT bron FROM mart.verwerking WHERE persoonsgegevens OR stad IS NOT NULL", city) == []


def test_what_everybody_gets_is_as_if_it_had_never_come(shown, released):
    home, _ = shown
    for name in ("obmi.duckdb", "steden/aalst.duckdb", "steden/vgc.duckdb"):  # all in make proof
        before, after = (everything(place / "current" / name) for place in (released, home))
        assert before.keys() == after.keys()
        differ = {t for t in before if before[t] != after[t]} - {*OF_A_RELEASE}
        # what a release says of the one before it is another matter: those rows are of the day that it was made
        assert differ <= {"mart.datamaturiteit", "mart.profiel", "mart.revisie"}, (name, differ)


def test_nothing_of_it_is_in_a_byte_that_others_get(shown):
    home, said = shown
    text = word(OWNER).encode()
    assert text.decode() not in said.out + said.err
    (release,) = {p.relative_to(home.resolve()) for p in [(home / "current").resolve()]}
    found = {str(p.relative_to(home)) for p in home.rglob("*") if p.is_file() and text in p.read_bytes()}
    assert {f for f in found if not f.startswith(f"eigen/{OWNER}/")} == {f"{release}/steden/{OWNER}.duckdb"}


@pytest.mark.parametrize(
    "asked",
    [
        ("status", "--json"),
        ("zoek", "wachtlijst"),
        ("herkomst", SUBJECT, "gent"),
        ("query", "--city", "aalst", "ATTACH '{gent}' AS x"),
    ],
)
def test_no_command_tells_of_it_but_to_who_asks_for_that_city(shown, asked):
    home, _ = shown
    said = obmi(*(a.replace("{gent}", str(home / "current" / "steden" / "gent.duckdb")) for a in asked))
    assert word(OWNER) not in said.out + said.err
    assert DATASET not in said.out


def test_who_operates_it_is_told_by_the_city(shown):
    assert DATASET in own("status").out
    assert word(OWNER) in own("sources", "--json").out
    assert own("refresh").err.startswith("obmi: obmi --eigen goes with drop, status")
    assert "no city with data of its own is named 'aalst'" in obmi("--eigen", "aalst", "status").err


@pytest.mark.parametrize("subject", [SUBJECT, RATE])
def test_where_its_figures_come_from_is_told_to_who_asks_by_the_city(shown, subject):
    told = own("herkomst", subject, OWNER)
    assert (told.err, word(OWNER) in told.out) == ("", True)
    assert f"{figure(OWNER)}: dat is het cijfer" in told.out
    assert f"{word(OWNER)}.csv, aangereikt op" in told.out
    assert told.out.endswith("Nagerekend: elk deel is teruggevonden in wat geleverd is, en komt uit.\n")
    assert obmi("herkomst", subject, OWNER).code == 30


def test_its_file_says_when_there_is_news_and_of_which_files_its_figures_are(shown):
    home, _ = shown
    for city in (None, *CITIES):
        calendar = query(home, f"SELECT uitgever FROM mart.kalender WHERE bron = '{DATASET}'", city)
        files = query(home, f"SELECT DISTINCT onderwerp, bestand FROM mart.herkomst WHERE bron = '{DATASET}'", city)
        assert calendar == ([(f"Stad {word(OWNER)}",)] if city == OWNER else [])
        assert sorted(files) == ([(code, f"{word(OWNER)}.csv") for code in (SUBJECT, RATE)] if city == OWNER else [])
    ordered = query(home, "SELECT verwacht_op FROM mart.kalender", OWNER)
    assert ordered == sorted(ordered, key=lambda row: (row[0] is None, row[0]))
    shared = "onderwerp = 'v1101_t' AND bron <> 'x'"
    asked = f"SELECT COUNT(*) FROM mart.herkomst WHERE {shared}"
    assert query(home, asked, OWNER) == query(home, asked), "what everybody has stays beside it"


@pytest.mark.proof
def test_a_release_with_it_is_traced_as_it_was_and_made_again(home, tmp_path):
    for more in (0, 3):
        file = deliver(home, OWNER, more) if more else describe(home, OWNER)
        assert own("drop", DATASET, file).code == 0
        file.unlink()
        assert obmi("refresh").code == 0
    (_, first, second) = sorted(p.name for p in (home / "releases").glob("2*"))
    now = own("herkomst", RATE, OWNER).out
    assert f"{figure(OWNER) + 3}: dat is het cijfer" in now
    then = own("herkomst", RATE, OWNER, "--asof", first)
    assert then.err == ""
    assert f"{figure(OWNER)}: dat is het cijfer" in then.out
    assert then.out.endswith("Nagerekend: elk deel is teruggevonden in wat geleverd is, en komt uit.\n")
    made = own("rebuild", second, "--to", tmp_path / "with")
    assert made.code == 0, made.out + made.err
    plain = obmi("rebuild", second, "--to", tmp_path / "without")
    assert plain.code == 0, plain.out + plain.err
    assert plain.out.splitlines()[-1] == f"  what {OWNER} has of its own is not made again"
    tables = [int(re.search(rf"{second}: (\d+) tables, all the same", one.out)[1]) for one in (made, plain)]
    in_its_file = [t for t in everything(home / "current" / "steden" / "gent.duckdb") if t.startswith("mart.")]
    assert tables[0] - tables[1] >= len(in_its_file) - 2, "and its two views"
    for place in (p for p in (tmp_path / "without").rglob("*") if p.is_file() and not p.is_symlink()):
        assert word(OWNER).encode() not in place.read_bytes(), place
    assert word(OWNER) not in plain.out + plain.err


def test_who_may_read_what_is_on_disk(shown):
    home, _ = shown
    mode = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (home / "current" / "steden").iterdir()}
    assert mode["gent.duckdb"] == 0o600, "no group was named for Gent, so nobody but who refreshes"
    assert {m for name, m in mode.items() if name != "gent.duckdb"} == {0o640}
    for place in (own_home(home, OWNER).root, home / "eigen"):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_the_same_once_more_publishes_nothing(shown):
    said = obmi("refresh")
    assert said.code == 0
    assert "Nothing new" in said.out


@pytest.mark.proof
def test_a_wrong_file_or_description_of_a_city_stops_nobody_and_keeps_its_last_good_figures(home):
    file = describe(home, OWNER)
    own("drop", DATASET, file)
    assert obmi("refresh").code == 0
    own("drop", DATASET, deliver(home, OWNER, 9_000_000))
    said = obmi("refresh")
    assert (said.code, word(OWNER) in said.out) == (10, False)
    assert DATASET in own("quarantaine").out
    assert dict(query(home, FIGURES, OWNER))["2021"] == figure(OWNER)
    own("drop", DATASET, deliver(home, OWNER, 5))
    assert obmi("refresh").code == 0
    assert dict(query(home, FIGURES, OWNER))["2021"] == figure(OWNER) + 5
    assert query(home, f"SELECT oude_waarde FROM mart.revisie WHERE onderwerp = '{SUBJECT}'", OWNER)
    assert query(home, f"SELECT 1 FROM mart.revisie WHERE onderwerp = '{SUBJECT}'") == []
    path = own_home(home, OWNER).root / "sources" / "eigen" / "wachtlijst.yaml"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("verwerking:", "verwerkt:"), encoding="utf-8")
    said = obmi("refresh")
    assert (said.code, word(OWNER) in said.out + said.err) == (20, False)
    assert "verwerkt" in Heartbeat.of(own_home(home, OWNER)).probleem
    assert dict(query(home, FIGURES, OWNER))["2021"] == figure(OWNER) + 5
    path.write_text(whole, encoding="utf-8")
    for left in sorted(own_home(home, OWNER).root.rglob("*"), reverse=True):
        left.rmdir() if left.is_dir() and not left.is_symlink() else left.unlink()
    own_home(home, OWNER).root.rmdir()
    assert obmi("refresh").code == 0
    assert query(home, FIGURES, OWNER) == []
    assert word(OWNER).encode() not in (home / "current" / "steden" / "gent.duckdb").read_bytes()


def test_a_city_says_why_it_keeps_its_data(tmp_path, at_released):
    from pipelines.commands.common import project
    from pipelines.home import Home

    describe(tmp_path / "home", OWNER)
    path = own_home(tmp_path / "home", OWNER).root / "sources" / "eigen" / "wachtlijst.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    start = lines.index("verwerking:")
    declared = project()
    asked = (Home(tmp_path / "home"), CITIES[OWNER], declared.datasets, declared.topics)
    assert OwnData.load(*asked).subjects == (SUBJECT, RATE)
    path.write_text("\n".join(lines[:start] + lines[start + 9 :]), encoding="utf-8")
    with pytest.raises(SpecError, match="verwerking is missing; say for the register"):
        OwnData.load(*asked)
    path.write_text("\n".join(line for line in lines if "betrokkenen" not in line), encoding="utf-8")
    with pytest.raises(SpecError, match="personal data needs betrokkenen and gegevens"):
        OwnData.load(*asked)


@pytest.mark.proof
def test_a_city_may_share_the_total_and_keep_what_lies_below(home):
    file = describe_sectors(home, OWNER)
    assert own("drop", SECTORS, file).code == 0
    assert obmi("refresh").code == 0
    of = f"FROM mart.waarneming WHERE onderwerp = '{PART}' AND waarde IS NOT NULL"
    numbers = range(1, file.read_text(encoding="utf-8").count("\n") // 2 + 1)
    total = {"gemeente2018": sum(numbers), "gemeente2024": sum(numbers), "gemeente": sum(numbers)}
    for city in (None, "aalst"):
        asked = f"SELECT gebiedsniveau, waarde {of} AND periode = '2021'"
        assert dict(query(home, asked, city)) == (total if city is None else {})
        assert query(home, f"SELECT naam FROM mart.onderwerp WHERE onderwerp = '{PART}'", city) == [("meldingen",)]
        files = f"SELECT bestanden, sha256, rijen FROM mart.bron WHERE bron = '{SECTORS}'"
        assert query(home, files, city) == [(None, None, None)]
        assert query(home, f"SELECT 1 FROM mart.kwaliteit WHERE bron = '{SECTORS}'", city) == []
    levels = dict(query(home, f"SELECT gebiedsniveau, COUNT(*) {of} GROUP BY 1", OWNER))
    assert levels.keys() == {*total, "statsec2024", "wijk2024", "deelgemeente2024"}
    assert query(home, f"SELECT COUNT(*) - COUNT(DISTINCT ({KEY})) FROM mart.waarneming", OWNER) == [(0,)]
    assert (home / "current" / "tabellen" / f"{SECTORS}.csv.gz").exists()
    assert obmi("verify").code == 0
    path = own_home(home, OWNER).root / "sources" / "eigen" / "meldingen.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("deelt: totaal", "deelt: niets"), encoding="utf-8")
    assert obmi("refresh").code == 0
    assert query(home, f"SELECT 1 FROM mart.onderwerp WHERE onderwerp = '{PART}'") == []
    assert dict(query(home, f"SELECT gebiedsniveau, COUNT(*) {of} GROUP BY 1", OWNER)) == levels


@pytest.mark.proof
def test_what_is_hidden_of_a_citys_own_counts_stays_so_when_it_becomes_zero(home):
    file = describe_sectors(home, OWNER, "drempel: 5\n")
    assert own("drop", SECTORS, file).code == 0
    assert obmi("refresh").code == 0
    asked = f"SELECT gebied, status FROM mart.waarneming WHERE onderwerp = '{PART}' AND gebiedsniveau = 'statsec2024' "
    asked += "AND periode = '2021' ORDER BY gebied LIMIT 1"
    ((sector, status),) = query(home, asked, OWNER)
    assert status == "verborgen"
    text = file.read_text(encoding="utf-8")
    assert f";{sector};1\n" in text
    file.write_text(text.replace(f";{sector};1\n", f";{sector};0\n"), encoding="utf-8")
    assert own("drop", SECTORS, file).code == 0
    assert obmi("refresh").code == 10, "a figure that vanishes is held"
    held = own("quarantaine").out
    assert own("accept", held.split(" ")[0], "--reason", "geteld", "--by", "teamchef").code == 0
    assert obmi("refresh").code == 0
    assert query(home, asked, OWNER) == [(sector, "verborgen")], "with the release before, a zero tells what it was"
