"""What the text of a report may ask for between its sentences: tables and charts, each with its subjects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipelines.site import words
from pipelines.site.numbers import in_unit, measured, number
from pipelines.site.read_release import BESIDE, Row
from pipelines.site.report.functions import SIDES, Block, Missing, Sentences, Tree
from pipelines.site.subject import references

HEADS = {"centrumsteden": "De 13 samen", "vlaanderen": "Vlaanderen", "buren": "Verwante"}


class Functions(Sentences):
    """All functions of the texts of one website."""

    def all(self) -> dict[str, Any]:
        """Every function and word by the name that a text uses."""
        names = ("waarde", "getal", "jaar", "vergelijking", "plaats", "verandering", "trend", "naam_van", "titel_van")
        names += ("tabel", "grafiek", "steden", "themas", "onderwerpen", "tegels", "vergelijkbaar", "vergelijkbare")
        name = self._place.naam
        said: dict[str, Any] = {"gebied": name, "Gebied": name[:1].upper() + name[1:]}
        return said | {n: getattr(self, n) for n in names}

    def tabel(self, *codes: str | Iterable[str], titel: str = "") -> Block | Missing:
        """Subjects below each other: value, year, the thirteen, Flanders and the peers, and the rank."""
        flat = [c for code in codes for c in ([code] if isinstance(code, str) else code)]
        topics = [self._topic(code) for code in flat]
        found = [(topic, self._row(topic)) for topic in topics]
        sides = [s for s in SIDES if s != self._place.stad and any(_beside(t, r, s) for t, r in found)]
        ranked = any(row and row["rang"] is not None for _, row in found)
        heads = [self._place.naam[:1].upper() + self._place.naam[1:], "Jaar", *(HEADS[s] for s in sides)]
        rows = []
        for topic, row in found:
            name = _text(_titled(topic), topic["onderwerp"])
            if isinstance(row, Missing):
                why = _text(f" ({row.reason.rstrip('.')})")
                rows.append(_cells({"t": "span", "c": [name, why]}, ["–"] * (len(heads) + ranked)))
                continue
            cells = [
                number(row["waarde"], topic["afronding"]),
                row["periode"],
                *(_beside(topic, row, s) or "–" for s in sides),
            ]
            if ranked:
                cells.append(f"{row['rang']} van {row['gerangschikt']}" if row["rang"] and row["gerangschikt"] else "–")
            rows.append(_cells(name, cells))
        if not rows:
            return Missing("")
        head = ["Onderwerp", *heads, *(["Plaats"] if ranked else [])]
        return Block({"t": "table", "caption": [_text(titel)] if titel else [], "head": head, "rows": rows})

    def grafiek(self, code: str) -> Block | Missing:
        """The line of a subject beside the thirteen and Flanders; nothing where there is no line to draw."""
        topic = self._topic(code)
        facts = self._facts(code)
        if not facts["chart"]:
            return Missing("")
        columns = [self._place.naam, *facts["legend"]]
        areas = [self._place.gebied, *references(self._figures, self._place, topic)]
        lines = zip(columns, areas, strict=True)
        alt = [f"De grafiek toont {topic['naam']}.", *(self._line_said(topic, *line) for line in lines)]
        title = [_text(_titled(topic), code)]
        body, notes = facts["chart"].split(">", 1)[1], " ".join(facts["notes"])
        chart = {"title": title, "alt": " ".join(alt), "svg": body, "legend": columns, "notes": notes}
        return Block({"t": "chart", **chart})

    def _line_said(self, topic: Row, name: str, area: str) -> str:
        """A line of a chart for who does not see it: where it begins and ends, and its highest and lowest point."""
        points = [p for p in self._figures.series.get((area, topic["onderwerp"]), []) if p.waarde is not None]
        by_value = sorted(points, key=lambda point: point.waarde or 0)
        first, last, low, high = (
            f"{measured(p.waarde or 0, topic['afronding'], topic['eenheid'])} in {p.periode}"
            for p in (points[0], points[-1], by_value[0], by_value[-1])
        )
        return (
            f"{name[:1].upper()}{name[1:]} ging van {first} naar {last}, met {high} als hoogste en {low} als laagste."
        )

    def steden(self, code: str) -> Block | Missing:
        """The thirteen on one subject, the highest first, in the year of the latest value."""
        facts = self._facts(code)
        if not self._row(self._topic(code)):
            return Missing("")
        head = ["Stad", "Waarde", *(["95 %-interval"] if facts["intervals"] else [])]
        rows = []
        for city in facts["thirteen"]:
            name = f"{city.place}. {city.name}" if city.place else city.name[:1].upper() + city.name[1:]
            name += f" ({city.cell.text.rstrip('.')})" if city.cell.empty else ""
            cells = ["–" if city.cell.empty else city.cell.text]
            cells += [city.interval or "–"] if facts["intervals"] else []
            rows.append(_cells(_text(name), cells, city.own))
        caption = [_text(f"{_titled(self._topic(code))}, {facts['period']}", code)]
        return Block({"t": "table", "caption": caption, "head": head, "rows": rows})


def _text(said: str, code: str = "") -> Tree:
    """A piece of a line; with a code it leads to its subject."""
    return {"t": "text", "s": said, "code": code}


def _titled(topic: Row) -> str:
    """The name of a subject with its unit, where the name does not say that already."""
    unit = topic["eenheid"] or ""
    return words.title(topic) + ("" if unit in topic["naam"] else in_unit(unit))


def _cells(first: Tree, others: list[str], own: bool = False) -> Tree:
    """A row of a table; `own` is that of the website itself."""
    return {"own": own, "cells": [first, *map(_text, others)]}


def _beside(topic: Row, row: Row | Missing, side: str) -> str:
    """What stands in a table for one of those: the word of the comparison where there is one, and its value."""
    if isinstance(row, Missing) or topic["soort"] not in BESIDE or (other := row[f"waarde_{side}"]) is None:
        return ""
    word = {"hoger": "hoger dan ", "lager": "lager dan ", "niet te onderscheiden": "niet anders dan "}
    return word.get(row[f"tegenover_{side}"] or "", "") + number(other, topic["afronding"])
