"""What more than one test of the models starts from."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.transform.texts import load_texts
from tests.homes import made_once
from tests.models.small_world import DATASETS, MEASURES, World


@pytest.fixture(scope="session")
def texts_of_the_models() -> Path:
    """The texts that SQLMesh makes for a small world: it needs seconds, and they are the same in every home."""

    def fill(folder: Path) -> None:
        home = Home(folder / "home")
        home.build.mkdir(parents=True)
        load_texts(home, World(folder).topics, {dataset: DATASETS[dataset] for dataset in sorted(MEASURES)})

    return made_once("texts_of_the_models", fill) / "home" / "build" / "texts.json"
