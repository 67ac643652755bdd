"""What lies in a home and is not as it was written: one sentence names the file, and the last good release stays."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.config import Settings
from pipelines.describe.specs import load_datasets
from pipelines.home import Damaged, Home, file_sha256, read_json, read_or_set_aside, write_json
from pipelines.ingest.drop import drop
from pipelines.ingest.raw import RawStore
from pipelines.ingest.reading import read_delivery
from pipelines.landing.state import State
from pipelines.publish.alerts import tell
from pipelines.publish.keeping import rollback
from pipelines.publish.releases import find_release, list_releases, next_number, point
from tests.helpers import FIGURES, areas, landings, obmi, with_register

DATASET = "statbel_armoederisico"
NAMES = ("2026-01-01-0001", "2026-01-02-0002")
STATUS, QUARANTINE = ("status",), ("quarantaine",)
PATH, QUERY = ("path",), ("query", "SELECT 1 AS een")
# Each file that says what is accepted, told or published, with the commands that read it and what to do about it.
READ = {
    f"landing/{DATASET}/accepted.json": ([STATUS, QUARANTINE, ("sources",)], "run obmi refresh"),
    f"landing/{DATASET}/besluiten.json": ([QUARANTINE], "run obmi refresh and decide again"),
    f"raw/{DATASET}/*.json": ([QUARANTINE, ("drop", DATASET, __file__)], "run obmi refresh"),
    "meldingen.json": ([STATUS], "run obmi refresh"),
    "landing/_lijsten/gebiedenregister.json": ([STATUS], "run obmi refresh, which derives it again"),
    f"releases/{NAMES[1]}/manifest.json": ([STATUS, PATH, QUERY], "obmi rollback goes back to an earlier release"),
}


@pytest.fixture
def home(empty_home: Path) -> Path:
    """A home with a refused delivery, a decision, alerts and two small releases."""
    place = with_register(Home(empty_home))
    store = RawStore(place)
    delivery = store.deliver(DATASET, "drop", [store.keep(io.BytesIO(b"x"), "x.csv", {})])
    landings(place)[DATASET].refuse(delivery.id, "x.csv is no table; hand over another")
    write_json(place.landing / DATASET / "besluiten.json", [])
    write_json(place.root / "meldingen.json", {"open": {}, "wachtend": [], "storing": {}})
    for number, name in enumerate(NAMES, 1):
        (place.releases / name).mkdir(parents=True)
        path = place.releases / name / "obmi.duckdb"
        made_on = f"{name[:10]}T00:00:00"
        facts_of = f"{number} AS volgnummer, 'v' AS vingerafdruk, 0 AS cijfers, TIMESTAMP '{made_on}' AS gemaakt_op"
        with duckdb.connect(str(path)) as con:
            con.execute("CREATE SCHEMA mart; CREATE TABLE mart.revisie (gebied TEXT)")
            con.execute(f"CREATE TABLE mart.release AS SELECT '{name}' AS release, {facts_of}")
        facts = {"sha256": file_sha256(path), "bytes": path.stat().st_size}
        said = {"release": name, "volgnummer": number, "vingerafdruk": "v", "cijfers": 0, "gemaakt_op": made_on}
        made = {**said, "revisies": 0, "bestanden": {"obmi.duckdb": facts}}
        write_json(place.releases / name / "manifest.json", made)
    point(place, NAMES[1])
    return empty_home


def cut(home: Path, name: str) -> Path:
    """Cut a file of the home short."""
    (path,) = home.glob(name)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def aside(path: Path) -> list[Path]:
    """What was kept of a damaged file."""
    return list(path.parent.glob(f"{path.name}.beschadigd-*"))


@pytest.mark.proof
@pytest.mark.parametrize("name", list(READ))
def test_a_file_that_is_cut_short_is_one_sentence_in_every_command_that_reads_it(home: Path, name: str) -> None:
    commands, todo = READ[name]
    path = cut(home, name)
    for command in commands:
        result = obmi(*command)
        assert (result.code, len(result.err.splitlines())) == (30, 1), command
        assert str(path) in result.err, command
        assert todo in result.err, command
    for command in (PATH, QUERY):
        assert (obmi(*command).code == 0) == (command not in commands), "the last good release is served"


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\x00", b'{"dataset": "d", "held": [{"jaar": 2020}]}'])
def test_whatever_stands_in_it_the_sentence_says_where(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "accepted.json"
    assert read_json(path, State, "mend it", State(dataset="d")) == State(dataset="d"), "there is none yet"
    path.write_bytes(content)
    with pytest.raises(Damaged, match=r"accepted\.json is cut short, altered or of an earlier version \(.+\); mend it"):
        read_json(path, State, "mend it", State(dataset="d"))


def test_alerts_are_told_again_and_the_damaged_file_is_kept(home: Path) -> None:
    path = cut(home, "meldingen.json")
    tell(Home(home), Settings(), [])
    assert len(aside(path)) == 1
    assert obmi("status").code == 0


@pytest.mark.parametrize("content", [b"", b'{"a": 1', b"[]"])
def test_what_can_be_done_without_is_kept_under_another_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "web.json"
    path.write_bytes(content)
    assert read_or_set_aside(path, dict[str, Any], {}) == {}
    assert [p.read_bytes() for p in aside(path)] == [content]
    assert not path.exists()


def test_a_damaged_release_is_named_and_the_others_stay(home: Path) -> None:
    place = Home(home)
    cut(home, f"releases/{NAMES[0]}/manifest.json")
    assert [m["release"] for m in list_releases(place)] == [NAMES[1]]
    assert find_release(place, None)["release"] == NAMES[1]
    with pytest.raises(Damaged, match=NAMES[0]):
        find_release(place, NAMES[0])
    shown = obmi("releases").out.splitlines()
    assert [line[:17] for line in shown] == [f"* {NAMES[1]}", f"! {home}"[:17]]


def test_a_day_whose_release_is_damaged_is_not_answered_with_an_earlier_one(home: Path) -> None:
    place = Home(home)
    cut(home, f"releases/{NAMES[1]}/manifest.json")
    assert find_release(place, "2026-01-01")["release"] == NAMES[0]
    with pytest.raises(Damaged, match=NAMES[1]):
        find_release(place, "2026-01-02")


def test_from_a_damaged_release_one_goes_back_and_on(home: Path) -> None:
    place = Home(home)
    cut(home, f"releases/{NAMES[1]}/manifest.json")
    assert next_number(place) == 3, "no name is used twice"
    assert obmi("rollback", NAMES[0]).code == 0
    assert obmi("path").out.strip() == str(place.releases / NAMES[0] / "obmi.duckdb")


def test_the_log_of_rollbacks_does_not_stop_one(home: Path) -> None:
    place = Home(home)
    rollback(place, NAMES[0])
    path = cut(home, "releases/log.json")
    rollback(place, NAMES[1])
    assert [entry["to"] for entry in json.loads(path.read_text(encoding="utf-8"))] == [NAMES[1]]
    assert len(aside(path)) == 1


@pytest.mark.parametrize("harm", [lambda path: path.write_bytes(b"jaar;altered"), lambda path: path.unlink()])
def test_altered_bytes_are_refused_and_the_original_heals_them(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    place, spec = Home(tmp_path / "home"), load_datasets()[DATASET]
    place.tmp.mkdir(parents=True)
    original = FIGURES / str(spec.voorbeeld)
    delivery = drop(spec, [original], place)
    path = RawStore(place).path(delivery.files[0].sha256)
    harm(path)
    with areas() as con:
        altered = read_delivery(con, spec, delivery, place)
        drop(spec, [original], place)
        shutil.rmtree(place.tmp)
        place.tmp.mkdir()
        healed = read_delivery(con, spec, delivery, place)
    assert (altered.tables, len(altered.errors)) == ([], 1)
    assert str(path) in altered.errors[0]
    assert f"hand over {original.name} again" in altered.errors[0]
    assert (len(healed.tables), healed.errors) == (1, [])
    assert file_sha256(path) == path.name


def test_the_same_bytes_again_are_not_written_again(tmp_path: Path) -> None:
    place, spec = Home(tmp_path / "home"), load_datasets()[DATASET]
    place.tmp.mkdir(parents=True)
    original = FIGURES / str(spec.voorbeeld)
    path = RawStore(place).path(drop(spec, [original], place).files[0].sha256)
    written = path.stat().st_mtime_ns, path.stat().st_ino
    drop(spec, [original], place)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == written
    assert [p.name for p in path.parent.parent.rglob("*") if p.is_file()] == [path.name]
