"""The publishers' own files, and a home of all built-in figures."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from pipelines.home import Home
from pipelines.publish.releases import database_path, find_release
from pipelines.site.make import make_by_two
from tests.helpers import SHARED, refreshed
from tests.homes import made_once
from tests.proof.system import installed

CITIES = ("gent", "hasselt", "vgc", "centrumsteden")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The publishers' own files, where this machine has them."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the publishers' files (../shared/data) are not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def everything(session_env: pytest.MonkeyPatch) -> Path:
    """A home refreshed once on the built-in figures of all datasets. Only for reading."""
    return made_once("everything", lambda home: refreshed(home, "# nothing is left out\n"))


@pytest.fixture(scope="session")
def database(everything: Path) -> Path:
    """The release of that home. Only for reading."""
    return database_path(Home(everything), find_release(Home(everything), None))


@pytest.fixture(scope="session")
def websites(database: Path) -> Path:
    """The websites of that release: a city, one that merged, Brussels, and the thirteen. Only for reading."""
    return made_once("websites", lambda folder: _made(database, folder))


def _made(database: Path, to: Path) -> None:
    to.mkdir()
    made = make_by_two(database, to, list(CITIES), lambda said: None)
    assert [site.faults for site in made] == [[]] * len(CITIES)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    if not installed("chromium"):
        pytest.fail("chromium is not on this machine and cannot be installed; install it, and start this again")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield opened
        opened.close()
