"""A Swing databank in small: made-up figures over OData, with the paging of both kinds of databanks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.replay.server import Answer, Asked, as_json

PATH = re.compile(
    r"(?P<root>.*/odata)/Variables\('(?P<v>[^']+)'\)/GeoLevels\('(?P<g>[^']+)'\)/PeriodLevels\('year'\)/Periods"
    r"(\('(?P<p>[^']+)'\)/Values)?"
)


@dataclass
class Swing:
    """One databank; `links` pages by `@odata.nextLink`, else by `$skip`. The other switches play what goes wrong."""

    key: str | None = None
    known: str = "v1"
    areas: int = 30
    years: tuple[int, ...] = tuple(range(2015, 2025))
    page: int = 10
    links: bool = False
    ignores_skip: bool = False
    takes_top: bool = True
    next_link: str | None = None
    revised: bool = False
    fails_at: int | None = None

    def reply(self, asked: Asked) -> Answer:
        """Answer as `…/odata/Variables('v')/GeoLevels('g')/PeriodLevels('year')/Periods…` does."""
        if self.key and asked.headers.get("apikey") != self.key:
            return as_json({"error": {"message": "Guest user group not found, No access!"}}, 401)
        found = PATH.fullmatch(asked.path.replace("%27", "'"))
        if not found or not found["v"].startswith(self.known):
            return as_json({"error": {"message": "Resource not found"}}, 404)
        if found["p"] is None:
            periods = [{"ExternalCode": str(year), "Name": str(year), "FullName": str(year)} for year in self.years]
            return as_json({"value": periods})
        rows = self._rows(found["g"], found["p"])
        top = asked.one("$top")
        if top and not self.takes_top:
            return as_json({"error": {"message": "The query specified in the URI is not valid."}}, 400)
        skip = 0 if self.ignores_skip else int(asked.one("$skip", "0"))
        if self.fails_at is not None and skip >= self.fails_at:
            return Answer(status=500)
        part = rows[skip : skip + (min(int(top), self.page) if top else self.page)]
        answer: dict[str, Any] = {"@odata.context": "$metadata#Values", "value": part}
        if self.links and not top and skip + self.page < len(rows):
            answer["@odata.nextLink"] = (
                self.next_link or f"http://{asked.headers['host']}{asked.path}?$skip={skip + self.page}"
            )
        return as_json(answer)

    def _rows(self, level: str, period: str) -> list[dict[str, Any]]:
        years = {"all": self.years, "mrp": self.years[-1:]}.get(period, [period])
        return [
            {
                "@odata.type": "#Swing.Value",
                "@odata.id": f"Values({area})",
                "ExternalCode": str(11000 + area),
                "GeoLevel": level,
                "PeriodLevel": "year",
                "Period": str(year),
                "ValueString": {0: "?", 1: "x"}.get((area + int(year)) % 9, f"{area}.{'50' if self.revised else '5'}"),
                "Description": None,
            }
            for year in years
            for area in range(self.areas)
        ]
