"""Half-year reports on all built-in figures: the worked example for Gent, in a browser, and what a report and the
states of all cities take."""

from __future__ import annotations

import copy
import dataclasses
import random
import re
import shutil
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import page as pdf_checker
import pypdf
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from pipelines.describe.catalogue import City, load_cities
from pipelines.describe.specfile import ROOT
from pipelines.home import Home
from pipelines.orba.plan import SHAPES, Actie, Actieplan, Bedrag, Doel, Plan, Streefwaarde
from pipelines.orba.report import OnDisk, half_year_report
from pipelines.orba.reported import as_rows
from pipelines.orba.states import follow, part_states
from pipelines.orba.told import told
from pipelines.orba.verdict import WORST_FIRST, judge
from pipelines.site.make import make_websites
from tests.homes import linked
from tests.made_plan import followed_by, plan_of
from tests.proof.test_site import RULES, WIDTHS

PLANS = "data/abb-meerjarenplan-2026/projects_2026_full.parquet"
EXAMPLE = ROOT / "docs" / "orba" / "voorbeeld-gent.yaml"
READERS = ("raad", "management", "publiek")
LINES = """
  SELECT nis_code AS gebied, CAST(jaar AS INTEGER) AS jaar,
    bd_code AS doel_code, bd_short AS doel, bd_long AS doel_tekst,
    ap_code AS actieplan_code, ap_short AS actieplan, ap_long AS actieplan_tekst,
    ac_code AS actie_code, ac_short AS actie, ac_long AS actie_tekst, euro AS uitgave_eur
  FROM (
    UNPIVOT (SELECT * EXCLUDE yearly_amounts, UNNEST(yearly_amounts) FROM read_parquet(?) WHERE municipality = 'Gent')
    ON "2026", "2027", "2028", "2029", "2030", "2031" INTO NAME jaar VALUE euro
  )"""


@pytest.fixture(scope="module")
def city() -> City:
    (gent,) = (city for city in load_cities() if city.stad == "gent")
    return gent


@pytest.fixture(scope="module")
def example(shared: Path) -> Plan:
    """What Gent reported, with the example of the house in it."""
    with duckdb.connect() as con:
        rows = con.execute(LINES, [str(shared / PLANS)])
        names = [column[0] for column in rows.description]
        lines = [{n: v for n, v in zip(names, row, strict=True) if v is not None} for row in rows.fetchall()]
    kept: dict[str, dict[str, Any]] = {table: {} for table in SHAPES} | as_rows("gent", lines)
    said = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    assert said.pop("stad") == "gent"
    for table, given in said.items():
        for row in given:
            old = kept[table].get(row["sleutel"])
            assert table != "doel" or old, f"{row['sleutel']} is no goal of Gent"
            kept[table][row["sleutel"]] = dataclasses.replace(old, **row) if old else SHAPES[table](**row)
    return Plan("gent", kept)


@pytest.fixture(scope="module")
def made(
    everything: Path, example: Plan, city: City, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[OnDisk, float]]:
    """The report of the example, and the seconds of processor that it took."""
    home = Home(linked(everything, tmp_path_factory.mktemp("orba") / "home", build=False))
    with home.lock():
        start = time.process_time()
        found = half_year_report(home, city, example, "2026H1")
        yield found, time.process_time() - start
    shutil.rmtree(home.root)


def test_goals_of_gent_are_tied_to_subjects_or_to_none_and_judged(made: tuple[OnDisk, float]) -> None:
    content = made[0].content
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
def test_each_goal_has_a_page_and_the_pdf_is_for_everybody(made: tuple[OnDisk, float], reader: str) -> None:
    path = made[0].folder / f"{reader}.pdf"
    checked = pdf_checker.validate_pdf(str(path), profile=pdf_checker.ValidationProfile.PDF_UA_1)
    assert checked.is_compliant, checked.failures
    pages = [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(path).pages]
    for goal in made[0].content.doelen:
        (own,) = (text for text in pages if text.startswith(goal.doel.titel))
        assert ("geen beslissing van de stad" in own) == goal.voorbeeld
        assert re.search(r"\bActies\b", own), "its actions stand on the same page"


def test_the_pages_are_for_everybody_at_every_width(
    made: tuple[OnDisk, float], database: Path, browser: Browser, tmp_path: Path
) -> None:
    goals = {"gent": told(made[0].content, "publiek", linked=True)}
    for written in (True, False):  # a second time nothing is written
        (site,) = make_websites(database, tmp_path, "gent", lambda said: None, copy.deepcopy(goals))
        assert bool(site.written) == written
    for name in ("stijl.css", "doelen.html"):
        shutil.copy(site.path.parent / name, tmp_path)
    shutil.copytree(made[0].folder, tmp_path, dirs_exist_ok=True)
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


def test_a_report_takes_two_seconds_at_most(made: tuple[OnDisk, float]) -> None:
    assert made[1] < 2


def test_the_states_of_fourteen_cities_take_two_seconds_at_most(database: Path) -> None:
    """Made up: 3,000 actions and 10,000 measures on the subjects of the release, without a report or a file."""
    with duckdb.connect(str(database), read_only=True) as con:
        codes = [c for (c,) in con.execute("SELECT onderwerp FROM mart.onderwerp WHERE soort <> 'kubus'").fetchall()]
        rng = random.Random(14)
        plans = {city.stad: many(city.stad, codes, rng) for city in load_cities()}
        start, measures, parts = time.process_time(), 0, 0
        for city in load_cities():
            followed = follow(plans[city.stad], con, city)
            parts += len(part_states(plans[city.stad], followed, date(2027, 6, 30)))
            measures += sum(len(one.metingen) for one in followed.values())
        took = time.process_time() - start
    assert (parts >= 3_000 + 14 * 20, measures >= 10_000) == (True, True)
    assert took < 2


def many(stad: str, codes: list[str], rng: random.Random) -> Plan:
    """A made-up plan of 20 goals, 215 actions and 715 measures."""
    rows: list[Any] = [Doel(sleutel=f"{stad}/d{n}", titel=f"Doel {n}") for n in range(20)]
    rows += [Actieplan(sleutel=f"{stad}/p{n}", titel=f"Plan {n}", doel=f"{stad}/d{n}") for n in range(20)]
    for n in range(215):
        key, ends = f"{stad}/a{n}", date(2026, rng.randint(1, 12), 1)
        rows.append(Actie(sleutel=key, titel=f"Actie {n}", actieplan=f"{stad}/p{n % 20}", volgen="gedaan", einde=ends))
        for year in range(2026, 2032):
            spent = Decimal(400) if year == 2026 else None
            amount = {"gepland_eur": Decimal("1000.50"), "besteed_eur": spent}
            rows.append(Bedrag(sleutel=f"{key}/{year}", onderdeel=key, jaar=year, **amount))
    for n in range(715):
        key, of = f"{stad}/i{n}", f"{stad}/d{n % 20}" if n < 60 else f"{stad}/a{n % 215}"
        rows.append(followed_by(key, of, rng.choice(codes), rng.choice(["hoger", "lager"]), rng.random() * 100))
        target = {"op": date(2030, 12, 31), "waarde": rng.random() * 100}
        rows.append(Streefwaarde(sleutel=f"{key}/t", indicator=key, **target))
    return dataclasses.replace(plan_of(rows), stad=stad)
