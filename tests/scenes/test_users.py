"""`obmi users`: who may log in at the server."""

import io
import json
from pathlib import Path

import pytest

from pipelines.cli import main
from tests.visitors import FIRST


def test_people_come_change_and_go(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def users(*args: str) -> tuple[int, str]:
        code = main(["users", *args])
        said = capsys.readouterr()
        return code, said.out + said.err

    def told() -> list[tuple[str, str, str, bool]]:
        return [(p["naam"], p["rol"], p["stad"], bool(p["actief"])) for p in json.loads(users("--json")[1])]

    assert "nobody yet: obmi users add" in users()[1]
    monkeypatch.setattr("sys.stdin", io.StringIO(FIRST.format("an") + "\n"))
    assert users("add", "an", "--role", "analist", "--city", "gent")[0] == 0
    assert told() == [("an", "analist", "gent", True)]
    assert users("set", "an", "--role", "beheerder", "--city", "")[0] == 0
    assert users("block", "an")[0] == 0
    assert told() == [("an", "beheerder", "", False)]
    monkeypatch.setattr("sys.stdin", io.StringIO("kort\n"))
    for wrong, said in (
        (("add", "b", "--role", "lezer"), "cannot be a name"),
        (("add", "bo"), "say in which role"),
        (("password", "an"), "12 to 128 characters"),
        (("set", "an"), "--role or --city"),
        (("set", "an", "--role", "god"), "no role"),
        (("set", "an", "--city", "parijs"), "no city is named 'parijs'"),
        (("remove", "niemand"), "nobody is named"),
        (("allow",), "say whom"),
    ):
        code, text = users(*wrong)
        assert (code, said in text) == (30, True), text
    assert users("remove", "an")[0] == 0
    assert told() == []
    lines = (empty_home / "toegang" / "audit.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["wat"] for line in lines.splitlines()] == [
        "users add",
        "users set",
        "users block",
        "users remove",
    ]
    assert "woorden" not in lines
