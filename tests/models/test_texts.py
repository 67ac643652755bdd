"""Models are rendered once: a home takes over what it kept, and what the checkout keeps since it was installed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipelines.describe.catalogue import load_topics
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import load_datasets
from pipelines.home import Home
from pipelines.transform import render
from pipelines.transform.texts import AHEAD, Text, load_texts, model_texts, taking_part, variables
from pipelines.transform.waiting import arrived
from tests.models.small_world import DATASETS, MEASURES, World


@pytest.fixture
def checkout(tmp_path: Path, texts_of_the_models: Path) -> Path:
    """A checkout in which the models of a small world were rendered."""
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "models", root / "models")
    (root / AHEAD).parent.mkdir()
    shutil.copyfile(texts_of_the_models, root / AHEAD)
    return root


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of models that SQLMesh is asked for."""
    asked: list[str] = []
    real = render.rendered

    def counted(text: str, *rest: object) -> dict[str, object]:
        asked.append(text)
        return real(text, *rest)

    monkeypatch.setattr(render, "rendered", counted)
    return asked


def load(folder: Path, checkout: Path) -> dict[str, Text]:
    home = Home(folder / "home")
    home.build.mkdir(parents=True, exist_ok=True)
    return load_texts(home, World(folder).topics, {name: DATASETS[name] for name in sorted(MEASURES)}, checkout)


def test_a_new_home_renders_nothing_that_the_checkout_keeps(tmp_path, checkout, texts_of_the_models, rendered):
    load(tmp_path, checkout)
    assert rendered == []
    kept = json.loads((tmp_path / "home" / "build" / "texts.json").read_text(encoding="utf-8"))
    assert kept == json.loads(texts_of_the_models.read_text(encoding="utf-8"))


def test_a_model_that_changed_since_is_rendered_and_no_other(tmp_path, checkout, rendered):
    path = checkout / "models" / "mart" / "gebied.sql"
    path.write_text(path.read_text(encoding="utf-8").replace("WHERE g.getoond", "WHERE g.getoond AND TRUE"))
    found = load(tmp_path, checkout)
    assert [text for text in rendered if "name mart.gebied," in text] == rendered != []
    assert "AND TRUE" in found["mart.gebied"].query
    rendered.clear()
    load(tmp_path, checkout)
    assert rendered == [], "the home keeps what it rendered"


def test_a_home_of_any_one_dataset_needs_no_other_text_than_a_home_of_all() -> None:
    """So what was rendered at installation will do, and mart.kubus has the same columns in every home."""
    datasets = load_datasets()
    topics, built_in = load_topics(datasets=datasets), [name for name, spec in datasets.items() if spec.voorbeeld]

    def texts(here: list[str]) -> dict[str, tuple[str, object]]:
        known = arrived(topics, {*here})
        part = {name: datasets[name] for name in taking_part(dict.fromkeys(here, "een"), known)}
        asked = variables(known, part)["dimensies"]
        return {name: (text, asked) for name, text in model_texts(known, part).items()}

    all_of_them = texts(built_in)
    for one in built_in:
        assert texts([one]).items() <= all_of_them.items(), one
