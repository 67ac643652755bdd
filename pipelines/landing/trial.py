"""Op proef: the first that an address gives, read by a description that no file has proven, waits for a person."""

from __future__ import annotations

import duckdb

from pipelines.describe.specfile import digest_of
from pipelines.ingest.raw import LIVE, Delivery
from pipelines.landing.landings import Landing
from pipelines.landing.receipt import TRIAL, Outcome, Verdict
from pipelines.landing.state import ACCEPTED

SAYS = "Wat een niet bewezen beschrijving voor het eerst ophaalt, komt in de release als iemand het aanvaard heeft."
SHOWN = 20  # rows that a person looks at


def on_trial(con: duckdb.DuckDBPyConnection, landing: Landing, delivery: Delivery, verdict: Verdict) -> Verdict:
    """The verdict on `kandidaat`; where it waits for a person, one that holds all of it back and says what to look
    at."""
    if verdict.refused or not _waits(landing, delivery):
        return verdict
    spec = landing.spec
    levels = con.execute(
        f"SELECT gebiedsniveau, COUNT(DISTINCT {spec.unit}), MIN(jaar), MAX(jaar) FROM kandidaat GROUP BY 1 ORDER BY 1"
    ).fetchall()
    rows, mark = con.execute("SELECT COUNT(*), BIT_XOR(HASH(k)) FROM kandidaat AS k").fetchone()
    failed = [o.controle for o in verdict.outcomes if o.blocks]
    found = ", ".join(f"{n} van niveau {level} ({first}-{last})" for level, n, first, last in levels)
    judged = f"behalve {', '.join(failed)} slagen alle controles" if failed else "alle controles slagen"
    said = f"check '{TRIAL}' ({SAYS.rstrip('.')}): {rows} rijen gelezen, {found}; {judged}"
    listed = con.execute(f"SELECT * FROM kandidaat ORDER BY ALL LIMIT {SHOWN}")
    names = [d[0] for d in listed.description]
    sample = [{n: _plain(v) for n, v in zip(names, row, strict=True)} for row in listed.fetchall()]
    outcome = Outcome(
        controle=TRIAL,
        omschrijving=SAYS,
        boodschap=said,
        dimensie="juistheid",
        niveau="bestand",
        ernst="blokkerend",
        uitslag="gefaald",
        gezien=rows,
        afwijkend=rows,
        rijen=sample,
        kenmerk=digest_of([rows, str(mark)]),
    )
    return Verdict([*verdict.outcomes, outcome], said, {}, "look at its rows in obmi quarantaine, and decide")


def _waits(landing: Landing, delivery: Delivery) -> bool:
    """Whether a delivery was fetched, while nothing is accepted and nobody accepted such a one before."""
    decided = any(d.controle == TRIAL and d.besluit == ACCEPTED for d in landing.decisions)
    fetched = landing.spec.status == "ongetest" and delivery.via == LIVE
    return fetched and landing.state.version is None and not decided


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
