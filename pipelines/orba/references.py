"""What a plan refers to outside itself: the subjects, areas and cubes of a city's file, which must be there."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import duckdb

from pipelines.describe.catalogue import City
from pipelines.home import quoted
from pipelines.orba.plan import Bedrag, Doel, EigenMeting, Element, Indicator, Row

Rows = Mapping[str, Mapping[str, Row]]
OF_A_CELL = "'onderwerp', 'gebiedsniveau', 'gebied', 'periode', 'periode_begin', 'waarde', 'status'"


class CityFigures:
    """The subjects and areas of the file of one city, read when they are first asked for."""

    def __init__(self, path: Path | None, city: City) -> None:
        self._path, self._city = path, city

    @cached_property
    def topics(self) -> dict[str, str]:
        """The subjects by code, with their names; empty where there is no release."""
        return dict(self._ask("SELECT onderwerp, naam FROM mart.onderwerp ORDER BY onderwerp"))

    @cached_property
    def areas(self) -> dict[tuple[str, str], str]:
        """The areas that the city's file has, by level and code, with their names."""
        rows = self._ask("SELECT gebiedsniveau, gebied, naam FROM mart.gebied ORDER BY ALL")
        return {(level, area): name for level, area, name in rows}

    @cached_property
    def dimensions(self) -> list[str]:
        """What a cube can be cut by."""
        found = self._ask(
            "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'mart' AND table_name = 'kubus' "
            f"AND column_name NOT IN ({OF_A_CELL})"
        )
        return [name for (name,) in found]

    def fault(self, row: Row, rows: Rows) -> str:
        """What is wrong with a row, in itself and with what it refers to, in Dutch; empty where nothing is."""
        if isinstance(row, Element) and row.begin and row.einde and row.einde < row.begin:
            return (
                f"het einde ({row.einde:%d/%m/%Y}) ligt voor het begin ({row.begin:%d/%m/%Y}); verbeter een van beide"
            )
        for number in filter(None, (n.strip() for n in getattr(row, "sdg", "").split(";"))):
            if not number.isdigit() or not 1 <= int(number) <= 17:
                return f"sdg is ‘{number}’; schrijf nummers van 1 tot 17, gescheiden door een puntkomma"
        if isinstance(row, Doel) and row.publiek and not row.titel:
            return "een publiek doel heeft een titel nodig"
        if isinstance(row, Bedrag):
            return self._fault_of_amount(row)
        if isinstance(row, EigenMeting):
            of = rows["indicator"].get(row.indicator)
            if isinstance(of, Indicator) and of.onderwerp:
                return f"{row.indicator} volgt onderwerp {of.onderwerp}; alleen een eigen maat heeft eigen metingen"
            low, high = row.ondergrens, row.bovengrens
            if None not in (low, high, row.waarde) and not low <= row.waarde <= high:  # type: ignore[operator]
                return "de waarde ligt niet tussen ondergrens en bovengrens; verbeter een van de drie"
        return self._fault_of_indicator(row) if isinstance(row, Indicator) else ""

    @staticmethod
    def _fault_of_amount(row: Bedrag) -> str:
        if row.jaar is None or not 2000 <= row.jaar <= 2100:
            return f"jaar is {row.jaar}; schrijf een boekjaar zoals 2026"
        if row.besteed_eur is not None and not row.bron:
            return "een besteed bedrag heeft een bron nodig; vul de kolom bron in"
        return ""

    def _fault_of_indicator(self, row: Indicator) -> str:
        if (row.beginwaarde is None) != (row.begin_op is None):
            return "een beginwaarde heeft een dag nodig, en omgekeerd; vul beginwaarde en begin_op beide in"
        if not row.onderwerp:
            if row.doorsnede or row.gebied or row.gebiedsniveau:
                return "een eigen maat heeft geen gebied of doorsnede; vul een onderwerp in, of maak die cellen leeg"
            return "" if row.naam else "een eigen maat heeft een naam nodig; vul naam of onderwerp in"
        if self._path is None:
            return (
                "er is nog geen release om onderwerpen in te zoeken; voer obmi refresh uit en geef het bestand opnieuw"
            )
        if row.onderwerp not in self.topics:
            near = difflib.get_close_matches(row.onderwerp, self.topics, 1)
            hint = f"; bedoelde u {near[0]} ({self.topics[near[0]]})?" if near else "; obmi zoek vindt onderwerpen"
            return f"onderwerp {row.onderwerp} bestaat niet{hint}"
        level, own = ("gemeente", self._city.nis_code) if self._city.nis_code else (self._city.stad,) * 2
        place = (row.gebiedsniveau or level, row.gebied or own or "")
        if place not in self.areas:
            return (
                f"gebied {place[0]} {place[1]} is er niet in het bestand van {self._city.naam}; kies een van de lijst"
            )
        return self._fault_of_slice(row, place) if row.doorsnede else self._fault_of_place(row, place)

    def _fault_of_place(self, row: Indicator, place: tuple[str, str]) -> str:
        here = f"onderwerp = {quoted(row.onderwerp)} AND gebied = {quoted(place[1])}"
        if self._ask(f"SELECT 1 FROM mart.waarneming WHERE {here} AND gebiedsniveau = {quoted(place[0])} LIMIT 1"):
            return ""
        levels = self._ask(
            f"SELECT DISTINCT gebiedsniveau FROM mart.waarneming WHERE onderwerp = {quoted(row.onderwerp)}"
        )
        known = ", ".join(sorted(level for (level,) in levels))
        if not known:  # in preparation: it may be followed before it has figures
            return ""
        return f"{row.onderwerp} heeft geen cijfers voor {place[0]} {place[1]}; wel op niveau {known}"

    def _fault_of_slice(self, row: Indicator, place: tuple[str, str]) -> str:
        parts = [part.partition("=") for part in row.doorsnede.split(";") if part.strip()]
        if wrong := [name.strip() for name, _, _ in parts if name.strip() not in self.dimensions]:
            return f"doorsnede: {wrong[0]} is geen dimensie; kies uit {', '.join(self.dimensions)}"
        where = " AND ".join(f'CAST("{n.strip()}" AS VARCHAR) = {quoted(v.strip())}' for n, _, v in parts)
        about = f"(onderwerp, gebiedsniveau, gebied) = ({', '.join(map(quoted, (row.onderwerp, *place)))})"
        if self._ask(f"SELECT 1 FROM mart.kubus WHERE {about} AND {where} LIMIT 1"):
            return ""
        return f"de kubus {row.onderwerp} heeft in {place[0]} {place[1]} geen deel {row.doorsnede}; kijk in mart.kubus"

    def _ask(self, sql: str) -> list[tuple[str, ...]]:
        if self._path is None:
            return []
        with duckdb.connect(str(self._path), read_only=True) as con:
            return con.execute(sql).fetchall()
