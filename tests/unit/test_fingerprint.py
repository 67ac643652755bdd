"""What makes a new release: every module and file that decides what stands in one, and no other."""

import shutil
from pathlib import Path

import grimp
import pytest

from pipelines.describe.specfile import ROOT
from pipelines.publish.fingerprint import APART, START, deciding_modules, fingerprint

DECIDES = [
    "pipelines/describe/catalogue.py",
    "pipelines/describe/licences.py",
    "pipelines/publish/provenance.py",
    "pipelines/publish/catalogus.ttl.jinja",
    "pipelines/publish/maturity.py",
    "pipelines/refresh.py",
    "pipelines/transform/build.py",
    "pipelines/transform/render.py",
    "models/maturiteit.yaml",
    "models/mart/profiel.sql",
    "sources/gebieden/gebiedsniveau.csv",
    "sources/statbel/bevolking.yaml",
    "sources/steden.yaml",
    "sources/themas.yaml",
]
DECIDES_NOTHING = [
    "pipelines/cli.py",
    "pipelines/commands/ask.py",
    "pipelines/definitions.py",
    "pipelines/gate/judge.py",
    "pipelines/ingest/web/http.py",
    "pipelines/publish/alerts.py",
    "pipelines/publish/query.py",
    "pipelines/scaffold/new.py",
]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code and of what data people write."""
    root = tmp_path_factory.mktemp("checkout")
    for path in {*ROOT.glob("pipelines/**/*.py"), *ROOT.glob("models/**/*.*"), *(ROOT / p for p in DECIDES)}:
        target = root / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return root


@pytest.mark.parametrize(("file", "again"), [*((f, True) for f in DECIDES), *((f, False) for f in DECIDES_NOTHING)])
def test_a_change_of_what_decides_a_release_makes_a_new_one(checkout: Path, file: str, again: bool) -> None:
    before = fingerprint({"a": "1"}, checkout)
    with (checkout / file).open("a", encoding="utf-8") as stream:
        stream.write("\n")
    assert (fingerprint({"a": "1"}, checkout) != before) == again


def test_other_data_makes_a_new_release() -> None:
    assert fingerprint({"a": "1"}, ROOT) != fingerprint({"a": "2"}, ROOT) != fingerprint({"a": None}, ROOT)


def test_every_module_that_a_refresh_imports_decides_or_stands_apart() -> None:
    graph = grimp.build_graph("pipelines", cache_dir=None)
    for name in APART:
        for module in {name, *graph.find_descendants(name)}:
            graph.remove_module(module)
    reached = {START, *graph.find_upstream_modules(START)}
    assert set(deciding_modules(ROOT)) == {m for m in reached if (ROOT / f"{m.replace('.', '/')}.py").exists()}
    assert len(reached) > 25
