"""Half-year reports on all built-in figures: the worked example for Gent, in a browser."""

from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import page as pdf_checker
import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from pipelines.describe.catalogue import City, load_cities
from pipelines.home import Home
from pipelines.orba.plan import Plan
from pipelines.orba.report import OnDisk, half_year_report
from pipelines.orba.told import told
from pipelines.orba.verdict import WORST_FIRST, judge
from pipelines.site.make import make_websites
from tests.example_plan import example_plan
from tests.homes import linked
from tests.proof.test_site import RULES, WIDTHS

READERS = ("raad", "management", "publiek")


@pytest.fixture(scope="module")
def city() -> City:
    (gent,) = (city for city in load_cities() if city.stad == "gent")
    return gent


@pytest.fixture(scope="module")
def example(shared: Path) -> Plan:
    """What Gent reported, with the example of the house in it."""
    return example_plan(shared / "data")


@pytest.fixture(scope="module")
def made(everything: Path, example: Plan, city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnDisk]:
    """The report of the example."""
    home = Home(linked(everything, tmp_path_factory.mktemp("orba") / "home", build=False))
    with home.lock():
        yield half_year_report(home, city, example, "2026H1")
    shutil.rmtree(home.root)


def test_goals_of_gent_are_tied_to_subjects_or_to_none_and_judged(made: OnDisk) -> None:
    content = made.content
    assert len(content.doelen) >= 12
    with_measure = [goal for goal in content.doelen if goal.doel.volgt.metingen]
    assert 8 <= len(with_measure) < len(content.doelen)
    for goal in content.doelen:
        verdict = judge(goal.doel.volgt, content.op)
        assert verdict.oordeel in WORST_FIRST
        assert verdict.reden.endswith(".")
        assert goal.voorbeeld == bool(goal.doel.volgt.metingen), "a target of the house is an example"
    assert {judge(goal.doel.volgt, content.op).oordeel for goal in content.doelen} >= {
        *("op schema", "achter", "bereikt", "niet te zeggen")
    }
    assert sum(len(goal.acties) for goal in content.doelen) == 153


@pytest.mark.parametrize("reader", READERS)
def test_each_goal_has_a_page_and_the_pdf_is_for_everybody(made: OnDisk, reader: str) -> None:
    path = made.folder / f"{reader}.pdf"
    checked = pdf_checker.validate_pdf(str(path), profile=pdf_checker.ValidationProfile.PDF_UA_1)
    assert checked.is_compliant, checked.failures
    pages = [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(path).pages]
    for goal in made.content.doelen:
        (own,) = (text for text in pages if text.startswith(goal.doel.titel))
        assert ("geen beslissing van de stad" in own) == goal.voorbeeld
        assert re.search(r"\bActies\b", own), "its actions stand on the same page"


def test_the_pages_are_for_everybody_at_every_width(
    made: OnDisk, database: Path, browser: Browser, tmp_path: Path
) -> None:
    goals = {"gent": told(made.content, "publiek", linked=True)}
    for written in (True, False):  # a second time nothing is written
        (site,) = make_websites(database, tmp_path, "gent", lambda said: None, copy.deepcopy(goals))
        assert bool(site.written) == written
    for name in ("stijl.css", "doelen.html"):
        shutil.copy(site.path.parent / name, tmp_path)
    shutil.copytree(made.folder, tmp_path, dirs_exist_ok=True)
    shutil.copy(site.path.parent / "stijl.css", tmp_path)
    linked = re.findall(r'href="(onderwerp/[a-z0-9_]+\.html)"', (tmp_path / "doelen.html").read_text(encoding="utf-8"))
    assert len(linked) > 12
    assert [name for name in linked if not (site.path.parent / name).exists()] == []
    faults: list[Any] = []
    context = browser.new_context()
    context.on("request", lambda r: faults.append(r.url) if not r.url.startswith(tmp_path.as_uri()) else None)
    context.on("console", lambda said: faults.append(said.text))
    tab = context.new_page()
    for mode in ("light", "dark"):
        tab.emulate_media(color_scheme=mode)
        for reader in (*READERS, "doelen"):
            tab.goto((tmp_path / f"{reader}.html").as_uri())
            for width in WIDTHS if mode == "light" else WIDTHS[-1:]:
                tab.set_viewport_size({"width": width, "height": 900})
                if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    faults.append((reader, width, "wider than the page"))
            found = Axe().run(tab, options=RULES).response["violations"]
            faults += [(reader, mode, v["id"], v["nodes"][0]["html"][:150]) for v in found]
    context.close()
    assert faults == []
