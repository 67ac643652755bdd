"""Several datasets read and judged at once end as one after another does, on small synthetic tables of two pairs of
publishers that tell the same thing."""

import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import accept, deliver
from pipelines.config import Settings
from pipelines.describe import specs
from pipelines.describe.expectations import Check
from pipelines.gate import gx
from pipelines.gate.clock import Clock, deadline
from pipelines.home import Home, file_sha256
from pipelines.ingest.drop import drop
from pipelines.publish.provenance import quality_rows
from tests.gate.test_between_publishers import GOOD, NAMED, small
from tests.helpers import landings, with_register

OTHER = {"proef_een": "proef_twee", "proef_drie": "proef_vier"} | {
    "proef_twee": "proef_een",
    "proef_vier": "proef_drie",
}
LARGE = ("proef_een", "proef_drie")  # of each pair the one that goes first


def checks(dataset: str, *_: object) -> list[Check]:
    """One check of a dataset against the other of its pair."""
    if dataset not in OTHER:
        return []
    return [
        Check(
            id="tegen_ander",
            omschrijving="Proef.",
            dimensie="consistentie",
            niveau="tussen uitgevers",
            met=[OTHER[dataset]],
            over=NAMED.replace("proef_twee", OTHER[dataset]),
            fout="waargenomen <> verwacht",
        )
    ]


def land(home: Home, files: Path) -> tuple[dict[str, str], list[Any]]:
    """Hand over a file of every dataset, Gent different in the second pair, and land them: every file that says what is
    accepted, by its content, and what a release tells of it."""
    files.mkdir()
    with home.lock():
        known = landings(home, *(small(i) for i in OTHER))
        for dataset in OTHER:
            figures = GOOD | ({"44021": 1} if dataset == "proef_vier" else {})
            mark = '"' if dataset in LARGE else ""
            lines = [f"{mark}{code}{mark};{n}" for code, n in figures.items()]
            path = files / f"{dataset}.csv"
            path.write_text("\n".join(["code;n", *lines, ""]), encoding="utf-8")
            drop(known[dataset].spec, [path], home)
        deliver.land_datasets(known, [*OTHER], "voorbeeld", Settings(), lambda *_: None)
        told = {str(p.relative_to(home.landing)): file_sha256(p) for p in home.landing.rglob("*.json")}
        return told, quality_rows(known.only(OTHER), {})


def test_whatever_is_slow_each_is_judged_beside_the_same_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OBMI_NOW", "2026-03-01T12:00:00")
    monkeypatch.setattr(specs, "load_checks", checks)
    read, check = deliver._read, accept.check_delivery
    seen: dict[str, list[int]] = {}

    def slow(known: Any, areas: Any, dataset: str, delivery: Any) -> Any:
        time.sleep(0.3 if dataset in LARGE else 0)
        return read(known, areas, dataset, delivery)

    def noting(con: Any, spec: Any, *more: Any) -> Any:
        (rows,) = con.execute(f"SELECT COUNT(*) FROM {OTHER[spec.id]}").fetchone()
        seen.setdefault(spec.id, []).append(rows)
        return check(con, spec, *more)

    monkeypatch.setattr(deliver, "_read", slow)
    monkeypatch.setattr(accept, "check_delivery", noting)
    found = []
    for lanes in (1, 4):
        monkeypatch.setattr(deliver, "AT_ONCE", lanes)
        place = tmp_path / f"{lanes}"
        found.append((*land(with_register(Home(place / "home")), place / "files"), dict(seen)))
        seen.clear()
    assert found[0] == found[1]
    assert {i: rows[0] for i, rows in found[0][2].items()} == {i: 0 if i in LARGE else len(GOOD) for i in OTHER}
    outcomes = {(r["bron"], r["uitslag"]) for r in found[0][1] if r["controle"] == "tegen_ander"}
    assert ("proef_twee", "geslaagd") in outcomes
    assert ("proef_vier", "gefaald") in outcomes


def test_the_wait_for_the_library_does_not_count_and_what_it_does_then_counts() -> None:
    with duckdb.connect() as con, deadline(con, 0.5) as clock:
        with gx._ONE:
            waiting = threading.Thread(target=_take_a_turn, args=(clock,))
            waiting.start()
            time.sleep(1)
            assert not clock.expired
        waiting.join()
        assert not clock.expired
        time.sleep(1)
        assert clock.expired


def _take_a_turn(clock: Clock) -> None:
    with gx.in_turn(clock):
        pass
