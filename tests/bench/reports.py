"""What it takes to tell: half-year reports, the plans of all cities, a PDF, a page, and what Dagster imports.

`python -m tests.bench.reports HOME` measures all but the last on a refreshed home.
"""

from __future__ import annotations

import dataclasses
import json
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from playwright.sync_api import Browser, sync_playwright

from pipelines.describe.catalogue import load_cities
from pipelines.home import Home
from pipelines.orba.plan import Actie, Actieplan, Bedrag, Doel, Plan, Streefwaarde
from pipelines.orba.report import half_year_report
from pipelines.orba.states import follow, part_states
from pipelines.publish.releases import database_path, find_release
from pipelines.site.make import make_websites
from tests.bench.figures import Figure
from tests.bench.process import run
from tests.example_plan import example_plan
from tests.helpers import SHARED
from tests.made_plan import followed_by, plan_of
from tests.proof.system import installed

CITY, HALF, SEED = "gent", "2026H1", 14
STATES, MEASURES = 3_000 + 14 * 20, 10_000  # at least, of actions and goals, in all cities together
WANTED = {
    "a half-year report of one city, processor": ("s", 2),
    "how the plans of fourteen cities stand, processor": ("s", 2),
    "one PDF of a city, with the pages of its subjects, processor": ("s", 1),
    "a page of a website shows, on a processor four times slower": ("ms", 1000),
}
PAGES = ("index", "onderwerp/vp3101_arop", "onderwerp/v2207_app", "gemeenten/vp3101_arop")
TIMES = 5
PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]"
IMPORTS = "from pipelines.definitions import defs"


def reports() -> list[Figure]:
    """Measure them on all built-in figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "obmi.toml").touch()
        env = {"OBMI_HOME": str(folder / "home"), "OBMI_CONFIG": str(folder / "obmi.toml")}
        run(["-m", "pipelines.cli", "refresh"], env)
        imported = statistics.median(run(["-c", IMPORTS], env).processor for _ in range(TIMES))
        found = json.loads(run(["-m", "tests.bench.reports", env["OBMI_HOME"]], env).line)
    return [
        *(Figure(what, found[what], unit, most) for what, (unit, most) in WANTED.items()),
        Figure("what Dagster imports of the project, processor", imported, "s", 3),
    ]


def measured(home: Home, data: Path) -> dict[str, float]:
    """Each in a home that has all built-in figures."""
    database = database_path(home, find_release(home, None))
    with tempfile.TemporaryDirectory() as name:
        website = Path(name)
        taken = _report(home, data), _states(database), _pdf(database, website), _page(website / CITY)
    return dict(zip(WANTED, taken, strict=True))


def _report(home: Home, data: Path) -> float:
    (city,) = (city for city in load_cities() if city.stad == CITY)
    plan = example_plan(data)
    with home.lock():
        return _processor(lambda: half_year_report(home, city, plan, HALF))


def _states(database: Path) -> float:
    """Made-up plans: 3,000 actions and 10,000 measures on the subjects of the release, without a report or a file."""
    with duckdb.connect(str(database), read_only=True) as con:
        codes = [c for (c,) in con.execute("SELECT onderwerp FROM mart.onderwerp WHERE soort <> 'kubus'").fetchall()]
        chance = random.Random(SEED)
        plans = {city.stad: _many(city.stad, codes, chance) for city in load_cities()}
        parts: list[Any] = []
        measures: list[Any] = []

        def stand() -> None:
            for city in load_cities():
                followed = follow(plans[city.stad], con, city)
                parts.extend(part_states(plans[city.stad], followed, date(2027, 6, 30)))
                measures.extend(one for found in followed.values() for one in found.metingen)

        taken = _processor(stand)
    if len(parts) < STATES or len(measures) < MEASURES:
        raise SystemExit(f"only {len(parts)} parts and {len(measures)} measures were looked at")
    return taken


def _pdf(database: Path, to: Path) -> float:
    """A website with its PDFs, less what it takes to find that nothing changed, for each PDF."""
    first, again = (_processor(lambda: make_websites(database, to, CITY, lambda _: None)) for _ in range(2))
    return (first - again) / len([*to.glob(f"{CITY}/rapport/*.pdf")])


def _page(website: Path) -> float:
    """Milliseconds until the first of a page is painted, the middle one of five times, of the slowest page."""
    if not installed("chromium"):
        raise SystemExit("chromium is not on this machine and cannot be installed; install it, and start this again")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        shown = {p: [_painted(browser, website / f"{p}.html") for _ in range(TIMES)] for p in PAGES}
        browser.close()
    return max(statistics.median(times) for times in shown.values())


def _painted(browser: Browser, page: Path) -> float:
    with browser.new_context() as context:
        tab = context.new_page()
        context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": 4})
        tab.goto(page.as_uri())
        tab.wait_for_function(PAINT)
        return tab.evaluate(f"({PAINT})().startTime")


def _processor(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _many(stad: str, codes: list[str], chance: random.Random) -> Plan:
    """A made-up plan of 20 goals, 215 actions and 715 measures."""
    rows: list[Any] = [Doel(sleutel=f"{stad}/d{n}", titel=f"Doel {n}") for n in range(20)]
    rows += [Actieplan(sleutel=f"{stad}/p{n}", titel=f"Plan {n}", doel=f"{stad}/d{n}") for n in range(20)]
    for n in range(215):
        key, ends = f"{stad}/a{n}", date(2026, chance.randint(1, 12), 1)
        rows.append(Actie(sleutel=key, titel=f"Actie {n}", actieplan=f"{stad}/p{n % 20}", volgen="gedaan", einde=ends))
        for year in range(2026, 2032):
            spent = Decimal(400) if year == 2026 else None
            amount = {"gepland_eur": Decimal("1000.50"), "besteed_eur": spent}
            rows.append(Bedrag(sleutel=f"{key}/{year}", onderdeel=key, jaar=year, **amount))
    for n in range(715):
        key, of = f"{stad}/i{n}", f"{stad}/d{n % 20}" if n < 60 else f"{stad}/a{n % 215}"
        way, begin = chance.choice(["hoger", "lager"]), chance.random() * 100
        rows.append(followed_by(key, of, chance.choice(codes), way, begin))
        target = {"op": date(2030, 12, 31), "waarde": chance.random() * 100}
        rows.append(Streefwaarde(sleutel=f"{key}/t", indicator=key, **target))
    return dataclasses.replace(plan_of(rows), stad=stad)


if __name__ == "__main__":
    print(json.dumps(measured(Home(Path(sys.argv[1])), SHARED / "data")))
