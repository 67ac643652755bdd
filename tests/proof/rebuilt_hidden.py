"""Releases of a dataset that is not public at the source, made again in another home: every table is the same, what is
hidden too."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipelines.config import load_settings
from pipelines.describe import specs
from pipelines.home import Home
from pipelines.publish.releases import list_releases
from pipelines.rebuild import rebuild
from tests.helpers import alone, edited, obmi, query
from tests.proof.rebuilt import more

DATASET = "statbel_bouwvergunningen"


def test_releases_with_hidden_figures_are_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = specs.load_yaml

    def closed(path: Path) -> Any:
        own = f"{path.parent.name}_{path.stem}" == DATASET and path.parent.parent.name == "sources"
        return {**given(path), "drempel": 5} if own else given(path)

    monkeypatch.setattr(specs, "load_yaml", closed)
    home, second = tmp_path / "home", tmp_path / "second"
    config = tmp_path / "obmi.toml"
    config.write_text(f"{alone().partition('datasets = ')[0]}datasets = ['{DATASET}']\n", encoding="utf-8")
    monkeypatch.setenv("OBMI_CONFIG", str(config))
    monkeypatch.setenv("OBMI_HOME", str(home))
    said = obmi("refresh")
    assert said.code == 0, said.out + said.err
    obmi("drop", DATASET, edited(DATASET, tmp_path, lambda row: more(row, 3)))
    assert obmi("refresh").code == 0
    hidden = "SELECT COUNT(*) FROM mart.waarneming WHERE status = 'verborgen'"
    known = "SELECT COUNT(*) FROM opbouw.eerder WHERE waarde IS NULL"
    assert all(count > 100 for asked in (hidden, known) for ((count,),) in [query(home, asked)])
    assert "% verborgen" in obmi("status").out
    for name in ("raw", "opbouw"):
        shutil.copytree(home / name, second / name)
    newest = list_releases(Home(home))[-1]["release"]
    made = list(rebuild(Home(second), load_settings(), newest, tmp_path / "made", lambda text: None))
    assert [(one.differ, one.why) for one in made] == [({}, []), ({}, [])]
    assert os.environ["OBMI_HOME"] == str(home)
