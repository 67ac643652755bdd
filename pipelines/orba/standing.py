"""The tables `orba.meting`, `orba.stand` and `orba.rapport`: what of a city's plan follows from the figures of a
release and from the day, written anew with every release; and the days that those need in the table of dates."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from datetime import date

import duckdb

from pipelines.describe.catalogue import City
from pipelines.home import Home, read_json
from pipelines.orba.frozen import FROZEN, TODO, Content, reports_of
from pipelines.orba.plan import Plan
from pipelines.orba.star import Columns, PlanTables, StarTable, days_of, write_star
from pipelines.orba.states import PartState, follow, part_states
from pipelines.orba.verdict import Followed

MEASURED: Columns = {
    "sleutel": ("VARCHAR", "Sleutel van de meting."),
    "indicator": ("VARCHAR", "Indicator."),
    "periode": ("VARCHAR", "Periode van het cijfer."),
    "dag": ("DATE", "Dag waar het cijfer over gaat: de eerste van zijn periode bij een stand, anders de laatste."),
    "waarde": ("DOUBLE", "Waarde; leeg waar er geen te tonen is."),
    "ondergrens": ("DOUBLE", "Ondergrens van het 95%-interval."),
    "bovengrens": ("DOUBLE", "Bovengrens van het 95%-interval."),
    "voorlopig": ("BOOLEAN", "Voorlopig volgens de uitgever."),
    "waarom": ("VARCHAR", "Waarom er geen waarde is."),
}
STANDING: Columns = {
    "sleutel": ("VARCHAR", "Sleutel van de stand."),
    "onderdeel": ("VARCHAR", "Doel of actie."),
    "op": ("DATE", "Dag waarop het zo stond: die van de release."),
    "oordeel": ("VARCHAR", "Berekend oordeel (docs/orba-oordeel.md)."),
    "reden": ("VARCHAR", "Waarom, in een zin."),
    "geld": ("VARCHAR", "Oordeel over het uitgegeven geld; leeg waar niets gepland is."),
    "geld_reden": ("VARCHAR", "Waarom, in een zin."),
    "oordeel_persoon": ("VARCHAR", "Wat een persoon ervan vindt, als iemand dat zei."),
    "persoon": ("VARCHAR", "Wie."),
}
REPORTED: Columns = {
    "sleutel": ("VARCHAR", "Sleutel van het verslag."),
    "periode": ("VARCHAR", "Halfjaar, zoals 2026H1."),
    "versie": ("INTEGER", "Versie van het verslag."),
    "op": ("DATE", "Dag waarover het verslag gaat."),
    "release": ("VARCHAR", "Release waar het op staat."),
}
RELATIONS_OF_STATES = (
    *(("meting.indicator", "indicator.sleutel"), ("meting.dag", "datum.datum")),
    *(("stand.onderdeel", "onderdeel.sleutel"), ("stand.op", "datum.datum"), ("rapport.op", "datum.datum")),
)


class PlansWithStates(PlanTables):
    """The tables of the plans, and those that follow from the figures of the release that is being made."""

    def __init__(
        self,
        plans: Mapping[str, Plan],
        cities: Sequence[City],
        home: Home,
        today: date,
        private: Mapping[str, Container[str]],
    ) -> None:
        super().__init__(plans, private)
        self._cities, self._home, self._today = cities, home, today

    def follow(self, con: duckdb.DuckDBPyConnection, catalog: str, stad: str, mart: str = "rel.mart") -> None:
        """Write them into the file that is attached under this name, by the figures of a mart that is attached."""
        tables = self.of(stad)
        if not tables:
            return
        cities = [city for city in self._cities if city.stad in ((stad,) if stad else self._plans)]
        found: list[tuple[dict[str, Followed], list[PartState]]] = []
        for city in cities:
            plan = self._plans[city.stad] if stad else self.shared(city.stad)
            followed = follow(plan, con, city, mart)
            found.append((followed, part_states(plan, followed, self._today)))
        added = {
            "meting": StarTable("Metingen: elk cijfer van elke indicator.", MEASURED, _measured(found)),
            "stand": StarTable("Standen: hoe elk doel en elke actie ervoor staat.", STANDING, _standing(found)),
            "rapport": StarTable("Rapporten: de halfjaarverslagen die er zijn.", REPORTED, self._reports(stad)),
        }
        used = [value for one in added.values() for row in one.rows for value in row if isinstance(value, date)]
        days = [row[0] for row in tables["datum"].rows]
        added["datum"] = replace(tables["datum"], rows=days_of([*days, *used]))
        write_star(con, f'"{catalog}"', added)

    def _reports(self, stad: str) -> list[tuple[object, ...]]:
        """A city's reports; those are not shared."""
        found = []
        for period, version, folder in reports_of(self._home, stad) if stad else ():
            content = read_json(folder / FROZEN, Content, TODO)
            found.append((f"{stad}/{folder.name}", period, version, content.op, content.release["release"]))
        return found


def _measured(found: Sequence[tuple[dict[str, Followed], list[PartState]]]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for followed, _ in found:
        for one in (measure for each in followed.values() for measure in each.metingen):
            for number, f in enumerate(figure for figure in one.cijfers if figure.periode):
                figures = (f.waarde, f.ondergrens, f.bovengrens, f.voorlopig, f.waarom)
                rows.append((f"{one.code}/{number:03d}", one.code, f.periode, f.dag, *figures))
    return rows


def _standing(found: Sequence[tuple[dict[str, Followed], list[PartState]]]) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for one in (state for _, states in found for state in states):
        money = (one.geld.oordeel, one.geld.reden) if one.geld else (None, None)
        person = (one.mens.oordeel, one.mens.door) if one.mens else (None, None)
        rows.append((f"{one.onderdeel}/{one.op}", one.onderdeel, one.op, one.oordeel, one.reden, *money, *person))
    return rows
