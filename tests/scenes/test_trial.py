"""Op proef: what an unproven description fetches for the first time is judged and waits; the figures are made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.config import Http, Settings, SourceSetting
from pipelines.deliver import Landed, land_dataset
from pipelines.describe.specs import Dataset
from pipelines.home import Home
from pipelines.ingest.drop import drop
from pipelines.landing.quarantine import decide, items
from pipelines.landing.state import ACCEPTED, REJECTED
from pipelines.publish.freshness import status_rows
from pipelines.publish.provenance import source_rows
from tests.helpers import landings, with_register
from tests.replay.server import Answer, Asked, Replay, dataset, serve

FIRST = b"gebied;jaar;aantal\n44021;2024;7\n11002;2024;9\n"


class Office:
    """A server with one file; without it, it has moved."""

    body: bytes | None = FIRST

    def reply(self, asked: Asked) -> Answer:
        return Answer(self.body) if self.body else Answer(status=404)


def described(**more: Any) -> Dataset:
    made = dataset("http_file", {}).model_dump() | {
        "options": {},
        "voorbeeld": None,
        "status": "ongetest",
        "bewezen_op": None,
        **more,
    }
    return Dataset(**made | {"gebied": {"niveau": "punt"}, "dekking": {"vanaf": 2020, "afwezig": "onbekend"}})


def night(home: Home, spec: Dataset, server: Replay) -> Landed:
    found = Settings(
        http=Http(loopback=True, attempts=1), sources={spec.id: SourceSetting(url=[server.url + "/f.csv"])}
    )
    with home.lock():
        return land_dataset(landings(home, spec), spec.id, "live", found, lambda _: None)


def judged(home: Home, spec: Dataset, besluit: str) -> None:
    known = landings(home, spec)
    ((item),) = items(known.only([spec.id]), [])
    assert (item["controle"], item["rijen"][0]["aantal"]) == ("op_proef", 9)
    decide(known, item["id"], besluit, "nagekeken op de website", "An", 1 if besluit == ACCEPTED else None)


def test_a_first_landing_waits_until_a_person_accepts_it_and_never_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, home, office = described(), with_register(Home(tmp_path)), Office()
    with serve(office.reply) as server:
        landed = night(home, spec, server)
        assert landed.state == "op proef"
        assert "2 rijen gelezen, 2 van niveau punt (2024-2024); alle controles slagen" in landed.reason
        assert "obmi quarantaine" in landed.reason
        known = landings(home, spec).only([spec.id])
        assert [(r["status"], r.get("rijen")) for r in source_rows(known)] == [("op proef", None)]
        assert status_rows(known, [])[0]["state"] == "op proef"
        assert night(home, spec, server).state == "op proef", "another night decides nothing"

        judged(home, spec, ACCEPTED)
        assert night(home, spec, server).state == "vers"
        office.body = FIRST + b"34022;2024;3\n"
        monkeypatch.setenv("OBMI_NOW", "2031-01-01T02:00:00+00:00")
        assert night(home, spec, server).state == "vers", "long after the days of that decision"


def test_what_is_rejected_stays_out_and_other_bytes_wait_anew(tmp_path: Path) -> None:
    spec, home, office = described(), with_register(Home(tmp_path)), Office()
    with serve(office.reply) as server:
        night(home, spec, server)
        judged(home, spec, REJECTED)
        assert night(home, spec, server).state == "ontbreekt"
        office.body = FIRST.replace(b"7", b"8")
        assert night(home, spec, server).state == "op proef"


def test_an_address_that_gives_nothing_is_on_trial_and_degrades_nothing(tmp_path: Path) -> None:
    spec, home, office = described(), with_register(Home(tmp_path)), Office()
    office.body = None
    with serve(office.reply) as server:
        landed = night(home, spec, server)
    assert landed.state == "op proef"
    assert "404" in landed.reason


def test_what_a_person_hands_over_and_what_is_proven_is_not_on_trial(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(FIRST)
    spec, home = described(), with_register(Home(tmp_path / "een"))
    with home.lock():
        drop(spec, [path], home, "Bo")
        assert land_dataset(landings(home, spec), spec.id, "voorbeeld", Settings(), lambda _: None).state == "vers"
    proven = described(status="bewezen", bewezen_op="een/bestand.csv")
    with serve(Office().reply) as server:
        assert night(with_register(Home(tmp_path / "twee")), proven, server).state == "vers"
