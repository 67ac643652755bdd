"""One refreshed home per session, and fresh copies of it for the tests that change something."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, settings

from pipelines.home import Home
from pipelines.landing.areas import load_areas
from tests.helpers import alone, configured, land_all, refreshed, with_register
from tests.homes import linked, made_once, state
from tests.scenes.one_city import play, seen_in
from tests.unit.described import describer  # noqa: F401 (the fixture new)
from tests.unit.raw_server import serve, sleeps  # noqa: F401 (fixtures)

# before a test imports sqlmesh: a fork beside the threads of DuckDB can crash
os.environ.setdefault("MAX_FORK_WORKERS", "1")
# the same examples every time, and no clock: on a slow machine it would fail what is right
settings.register_profile(
    "project",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("project")
gc.set_threshold(200_000, 20, 20)  # SQLMesh copies millions of small objects; collecting seldom saves a sixth


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is long and needs no home comes after the first file: one process does it while the other makes the home,
    for which it would wait."""
    first = items[0].path if items else None
    items.sort(key=lambda item: (item.path != first, item.path.name not in ("test_new.py", "test_orba_report.py")))


def pytest_sessionfinish() -> None:
    """Look once for what nobody holds any more: pytest and Python do so seven times, through a million objects."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def session_env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """An environment without anything of the machine's own, that brings in five datasets: no set clock."""
    config = tmp_path_factory.mktemp("config") / "obmi.toml"
    config.write_text(alone(), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OBMI_CONFIG", str(config))
        patch.delenv("OBMI_NOW", raising=False)
        yield patch


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a home is put to work."""
    return tmp_path_factory.mktemp("stage") / "home"


@pytest.fixture(scope="session")
def released(session_env: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home refreshed once on the built-in figures of five datasets. Only for reading."""
    place = made_once("released", refreshed)
    before = state(place)
    yield place
    assert state(place) == before, "a test wrote in the released home, which is only for reading"


@pytest.fixture(scope="session")
def landed() -> Path:
    """A home in which more years of the five datasets landed, and nothing was built. Only for reading."""

    def fill(home: Path) -> None:
        configured(home, alone(long=True), lambda: land_all(with_register(Home(home)).root))

    return made_once("landed", fill)


@pytest.fixture(scope="session")
def one_city(released: Path) -> dict[str, Any]:
    """The scene of one bad city (tests/scenes/one_city.py): what was said, and its homes. Only for reading."""
    return seen_in(made_once("one-city", lambda folder: play(released, folder)))


class Stage:
    """Puts homes on the stage and keeps what became of them."""

    def __init__(self, place: Path, released: Path, folder: Path) -> None:
        self.home, self._released, self._folder = place, released, folder

    def reset(self) -> Path:
        """The stage as it was after the first refresh."""
        shutil.rmtree(self.home, ignore_errors=True)
        return linked(self._released, self.home)

    def keep(self, name: str) -> Path:
        """A copy of the stage as it is now, without its build."""
        return linked(self.home, self._folder / name, build=False)


@pytest.fixture(scope="module")
def scene(released: Path, stage: Path, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """For fixtures that play several refreshes once, and let tests read what came of each."""
    return Stage(stage, released, tmp_path_factory.mktemp("scene"))


@pytest.fixture
def home(scene: Stage, session_env: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh copy of the released home, in OBMI_HOME."""
    monkeypatch.setenv("OBMI_HOME", str(scene.home))
    return scene.reset()


@pytest.fixture
def empty_home(session_env: pytest.MonkeyPatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that was never refreshed, in OBMI_HOME."""
    monkeypatch.setenv("OBMI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def at_released(released: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """OBMI_HOME is the released home, for commands that only read."""
    monkeypatch.setenv("OBMI_HOME", str(released))
    return released


@pytest.fixture(scope="session")
def con() -> duckdb.DuckDBPyConnection:
    """A connection with the area lists, for reading made-up files."""
    con = duckdb.connect()
    load_areas(con)
    return con
