"""Every file that a description is proven on, handed over alone in a home where all built-in figures landed: it is
accepted whole, and of its dataset nothing that was built in is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.describe.specfile import ROOT, load_yaml
from pipelines.describe.specs import load_datasets
from pipelines.home import Home
from pipelines.ingest.drop import drop
from tests.helpers import SHARED, configured, land_all, landings, with_register
from tests.homes import linked, made_once

PAIRS = {"veka_premies_aantal", "veka_premies_bedrag"}  # a check holds one of their files against the other


def first_deliveries() -> list[tuple[str, list[Path]]]:
    """A dataset with one of its files, or with all where they must come together."""
    found = []
    for dataset in (i for i, spec in load_datasets().items() if spec.status == "bewezen"):
        patterns = load_yaml(ROOT / "tests" / "bewijs" / f"{dataset}.yaml")["bestanden"]
        files = [path for pattern in patterns for path in sorted((SHARED / "data").glob(pattern))]
        found += [(dataset, files)] if dataset in PAIRS else [(dataset, [path]) for path in files]
    return found


FIRST = first_deliveries()


@pytest.fixture(scope="module")
def all_built_in() -> Path:
    """A home in which the built-in figures of every dataset landed, and nothing was built. Only for reading."""
    built_in = [i for i, spec in load_datasets().items() if spec.voorbeeld]

    def fill(home: Path) -> None:
        configured(home, "", lambda: land_all(with_register(Home(home)).root, *built_in))

    return made_once("all-built-in", fill)


@pytest.mark.parametrize(("dataset", "files"), FIRST, ids=[f"{d}-{files[0].name}" for d, files in FIRST])
def test_the_first_delivery_of_a_publisher_is_accepted(
    all_built_in: Path, dataset: str, files: list[Path], tmp_path: Path
) -> None:
    home = linked(all_built_in, tmp_path / "home")
    drop(load_datasets()[dataset], files, Home(home))

    def work() -> None:
        (one,) = land_all(home, dataset)
        assert one.state in ("vers", "ongewijzigd"), one.reason

    configured(home, "", work)
    landing = landings(home)[dataset]
    assert not landing.stands_in
    assert {part.file.split("/")[0] for part in landing.state.parts} == {path.name for path in files}
