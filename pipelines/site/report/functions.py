"""What the text of a report may ask for in its sentences: figures and comparisons in words, each with its subject."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pipelines.describe.reports import ReportFault
from pipelines.site import words
from pipelines.site.numbers import measured, number
from pipelines.site.read_release import Place, Point, ReleaseFigures, Row
from pipelines.site.subject import BESIDE

OWN = "eigen"
SIDES = dict(words.SIDES)
TRENDS = {"stijgend": "steeg", "dalend": "daalde", "geen trend": "toonde geen duidelijke trend"}
Tree = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """Words about a subject that lead to it where they have its code: a value, a comparison, a place; `woord` is what
    an `if` may ask."""

    said: str
    code: str
    woord: str = ""

    def __str__(self) -> str:
        raise ReportFault("een cijfer staat alleen tussen accolades; schrijf {{ waarde('…') }} zonder ~ of |")


@dataclass(frozen=True)
class Missing:
    """No figure: the sentence that stands in for one that needs it (none where nothing is to be said), and in a cell
    of a table the reason alone."""

    sentence: str
    reason: str = "–"
    woord: str = ""

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        raise ReportFault("een cijfer staat alleen tussen accolades; schrijf {{ waarde('…') }} zonder ~ of |")


@dataclass(frozen=True)
class Block:
    """A table or chart, which stands in a paragraph of its own."""

    tree: Tree

    def __str__(self) -> str:
        raise ReportFault("een tabel of grafiek staat alleen tussen accolades; zet er geen ~ of | bij")


Said = Figure | Missing


class Sentences:
    """The functions that give words; a code that is not a subject, and a wrong area, are a ReportFault."""

    def __init__(
        self, figures: ReleaseFigures, place: Place, tiles: dict[str, list[str]], facts: Callable[[str], dict[str, Any]]
    ) -> None:
        self._figures, self._place, self._tiles, self._facts = figures, place, tiles, facts
        self._cities = {city.stad: city for city in figures.cities}

    def waarde(self, code: str, gebied: str = OWN, jaar: int | str | None = None) -> Said:
        """A value with its unit: the latest of the area, or of another area in that year, or of another year."""
        topic = self._topic(code)
        found = self._number(topic, gebied, jaar)
        if isinstance(found, Missing):
            return found
        return Figure(measured(found, topic["afronding"], topic["eenheid"]), code)

    def getal(self, code: str, gebied: str = OWN, jaar: int | str | None = None) -> Said:
        """The same without its unit."""
        topic = self._topic(code)
        found = self._number(topic, gebied, jaar)
        return found if isinstance(found, Missing) else Figure(number(found, topic["afronding"]), code)

    def jaar(self, code: str) -> Said:
        """The year (or school year) of the latest value."""
        row = self._row(self._topic(code))
        return row if isinstance(row, Missing) else Figure(row["periode"], "")

    def vergelijking(self, code: str, met: str | None = None) -> Said:
        """How the latest value compares with the thirteen, Flanders or the peers; with all that differ from it or not
        beyond chance where none is named. The words are those of `tegenover_…` in mart.profiel."""
        topic = self._topic(code)
        if not self.vergelijkbaar(code):
            raise ReportFault(
                f"'{code}' is een aantal, en aantallen van gebieden worden niet vergeleken; neem het aandeel ervan"
            )
        row = self._row(topic)
        if isinstance(row, Missing):
            return row
        if met is None:
            return _row_of([f for side in SIDES if (f := words.compared(row, topic, side))], code)
        self._one_of(met, SIDES, "waarmee te vergelijken is")
        if met == self._place.stad:
            return Missing("")
        if said := words.compared(row, topic, met):
            return Figure(said, code, row[f"tegenover_{met}"])
        if (other := row[f"waarde_{met}"]) is None:
            return Missing(f"Voor “{topic['naam']}” is er geen cijfer van {SIDES[met]} om mee te vergelijken.")
        beside = measured(other, topic["afronding"], topic["eenheid"])
        return Figure(f"niet met zekerheid te vergelijken met {SIDES[met]} ({beside})", code)

    def plaats(self, code: str) -> Said:
        """The rank among the thirteen, with the places that chance leaves open."""
        row = self._row(self._topic(code))
        if isinstance(row, Missing):
            return row
        absent = [name for name in (row.get("rang_zonder") or "").split(", ") if name]
        said = words.rank_said(row, absent)
        return Figure(f"de {said}", code) if said else Missing("")

    def verandering(self, code: str) -> Said:
        """The difference with the figure before it; more or less only where it is more than chance: the intervals of
        both do not meet, or everything is counted."""
        topic = self._topic(code)
        row = self._row(topic)
        if isinstance(row, Missing):
            return row
        if not (said := words.change(row, topic)):
            return Missing("")
        method, then = topic["interval"] or "", row["vorige_periode"]
        points = {p.periode: p for p in self._figures.series.get((self._place.gebied, code), [])}
        chance = _chance(points.get(then), points.get(row["periode"]))
        if method.startswith("volledige telling") or said.startswith("ongeveer"):
            return Figure(said, code)
        if chance is None:
            return Figure(f"{said}, zonder dat bekend is hoe groot het toeval is", code)
        before = measured(row["vorige_waarde"], topic["afronding"], topic["eenheid"])
        return Figure(f"niet te onderscheiden van {then} ({before})" if chance else said, code)

    def trend(self, code: str) -> Said:
        """Where the series goes, as the end of a sentence: `steeg tussen 2016 en 2021`."""
        row = self._row(self._topic(code))
        if isinstance(row, Missing):
            return row
        if not words.trend(row):
            return Missing("")
        said = TRENDS.get(row["trend"], "heeft te weinig cijfers om een trend te zien")
        return Figure(f"{said} tussen {row['trend_van']} en {row['periode']}", code, row["trend"])

    def naam_van(self, code: str) -> str:
        """The name of a subject."""
        return self._topic(code)["naam"]

    def titel_van(self, code: str) -> str:
        """The name of a subject with a capital, for the start of a line."""
        return words.title(self._topic(code))

    def onderwerpen(self, thema: str) -> list[str]:
        """The subjects of a theme that have a value here."""
        topics = self._figures.themes.get(thema)
        if topics is None:
            raise ReportFault(f"'{thema}' is geen thema; kies uit {', '.join(self._figures.themes)}")
        return [t["onderwerp"] for t in topics if self._row(t)]

    def themas(self) -> list[str]:
        """The themes that have a value here."""
        return [thema for thema in self._figures.themes if self.onderwerpen(thema)]

    def vergelijkbaar(self, code: str) -> bool:
        """Whether areas can be compared on a subject: it is no count."""
        return self._topic(code)["soort"] in BESIDE

    def vergelijkbare(self, thema: str) -> list[str]:
        """The subjects of a theme that have a value here and can be compared."""
        return [code for code in self.onderwerpen(thema) if self.vergelijkbaar(code)]

    def tegels(self, thema: str) -> list[str]:
        """Those of them that models/website.yaml names as tiles; all where it names none."""
        own = self.onderwerpen(thema)
        return [c for c in self._tiles.get(thema, []) if c in own] or own

    def _topic(self, code: str) -> Row:
        self._one_of(code, self._figures.topics, "van een onderwerp")
        return self._figures.topics[code]

    def _one_of(self, said: object, known: Iterable[str], what: str) -> None:
        if said in (names := list(known)):
            return
        near = difflib.get_close_matches(str(said), names, 1)
        near = near or (names if len(names) < 20 else [])
        raise ReportFault(
            f"'{str(said)[:60]}' is geen code {what}; "
            + (f"bedoel je {' of '.join(near)}?" if near else "zoek de code op de pagina Zoeken van de website")
        )

    def _row(self, topic: Row) -> Row | Missing:
        """The profile of a subject with a value here, or why there is none."""
        row = self._figures.latest(self._place.gebied, topic["onderwerp"])
        if row is not None and row["waarde"] is not None:
            return row
        return _missing(topic, self._facts(topic["onderwerp"])["why_not"])

    def _number(self, topic: Row, gebied: str, jaar: int | str | None) -> float | Missing:
        code = topic["onderwerp"]
        self._one_of(gebied, (OWN, *SIDES, *self._cities), "van een gebied")
        row = self._row(topic)
        if isinstance(row, Missing) and gebied in (OWN, *SIDES) and jaar is None:
            return row
        if jaar is None and gebied in (OWN, *SIDES):
            found = row["waarde" if gebied == OWN else f"waarde_{gebied}"]  # type: ignore[index]
        else:
            area = self._place.gebied if gebied == OWN else gebied
            area = self._figures.area(self._cities[gebied]) if gebied in self._cities else area
            area = {"vlaanderen": words.FLANDERS}.get(area, area)
            period = str(jaar) if jaar is not None else row["periode"] if row else None  # type: ignore[index]
            points = self._figures.series.get((area, code), [])
            found = next((p.waarde for p in points if p.periode == period), None)
        if found is not None:
            return found
        of = SIDES.get(gebied) or (self._cities[gebied].naam if gebied in self._cities else self._place.naam)
        when = f" in {jaar}" if jaar is not None else ""
        return Missing(f"Voor “{topic['naam']}” is er geen cijfer van {of}{when}.")


def _row_of(said: list[str], code: str) -> Said:
    return Figure(words.in_a_row(said), code) if said else Missing("")


def _missing(topic: Row, why: str) -> Missing:
    return Missing(f"Voor “{topic['naam']}” is er geen cijfer ({why.rstrip('.')}).", why)


def _chance(before: Point | None, now: Point | None) -> bool | None:
    """Whether the intervals of two figures meet; None where one has none."""
    if before is None or now is None or None in (before.ondergrens, now.ondergrens):
        return None
    return before.bovengrens >= now.ondergrens and now.bovengrens >= before.ondergrens  # type: ignore[operator]
