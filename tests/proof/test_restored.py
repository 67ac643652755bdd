"""A home that was restored from its backup goes on as the one that was copied."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.serve.people import People
from tests.helpers import edited, obmi, table_hashes
from tests.scenes.one_city import one_more

pytestmark = pytest.mark.proof
DATASET = "statbel_armoederisico"


def test_the_next_delivery_ends_in_the_same_figures(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBMI_NOW", "2026-11-30T12:00:00")
    before = People(Home(home))
    before.add("an.peeters", "analist", "gent", "een heel lang woord 7")
    session = before.begin(before.find("an.peeters").person, True, "127.0.0.1", "proef")
    assert before.session(session)
    assert obmi("backup", tmp_path / "copy.tar").code == 0
    changed = edited(DATASET, tmp_path, lambda row: one_more(DATASET, row))
    found = []
    for place in (home, tmp_path / "restored"):
        monkeypatch.setenv("OBMI_HOME", str(place))
        if place != home:
            assert obmi("restore", tmp_path / "copy.tar").code == 0
            after = People(Home(place))
            assert [person.naam for person in after.everybody()] == ["an.peeters"]
            assert after.session(session) is None
        assert obmi("drop", DATASET, changed).code == 0
        assert obmi("refresh").code == 0
        found.append(table_hashes(place))
    assert len(found[0]) > 10
    assert found[0] == found[1]
