"""A half-year report as a tree of blocks, without its looks: an overview, a page for every goal, and the rules.

It is made for the council (short), the management team (with money, owners and risks) or the public (what is public).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pipelines.orba.frozen import Content, Goal, half_year_said
from pipelines.orba.goal_page import (
    COUNCIL,
    EXAMPLE,
    MANAGEMENT,
    PUBLIC,
    ROWS,
    ForReader,
    Tree,
    actions_table,
    bullets,
    euros,
    goal_page,
    heading,
    paragraph,
    tabular,
)
from pipelines.orba.verdict import BEHIND, UNKNOWN, WORST_FIRST, of_money
from pipelines.site.numbers import day
from pipelines.site.words import in_a_row

FOR = {COUNCIL: "voor de gemeenteraad", MANAGEMENT: "voor het managementteam", PUBLIC: "voor iedereen"}
MEANINGS = (
    "Op schema: het cijfer ligt op het pad naar de streefwaarde of verder, of is er binnen het toeval gelijk aan.",
    "Achter: het cijfer ligt ook met het toeval erbij voor het pad, of een mijlpaal is voorbij en niet gedaan.",
    "Bereikt: het cijfer haalt de streefwaarde, ook met het toeval erbij.",
    "Niet te zeggen: er is geen streefwaarde of geen cijfer, of het cijfer is te oud of te onzeker.",
    "Gedaan en niet gedaan: voor wat enkel aangevinkt wordt.",
)


def told(content: Content, reader: str, linked: bool = False) -> Tree:
    """A report for one kind of reader, as `as_pdf` and the template of a report take it; `linked` for in a website."""
    goals = [goal for goal in content.doelen if reader != PUBLIC or goal.publiek]
    report = ForReader(content, reader, _numbered(content, goals), linked)
    blocks = [heading("Overzicht"), *_overview(report, goals)]
    if reader == MANAGEMENT:
        blocks += [{"t": "page"}, heading("Geld en risico's"), *_money_and_risks(report, goals)]
    for goal in goals:
        blocks += [{"t": "page"}, heading(goal.doel.titel), *goal_page(report, goal)]
    long = [goal for goal in goals if len(goal.acties) > ROWS] if reader == MANAGEMENT else []
    if long:
        blocks += [{"t": "page"}, heading("Alle acties van de langere lijsten")]
    for goal in long:
        blocks += [heading(goal.doel.titel, 3), actions_table(report, goal.acties)]
    rules = "Een oordeel wordt berekend uit de cijfers en de mijlpalen, met dezelfde regels voor elk doel."
    blocks += [{"t": "page"}, heading("Wat een oordeel betekent"), paragraph(rules), bullets(MEANINGS)]
    for number, block in enumerate(blocks):
        block |= {"h": {"id": f"deel-{number}"}, "table": {"nr": number}}.get(block["t"], {})
    name = f"Opvolging van het bestuursakkoord, {half_year_said(content.periode)}"
    return {
        "title": f"{name}: {content.naam}",
        "name": name,
        "intro": f"Hoe de doelen ervoor staan op {day(content.op)}, {FOR[reader]}.",
        "who": content.naam,
        "colour": content.kleur,
        "blocks": blocks,
        "parts": [block for block in blocks if block["t"] == "h" and block["level"] == 2],
        "contents": True,
        "notes": [
            {"n": number, "said": said, "codes": _topics(content, goals, said)} for said, number in report.notes.items()
        ],
        "release": _again(content),
    }


def _overview(report: ForReader, goals: Sequence[Goal]) -> list[Tree]:
    """How many goals stand how, those without an indicator counted apart, and a line for each."""
    verdicts = Counter(report.standing(goal.doel).oordeel for goal in goals)
    counted = in_a_row([f"{verdicts[word]} ‘{word}’" for word in WORST_FIRST if verdicts[word]])
    what = "publieke doelen" if report.reader == PUBLIC else "doelen"
    said = f"Van de {len(goals)} {what} zijn er {counted}." if goals else f"Er zijn nog geen {what}."
    if none := sum(not goal.doel.volgt.metingen for goal in goals):
        said += f" {none} {'heeft' if none == 1 else 'hebben'} geen indicator."
    found = [paragraph(said)]
    if any(goal.voorbeeld for goal in goals):
        found.append({"t": "quote", "c": [paragraph(EXAMPLE)]})
    if report.content.vorige:
        found.append(paragraph(f"Wat veranderde, is vergeleken met het verslag {report.content.vorige}."))
    if report.content.weg and report.reader != PUBLIC:
        found.append(paragraph(f"Niet meer in het plan: {in_a_row(list(report.content.weg))}."))
    rows = []
    for goal in goals:
        behind = sum(report.standing(action).oordeel == BEHIND for action in goal.acties)
        mine = goal.doel.mens.oordeel if goal.doel.mens else "–"
        rows.append([goal.doel.titel, report.standing(goal.doel).oordeel, mine, str(len(goal.acties)), str(behind)])
    head = ["Doel", "Oordeel", "Van een persoon", "Acties", "Acties achter"]
    return [*found, *([tabular(head, rows, "kttnn")] if rows else [])]


def _money_and_risks(report: ForReader, goals: Sequence[Goal]) -> list[Tree]:
    """What was planned and spent per goal, and what asks for somebody's attention."""
    rows, risks = [], []
    for goal in goals:
        planned, spent, title = goal.planned, goal.spent, goal.doel.titel
        money, verdict = of_money(planned, spent, report.today), report.standing(goal.doel)
        so_far = {year: euro for year, euro in planned.items() if year <= report.today.year}
        rows.append([title, euros(planned), euros(so_far), euros(spent), money.oordeel if planned else "–"])
        if verdict.oordeel == BEHIND:
            risks.append(f"{title}: {verdict.reden}")
        if money.oordeel == BEHIND:
            risks.append(f"{title}: {money.reden}")
        if goal.doel.mens and goal.doel.mens.oordeel != verdict.oordeel:
            risks.append(
                f"{title}: {goal.doel.mens.door} oordeelt ‘{goal.doel.mens.oordeel}’, berekend is ‘{verdict.oordeel}’."
            )
        if verdict.oordeel == UNKNOWN:
            risks.append(f"{title}: {verdict.reden}")
        if late := [a.titel for a in goal.acties if report.standing(a).oordeel == BEHIND]:
            risks.append(f"{title}: {len(late)} {'actie is' if len(late) == 1 else 'acties zijn'} achter.")
    head = ["Doel", "Gepland", f"Gepland tot en met {report.today.year}", "Uitgegeven", "Geld"]
    listed = {"t": "list", "ordered": False, "items": [[paragraph(risk)] for risk in risks]}
    return [
        tabular(head, rows, "knnnt"),
        heading("Wat aandacht vraagt", 3),
        listed if risks else paragraph("Niets."),
    ]


def _numbered(content: Content, goals: Sequence[Goal]) -> dict[str, int]:
    """The number of each source, in the order in which it is first used."""
    topics = [measure.onderwerp for goal in goals for measure in goal.doel.volgt.metingen]
    names = dict.fromkeys(name for topic in topics for name in content.bronnen.get(topic, ()))
    return {name: number for number, name in enumerate(names, 1)}


def _topics(content: Content, goals: Sequence[Goal], said: str) -> list[str]:
    """The subjects that come from a source."""
    topics = (measure.onderwerp for goal in goals for measure in goal.doel.volgt.metingen)
    return list(dict.fromkeys(topic for topic in topics if said in content.bronnen.get(topic, ())))


def _again(content: Content) -> str:
    """What a report stands on, and how it is made again."""
    release: Any = content.release
    command = f"obmi --eigen {content.stad} orba" if content.eigen else "obmi orba"
    return (
        f"Dit verslag staat op release {release['release']} van {day(release['gemaakt_op'])}, met vingerafdruk "
        f"{release['vingerafdruk'][:16]} en code {release['code'][:16]}. Wat het nodig heeft, is ernaast bewaard: de "
        f"opdracht “{command} rapport --city {content.stad} --periode {content.periode}” geeft het opnieuw, byte voor "
        "byte."
    )
