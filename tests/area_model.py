"""The models that complete, carry and add up areas, as DuckDB gets them, on made-up areas and values."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from tests.model_text import SOURCE_COLUMNS, rendered
from tests.plain_rule import Cell

SUBJECT, PERIOD, REGION = "v9999_proef", "2020", "02000"
SECTOR, TOWN_2024, TOWN, PROVINCE = "statsec2019", "gemeente2024", "gemeente", "provincie"
Area = tuple[str, str]
Values = dict[Area, Cell]
AREAS = ("ref.gebied_relatie", "ref.grondgebied", "ref.deel")
FIGURES = ("onderwerp.volledig", "onderwerp.opgelost", "onderwerp.plat")


class Model:
    """The chain from what a publisher gives to onderwerp.plat, on tables that every example fills anew."""

    def __init__(self, folder: Path) -> None:
        self.con = duckdb.connect()
        self._pairs, landing, held = (folder / f"{n}.parquet" for n in ("pairs", "landing", "held"))
        paths = {"gebied_relatie": str(self._pairs), "vastgehouden": str(held), "landing": str(landing)}
        self._texts = {m: rendered(m.replace(".", "/"), **paths).sql("duckdb") for m in (*AREAS, *FIGURES)}
        given = rendered("onderwerp/gepubliceerd", datasets=["proef"]).sql("duckdb")
        self.con.execute(f"COPY (SELECT 'proef' AS bron, 'v1' AS bronversie) TO '{landing}'")
        held_columns = ", ".join(f"'' AS {c}" for c in ("bron", "gebiedsniveau", "gebied", "jaar", "reden"))
        self.con.execute(f"COPY (SELECT {held_columns}, '' AS niveau_eenheid LIMIT 0) TO '{held}'")
        self.con.execute("CREATE SCHEMA ref; CREATE SCHEMA bron; CREATE SCHEMA onderwerp")
        self.con.execute(
            "CREATE TABLE ref.gebied (gebiedsniveau TEXT, gebied TEXT, gewest TEXT, soort TEXT, getoond BOOLEAN)"
        )
        self.con.execute("CREATE TABLE ref.publicatie (onderwerp TEXT, gebiedsniveau TEXT, gewest TEXT, afwezig TEXT)")
        self.con.execute(
            "CREATE TABLE ref.gebiedsniveau AS FROM (VALUES ('statsec2019', 'statsec', 2019, FALSE), "
            "('gemeente2024', 'gemeente', 2024, TRUE), ('gemeente', 'gemeente', NULL, TRUE), "
            "('provincie', 'provincie', NULL, TRUE)) AS n (gebiedsniveau, reeks, laatste_jaar, afgeleid)"
        )
        columns = ", ".join(f"{name} {kind}" for name, kind in SOURCE_COLUMNS.items())
        self.con.execute(f"CREATE TABLE bron.proef ({columns}); CREATE TABLE paar (a TEXT, b TEXT, c TEXT, d TEXT)")
        self._given = f"CREATE OR REPLACE VIEW onderwerp.gepubliceerd AS {given}"
        self._tree: list[tuple[Area, Area]] = []

    def run(
        self, tree: Iterable[tuple[Area, Area]], given: Values, absent: str = "onbekend", kind: str = "som"
    ) -> Values:
        """(status, value) of every area that the models show, for pairs (part, whole) and what a publisher gives."""
        self._place(list(tree), given)
        self.con.execute(
            f"CREATE OR REPLACE TABLE ref.onderwerp AS SELECT '{SUBJECT}' AS onderwerp, '{kind}' AS aggregatie, "
            "'proef' AS bron"
        )
        levels = sorted({level for level, _ in given})
        self._fill("ref.publicatie", [(SUBJECT, level, REGION, absent) for level in levels])
        self._fill(
            "bron.proef",
            [(SUBJECT, *area, PERIOD, "2020-01-01", value, status) for area, (status, value) in given.items()],
        )
        for model in FIGURES:
            self.con.execute(f"CREATE OR REPLACE TABLE {model} AS {self._texts[model]}")
        rows = self.con.execute("SELECT gebiedsniveau, gebied, status, waarde FROM onderwerp.plat").fetchall()
        found = {(level, code): (status, value) for level, code, status, value in rows}
        assert len(found) == len(rows), "an area has two values"
        return found

    def _place(self, tree: list[tuple[Area, Area]], given: Values) -> None:
        """The areas, and the relations between them, as the models make them from the lists."""
        if tree == self._tree:
            return
        areas = sorted({area for pair in tree for area in pair} | set(given))
        real = {area: not area[1].endswith("ZZZZ") for area in areas}
        self._fill("ref.gebied", [(*a, REGION, "gebied" if real[a] else "onbekend", real[a]) for a in areas])
        self._fill("paar", [(*part, *whole) for part, whole in tree])
        self.con.execute(
            "COPY (SELECT a AS van_niveau, b AS van, c AS naar_niveau, d AS naar FROM paar) "
            f"TO '{self._pairs}' (FORMAT parquet)"
        )
        for model in AREAS:
            self.con.execute(f"CREATE OR REPLACE TABLE {model} AS {self._texts[model]}")
        self.con.execute(self._given)
        self._tree = tree

    def _fill(self, table: str, rows: list[tuple]) -> None:
        self.con.execute(f"DELETE FROM {table}")
        marks = ", ".join("?" for _ in rows[0])
        self.con.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
