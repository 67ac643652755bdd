"""Tables about where figures come from and when there are new ones: mart.herkomst and mart.kalender."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from pipelines.ingest.raw import Delivery, RawFile
from pipelines.landing.landings import Landing
from pipelines.landing.state import State
from pipelines.publish.expected import calendar_rows, expected
from tests.helpers import landings, obmi, query


def test_every_figure_has_the_files_that_it_comes_from(released: Path) -> None:
    ((figures_, told, files),) = query(
        released,
        "SELECT COUNT(*), COUNT(*) FILTER (h.bestanden > 0), MAX(h.bestanden) FROM mart.waarneming AS w "
        "LEFT JOIN (SELECT onderwerp, jaar, COUNT(*) AS bestanden FROM mart.herkomst GROUP BY ALL) AS h "
        "ON h.onderwerp = w.onderwerp AND h.jaar = LEFT(w.periode, 4)::INTEGER WHERE w.status = 'ok'",
    )
    assert figures_ > 100_000
    assert (told, files < 10) == (figures_, True)


def test_a_file_is_told_with_its_bytes_and_what_judged_it(released: Path) -> None:
    ((sha256,),) = query(released, "SELECT sha256 FROM mart.bron WHERE bron = 'statbel_armoederisico'")
    rows = query(
        released,
        "SELECT DISTINCT sha256, via, ontvangen_op IS NOT NULL, controles = geslaagd, controles > 10 "
        "FROM mart.herkomst WHERE onderwerp = 'vp3101_arop'",
    )
    assert rows == [(sha256, "bestand", True, True, True)]
    assert (released / "raw" / "objects" / sha256[:2] / sha256).is_file()


@pytest.mark.parametrize(
    ("cadence", "came", "due"),
    [
        ("jaarlijks", "2024-02-29", date(2025, 2, 28)),
        ("driemaandelijks", "2025-11-30", date(2026, 2, 28)),
        ("maandelijks", "2026-01-31", date(2026, 2, 28)),
        ("driejaarlijks", "2023-06-01", date(2026, 6, 1)),
        ("dagelijks", "2026-02-28", date(2026, 3, 1)),
        ("eenmalig", "2020-01-01", None),
    ],
)
def test_news_is_due_a_cadence_after_the_last(
    cadence: str, came: str, due: date | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = landings(tmp_path)
    own = known["statbel_armoederisico"]
    own.spec = own.spec.model_copy(update={"cadans": cadence})
    own._state = replace(
        State(dataset=own.spec.id), processed={"een": "accepted", "twee": "refused", "drie": "accepted"}
    )
    file = (RawFile("x", "0" * 64, 1),)
    told = [("een", "drop", came), ("twee", "drop", "2026-05-01"), ("drie", "voorbeeld", "2026-05-01")]
    came_in = [Delivery(i, own.spec.id, via, f"{at}T12:00:00+00:00", file) for i, via, at in told]
    monkeypatch.setattr(Landing, "deliveries", property(lambda self: came_in if self is own else []))
    monkeypatch.setenv("OBMI_NOW", "2026-03-02T09:00:00+00:00")
    late = due and (datetime(2026, 3, 2).date() - due).days
    assert expected(own) == {"laatst_op": date.fromisoformat(came), "verwacht_op": due, "dagen_te_laat": late}
    rows = calendar_rows(known)
    assert [r["bron"] for r in rows if r["verwacht_op"]] == ([own.spec.id] if due else [])
    assert len(rows) == len(known)
    if due:
        assert rows[0]["bron"] == own.spec.id


def test_what_is_overdue_is_said_by_status(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    due = "news of the publisher was due on"
    assert due not in obmi("status").out
    monkeypatch.setenv("OBMI_NOW", "2999-01-01T00:00:00+00:00")
    assert obmi("status").out.count(due) >= 4
