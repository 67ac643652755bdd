"""What a figure means, in words: why there is none, its place, how it compares, where it goes, its grade."""

from __future__ import annotations

import re

from pipelines.site.numbers import between, day, measured, ordinal, step
from pipelines.site.read_release import FLANDERS, TOGETHER, Point, ReleaseFigures, Row

STATUSES = {
    "leeg": "niet geleverd",
    "verborgen": "verborgen door de uitgever",
    "nvt": "niet van toepassing",
    "onbekend": "onbekend",
    "onderdrukt": "door ons verborgen",
}
MEANINGS = {
    "leeg": "de uitgever leverde niets; in een som telt het als niets",
    "verborgen": "de uitgever of wij tonen het niet, om personen te beschermen; een som ermee is het ook",
    "nvt": "het kan hier niet voorkomen",
    "onbekend": "niemand zegt hoeveel het er zijn, of de bron gaat niet over dit gebied",
    "onderdrukt": "wij tonen het niet, om personen te beschermen",
}
GRADES = {
    "A": "van de uitgever of exact samengesteld, uit de jongste levering, en alle controles van de bron geslaagd",
    "B": "een controle van de bron waarschuwt, het cijfer is voorlopig, of een deel ervan is ouder",
    "C": "een ouder cijfer, omdat de jongste levering tegengehouden is",
}
AGAINST = {
    "hoger": "hoger dan",
    "lager": "lager dan",
    "niet te onderscheiden": "niet te onderscheiden van",
}
SIDES = (
    ("centrumsteden", "de 13 centrumsteden samen"),
    ("vlaanderen", "Vlaanderen"),
    ("buren", "de verwante gemeenten samen"),
)
TYPES = re.compile(r"\[([^\]]+)\]\s*")
CODES = re.compile(r"\b\d{5}\b|\bv[pg]?\d{4}_\w+")


def missing(point: Point | Row, figures: ReleaseFigures) -> str:
    """Why there is no value, with the names of what the reason names by code."""
    status, reason = (point.status, point.reden) if isinstance(point, Point) else (point["status"], point["reden"])
    said = STATUSES.get(status, status)
    return f"{said}: {with_names(reason, figures)}" if reason else said


def with_names(text: str, figures: ReleaseFigures) -> str:
    """A text with the codes of areas and subjects replaced by their names."""

    def name(found: re.Match[str]) -> str:
        code = found[0]
        return figures.topics[code]["naam"] if code in figures.topics else figures.names.get(code, code)

    return CODES.sub(name, text)


def title(topic: Row) -> str:
    """The name of a subject as a heading."""
    name = topic["naam"]
    return name[:1].upper() + name[1:]


def described(topic: Row) -> str:
    """The description, whose type stands before it as a word."""
    text = topic["omschrijving"] or ""
    return TYPES.sub(lambda found: found[1].capitalize() + ": ", text, count=1)


def value_said(row: Row, topic: Row) -> str:
    """A value with its unit."""
    return measured(row["waarde"], topic["afronding"], topic["eenheid"])


def interval(low: float | None, high: float | None, decimals: int) -> str:
    """The interval, or nothing where there is none or where it is the value itself."""
    return between(low, high, decimals) if low is not None and high is not None and low != high else ""


def nth_highest(rank: int) -> str:
    """`hoogste`, `2e hoogste`."""
    return "hoogste" if rank == 1 else f"{ordinal(rank)} hoogste"


def rank_said(row: Row, absent: list[str]) -> str:
    """The rank among the thirteen, the places that chance leaves open, and who has no figure."""
    if row["rang"] is None or not row["gerangschikt"]:
        return ""
    said = f"{nth_highest(row['rang'])} van {row['gerangschikt']}"
    low, high = row["rang_van"], row["rang_tot"]
    if low is not None and high is not None and low != high:
        said += f" (kan {low} tot {high} zijn)"
    return f"{said}; zonder {in_a_row(absent)}" if absent else said


def comparisons(row: Row, topic: Row) -> list[str]:
    """How the value compares with the thirteen, Flanders and the peers, where that can be said."""
    found = []
    for side, _ in SIDES:
        if said := compared(row, topic, side):
            judged = row[f"oordeel_{side}"]
            found.append(f"{said}, dat is {judged}" if judged else said)
    return found


def compared(row: Row, topic: Row, side: str) -> str:
    """How the value compares with one of those, or nothing where chance cannot be told from a difference."""
    said, other = AGAINST.get(row[f"tegenover_{side}"] or ""), row[f"waarde_{side}"]
    if not said or other is None:
        return ""
    return f"{said} {dict(SIDES)[side]} ({measured(other, topic['afronding'], topic['eenheid'])})"


def change(row: Row, topic: Row) -> str:
    """The difference with the figure before it."""
    before, moved = row["vorige_waarde"], row["verandering"]
    if row["waarde"] is None or before is None or moved is None:
        return ""
    then = measured(before, topic["afronding"], topic["eenheid"])
    size = step(moved, topic["afronding"], topic["eenheid"])
    if step(0, topic["afronding"], topic["eenheid"]) == size:
        return f"ongeveer gelijk aan {row['vorige_periode']} ({then})"
    return f"{size} {'meer' if moved > 0 else 'minder'} dan in {row['vorige_periode']} ({then})"


def trend(row: Row) -> str:
    """The direction over the series, where there is one, and it is no forecast."""
    said = row["trend"]
    if said in (None, "niet te bepalen", "nvt"):
        return ""
    span = f"tussen {row['trend_van']} en {row['periode']}"
    return f"geen duidelijke trend {span}" if said == "geen trend" else f"{said} {span}"


def revised(row: Row, topic: Row, figures: ReleaseFigures) -> str:
    """One changed figure: what it was and what it is."""

    def told(number: float | None, status: str | None) -> str:
        if number is None:
            return STATUSES.get(status or "", "geen cijfer")
        return measured(number, topic["afronding"], topic["eenheid"])

    was, now = told(row["oude_waarde"], row["oude_status"]), told(row["nieuwe_waarde"], row["nieuwe_status"])
    area = figures.names.get(row["gebied"], row["gebied"])
    return f"{area}, {row['periode']}: was {was}, is nu {now}"


def merger(area: str, figures: ReleaseFigures) -> str:
    """That a municipality is a merger, and what its older figures are of."""
    if area not in figures.merged:
        return ""
    year, parts = figures.merged[area]
    said = f"{in_a_row([figures.names.get(code, code) for code in parts])} zijn sinds {year} één gemeente."
    return f"{said} Cijfers van ervoor gaan over die gemeenten samen, en ontbreken waar dat niet te berekenen is."


def in_a_row(names: list[str]) -> str:
    """Names in a sentence: `Aalst, Gent en Genk`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} en {names[-1]}" if names else ""


def years_said(years: list[int]) -> str:
    """Years in a sentence: `2010 tot 2014 en 2016`."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return in_a_row([str(run[0]) if len(run) == 1 else f"{run[0]} tot {run[-1]}" for run in runs])


def source_names(topic: Row) -> list[str]:
    """The datasets that a subject comes from."""
    return [name.strip() for name in (topic["bron"] or "").split(",")]


def cited(topic: Row, figures: ReleaseFigures) -> tuple[str, str]:
    """How the sources of a subject are cited, and under which licences they are."""
    sources = [figures.sources[name] for name in source_names(topic) if name in figures.sources]
    cite = "; ".join(s["bronvermelding"] or s["titel"] for s in sources)
    return cite, "; ".join(dict.fromkeys(s["licentie"] or "" for s in sources))


def checks_said(rows: list[Row]) -> str:
    """How many checks of a dataset passed, and what the others say."""
    ran = [r for r in rows if r["uitslag"] in ("geslaagd", "gefaald", "fout", "aanvaard")]
    delivered = [r for r in ran if r["punt"] == "levering"]
    passed = sum(r["uitslag"] == "geslaagd" for r in delivered)
    rest = [r["omschrijving"].rstrip(".") for r in ran if r["uitslag"] != "geslaagd" and r["omschrijving"]]
    said = f"{passed} van {len(delivered)} controles van de levering geslaagd"
    return f"{said}; er is een opmerking bij: {'; '.join(dict.fromkeys(rest))}" if rest else said


def accepted(source: Row) -> str:
    """When a version was accepted, or that there is none."""
    return day(source["aanvaard_op"]) if source["aanvaard_op"] else "nog geen levering aanvaard"


def column(code: str, figures: ReleaseFigures) -> str:
    """The name of an area at the head of a column or row."""
    return {TOGETHER: "De 13 samen", FLANDERS: "Vlaanderen"}.get(code) or figures.names.get(code, code)


def area_name(code: str, figures: ReleaseFigures) -> str:
    """The name of an area in a sentence."""
    return {TOGETHER: "de 13 centrumsteden samen", FLANDERS: "Vlaanderen"}.get(code) or figures.names.get(code, code)
