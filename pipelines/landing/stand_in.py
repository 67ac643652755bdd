"""What is told when the first real delivery of a dataset takes the place of its built-in figures."""

from __future__ import annotations

from collections.abc import Iterable

from pipelines.ingest.read.parse import ParsedTable
from pipelines.landing.receipt import Outcome
from pipelines.landing.state import LandedTable


def taken_over(built_in: Iterable[LandedTable], landed: Iterable[ParsedTable]) -> Outcome:
    """A notice that names the years that only built-in figures had: they go, for two tables are no series."""
    before = {y for part in built_in for y in part.years}
    gone = sorted(before - {y for part in landed for y in part.years})
    named = f" De jaren {', '.join(map(str, gone))} waren er alleen ingebouwd, en zijn weg." if gone else ""
    return Outcome(
        controle="ingebouwd",
        omschrijving="De eerste levering komt in de plaats van de ingebouwde cijfers." + named,
        boodschap="",
        dimensie="volledigheid",
        niveau="geschiedenis",
        ernst="waarschuwing",
        uitslag="geslaagd",
        gezien=len(before),
        afwijkend=0,
        jaren=gone,
    )
