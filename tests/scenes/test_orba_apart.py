"""A plan in a release: the city has all of it, the thirteen what is shared, nobody else a byte. Plans are invented."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import duckdb
import pytest

from pipelines.describe.catalogue import load_cities
from pipelines.home import Home
from pipelines.orba.editions import Editions
from pipelines.orba.standing import RELATIONS_OF_STATES
from pipelines.orba.star import RELATIONS
from tests.helpers import obmi, query
from tests.own import DATASET, SUBJECT, describe, figure
from tests.own import word as secret_word
from tests.stars import faults_in_duckdb, faults_in_pandas

pytestmark = pytest.mark.proof
OPEN, SHUT = "merkopen", "merkdicht"
CITIES = [city.stad for city in load_cities()]
COMMANDS = (
    *(("status",), ("status", "--json"), ("sources", "--json"), ("quarantaine",), ("releases",), ("verify",)),
    *(("maturiteit",), ("profiel", "Gent"), ("diff", "--json"), ("zoek", "inwoners")),
    *(("query", f"SELECT * FROM orba.{table}") for table in ("doel", "actie", "indicator", "stand", "oordeel")),
)


def plan_in_yaml(stad: str, *, shared: bool) -> str:
    """A plan of a city of its own making, with a word of its own in every text."""
    goals = []
    for code, word, is_shared in (("1", OPEN, shared), ("2", SHUT, False)):
        word = f"{word}{stad.replace('-', '')}"
        goals.append((code, word, str(is_shared).lower()))
    part = {
        "doel": "",
        "actieplan": "",
        "actie": "",
        "indicator": "",
        "streefwaarde": "",
        "mijlpaal": "",
        "oordeel": "",
    }
    for code, word, is_shared in goals:
        goal, plan, action = f"{stad}/{code}", f"{stad}/{code}/a", f"{stad}/{code}/a/x"
        part["doel"] += (
            f"  - {{sleutel: {goal}, code: '{code}', titel: {word}, gedeeld: {is_shared}, toelichting: {word}}}\n"
        )
        part["actieplan"] += f"  - {{sleutel: {plan}, code: a, titel: {word}, doel: {goal}}}\n"
        part["actie"] += f"  - {{sleutel: {action}, code: x, titel: {word}, actieplan: {plan}, eigenaar: {word}}}\n"
        part["indicator"] += (
            f"  - {{sleutel: {goal}/i, onderdeel: {goal}, naam: {word}, onderwerp: v1101_t, richting: hoger}}\n"
        )
        part["streefwaarde"] += f"  - {{indicator: {goal}/i, op: 2030-12-31, waarde: 9000000}}\n"
        part["mijlpaal"] += f"  - {{onderdeel: {action}, naam: {word}, gepland: 2030-01-01}}\n"
        part["oordeel"] += f"  - {{onderdeel: {goal}, oordeel: achter, door: {word}, op: 2026-01-01, reden: {word}}}\n"
    return "".join(f"{table}:\n{rows}" for table, rows in part.items())


def given(home: Path, folder: Path, *, shared: bool) -> str:
    """Two cities hand over their plan, and what a refresh then says."""
    for stad in ("gent", "sint-niklaas"):
        path = folder / f"{stad}.yaml"
        path.write_text(plan_in_yaml(stad, shared=shared and stad == "gent"), encoding="utf-8")
        taken = obmi("drop", f"orba_{stad}", path, "--by", "An")
        assert taken.code == 0, taken.out
        path.unlink()
    said = obmi("refresh")
    assert said.code == 0, said.out + said.err
    return said.out + said.err


def words(stad: str, kind: str) -> bytes:
    return f"{kind}{stad.replace('-', '')}".encode()


def holding(home: Path, word: bytes) -> set[str]:
    """The files of the release that readers get, of the websites, and of the home beside the releases, that hold a
    word; whatever is a city's own folder aside."""
    current = (home / "current").resolve()
    found = set()
    for folder, _, names in os.walk(home):
        for path in (Path(folder) / name for name in names):
            inside = path.relative_to(home)
            if inside.parts[0] == "orba" or (
                inside.parts[0] == "releases" and not path.resolve().is_relative_to(current)
            ):
                continue
            if path.is_file() and word in path.read_bytes():
                found.add(path.name if inside.parts[0] == "releases" else str(inside))
    return found


def test_a_plan_goes_to_its_city_and_what_is_shared_to_all(home: Path, tmp_path: Path) -> None:
    said = given(home, tmp_path, shared=True)
    site = obmi("site", "--city", "centrumsteden")
    assert site.code == 0, site.err
    said += site.out
    for stad in ("gent", "sint-niklaas"):
        assert holding(home, words(stad, SHUT)) == {f"{stad}.duckdb"}
        assert holding(home, words(stad, OPEN)) == {f"{stad}.duckdb"} | ({"obmi.duckdb"} if stad == "gent" else set())
        assert words(stad, OPEN).decode() not in said
        assert words(stad, SHUT).decode() not in said
    for stad in CITIES:
        path = (home / "current" / "steden" / f"{stad}.duckdb").resolve()
        with duckdb.connect(str(path), read_only=True) as con:
            tables = con.execute("SELECT COUNT(*) FROM duckdb_tables() WHERE schema_name = 'orba'").fetchone()
            assert tables[0] == (16 if stad in ("gent", "sint-niklaas") else 0), stad
            if tables[0]:
                relations = (*RELATIONS, *RELATIONS_OF_STATES)
                assert faults_in_duckdb(con, relations) == faults_in_pandas(con, relations) == []
                assert con.execute("SELECT DISTINCT split_part(sleutel, '/', 1) FROM orba.doel").fetchall() == [(stad,)]
        private = stat.S_IMODE(path.stat().st_mode) == 0o600
        assert private == (stad in ("gent", "sint-niklaas")), stad
        assert stat.S_IMODE((home / "orba" / "gent").stat().st_mode) == 0o700
    assert query(home, "SELECT sleutel FROM orba.doel", None) == [("gent/1",)]
    for asked in COMMANDS:
        told = obmi(*asked)
        for word in (words("gent", SHUT), words("sint-niklaas", SHUT), words("sint-niklaas", OPEN)):
            assert word.decode() not in told.out + told.err, asked
    assert words("gent", SHUT).decode() in obmi("query", "--city", "gent", "SELECT titel FROM orba.doel").out
    assert words("gent", SHUT).decode() not in obmi("query", "--city", "aalst", "SELECT titel FROM orba.doel").out
    assert obmi("refresh").out.count("Nothing new") == 1

    given(home, tmp_path, shared=False)
    assert holding(home, words("gent", OPEN)) == {"gent.duckdb"}, "what is not shared any more leaves no byte"
    assert query(home, "SELECT COUNT(*) FROM duckdb_tables() WHERE schema_name = 'orba'", None) == [(0,)]
    assert Editions(Home(home), "gent").all()[-1].patch["doel"] == {"gent/1": {"gedeeld": False}}


def test_a_goal_is_followed_by_what_is_the_citys_own_and_nobody_else_knows(home: Path, tmp_path: Path) -> None:
    file = describe(home, "gent")
    assert obmi("--eigen", "gent", "drop", DATASET, file).code == 0
    file.unlink()
    assert obmi("refresh").code == 0
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "doel:\n  - {sleutel: gent/1, code: '1', titel: minder wachten, gedeeld: true, publiek: true}\n"
        f"indicator:\n  - {{sleutel: gent/1/w, onderdeel: gent/1, onderwerp: {SUBJECT}, richting: lager}}\n"
        "  - {sleutel: gent/1/i, onderdeel: gent/1, onderwerp: v1101_t, richting: hoger}\n"
        "streefwaarde:\n  - {indicator: gent/1/w, op: 2030-12-31, waarde: 739184}\n",
        encoding="utf-8",
    )
    taken = obmi("drop", "orba_gent", plan, "--by", "An")
    assert (taken.code, "0 niet overgenomen" in taken.out) == (0, True), taken.out
    said = obmi("refresh")
    assert said.code == 0, said.out + said.err
    measured = f"SELECT waarde FROM orba.meting WHERE indicator = 'gent/1/w' AND waarde = {figure('gent')}"
    assert query(home, measured, "gent") == [(figure("gent"),)]
    assert query(home, "SELECT sleutel FROM orba.doel") == [("gent/1",)]
    assert query(home, "SELECT sleutel FROM orba.indicator") == [("gent/1/i",)]
    assert query(home, "SELECT * FROM orba.streefwaarde") == []
    assert obmi("site").code == 0
    year = query(home, "SELECT gemaakt_op::DATE::TEXT FROM mart.release")[0][0]
    half = f"{year[:4]}H{1 if year[5:7] < '07' else 2}"
    reports = obmi("orba", "rapport", "--city", "gent", "--periode", half)
    own = obmi("--eigen", "gent", "orba", "rapport", "--city", "gent", "--periode", half)
    assert (reports.code, own.code) == (0, 0), reports.err + own.err
    target = "739\N{NARROW NO-BREAK SPACE}184"
    private = (secret_word("gent").encode(), SUBJECT.encode(), b"739184", target.encode())
    for secret in private:
        assert holding(home, secret) <= {"gent.duckdb"} | {n for n in holding(home, secret) if n.startswith("eigen/")}
    shown = {path.name: path.read_text() for path in (home / "orba" / "gent" / "verslagen").rglob("*.html")}
    assert len(shown) == 3
    assert not any(secret.decode() in text for secret in private for text in shown.values())
    mine = {path.name: path.read_text() for path in (home / "eigen" / "gent" / "orba").rglob("*.html")}
    assert mine.keys() == shown.keys() - {"publiek.html"}
    assert all(target in text for text in mine.values())
    assert (
        "obmi --eigen gent is about the plan of gent" in obmi("--eigen", "gent", "orba", "plan", "--city", "aalst").err
    )
    assert obmi("--eigen", "gent", "orba", "plan", "--city", "gent").code == 0
