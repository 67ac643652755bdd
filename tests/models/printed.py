"""What publishers print for an area and a period (tests/gedrukt.csv), beside what a release says.

A printed figure stands somewhere else than in the file that its subject comes from: in another table of the publisher,
in a summary, in a newspaper that quotes it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa

from tests.helpers import reading


@dataclass(frozen=True)
class Printed:
    """One printed figure. `gedrukt` has the digits that were printed (`596E3` is 596 thousand), `verschil` what ours is
    more in those digits.
    `periode` is ours, or `2019-09/2022-08` for months that are printed as one sum."""

    onderwerp: str
    gebiedsniveau: str
    gebied: str
    periode: str
    gedrukt: str
    verschil: str
    uitgever: str
    gedrukt_in: str
    licentie: str
    toelichting: str

    def off(self, ours: float) -> Decimal:
        """What ours is more than was printed, once ours is rounded to the digits that were printed."""
        printed = Decimal(self.gedrukt)
        return Decimal(repr(ours)).quantize(printed) - printed


def load() -> list[Printed]:
    """All printed figures."""
    with (Path(__file__).parents[1] / "gedrukt.csv").open(encoding="utf-8", newline="") as stream:
        return [Printed(**row) for row in csv.DictReader(stream, delimiter=";")]


def compare(home: Path, figures: list[Printed]) -> tuple[list[str], list[Printed]]:
    """Each figure whose difference is not the one in the table, as a sentence; and those that the release lacks."""
    with reading(home) as con:
        ours = _ours(con, figures)
    wrong = [
        f"{f.onderwerp} of {f.gebied} in {f.periode}: ours is {ours[i]!r}, printed {f.gedrukt}, expected off by "
        f"{f.verschil}"
        for i, f in enumerate(figures)
        if i in ours and f.off(ours[i]) != Decimal(f.verschil)
    ]
    return wrong, [f for i, f in enumerate(figures) if i not in ours]


def _ours(con: duckdb.DuckDBPyConnection, figures: list[Printed]) -> dict[int, float]:
    """The release's value beside each figure; months are summed where each of them has a value."""
    rows = [
        {"nummer": i, "van": f.periode.split("/")[0], "tot": f.periode.split("/")[-1], **vars(f)}
        for i, f in enumerate(figures)
    ]
    con.register("gedrukt", pa.Table.from_pylist(rows))
    return dict(
        con.execute(
            "SELECT g.nummer, SUM(w.waarde) FROM gedrukt AS g JOIN mart.waarneming AS w USING (onderwerp, "
            "gebiedsniveau, gebied) WHERE w.periode BETWEEN g.van AND g.tot AND LENGTH(w.periode) = LENGTH(g.van) "
            "GROUP BY g.nummer HAVING COUNT(*) = COUNT(w.waarde)"
        ).fetchall()
    )
