"""Where one figure of a release comes from: through its formula and the areas that add up to it, to the accepted rows
of a dataset, and the bytes that they were read from.

Nothing is taken on trust: what is found in the accepted rows is added up again, and held against the figure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import duckdb

from pipelines.describe.catalogue import Topic
from pipelines.describe.kinds import LAST_YEAR
from pipelines.home import quoted, with_texts
from pipelines.ingest.read.cast import named
from pipelines.landing.landings import Landing, Landings
from pipelines.transform.compile import condition, measures, place_of
from pipelines.transform.sums import exact_sum

CLOSE = 1e-9  # what two orders of adding up may differ, as a share of the figure
SHOWN = 5  # rows of a landing that are shown
PARTS = re.compile(r"\d{4}-(\d{2}|Q\d)")  # a month or a quarter
CELL = """
SELECT w.* EXCLUDE (periode_begin, voorlopig), g.naam AS gebied_naam, o.naam, o.eenheid
FROM mart.waarneming AS w
JOIN mart.onderwerp AS o USING (onderwerp)
LEFT JOIN mart.gebied AS g USING (gebiedsniveau, gebied)
WHERE w.onderwerp = $topic AND w.gebiedsniveau = $level AND w.gebied = $area AND w.periode = $period"""
WITHIN = """
CREATE OR REPLACE TEMP TABLE binnen AS
SELECT $level AS gebiedsniveau, $area AS gebied, 0 AS delen
UNION ALL
SELECT van_niveau, van, delen FROM rel.mart.gebied_relatie
WHERE naar_niveau = $level AND naar = $area AND aard = 'exact'"""
Cell = dict[str, Any]


@dataclass(frozen=True)
class RawSource:
    """The bytes that rows were read from: the publisher's file, and how and when it came in."""

    name: str
    sha256: str
    via: str
    address: str
    arrived: str


@dataclass(frozen=True)
class GivenRows:
    """Accepted rows of one dataset that lie in an area: of `areas` of this level, over these periods, with what they
    add up to (of a weighted mean: what its numerator and denominator do); `proves` is true where that is the figure.
    `same` says that the publisher gives this very area, and not parts of it."""

    dataset: str
    version: str
    level: str
    areas: int
    periods: int
    rows: int
    sums: tuple[float | None, ...]
    same: bool
    proves: bool
    sample: list[dict[str, Any]]
    sources: list[RawSource]


@dataclass(frozen=True)
class Step:
    """One figure and what it is made of: other figures, or rows of a dataset. `nul` where a dataset without a row of
    an area says that there is nothing; `niet gevonden` where the home has not, or no longer, what it was made of."""

    cell: Cell
    how: Literal["formule", "rijen", "nul", "zonder cijfer", "niet gevonden"]
    formula: str = ""
    parts: list[Step] = field(default_factory=list)
    given: GivenRows | None = None

    @property
    def proven(self) -> bool:
        """True when this figure, and all that it is made of, was found in accepted rows and comes out the same."""
        if self.how == "formule":
            return all(part.proven for part in self.parts)
        return self.how in ("nul", "zonder cijfer") or bool(self.given and self.given.proves)


class Tracer:
    """Traces figures of the release that is attached as `rel` to what landed in a home."""

    def __init__(self, con: duckdb.DuckDBPyConnection, landings: Landings, topics: Mapping[str, Topic]) -> None:
        self._con, self._landings, self._topics = con, landings, topics

    def of(self, topic: str, level: str, area: str, period: str) -> Step | None:
        """What a figure is made of; None where the release has no such cell."""
        cell_sql = CELL.replace("mart.", "rel.mart.")
        found = self._con.execute(with_texts(cell_sql, topic=topic, level=level, area=area, period=period))
        rows = found.to_arrow_table().to_pylist()
        if not rows:
            return None
        cell, entry = rows[0], self._topics.get(topic)
        if cell["status"] != "ok":
            return Step(cell, "zonder cijfer")
        if entry is None:
            return Step(cell, "niet gevonden")
        if entry.parts:
            return self._computed(cell, entry)
        given = [g for source in entry.bron if (g := self._given(cell, entry, self._landings[source]))]
        if given:
            return Step(cell, "rijen", given=next((g for g in given if g.proves), given[0]))
        absent = {self._landings[source].spec.dekking.afwezig for source in entry.bron}
        return Step(cell, "nul" if absent <= {"nul", "deel_nul"} and cell["waarde"] == 0 else "niet gevonden")

    def _computed(self, cell: Cell, entry: Topic) -> Step:
        """A figure that others make: each of them, in its period."""
        asked = [(part, cell["periode"]) for part in (entry.teller, entry.noemer) if part]
        for term in entry.termen:
            earlier = term.endswith(LAST_YEAR)
            asked.append((term.removesuffix(LAST_YEAR), _year_before(cell["periode"]) if earlier else cell["periode"]))
        asked += [(part, cell["periode"]) for pair in entry.klassen.items() for part in pair]
        place = cell["gebiedsniveau"], cell["gebied"]
        parts = [p for code, period in dict.fromkeys(asked) if (p := self.of(code, *place, period))]
        return Step(
            cell, "formule" if len(parts) == len(dict.fromkeys(asked)) else "niet gevonden", _said(entry), parts
        )

    def _given(self, cell: Cell, entry: Topic, landing: Landing) -> GivenRows | None:
        """The accepted rows of a dataset in the area of a figure: of the area itself, else of the parts of one level
        that add up to it."""
        if landing.state.version is None:
            return None
        self._con.execute(with_texts(WITHIN, level=cell["gebiedsniveau"], area=cell["gebied"]))
        self._lay_out(cell, entry, landing)
        amounts = [sql for _, sql in measures(entry)] if not entry.model else []
        sums = "".join(f", {exact_sum(f'(bedrag_{n})')} AS som_{n}" for n in range(len(amounts)))
        levels = self._con.execute(
            f"SELECT gebiedsniveau, COUNT(DISTINCT gebied), COUNT(DISTINCT periodelabel), COUNT(*), MAX(delen){sums} "
            "FROM rijen GROUP BY gebiedsniveau ORDER BY MAX(delen), gebiedsniveau"
        ).fetchall()
        found = []
        for level, areas, periods, rows, parts, *told in levels:
            proves = _is(cell, entry, told)
            found.append((not proves, level, areas, periods, rows, tuple(told), parts <= 1, proves))
        if not found:
            return None
        _, level, *facts, proves = min(found, key=lambda f: f[0])
        areas, periods, rows, told, same = facts
        sample, sources = self._sample(level), self._sources(level, landing)
        version = landing.state.version
        return GivenRows(landing.spec.id, version, level, areas, periods, rows, told, same, proves, sample, sources)

    def _lay_out(self, cell: Cell, entry: Topic, landing: Landing) -> None:
        """The rows in the area and period, with what each adds: of a year that has none, those of its months or
        quarters."""
        spec = landing.spec
        later = spec.periode.later(entry.periodesoort)
        level, area, label = (p.rsplit(" AS ", 1)[0] for p in place_of(spec, later))
        own = [n for n in spec.read_columns if n not in ("gebiedsniveau", "gebied")]
        amounts = [f"({sql}) AS bedrag_{n}" for n, (_, sql) in enumerate(measures(entry))] if not entry.model else []
        columns = [f"{level} AS gebiedsniveau", f"{area} AS gebied", f"{label} AS periodelabel", *map(named, own)]
        where = condition(spec, entry) or "TRUE"
        files = [quoted(str(landing.file(part))) for part in landing.state.parts]
        read = f"read_parquet([{', '.join(files)}], filename = true)"
        rows = f"SELECT {', '.join([*columns, *amounts])}, filename FROM {read} WHERE {where}"
        in_period = f"STARTS_WITH(r.periodelabel, {quoted(cell['periode'])})"
        self._con.execute(
            f"CREATE OR REPLACE TEMP TABLE rijen AS SELECT r.*, b.delen FROM ({rows}) AS r "
            f"JOIN binnen AS b USING (gebiedsniveau, gebied) WHERE {in_period}"
        )
        whole = PARTS.fullmatch(cell["periode"]) or self._has_whole(cell)
        others = f"periodelabel {'<>' if whole else '='} {quoted(cell['periode'])}"
        self._con.execute(f"DELETE FROM rijen WHERE {others}")

    def _has_whole(self, cell: Cell) -> bool:
        found = self._con.execute(f"SELECT COUNT(*) FROM rijen WHERE periodelabel = {quoted(cell['periode'])}")
        return found.fetchone() != (0,)

    def _sample(self, level: str) -> list[dict[str, Any]]:
        rows = self._con.execute(
            "SELECT * EXCLUDE (gebiedsniveau, periodelabel, filename, delen) FROM rijen "
            f"WHERE gebiedsniveau = {quoted(level)} ORDER BY ALL LIMIT {SHOWN}"
        )
        return [
            {k: v for k, v in row.items() if v is not None and not k.startswith("bedrag_")}
            for row in rows.to_arrow_table().to_pylist()
        ]

    def _sources(self, level: str, landing: Landing) -> list[RawSource]:
        """The publisher's files that the rows of this level were read from."""
        files = f"SELECT DISTINCT filename FROM rijen WHERE gebiedsniveau = {quoted(level)}"
        read = self._con.execute(files).fetchall()
        used = [p for p in landing.state.parts if any(p.sha256 in path for (path,) in read)]
        came = {
            file.sha256: (d, file) for d in landing.deliveries for file in d.files if d.id in landing.state.processed
        }
        found = []
        for part in sorted(used, key=lambda p: p.file):
            for sha256 in part.raw_sha256.split(", "):
                delivery, file = came.get(sha256, (None, None))
                if delivery is None or file is None:
                    found.append(RawSource(part.file, sha256, "", "", ""))
                    continue
                address = file.origin.get("url", "")
                found.append(RawSource(file.name, sha256, delivery.via, address, delivery.arrived))
        return found


def _is(cell: Cell, entry: Topic, sums: list[float | None]) -> bool:
    """Whether sums of rows are the figure of a cell."""
    if not sums or None in sums:
        return False
    if entry.aggregatie == "gewogen":
        return bool(sums[1]) and _close(cell["teller"], sums[0]) and _close(cell["noemer"], sums[1])
    return _close(cell["waarde"], sums[0])


def _close(one: float, other: float | None) -> bool:
    return other is not None and math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)


def _year_before(period: str) -> str:
    return f"{int(period[:4]) - 1}{period[4:]}"


def _said(entry: Topic) -> str:
    """How a figure is made of others, in words."""
    if entry.teller and entry.noemer:
        return f"{entry.factor:g} × teller {entry.teller} / noemer {entry.noemer}"
    if entry.termen:
        return " ".join(f"{weight:+g} × {term}" for term, weight in entry.termen.items()).removeprefix("+")
    pairs = ", ".join(f"{part} per {whole}" for part, whole in entry.klassen.items())
    return f"{entry.factor:g} × de verhoudingen {pairs}, gewogen naar de bevolking van {entry.standaardjaar}"
