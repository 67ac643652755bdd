"""The page of a subject: its value in words, its series, the thirteen, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipelines.site import words
from pipelines.site.charts import Dot, Line, as_file, dot_row, line_chart
from pipelines.site.numbers import in_unit, measured, number
from pipelines.site.read_release import BESIDE, FLANDERS, TOGETHER, VGC, Place, Point, ReleaseFigures, Row


@dataclass(frozen=True)
class Cell:
    """What stands in a table for one figure: a number, or why there is none."""

    text: str
    note: str = ""
    empty: bool = False


@dataclass(frozen=True)
class CityRow:
    """One of the thirteen in the table of a subject."""

    place: str
    name: str
    code: str
    cell: Cell
    interval: str
    mark: Markup
    own: bool
    reference: bool


def series_cell(point: Point | None, topic: Row, figures: ReleaseFigures) -> Cell:
    """One figure of a series."""
    if point is None:
        return Cell("geen cijfer", empty=True)
    if point.waarde is None:
        return Cell(words.missing(point, figures), empty=True)
    return Cell(number(point.waarde, topic["afronding"]), "voorlopig" if point.voorlopig else "")


def references(figures: ReleaseFigures, place: Place, topic: Row) -> list[str]:
    """The areas with a figure that a series is shown beside; a count of another area has another scale."""
    if topic["soort"] not in BESIDE:
        return []
    return [c for c in (TOGETHER, FLANDERS) if c != place.gebied and _dots(figures, c, topic["onderwerp"])]


def facts(figures: ReleaseFigures, place: Place, topic: Row) -> dict[str, Any]:
    """All that the page of a subject says."""
    code = topic["onderwerp"]
    row = figures.latest(place.gebied, code)
    valued = row if row is not None and row["waarde"] is not None else None
    cities = _cities(figures, place, topic, valued["periode"]) if valued else []
    return {
        "topic": topic,
        "title": words.title(topic),
        "unit": in_unit(topic["eenheid"]),
        "value": words.value_said(valued, topic) if valued else "",
        "period": valued["periode"] if valued else "",
        "why_not": "" if valued else _why_not(row, topic, figures),
        "told": _told(valued, topic, cities) if valued else [],
        "chart": _chart(figures, place, topic),
        "legend": [words.column(c, figures) for c in references(figures, place, topic)],
        "years": _years(figures, place, topic),
        "columns": [place.naam, *(words.column(c, figures) for c in references(figures, place, topic))],
        "notes": _notes(figures, place, topic),
        "intervals": any(p.ondergrens is not None for p in figures.series.get((place.gebied, code), [])),
        "thirteen": cities,
        "described": words.described(topic),
        "parts": [
            (what, topic[what], figures.topics[topic[what]]["naam"])
            for what in ("teller", "noemer")
            if topic[what] in figures.topics
        ],
        "sources": _sources(topic, figures),
        "merger": words.merger(place.gebied, figures),
        "grade": valued["kwaliteit"] if valued else None,
        "why_grade": words.GRADES.get(valued["kwaliteit"] or "", "") if valued else "",
        "revisions": [words.revised(r, topic, figures) for r in figures.revisions.get((place.gebied, code), [])],
    }


def chart_file(figures: ReleaseFigures, place: Place, topic: Row, drawn: Markup) -> str:
    """The chart of a subject as a file, with what its lines are, its source and licence."""
    others = [words.column(code, figures) for code in references(figures, place, topic)]
    lines = [f"{how}: {name}." for how, name in zip(("Streepjes", "Puntjes"), others, strict=False)]
    cite, licence = words.cited(topic, figures)
    title = f"{words.title(topic)}, {place.naam}{in_unit(topic['eenheid'])}"
    said = [*lines, *_notes(figures, place, topic), f"Bron: {cite}.", f"Licentie: {licence}.", topic["onderwerp"]]
    return as_file(drawn, title, " ".join(said))


def _why_not(row: Row | None, topic: Row, figures: ReleaseFigures) -> str:
    """Why a subject has no value here."""
    if row is not None:
        return words.missing(row, figures)
    if topic["soort"] == "kubus":
        return "dit is een kubus: cijfers per kenmerk, zonder één cijfer voor het geheel"
    if topic["status"] == "leeg":
        return "er is nog geen levering van de uitgever aanvaard"
    if topic["status"] == "actief":
        return "er is geen jaarcijfer van dit gebied"
    return topic["status"] or "er is geen cijfer"


def _told(row: Row, topic: Row, cities: list[CityRow]) -> list[tuple[str, str]]:
    """What a reader asks of a value, and the answer."""
    limits = words.interval(row["ondergrens"], row["bovengrens"], topic["afronding"])
    absent = [c.name for c in cities if c.cell.empty and not c.reference and c.code != VGC]
    found = [
        ("Met 95 % zekerheid", f"{limits} {topic['eenheid'] or ''}".strip() if limits else ""),
        ("Vroeger", words.change(row, topic)),
        ("Trend", words.trend(row)),
        ("Plaats onder de 13", words.rank_said(row, absent)),
        ("Vergeleken", "; ".join(words.comparisons(row, topic))),
    ]
    return [(what, said) for what, said in found if said]


def _dots(figures: ReleaseFigures, area: str, code: str) -> list[Dot]:
    points = figures.series.get((area, code), [])
    return [Dot(p.jaar, p.waarde, p.ondergrens, p.bovengrens) for p in points if p.waarde is not None]


def _chart(figures: ReleaseFigures, place: Place, topic: Row) -> Markup | None:
    """The line of an area beside those of the references; with one year there is no line to draw."""
    own = _dots(figures, place.gebied, topic["onderwerp"])
    if len(own) < 2:
        return None
    lines = [Line(place.naam, "own straks" if topic["soort"] == "prognose" else "own", own)]
    for i, code in enumerate(references(figures, place, topic), 1):
        lines.append(Line(words.column(code, figures), f"ref r{i}", _dots(figures, code, topic["onderwerp"])))
    first, last = (measured(d.value, topic["afronding"], topic["eenheid"]) for d in (own[0], own[-1]))
    said = f"Lijn van {place.naam}: {first} in {own[0].year}, {last} in {own[-1].year}. De tabel geeft alle jaren."
    return line_chart(lines, topic["afronding"], said)


def _notes(figures: ReleaseFigures, place: Place, topic: Row) -> list[str]:
    """What the chart shows beside its lines."""
    points = figures.series.get((place.gebied, topic["onderwerp"]), [])
    years = [p.jaar for p in points if p.waarde is not None]
    missing = sorted(set(range(years[0], years[-1])) - set(years)) if years else []
    return [
        *(["De band is het 95 %-interval."] if any(p.ondergrens is not None for p in points) else []),
        *(["De streepjes zijn een vooruitzicht, geen telling."] if topic["soort"] == "prognose" else []),
        *([f"Dunne puntjes overbruggen jaren zonder cijfer: {words.years_said(missing)}."] if missing else []),
    ]


def _years(figures: ReleaseFigures, place: Place, topic: Row) -> list[tuple[str, list[Cell], str]]:
    """Every period, newest first: the area and its references, and the interval."""
    code = topic["onderwerp"]
    series = [
        {p.periode: p for p in figures.series.get((area, code), [])}
        for area in (place.gebied, *references(figures, place, topic))
    ]
    rows = []
    for period, own in reversed(series[0].items()):
        limits = words.interval(own.ondergrens, own.bovengrens, topic["afronding"])
        rows.append((period, [series_cell(points.get(period), topic, figures) for points in series], limits))
    return rows


def _cities(figures: ReleaseFigures, place: Place, topic: Row, period: str) -> list[CityRow]:
    """The cities in one period, the highest first and those without a figure last, and the references."""
    cities = {figures.area(city): city for city in figures.cities}
    others = [TOGETHER, FLANDERS] if topic["soort"] in BESIDE else []
    found = {
        area: point
        for area in (*cities, *others)
        for point in figures.series.get((area, topic["onderwerp"]), [])
        if point.periode == period
    }
    dots = {a: Dot(0, p.waarde, p.ondergrens, p.bovengrens) for a, p in found.items() if p.waarde is not None}
    ends = [v for d in dots.values() for v in (d.value, d.low, d.high) if v is not None]
    scale = (min(ends if others else [0.0, *ends], default=0.0), max(ends, default=0.0))
    line = dots[TOGETHER].value if others and TOGETHER in dots else None
    thirteen = [dots[a].value for a in cities if a in dots and a != VGC]

    def row(area: str) -> CityRow:
        point, dot, own = found.get(area), dots.get(area), area == place.gebied
        ranked = dot is not None and area in cities and area != VGC
        return CityRow(
            place=str(1 + sum(value > dot.value for value in thirteen)) if ranked and dot else "",
            name=cities[area].naam if area in cities else words.column(area, figures),
            code=area,
            cell=series_cell(point, topic, figures),
            interval=words.interval(point.ondergrens, point.bovengrens, topic["afronding"]) if point else "",
            mark=dot_row(dot, scale, line, own) if dot else Markup(""),
            own=own,
            reference=area not in cities,
        )

    by_value = sorted(cities, key=lambda a: (a not in dots, -dots[a].value if a in dots else 0.0, cities[a].naam))
    return [row(area) for area in (*by_value, *others)]


def _sources(topic: Row, figures: ReleaseFigures) -> list[Row]:
    """The datasets of a subject, with what their checks say."""
    names = words.source_names(topic)
    return [
        {
            **figures.sources[n],
            "checks": words.checks_said(figures.checks.get(n, [])),
            "since": words.accepted(figures.sources[n]),
        }
        for n in names
        if n in figures.sources
    ]
