"""The models that complete, carry and add up areas, as DuckDB gets them, on made-up areas and values."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from tests.models.model_text import SOURCE_COLUMNS, rendered
from tests.models.plain_rule import Cell

SUBJECT, PERIOD, REGION = "v9999_proef", "2020", "02000"
SECTOR, SECTOR_2024, TOWN_2024, TOWN, PROVINCE = "statsec2019", "statsec2024", "gemeente2024", "gemeente", "provincie"
QUARTER = "deelgemeente2024"
HIDDEN_BELOW = 5
Area = tuple[str, str]
Values = dict[Area, Cell]
AREAS = ("ref.gebied_relatie", "ref.bereik", "ref.stap", "ref.grondgebied", "ref.deel")
STEPS = ("reeks", "aangevuld", "jaarsom", "volledig", "weg", "gekozen", "opgelost", "plat")
FIGURES = tuple(f"onderwerp.{step}" for step in STEPS)
SHOWN = ("mart.verschil", "mart.grens")


class Model:
    """The chain from what a publisher gives to onderwerp.plat, on tables that every example fills anew."""

    def __init__(self, folder: Path) -> None:
        self.con = duckdb.connect(config={"threads": 1})
        self._pairs, held = (folder / f"{n}.parquet" for n in ("pairs", "held"))
        paths = {"gebied_relatie": str(self._pairs), "vastgehouden": str(held)}
        self._texts = {m: rendered(m.replace(".", "/"), **paths).sql("duckdb") for m in (*AREAS, *FIGURES, *SHOWN)}
        given = rendered("onderwerp/gepubliceerd", datasets=["proef"]).sql("duckdb")
        held_columns = ", ".join(
            f"'' AS {c}" for c in ("bron", "periodesoort", "gebiedsniveau", "gebied", "jaar", "reden")
        )
        self.con.execute(f"COPY (SELECT {held_columns}, '' AS niveau_eenheid LIMIT 0) TO '{held}'")
        self.con.execute("CREATE SCHEMA ref; CREATE SCHEMA bron; CREATE SCHEMA onderwerp; CREATE SCHEMA mart")
        self.con.execute(
            "CREATE TABLE ref.gebied (gebiedsniveau TEXT, gebied TEXT, gewest TEXT, soort TEXT, getoond BOOLEAN)"
        )
        self.con.execute("CREATE TABLE ref.publicatie (onderwerp TEXT, gebiedsniveau TEXT, gewest TEXT, afwezig TEXT)")
        self.con.execute(
            "CREATE TABLE ref.gebiedsniveau AS SELECT *, FALSE AS opgeteld FROM (VALUES "
            "('statsec2019', 'statsec', 2019, FALSE), ('statsec2024', 'statsec', 2024, FALSE), "
            "('deelgemeente2024', 'deelgemeente', 2024, FALSE), ('gemeente2024', 'gemeente', 2024, TRUE), "
            "('gemeente', 'gemeente', NULL, TRUE), ('provincie', 'provincie', NULL, TRUE)) "
            "AS n (gebiedsniveau, reeks, laatste_jaar, afgeleid)"
        )
        self.con.execute(f"CREATE TABLE ref.periode AS {rendered('ref/periode').sql('duckdb')}")
        columns = ", ".join(f"{name} {kind}" for name, kind in SOURCE_COLUMNS.items())
        self.con.execute(
            f"CREATE TABLE bron.proef ({columns}); CREATE TABLE paar "
            "(van_niveau TEXT, van TEXT, naar_niveau TEXT, naar TEXT, aard TEXT)"
        )
        self._given = f"CREATE OR REPLACE VIEW onderwerp.gepubliceerd AS {given}"
        self._tree: list[tuple[Area, Area, str]] = []

    def run(
        self,
        tree: Iterable[tuple[Area, Area]],
        given: Values,
        absent: str = "onbekend",
        kind: str = "som",
        split: frozenset[Area] = frozenset(),
    ) -> Values:
        """(status, value) of every area that the models show, for pairs (part, whole) and what a publisher gives;
        those of `split` lie only partly in their whole."""
        rows = self.series(tree, {PERIOD: given}, absent, kind, split=split)
        unsaid = {place: status for place, (status, _, reason) in rows.items() if status != "ok" and not reason}
        assert not unsaid, "where there is no value, a reason says why"
        return {(level, code): (status, value) for (level, code, _), (status, value, _) in rows.items()}

    def series(
        self,
        tree: Iterable[tuple[Area, Area]],
        given: dict[str, Values],
        absent: str = "onbekend",
        kind: str = "som",
        flow: str = "lopend",
        split: frozenset[Area | tuple[Area, Area]] = frozenset(),
        there: str | None = None,
    ) -> dict[tuple[str, str, str], tuple[str, float | None, str | None]]:
        """(status, value, reason) by level, area and period, for what a publisher gives in every period, and the part
        of its days that is there; `split` holds what lies only partly in its wholes, or the pairs themselves."""
        everywhere = {area: cell for values in given.values() for area, cell in values.items()}
        self._place([(*p, "gesplitst" if {p[0], p} & split else "exact") for p in tree], everywhere)
        self.con.execute(
            f"CREATE OR REPLACE TABLE ref.onderwerp AS SELECT '{SUBJECT}' AS onderwerp, '{kind}' AS aggregatie, "
            f"'proef' AS bron, '{flow}' AS periodesoort, {HIDDEN_BELOW} AS verborgen_onder, "
            f"'{kind}' IN ('som', 'punten') AS telt_op, FALSE AS is_deel"
        )
        levels = sorted({level for level, _ in everywhere})
        self._fill("ref.publicatie", [(SUBJECT, level, REGION, absent) for level in levels])
        self._fill(
            "bron.proef",
            [
                (SUBJECT, *area, period, value, status, there)
                for period, values in given.items()
                for area, (status, value) in values.items()
            ],
        )
        for model in FIGURES:
            self.con.execute(f"CREATE OR REPLACE TABLE {model} AS {self._texts[model]}")
        rows = self.con.execute(
            "SELECT gebiedsniveau, gebied, periode, status, waarde, reden FROM onderwerp.plat"
        ).fetchall()
        found = {tuple(row[:3]): tuple(row[3:]) for row in rows}
        assert len(found) == len(rows), "an area has two values"
        return found

    def shown(self, table: str) -> list[tuple]:
        """The rows of mart.verschil or mart.grens after a run, without the subject."""
        return self.con.execute(f"SELECT * EXCLUDE onderwerp FROM ({self._texts[table]}) ORDER BY ALL").fetchall()

    def _place(self, tree: list[tuple[Area, Area, str]], given: Values) -> None:
        """The areas, and the relations (part, whole, nature) between them, as the models make them from the lists."""
        if tree == self._tree:
            return
        areas = sorted({area for part, whole, _ in tree for area in (part, whole)} | set(given))
        real = {area: not area[1].endswith("ZZZZ") for area in areas}
        self._fill("ref.gebied", [(*a, REGION, "gebied" if real[a] else "onbekend", real[a]) for a in areas])
        self._fill("paar", [(*part, *whole, nature) for part, whole, nature in tree])
        self.con.execute(f"COPY paar TO '{self._pairs}' (FORMAT parquet)")
        for model in AREAS:
            self.con.execute(f"CREATE OR REPLACE TABLE {model} AS {self._texts[model]}")
        self.con.execute(self._given)
        self._tree = tree

    def _fill(self, table: str, rows: list[tuple]) -> None:
        one = f"({', '.join('?' for _ in rows[0])})"
        listed = [value for row in rows for value in row]
        self.con.execute(f"DELETE FROM {table}; INSERT INTO {table} VALUES {', '.join(one for _ in rows)}", listed)
