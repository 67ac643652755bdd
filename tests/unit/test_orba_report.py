"""States and half-year reports of a made-up plan on a made-up release."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import html5rdf
import page as pdf_checker
import pypdf
import pytest

from pipelines.home import Home
from pipelines.orba import report as made_report
from pipelines.orba.editions import Editions
from pipelines.orba.frozen import NoReport
from pipelines.orba.plan import LAPSED, Plan
from pipelines.orba.report import OnDisk, again, drawn_files, half_year_report, public_goals
from pipelines.orba.standing import RELATIONS_OF_STATES, PlansWithStates
from pipelines.orba.star import RELATIONS
from pipelines.orba.states import follow, part_states
from pipelines.site.escaped import page
from pipelines.site.report.written import with_charts
from tests.made_plan import CITY, HOSTILE, SHARE, made_plan, made_release
from tests.stars import faults_in_duckdb, faults_in_pandas

DAY = date(2026, 6, 30)


def test_states_follow_from_a_plan_and_a_release(tmp_path: Path) -> None:
    plan = made_plan()
    with duckdb.connect(str(made_release(tmp_path / "r.duckdb")), read_only=True) as con:
        found = {state.onderdeel: state for state in part_states(plan, follow(plan, con, CITY), DAY)}
    one = found["gent/d1"]
    assert one.oordeel == "achter"
    assert one.reden.replace("\u00a0", " ") == (
        "Van 2 maatstaven is er 1 ‘achter’: verzonnen aantal: 90 stuks in 2025; het pad naar 120 stuks op 1 januari "
        "2030 vraagt dan minstens 109 stuks."
    )
    assert one.mens
    assert one.mens.oordeel == "op schema"
    assert found["gent/d2"].oordeel == "bereikt"
    assert found["gent/d3"].reden == "Het geheime plan is gedaan op 1 mei 2026."
    assert found["gent/d4"].reden == "Er is geen indicator en geen mijlpaal om het aan te zien."
    action = found["gent/d1/a/0"]
    assert (action.oordeel, action.geld and action.geld.oordeel) == ("achter", "achter")
    assert found["gent/d1/a/6"].oordeel == "op schema" if "gent/d1/a/6" in found else True


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Home]:
    """A home whose one release is made up, of the day asked."""

    def make(share: dict[int, float] = SHARE, on: str = "2026-07-10", number: int = 1) -> Home:
        found = Home(tmp_path / "home")
        facts = {"release": f"{on}-{number:04d}", "gemaakt_op": f"{on}T12:00:00", "vingerafdruk": "a" * 64}
        found.releases.mkdir(parents=True, exist_ok=True)
        path = made_release(found.releases / "r.duckdb", share)
        monkeypatch.setattr(made_report, "find_release", lambda home, asof: {**facts, "code": "b" * 64})
        monkeypatch.setattr(made_report, "database_path", lambda home, manifest, city=None: path)
        monkeypatch.setattr(made_report, "pin_of", lambda home, name: "gehouden")
        return found

    return make


def files_of(found: OnDisk) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(found.folder.iterdir())}


def test_a_report_is_the_same_bytes_whatever_happened_since(home: Callable[..., Home]) -> None:
    first = half_year_report(home(), CITY, made_plan(), "2026H1")
    before = files_of(first)
    assert set(before) == {
        *(f"{reader}.{kind}" for reader in ("raad", "management", "publiek") for kind in ("html", "pdf")),
        *("verslag.json", "bestanden.json", "stijl.css"),
    }
    later = home({year: value + 5 for year, value in SHARE.items()}, "2028-02-01", 9)
    (first.folder / "raad.pdf").unlink()
    (first.folder / "publiek.html").write_text("iets anders")
    found = half_year_report(later, CITY, made_plan(target=1.0), "2026H1")
    assert not found.new
    assert files_of(found) == before
    assert drawn_files(again(first.folder)).items() <= before.items()


def test_a_report_made_anew_says_what_changed_and_why(home: Callable[..., Home]) -> None:
    first = half_year_report(home({**SHARE, 2025: 15.1}), CITY, made_plan(), "2026H1")
    kept = files_of(first)
    later = home({**SHARE, 2025: 20.0}, "2026-12-01", 2)
    plan = made_plan(actions=4)
    found = half_year_report(later, CITY, plan, "2026H1", anew=True)
    assert (found.folder.name, found.content.versie, files_of(first)) == ("2026H1-2", 2, kept)
    said = " ".join(found.content.doelen[0].sinds).replace("\u00a0", " ")
    assert "verzonnen aandeel van 2025 was 15,1 % en is nu 20,0 %" in said
    assert "Nieuwe actie: Actie 3." in said
    assert "gepland dan in het vorige verslag" in said
    assert "op release 2026-07-10-0001" in found.content.vorige
    assert found.content.doelen[3].sinds == ("Er is niets veranderd.",)
    text = pdf_text(found.folder / "raad.pdf")
    assert "was 15,1 % en is nu 20,0 %" in text


def test_the_next_half_year_is_held_beside_the_one_before(home: Callable[..., Home]) -> None:
    half_year_report(home(), CITY, made_plan(), "2026H1")
    found = half_year_report(home(SHARE, "2027-01-15", 2), CITY, made_plan(target=15.0), "2026H2")
    assert (found.content.op, found.content.vorige) == (date(2026, 12, 31), "van 30 juni 2026")
    with pytest.raises(NoReport, match="has not begun"):
        half_year_report(home(), CITY, made_plan(), "2027H1")
    with pytest.raises(NoReport, match="is no half year"):
        half_year_report(home(), CITY, made_plan(), "2026")


def test_what_is_not_public_and_what_is_hostile_stays_where_it_belongs(home: Callable[..., Home]) -> None:
    found = half_year_report(home(), CITY, made_plan(), "2026H1").folder
    public = (found / "publiek.html").read_text() + pdf_text(found / "publiek.pdf")
    assert "Het geheime plan" not in public
    assert "eigenaar" not in public
    assert "An Peeters" not in public
    assert "Minder van het verzonnen aandeel" in public
    for reader in ("raad", "management", "publiek"):
        text = (found / f"{reader}.html").read_text(encoding="utf-8")
        html5rdf.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
        assert "<script" not in text
        assert ("alert(1)" in text) == (reader != "publiek")
        assert "Content-Security-Policy" in text
    assert HOSTILE in pdf_text(found / "raad.pdf")
    assert "Geld en risico" in pdf_text(found / "management.pdf")
    assert "Geld en risico" not in pdf_text(found / "raad.pdf")


def test_a_goal_stays_on_its_page_and_the_pdf_is_for_everybody(home: Callable[..., Home]) -> None:
    found = half_year_report(home(), CITY, made_plan(actions=60), "2026H1").folder
    for reader, goals in (("raad", 4), ("management", 4), ("publiek", 2)):
        checked = pdf_checker.validate_pdf(str(found / f"{reader}.pdf"), profile=pdf_checker.ValidationProfile.PDF_UA_1)
        assert checked.is_compliant, checked.issues
        pages = [page.extract_text() for page in pypdf.PdfReader(found / f"{reader}.pdf").pages]
        of_goals = [n for n, text in enumerate(pages) if re.search(r"^Acties$", text, re.M)]
        assert len(of_goals) == goals, reader


def pdf_text(path: Path) -> str:
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    return " ".join(text.split()).replace("\u202f", ".")


def test_without_a_plan_there_is_no_report(home: Callable[..., Home]) -> None:
    with pytest.raises(NoReport, match="gent has no plan yet"):
        half_year_report(home(), CITY, Plan("gent", {}), "2026H1")


def test_what_is_no_longer_reported_is_not_in_it(home: Callable[..., Home]) -> None:
    found = half_year_report(home(), CITY, made_plan(herkomst=LAPSED), "2026H1")
    assert [goal.doel.code for goal in found.content.doelen] == ["D2", "D3", "D4"]


@pytest.mark.parametrize("stad", ["gent", ""])
def test_measures_states_and_reports_join_the_star(tmp_path: Path, home: Callable[..., Home], stad: str) -> None:
    plan = made_plan(gedeeld=True)
    made = home()
    half_year_report(made, CITY, plan, "2026H1")
    path = tmp_path / "stad.duckdb"
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{made.releases / 'r.duckdb'}' AS rel (READ_ONLY); ATTACH '{path}' AS gent")
        tables = PlansWithStates({"gent": plan}, [CITY], made, DAY, {})
        tables.write(con, "gent", stad)
        for _ in range(2):  # written over what was there
            tables.follow(con, "gent", stad)
        assert tables.is_in(con, "gent", stad)
    with duckdb.connect(str(path), read_only=True) as con:
        relations = (*RELATIONS, *RELATIONS_OF_STATES)
        assert (faults_in_duckdb(con, relations), faults_in_pandas(con, relations)) == ([], [])
        counted = "SELECT COUNT(DISTINCT onderdeel), COUNT(*) FILTER (oordeel = 'achter') FROM orba.stand"
        assert con.execute(counted).fetchone() == ((7, 4) if stad else (4, 4))
        assert con.execute("SELECT COUNT(*), COUNT(waarde) FROM orba.meting").fetchone() == (
            (13, 12) if stad else (11, 10)
        )
        assert con.execute("SELECT COUNT(*) FROM orba.rapport").fetchone() == ((1,) if stad else (0,))
        said = str(con.execute("FROM orba.stand").fetchall() + con.execute("FROM orba.meting").fetchall())
        assert ("geheime plan" in said) == bool(stad)


def test_a_website_has_a_page_of_what_is_public(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    editions = Editions(home, "gent")
    with editions.alone():
        editions.add(made_plan().rows, "An", "proef", "", [])
    (goals,) = public_goals(home, made_release(tmp_path / "r.duckdb")).items()
    assert goals[0] == "gent"
    given = {"place": None, "site": "Gent", "own_page": "gebied/44021.html", "goals": True, "root": "", "address": ""}
    html = page("doelen", **given, **with_charts(goals[1]))
    html5rdf.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    assert '<a href="doelen.html">Doelen</a>' in html
    assert '<a href="onderwerp/vp9999_x.html">' in html
    assert "Minder van het verzonnen aandeel" in html
    for secret in ("Het geheime plan", "An Peeters", "Een dienst"):
        assert secret not in html
