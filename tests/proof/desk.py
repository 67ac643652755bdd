"""`make proof`: an analyst at Dagster's page in a real browser, from a refresh on the command line to a decision.

The wrong file is made here, of the built-in figures with one of them changed: no publisher ever gave it. The pictures
for docs/desk.md are taken on the way (`python -m tests.proof.desk docs/beeld`).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
from playwright.sync_api import Page, sync_playwright

from pipelines.config import load_settings
from pipelines.home import Home
from pipelines.landing.landings import Landings
from pipelines.project import Project
from pipelines.publish.marts import SORTED
from pipelines.publish.releases import current_release, database_path
from pipelines.serve.daemon import end
from tests.helpers import alone, refreshed
from tests.homes import made_once
from tests.proof.dagster_runs import until
from tests.proof.system import installed
from tests.proof.ui import ROOT, free_port, page
from tests.scenes.test_definitions import poverty_figures

POVERTY = "statbel_armoederisico"
VERSIONS = (
    "query { assetNodes { assetKey { path } isMaterializable assetMaterializations(limit: 1) { tags { key value } "
    "metadataEntries { label ... on IntMetadataEntry { intValue } ... on TableMetadataEntry { table { records } } } "
    "} } }"
)
GROUPS = "query { assetNodes { groupName assetKey { path } } }"
STEPS = 'query { runOrError(runId: "%s") { ... on Run { stepStats { stepKey } } } }'
FAILED = "failedPartitions"
CITIES = (
    'query { assetNodeOrError(assetKey: {path: ["stad"]}) { ... on AssetNode { assetPartitionStatuses { '
    f"... on DefaultPartitionStatuses {{ materializedPartitions {FAILED} }} }} }} }} }}"
)
THEME = "3_landing/inkomen_en_armoede"
RUNS = "query { runsOrError(limit: 20) { ... on Runs { results { jobName status } } } }"
DONE = "query { runsOrError { ... on Runs { results { id status stepStats { stepKey status } } } } }"
WITHIN_S = 240


def awaited(found: Callable[[], Any], what: str, port: int = 0) -> Any:
    """What is found in time, or while the runs of a page go on: how long one takes is for the machine. Raises
    AssertionError saying what was waited for."""
    done = None
    while not (got := until(found, WITHIN_S)):
        before, done = done, page(port, DONE) if port else None
        assert done != before, f"waited {WITHIN_S} s for {what}, and no step ended"
    return got


def told(port: int) -> dict[str, dict[str, Any]]:
    """The last materialisation of every asset that has one: its version and its figures."""
    found = {}
    for node in page(port, VERSIONS)["assetNodes"]:
        for last in node["assetMaterializations"]:
            tags = {tag["key"]: tag["value"] for tag in last["tags"]}
            facts = {
                e["label"]: e.get("intValue") or (e.get("table") or {}).get("records") for e in last["metadataEntries"]
            }
            found["/".join(node["assetKey"]["path"])] = {"version": tags["dagster/data_version"], **facts}
    return found


SLOWEST = [0.0]


def asked_for(port: int, question: str) -> Any:
    """What the page answers, and how long the slowest answer took."""
    start = time.monotonic()
    answer = page(port, question)
    SLOWEST[0] = max(SLOWEST[0], time.monotonic() - start)
    return answer


def runs(port: int) -> list[tuple[str, str]]:
    """Every run but those of one city, which show by failing what is held: its job and how it stands."""
    seen = [(r["jobName"], r["status"]) for r in asked_for(port, RUNS)["runsOrError"]["results"]]
    return [run for run in seen if not run[0].startswith("een_stad")]


def per_city(port: int) -> dict[str, list[str]]:
    """The cities by how their partitions stand."""
    return page(port, CITIES)["assetNodeOrError"]["assetPartitionStatuses"]


def at_rest(port: int, job: str, number: int) -> bool:
    """True once so many runs of a job succeeded and none is underway. Raises AssertionError where one failed."""
    seen = runs(port)
    assert not [run for run in seen if run[1] in ("FAILURE", "CANCELED")], seen
    return all(status == "SUCCESS" for _, status in seen) and seen.count((job, "SUCCESS")) == number


class Desk:
    """The page of one home in a browser."""

    def __init__(self, tab: Page, port: int, pictures: Path) -> None:
        self.tab, self.port, self._pictures = tab, port, pictures

    def open(self, path: str, waits_for: str) -> None:
        """Go somewhere, and wait until a text is there."""
        self.tab.goto(f"http://127.0.0.1:{self.port}/{path}")
        self.tab.get_by_text(waits_for).first.wait_for(timeout=WITHIN_S * 1000)

    def picture(self, name: str, about: str = "") -> None:
        """Keep what the page looks like once its questions are answered, with a text in sight."""
        self.tab.wait_for_load_state("networkidle", timeout=WITHIN_S * 1000)
        if about:
            self.tab.get_by_text(about).first.evaluate("element => element.scrollIntoView()")
        self.tab.wait_for_timeout(1000)
        self.tab.screenshot(path=self._pictures / f"{name}.png")

    def launch(self, button: str) -> None:
        """Press a button that starts a run; nothing may be asked or warned of in between."""
        self.tab.get_by_role("button", name=button).first.click()
        asked, launched = self.tab.get_by_text("Are you sure?"), self.tab.get_by_text("Launched run")
        launched.or_(asked).first.wait_for(timeout=WITHIN_S * 1000)
        assert asked.count() == 0, self.tab.get_by_role("dialog").inner_text()


def accepted(home: Home) -> dict[str, str]:
    """The landings of which something is accepted, with its version."""
    landings = Landings(home, Project.load(load_settings()).datasets)
    return {f"landing/{i}": landing.state.version for i, landing in landings.items() if landing.state.version}


def the_command_line_is_there(desk: Desk, home: Home) -> None:
    """After `obmi refresh` every asset that ran is materialised, with the right version."""
    wanted, datasets = accepted(home), Project.load(load_settings()).datasets
    release = current_release(home)
    assert release is not None
    wanted["release"] = release["release"]
    found = awaited(lambda: (t := told(desk.port)) and "release" in t and t, "the history of the command line")
    wrong = {name: found.get(name, {}).get("version") for name in wanted}
    assert wrong == wanted
    assert not [i for i in datasets if f"landing/{i}" in found and f"landing/{i}" not in wanted]
    models = [name for name in found if name.split("/")[0] in ("bron", "ref", "onderwerp", "statistiek", "mart")]
    print(f"{len(found)} assets materialised, {len(models)} models, {len(wanted) - 1} landings as in the home")
    desk.open("asset-groups", "7_release")
    desk.tab.wait_for_timeout(4000)
    desk.picture("stroom")


def one_dataset(desk: Desk) -> None:
    """One dataset is materialised without a warning, its checks pass, and the release follows."""
    desk.open(f"assets/landing/{POVERTY}?view=overview", "Latest materialization")
    assert desk.tab.get_by_text("Unsynced").count() == 0
    desk.picture("dataset")
    desk.launch("Materialize")
    awaited(lambda: at_rest(desk.port, "publicatie", 1), "the release after one dataset", desk.port)
    desk.open(f"assets/landing/{POVERTY}?view=checks", "sleutel")
    assert desk.tab.get_by_text("Failed").count() == 0


def a_wrong_file(desk: Desk, work: Path) -> str:
    """A file with a figure that cannot be is held back for the city that it is of; the id of what is held."""
    told_by_hand = [
        sys.executable,
        "-m",
        "pipelines.cli",
        "drop",
        POVERTY,
        str(poverty_figures(work, "44021", "2022", 3, "99.9")),
    ]
    subprocess.run(told_by_hand, cwd=ROOT, check=True)
    awaited(lambda: at_rest(desk.port, "levering", 1), "the run that takes in what was handed over", desk.port)
    rows = told(desk.port)[f"landing/{POVERTY}"]["vastgehouden"]
    (held,) = (json.loads(row) for row in rows)
    assert (held["steden"], held["waargenomen"], held["jaren"]) == ("gent", "99.9", "2022"), held
    desk.open(f"assets/landing/{POVERTY}?view=events", "vastgehouden")
    desk.picture("vastgehouden", held["id"])
    cities = awaited(
        lambda: (c := page(desk.port, CITIES)["assetNodeOrError"]["assetPartitionStatuses"])[FAILED] and c, "gent"
    )
    assert (cities[FAILED], len(cities["materializedPartitions"])) == (["gent"], 13)
    print(f"held: {held['steden']} {held['jaren']}, {held['waargenomen']}: {held['reden']}")
    return held["id"]


def let_through(desk: Desk, item: str) -> None:
    """The job of a decision lets it through, and the release says what changed."""
    link = desk.tab.locator(f"a[href*='{item}']").first.get_attribute("href")
    assert link is not None, "what is held has a link to decide about it"
    for field, said in (("door", "An"), ("reden", "nagevraagd bij Statbel")):
        link = link.replace(urllib.parse.quote(f'{field}: ""'), urllib.parse.quote(f'{field}: "{said}"'))
    desk.open(link.removeprefix("/"), "Launch run")
    desk.picture("besluit")
    desk.tab.get_by_role("button", name="Launch run").click()
    awaited(lambda: at_rest(desk.port, "levering", 2), "the run after the decision", desk.port)
    release = told(desk.port)["release"]
    cells = [json.loads(row) for row in release["gewijzigde cijfers"]]
    assert any(c["naam"] == "Gent" and c["nieuwe_waarde"] == 99.9 for c in cells), cells
    assert told(desk.port)[f"landing/{POVERTY}"].get("vastgehouden") is None
    desk.open("assets/release?view=events", "gewijzigde cijfers")
    desk.picture("release", "gewijzigd per dataset")
    print(f"let through: {release['aantal gewijzigd']} figures changed in {release['version']}")


def everything(desk: Desk, home: Home) -> None:
    """All that is materialised through the page gives the tables that `obmi refresh` gives."""
    desk.open("locations/pipelines.definitions/jobs/verversing", "Materialize all")
    desk.launch("Materialize all")
    awaited(lambda: at_rest(desk.port, "verversing", 1), "everything", desk.port)
    theirs, ours = (hashes(place) for place in (made_once("released", refreshed), home.root))
    assert ours == theirs, {name for name in theirs if ours[name] != theirs[name]}
    print(f"everything materialised on the page: {len(ours)} tables as those of obmi refresh")


def one_theme(desk: Desk, home: Home, figures: Path, work: Path) -> None:
    """Of one theme runs only what it consists of, and what hangs on it; what nobody delivered yet stays so."""
    awaited(lambda: "release" in told(desk.port), "the history")
    before = accepted(home)
    shutil.copy(poverty_figures(work, "44021", "2022", 2, "27390"), figures)
    chosen = [n["assetKey"] for n in page(desk.port, GROUPS)["assetNodes"] if n["groupName"] == THEME]
    keys = [key for key in chosen if key["path"][0] == "landing"]
    assert {"path": ["landing", POVERTY]} in keys
    run = page(desk.port, launched(keys))["launchPipelineExecution"]["run"]["runId"]
    awaited(lambda: at_rest(desk.port, "publicatie", 1), "the release of one theme", desk.port)
    stats = page(desk.port, STEPS % run)["runOrError"]["stepStats"]
    assert {s["stepKey"] for s in stats} == {"__".join(key["path"]) for key in keys}
    found, after = told(desk.port), accepted(home)
    assert {name: found[name]["version"] for name in after} == after
    news = {name for name in after if after[name] != before.get(name)}
    changed = [json.loads(row)["dataset"] for row in found["release"]["gewijzigd per dataset"]]
    assert (news, changed) == ({f"landing/{POVERTY}"}, [POVERTY]), (news, changed)
    print(f"one theme: {len(keys)} datasets ran, one changed, {found['release']['aantal gewijzigd']} figures with it")


def launched(keys: list[dict[str, Any]], location: str = "pipelines.definitions") -> str:
    """The question that materialises these assets of some definitions, as the page asks it."""
    paths = ", ".join(f"{{path: {json.dumps(key['path'])}}}" for key in keys)
    place = f'repositoryName: "__repository__", repositoryLocationName: "{location}"'
    selector = f'{{{place}, pipelineName: "__ASSET_JOB", assetSelection: [{paths}]}}'
    return (
        f'mutation {{ launchPipelineExecution(executionParams: {{selector: {selector}, runConfigData: "{{}}"}}) '
        "{ ... on LaunchRunSuccess { run { runId } } } }"
    )


def hashes(home: Path) -> dict[str, tuple[Any, ...]]:
    """Of every table of figures in the release of a home: how many rows, and a hash of them all in any order."""
    found = {}
    with duckdb.connect(str(database_path(Home(home), current_release(Home(home)))), read_only=True) as con:
        for table in SORTED:
            found[table] = con.execute(f"SELECT COUNT(*), SUM(HASH(t)::HUGEINT) FROM mart.{table} AS t").fetchone()
    return found


@contextlib.contextmanager
def at_the_page(home: Home, config: str, pictures: Path, server: str = "pipelines.ui") -> Iterator[Desk]:
    """Dagster's page of a home, as `make ui` or another server serves it, in a browser."""
    home.root.mkdir(parents=True, exist_ok=True)
    place, port = home.root.parent / "obmi.toml", free_port()
    place.write_text(config, encoding="utf-8")
    told = {"OBMI_CONFIG": place, "OBMI_HOME": home.root, "DAGSTER_HOME": home.root / "dagster"}
    os.environ |= {name: str(path) for name, path in told.items()}
    served = subprocess.Popen([sys.executable, "-m", server, "--port", str(port)], cwd=ROOT)
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            awaited(lambda: _answers(port), "the page")
            yield Desk(browser.new_page(viewport={"width": 1280, "height": 800}), port, pictures)
            browser.close()
    finally:
        end(served)


def _answers(port: int) -> bool:
    try:
        return bool(page(port, "query { version }"))
    except OSError:
        return False


def main() -> int:
    """Play it on homes of its own. With --all everything and one theme are materialised too; the pictures go to a
    folder where one is named."""
    if not installed("chromium"):
        print("chromium is not on this machine and cannot be installed; install it, and start this again")
        return 1
    work, named = Path(tempfile.mkdtemp(prefix="obmi-desk-")), [word for word in sys.argv[1:] if word != "--all"]
    pictures, start = (ROOT / named[0] if named else work), time.monotonic()
    try:
        home = Home(work / "one" / "home")
        shutil.copytree(made_once("released", refreshed), home.root, symlinks=True)
        with at_the_page(home, alone(), pictures) as desk:
            the_command_line_is_there(desk, home)
            one_dataset(desk)
            let_through(desk, a_wrong_file(desk, work))
        if "--all" in sys.argv:
            home, figures = Home(work / "all" / "home"), work / "armoede.csv"
            shutil.copy(ROOT / "sources" / "voorbeeld" / f"{POVERTY}.csv", figures)
            with at_the_page(home, f"sources.{POVERTY}.files = ['{figures}']\n{alone(POVERTY)}", pictures) as desk:
                everything(desk, home)
                one_theme(desk, home, figures, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    told_s = f"in {time.monotonic() - start:.0f} s; the list of runs took {SLOWEST[0]:.2f} s at most while runs ran"
    print(f"the analyst's page: all as it should be, {told_s}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
