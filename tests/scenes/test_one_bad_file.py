"""One bad file stops one file: whatever stands in it, it is refused in one sentence, told, and can be taken back."""

import errno
import io
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipelines import accept
from pipelines.config import Settings
from pipelines.describe.catalogue import load_cities
from pipelines.home import Home
from pipelines.ingest import reading
from pipelines.ingest.protocols import http_file
from pipelines.ingest.raw import RawStore
from pipelines.landing.incidents import READ, incidents
from pipelines.publish.alerts import tell
from tests.helpers import FIGURES, Result, land_all, landings, obmi, status, with_register

DATASET, OTHER = "statbel_armoederisico", "statbel_refnis"
FILE = FIGURES / "statbel_armoederisico.csv"
HEADER, *ROWS = FILE.read_text(encoding="utf-8").splitlines()
HOSTILE = {
    "a quote before the header": ('"' + "\n".join([HEADER, *ROWS * 4]), "look for an unclosed quote"),
    "a hundred thousand columns": (";".join(f"c{n}" for n in range(100_000)) + "\n1\n", "another delimiter"),
    "a figure without end": ("\n".join([HEADER, f"{ROWS[0]}e999", *ROWS[1:]]), "row 2, column armoederisico"),
}


@pytest.fixture
def home(empty_home: Path) -> Path:
    """A home in which the built-in figures of one dataset landed."""
    with_register(Home(empty_home))
    assert land_all(empty_home, DATASET)[0].state == "vers"
    return empty_home


def handed_over(folder: Path, content: str) -> Path:
    path = folder / "TF_SOC_ADI_MUNTY.csv"
    path.write_text(content, encoding="utf-8")
    assert obmi("drop", DATASET, path).code == 0
    return path


def refused(home: Path, *said: str) -> str:
    """The reason why the newest delivery was refused; the figures stay, and an alert tells it without a traceback."""
    accepted = landings(home)[DATASET].state.version
    (landed,) = land_all(home, DATASET)
    assert (landed.state, landings(home)[DATASET].state.version) == ("oud", accepted)
    assert len(landed.reason.splitlines()) == 1
    for text in said:
        assert text in landed.reason
    assert status()[DATASET]["reason"] == landed.reason
    tell(Home(home), Settings(), incidents(landings(home), load_cities()))
    told = json.loads((home / "meldingen.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert [(i["dataset"], i["controle"], i["reden"]) for i in told["incidenten"]] == [(DATASET, READ, landed.reason)]
    assert "Traceback" not in json.dumps(told)
    return landed.reason


def decided(command: str) -> Result:
    (item,) = json.loads(obmi("quarantaine", "--json").out)
    return obmi(command, item["id"], "--reason", "onleesbaar", "--by", "Bo Peeters")


@pytest.mark.proof
@pytest.mark.parametrize("what", list(HOSTILE))
def test_a_hostile_file_is_refused_and_taken_back(home: Path, tmp_path: Path, what: str) -> None:
    content, said = HOSTILE[what]
    path = handed_over(tmp_path, content)
    assert "unexpected" not in refused(home, path.name, said)
    assert obmi("drop", DATASET, "--withdraw").code == 0
    assert [one.state for one in land_all(home, DATASET)] == ["ongewijzigd"]


@pytest.mark.proof
@pytest.mark.parametrize(
    ("module", "name", "err"),
    [
        (reading, "open_tables", RecursionError("maximum recursion depth exceeded")),
        (reading, "parse", duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate\n1 GB")),
        (reading, "parse", MemoryError()),
        (reading, "parse", OSError(errno.EINVAL, "Invalid argument")),
        (accept, "check_delivery", OverflowError("int too large")),
        (accept, "compose", AssertionError("3 rows read, 2 landed and 0 held back")),
    ],
    ids=["unpacking", "memory of DuckDB", "memory", "a call", "judging", "joining"],
)
def test_what_nobody_foresaw_refuses_that_file_alone_and_its_traceback_is_kept(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object, name: str, err: Exception
) -> None:
    path = handed_over(tmp_path, "\n".join([HEADER, *ROWS]))
    real: Callable = getattr(module, name)

    def fail(*given: object, **named: object) -> object:
        told = (getattr(one, "id", getattr(getattr(one, "spec", None), "id", None)) for one in given)
        if DATASET in told:
            raise err
        return real(*given, **named)

    monkeypatch.setattr(module, name, fail)
    reason = refused(home, path.name, f"unexpected: {type(err).__name__}", "storingen.log", "or withdraw this one")
    assert land_all(home, OTHER)[0].state == "vers", "the others go on"
    kept = (home / "storingen.log").read_text(encoding="utf-8")
    assert f"in {name}" in kept or "in fail" in kept
    assert "Traceback" in kept
    assert "Traceback" not in reason
    assert decided("accept").err.startswith("obmi: ")
    assert decided("reject").code == 0
    assert json.loads(obmi("quarantaine", "--json").out) == []
    assert status()[DATASET]["state"] == "vers"


KEY = "sleutel-9f31c07"


def answering(folder: Path, patch: pytest.MonkeyPatch, err: Exception) -> None:
    """The dataset has an address, and whatever is answered there ends in an exception."""
    (folder / "obmi.toml").write_text(f"[sources.{DATASET}]\nurl = ['https://example.org/a.csv?key={KEY}']\n")
    patch.setenv("OBMI_CONFIG", str(folder / "obmi.toml"))

    def collect(*_: object) -> None:
        raise err

    patch.setattr(http_file, "collect", collect)


def test_what_nobody_foresaw_while_fetching_leaves_the_other_sources_alone(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(tmp_path, monkeypatch, KeyError(f"no 'items' in the answer of /a.csv?key={KEY}"))
    accepted = landings(home)[DATASET].state.version
    bad, other = land_all(home, DATASET, OTHER, profile="live")
    assert (bad.state, landings(home)[DATASET].state.version) == ("oud", accepted)
    assert other.state == "vers"
    for text in ("https://example.org/a.csv answers cannot be read (unexpected: KeyError", "refresh again later"):
        assert text in bad.reason
    kept = (home / "storingen.log").read_text(encoding="utf-8")
    assert "in collect" in kept
    assert KEY not in bad.reason + kept
    assert len(bad.reason.splitlines()) == 1


def test_a_full_disk_while_fetching_ends_the_refresh(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(tmp_path, monkeypatch, OSError(errno.ENOSPC, "No space left on device", "/x"))
    with pytest.raises(OSError, match="No space left"):
        land_all(home, DATASET, profile="live")


def test_the_same_file_at_two_addresses_counts_once_and_is_told(home: Path) -> None:
    """A publisher who has no file of a year yet may send the last one."""
    store = RawStore(Home(home))
    content = FILE.read_bytes() + b"\n"
    files = [store.keep(io.BytesIO(content), f"{name}.csv", {}, part=name) for name in ("een", "twee")]
    delivery = store.deliver(DATASET, "live", files)
    assert delivery is not None
    (landed,) = land_all(home, DATASET)
    assert (landed.state, landed.reason.split(";")[0]) == ("oud", "twee.csv and een.csv both hold 2015")
    assert landings(home)[DATASET].state.processed[delivery.id] == "partial", "the first of the two is taken"


def interrupted() -> RuntimeError:
    """What DuckDB makes of Ctrl-C."""
    err = RuntimeError("Query interrupted")
    err.__cause__ = KeyboardInterrupt()
    return err


@pytest.mark.proof
@pytest.mark.parametrize(
    "err",
    [
        KeyboardInterrupt(),
        interrupted(),
        OSError(errno.ENOSPC, "No space left on device", "/x"),
        OSError(errno.EXDEV, "Invalid cross-device link", "/x"),
        duckdb.IOException("IO Error: No space left on device"),
    ],
    ids=["interrupted", "interrupted in DuckDB", "a full disk", "another disk", "a full disk, by DuckDB"],
)
def test_what_is_no_fault_of_the_file_ends_the_refresh(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, err: BaseException
) -> None:
    handed_over(tmp_path, "\n".join([HEADER, *ROWS]))

    def fail(*_: object) -> None:
        raise err

    monkeypatch.setattr(reading, "parse", fail)
    with pytest.raises(type(err)):
        land_all(home, DATASET)
    assert landings(home)[DATASET].state.refused is None, "it waits for the next refresh"


def test_what_no_refresh_looked_at_is_taken_back_too(home: Path, tmp_path: Path) -> None:
    """A file that kills the refresh, by its memory for instance, would stop every one."""
    handed_over(tmp_path, "\n".join([HEADER, *ROWS[:10]]))
    assert obmi("drop", DATASET, "--withdraw").code == 0
    assert [one.state for one in land_all(home, DATASET)] == ["ongewijzigd"]
    nothing = obmi("drop", DATASET, "--withdraw")
    assert (nothing.code, len(nothing.err.splitlines())) == (30, 1)
