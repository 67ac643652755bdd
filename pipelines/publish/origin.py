"""`obmi herkomst`: where one figure comes from, in sentences that let a person find and recompute it."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from pipelines.config import Settings
from pipelines.describe.catalogue import Topic
from pipelines.describe.specs import Dataset
from pipelines.describe.units import unit_of
from pipelines.home import Home, Problem, quoted, with_texts
from pipelines.landing.landings import Landings
from pipelines.publish.causes import defined_as
from pipelines.publish.landed_then import landed_then
from pipelines.publish.recorded import record_of
from pipelines.publish.releases import MAIN, list_releases
from pipelines.publish.tracing import GivenRows, Step, Tracer
from pipelines.transform.inputs import sources

CAME = {"voorbeeld": "meegeleverd met het project", "live": "opgehaald", "drop": "aangereikt", "bestand": "ingesteld"}
TODAY = (
    "(VALUES ('gemeente', 1), ('vgc', 2), ('centrumsteden', 3), ('provincie', 4), ('gewest', 5)) AS v (niveau, plaats)"
)
AREAS = f"""
SELECT DISTINCT w.gebiedsniveau, w.gebied, g.naam, COALESCE(v.plaats, 9) AS plaats
FROM mart.waarneming AS w
JOIN mart.gebied AS g USING (gebiedsniveau, gebied)
LEFT JOIN {TODAY} ON v.niveau = w.gebiedsniveau
WHERE w.onderwerp = $topic AND $area IN (LOWER(w.gebied), LOWER(g.naam), LOWER(g.stad))
  AND ($level IS NULL OR w.gebiedsniveau = $level)
ORDER BY plaats, w.gebiedsniveau DESC, w.gebied"""
PERIODS = """
SELECT periode, status FROM mart.waarneming WHERE onderwerp = $topic AND gebiedsniveau = $level AND gebied = $area
ORDER BY periode_begin, periode"""
REVISED = """
FROM mart.revisie WHERE onderwerp = $topic AND gebiedsniveau = $level AND gebied = $area AND periode = $period"""
Said = Iterator[str]


class NoSuchFigure(Problem):
    """A subject, area or period of which the release has no figure."""


@dataclass(frozen=True)
class Known:
    """A home, with the datasets that are described for it: that of everybody, or what one city has of its own."""

    home: Home
    datasets: Mapping[str, Dataset]


def herkomst(
    path: Path, known: list[Known], topics: Mapping[str, Topic], settings: Settings, asked: dict[str, Any]
) -> str:
    """Where the figure that is `asked` for (topic, area, level and period, the last two may be None) comes from, by a
    release file and what was accepted when that was made: in the home of everybody, and after it that of a city.
    Raises NoSuchFigure, and Altered for raw bytes that are."""
    with duckdb.connect() as con, TemporaryDirectory(prefix="obmi-") as work:
        con.execute(f"ATTACH {quoted(path)} AS rel (READ_ONLY); USE rel")
        key = _key(con, **asked)
        (release, code, made), *_ = con.execute("SELECT release, code, gemaakt_op FROM mart.release").fetchall()
        checks = dict(
            con.execute(
                "SELECT bron, LIST([controle, uitslag]) FROM mart.kwaliteit WHERE punt = 'levering' GROUP BY 1"
            ).fetchall()
        )
        con.execute("USE memory")
        landings, notes = _accepted(known, topics, settings, release, key[0], Home(Path(work)))
        step = Tracer(con, landings, topics).of(*key)
    assert step is not None, "the cell was found a moment ago"
    lines = [_head(step), f"  release {release} van {made:%Y-%m-%d}, code {code[:12]}"]
    lines += [f"  {line}" for line in (*notes, *_revisions(known[0].home, key, release, path))]
    seen: set[tuple[str, ...]] = set()
    lines += _tell(step, topics, seen)
    for dataset in dict.fromkeys(g.dataset for g in _given(step)):
        lines += ["", *_dataset(dataset, landings, checks.get(dataset, []))]
    lines += ["", _verdict(step)]
    return "\n".join(lines)


def _accepted(
    known: list[Known], topics: Mapping[str, Topic], settings: Settings, release: str, topic: str, second: Home
) -> tuple[Landings, list[str]]:
    """What was accepted of the datasets of a subject when a release was made, and what is otherwise since then."""
    names = sources(topics[topic], dict(topics)) if topic in topics else []
    found, why, marks = Landings(known[0].home, {}), list[str](), set[str]()
    for one in known:
        mine = [name for name in names if name in one.datasets]
        record = record_of(one.home, release)
        if record is None:
            now = Landings(one.home, {name: one.datasets[name] for name in mine}).in_use()
            found = now.beside(found)
            why += ["wat er toen aanvaard was, is niet opgeschreven; hieronder staat wat dat nu is"] if mine else []
            continue
        place = second.of_city(one.home.root.name) if one.home.around else second
        beside = Landings(known[0].home, known[0].datasets) if one.home.around else {}
        then, otherwise = landed_then(one.home, place, one.datasets, record, mine, settings, beside)
        found, why = then.beside(found), why + otherwise
        marks |= {defined.mark for code, defined in record.defined(one.home).items() if code == topic}
    if marks and topic in topics and defined_as(topics)[topic].mark not in marks:
        why.append("het onderwerp is sindsdien anders gedefinieerd; nagerekend wordt met de definitie van nu")
    return found, why


def _key(
    con: duckdb.DuckDBPyConnection, topic: str, area: str, level: str | None, period: str | None
) -> tuple[str, str, str, str]:
    """The cell that is asked for."""
    codes = [code for (code,) in con.execute("SELECT onderwerp FROM mart.onderwerp").fetchall()]
    if topic not in codes:
        near = difflib.get_close_matches(topic, codes, 3)
        hint = f"bedoel je {' of '.join(near)}?" if near else "obmi zoek vindt het met een woord"
        raise NoSuchFigure(f"geen onderwerp heet '{topic[:60]}'; {hint}")
    areas = con.execute(with_texts(AREAS, topic=topic, area=area.casefold(), level=level)).fetchall()
    if not areas:
        at = f" op het niveau {level[:60]}" if level else ""
        raise NoSuchFigure(f"{topic} heeft geen rij van '{area[:60]}'{at}; geef een naam of code uit mart.gebied")
    at, code, name, _ = areas[0]
    periods = con.execute(with_texts(PERIODS, topic=topic, level=at, area=code)).fetchall()
    counted = [p for p, status in periods if status == "ok"]
    chosen = period or (counted or [p for p, _ in periods])[-1]
    if chosen not in [p for p, _ in periods]:
        there = f"{periods[0][0]} tot {periods[-1][0]}"
        raise NoSuchFigure(f"{topic} van {name} heeft geen periode '{chosen[:60]}'; de release heeft {there}")
    return topic, at, code, chosen


def _head(step: Step) -> str:
    cell = step.cell
    said = f"{cell['naam']} ({cell['onderwerp']}), {_area(cell)}, {cell['periode']}: {_value(cell)}"
    if cell["ondergrens"] is not None:
        said += f" (95 %-interval {_number(cell['ondergrens'])} tot {_number(cell['bovengrens'])})"
    return said + (f", kwaliteit {cell['kwaliteit']}" if cell["kwaliteit"] else "")


def _area(cell: dict[str, Any]) -> str:
    return f"{cell['gebied_naam'] or ''} ({cell['gebiedsniveau']} {cell['gebied']})".strip()


def _value(cell: dict[str, Any]) -> str:
    if cell["status"] != "ok":
        return f"{cell['status']}: {cell['reden']}"
    return f"{_number(cell['waarde'])} {unit_of(cell['waarde'], cell['eenheid'])}"


def _number(value: float | None) -> str:
    """A number in full, so that it can be computed with."""
    return "niets" if value is None else f"{value:.15g}".replace(".", ",")


def _revisions(home: Home, key: tuple[str, str, str, str], release: str, path: Path) -> Said:
    """In which releases up to this one, whose file is given, a figure changed; those that are packed are not read."""
    asked = with_texts(REVISED, **dict(zip(("topic", "level", "area", "period"), key, strict=True)))
    names = [one["release"] for one in list_releases(home) if one["release"] < release]
    file_name = MAIN if path.name == MAIN else f"steden/{path.name}"
    files = {name: home.releases / name / file_name for name in names}
    for name, file in {**files, release: path}.items():
        if not file.exists():
            continue
        with duckdb.connect(str(file), read_only=True) as con:
            for row in con.execute(asked).to_arrow_table().to_pylist():
                was, now, why = row["oude_waarde"], row["nieuwe_waarde"], row.get("oorzaak", "onbekend")
                yield f"herzien in {name}: {_number(was)} werd {_number(now)} ({row['soort']}, oorzaak: {why})"
    if packed := sum(not file.exists() for file in files.values()):
        yield f"wat herzien is in de vroegere releases die ingepakt zijn ({packed}), zegt --asof met die release"


def _tell(step: Step, topics: Mapping[str, Topic], seen: set[tuple[str, ...]]) -> Said:
    """A figure and what it is made of, each once."""
    cell = step.cell
    key = tuple(cell[n] for n in ("onderwerp", "gebiedsniveau", "gebied", "periode"))
    if key in seen:
        return
    if seen:
        yield ""
        yield f"{cell['naam']} ({cell['onderwerp']}), {cell['periode']}: {_value(cell)}"
    seen.add(key)
    if entry := topics.get(cell["onderwerp"]):
        yield f"  beschreven in {entry.place.rsplit(':', 1)[0].replace(' line ', ', regel ')}"
    if step.how == "formule":
        yield f"  = {step.formula}"
    elif step.how == "nul":
        yield "  de bron heeft geen rij van dit gebied, en dat betekent er nul"
    elif step.how == "niet gevonden":
        yield "  waar dit cijfer van gemaakt is, ligt niet (meer) in dit huis"
    if step.given:
        yield from _rows(step.given, cell)
    for part in step.parts:
        yield from _tell(part, topics, seen)


def _rows(given: GivenRows, cell: dict[str, Any]) -> Said:
    rows = "1 rij" if given.rows == 1 else f"{given.rows} rijen"
    of = "van het gebied zelf" if given.same else f"van {given.areas} gebieden van het niveau {given.level}"
    over = f", over {given.periods} maanden of kwartalen" if given.periods > 1 else ""
    yield f"  {rows} {of}{over} in {given.dataset} (versie {given.version})"
    if given.sums:
        added = " / ".join(_number(s) for s in given.sums)
        yield f"  samen {added}: {'dat is het cijfer' if given.proves else 'DAT IS HET CIJFER NIET'}"
    for row in given.sample:
        yield "    " + ", ".join(f"{name} {value}" for name, value in row.items())
    if given.rows > len(given.sample):
        yield f"    … en {given.rows - len(given.sample)} andere"
    for source in given.sources:
        address = f" van {source.address}" if source.address else ""
        moment = source.arrived[:16].replace("T", " ")
        yield f"  gelezen uit {source.name}{address}, {CAME.get(source.via, source.via)} op {moment}"
        yield f"    sha256 {source.sha256}"


def _given(step: Step) -> Iterator[GivenRows]:
    if step.given:
        yield step.given
    for part in step.parts:
        yield from _given(part)


def _dataset(dataset: str, landings: Landings, checks: list[list[str]]) -> Said:
    """How a dataset is read, and what judged it."""
    spec = landings[dataset].spec
    yield f"{dataset}: {spec.titel} ({spec.uitgever}, {spec.licentie})"
    yield f"  beschrijving {spec.file}, {spec.pagina}"
    outcomes = Counter(outcome for _, outcome in checks)
    failed = [name for name, outcome in checks if outcome == "gefaald"]
    told = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common())
    yield f"  controles van de levering: {told}" + (f" ({', '.join(failed)})" if failed else "")
    for correction in spec.corrections:
        years = f" in {', '.join(map(str, correction.jaren))}" if correction.jaren else ""
        yield f"  rechtgezet in {correction.column}{years}: {correction.reden}"


def _verdict(step: Step) -> str:
    if step.how == "zonder cijfer":
        return "Er is geen cijfer; de reden staat hierboven."
    if step.proven:
        return "Nagerekend: elk deel is teruggevonden in wat geleverd is, en komt uit."
    return "Niet helemaal nagerekend: wat hierboven niet uitkomt of ontbreekt, staat erbij."
