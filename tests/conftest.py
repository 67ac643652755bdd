"""One refreshed home per session, and fresh copies of it for the tests that change something."""

import fcntl
import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.home import Home
from pipelines.landing.areas import load_areas
from tests.helpers import PROOF, SHARED, alone, land_all, obmi, with_register
from tests.scenes.one_city import play, seen_in
from tests.unit.described import describer  # noqa: F401 (the fixture new)
from tests.unit.raw_server import serve, sleeps  # noqa: F401 (fixtures)

# before a test imports sqlmesh: a fork beside the threads of DuckDB can crash
os.environ.setdefault("MAX_FORK_WORKERS", "1")
gc.set_threshold(200_000, 20, 20)  # SQLMesh copies millions of small objects; collecting seldom saves a sixth


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked as proof runs in `make proof` (OBMI_PROOF=1) only."""
    long = [item for item in items if item.get_closest_marker("proof") and not PROOF]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


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
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], None]], Path]:
    """A folder that the first process of a run fills, for all of them to read; the others wait for it."""
    own = tmp_path_factory.getbasetemp()
    common = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def made(name: str, fill: Callable[[Path], None]) -> Path:
        with (common / f"{name}.lock").open("w") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            if not (common / name).exists():
                fill(common / f"{name}.new")
                (common / f"{name}.new").rename(common / name)
        return common / name

    return made


@pytest.fixture(scope="session")
def released(session_env: pytest.MonkeyPatch, made_once: Callable) -> Path:
    """A home refreshed once on the built-in figures of five datasets. Only for reading."""

    return made_once("released", _refresh)


def _refresh(home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OBMI_HOME", str(home))
        result = obmi("refresh")
    assert result.code == 0, result.out + result.err


@pytest.fixture(scope="session")
def landed(made_once: Callable, session_env: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which more years of the five datasets landed, and nothing was built. Only for reading."""
    config = tmp_path_factory.mktemp("config") / "obmi.toml"
    config.write_text(alone(long=True), encoding="utf-8")

    def fill(home: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OBMI_CONFIG", str(config))
            land_all(with_register(Home(home)).root)

    return made_once("landed", fill)


@pytest.fixture(scope="session")
def everything(
    made_once: Callable,
    session_env: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A home refreshed once on the built-in figures of all datasets. Only for reading."""
    config = tmp_path_factory.mktemp("config") / "obmi.toml"
    config.touch()

    def fill(home: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OBMI_CONFIG", str(config))
            _refresh(home)

    return made_once("everything", fill)


@pytest.fixture(scope="session")
def one_city(released: Path, made_once: Callable) -> dict[str, Any]:
    """The scene of one bad city (tests/scenes/one_city.py): what was said, and its homes. Only for reading."""
    return seen_in(made_once("one-city", lambda folder: play(released, folder)))


class Stage:
    """Puts homes on the stage and keeps what became of them."""

    def __init__(self, place: Path, released: Path, folder: Path) -> None:
        self.home, self._released, self._folder = place, released, folder

    def reset(self) -> Path:
        """The stage as it was after the first refresh."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self._released, self.home, symlinks=True)
        return self.home

    def keep(self, name: str) -> Path:
        """A copy of the stage as it is now, without its build."""
        target = self._folder / name
        shutil.copytree(self.home, target, symlinks=True, ignore=shutil.ignore_patterns("build"))
        return target


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
def shared() -> Path:
    """The publishers' own files, where this machine has them."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the publishers' files (../shared/data) are not on this machine")
    return SHARED


@pytest.fixture(scope="session")
def con() -> duckdb.DuckDBPyConnection:
    """A connection with the area lists, for reading made-up files."""
    con = duckdb.connect()
    load_areas(con)
    return con
