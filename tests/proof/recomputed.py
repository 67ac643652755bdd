"""Figures of a release computed again, from the raw bytes (recomputed_raw.py) and the YAML of the catalogue, in pandas.

Nothing of pipelines/ takes part, nor the landing, nor SQL; the release gives the areas, which lie in which, and the
figures to compare. What a subject is, and how areas, statuses and ratios add up, is written here a second time, from
CONTRIBUTING.md.
"""

from __future__ import annotations

import functools
import math
import random
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from tests.helpers import reading
from tests.proof.recomputed_raw import ROOT, STATUSES, description, rows

DERIVED = {"teller", "termen", "klassen"}
OF_A_SOURCE = {"bron", "maat", "waar", "gewicht", "publicatieniveaus", "periodiciteit", "interval"}
KINDS = {"termen": "afgeleid", "teller": "ratio", "gewicht": "gewogen", "klassen": "gestandaardiseerd"}
Answer = tuple[float | None, str]
UNKNOWN: Answer = (None, "onbekend")


@dataclass(frozen=True)
class Cell:
    """One row of mart.waarneming."""

    onderwerp: str
    gebiedsniveau: str
    gebied: str
    periode: str
    waarde: float | None
    status: str


def catalogue() -> dict[str, dict[str, Any]]:
    """Every subject with what its file says for all, and the kind of computing that it needs."""
    topics = {}
    for path in sorted((ROOT / "models" / "indicatoren").glob("*.yaml")):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for code, entry in content["onderwerpen"].items():
            of_all = content.get("standaard", {})
            if DERIVED & set(entry):
                of_all = {k: v for k, v in of_all.items() if k not in OF_A_SOURCE}
            topic = {**of_all, **entry}
            counted = topic["omschrijving"].startswith(("[aantal]", "[kubus]"))
            kind = next((KINDS[k] for k in KINDS if k in topic), "som" if counted else "geen")
            topics[code] = {"aggregatie": kind, **topic}
    return topics


def recompute(home: Path, number: int, seed: str) -> tuple[list[str], Counter[str]]:
    """Compute random cells again: each one that differs, and how many there were of each kind.

    What is placed by its coordinates or by a name alone is left out: which municipality that is has tests of its own
    (test_points.py, test_names.py).
    """
    again, wrong, kinds = Recomputed(home), [], Counter()
    told = re.compile(r"punten:|namen: \{kolom: gebied\b")
    placed = {f"{p.parent.name}_{p.stem}" for p in ROOT.glob("sources/*/*.yaml") if told.search(p.read_text("utf-8"))}
    drawn = cells(home, number, seed, placed)
    for cell in sorted(drawn, key=lambda c: (str(again.topics[c.onderwerp].get("bron")), c.onderwerp)):
        found = again.answer(cell.onderwerp, cell.gebiedsniveau, cell.gebied, cell.periode)
        kinds[again.topics[cell.onderwerp]["aggregatie"] + ("" if cell.waarde is not None else " without a value")] += 1
        if not same(cell, found):
            wrong.append(f"{cell}: the raw bytes give {found}")
    return wrong, kinds


def cells(home: Path, number: int, seed: str, leaving_out: set[str]) -> list[Cell]:
    """Random rows of the release: subject after subject, so that a small one is met as often as a large one, and
    nine with a value for one without. A subject that has no value at all is not computed."""
    key = "onderwerp, gebiedsniveau, gebied, periode"
    with reading(home) as con:
        drawn = con.execute(
            f"SELECT onderwerp, waarde IS NULL, MIN_BY(ROW({key}, waarde, status), md5(CONCAT_WS(' ', $1, {key})), $2) "
            "FROM mart.waarneming GROUP BY ALL",
            [seed, number],
        ).fetchall()
        sources = dict(con.execute("SELECT onderwerp, bron FROM mart.onderwerp").fetchall())
    pools = {(code, empty): [Cell(*row) for row in found] for code, empty, found in drawn}
    valued = {code for code, empty in pools if not empty}
    codes = sorted(code for code in valued if not leaving_out & set(sources[code].split(", ")))
    random.Random(seed).shuffle(codes)
    found: list[Cell] = []
    for turn in range(number):
        for code in codes[: number - len(found)]:
            pool = pools.get((code, (len(found) % 10 == 9))) or pools[code, False]
            found += pool[turn : turn + 1]
    return found


class Recomputed:
    """The figures of one home, computed when they are asked for."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.topics = catalogue()
        with reading(home) as con:
            areas = con.execute("SELECT gebiedsniveau, gebied, gewest, naam FROM mart.gebied").fetchall()
            inside = con.execute(
                "SELECT naar_niveau, naar, van_niveau, van FROM mart.gebied_relatie WHERE aard = 'exact'"
            ).fetchall()
            partly = con.execute("SELECT naar_niveau, naar FROM mart.gebied_relatie WHERE aard <> 'exact'").fetchall()
        self._region = {(level, area): region for level, area, region, _ in areas}
        self._named = {(level, name): area for level, area, _, name in areas}
        self._parts: dict[tuple[str, str], dict[str, list[str]]] = {}
        for level, area, of_level, part in inside:
            self._parts.setdefault((level, area), {}).setdefault(of_level, []).append(part)
        levels = pd.read_csv(ROOT / "sources" / "gebieden" / "gebiedsniveau.csv", sep=";", dtype=str)
        self._derived = set(levels.gebiedsniveau[levels.afgeleid == "ja"])
        self._summed = set(levels.gebiedsniveau[levels.afgeleid == "delen"])
        self._partly = {area for area in partly if area[0] in self._summed}
        self._of_today = set(levels.gebiedsniveau[levels.laatste_jaar.isna()])

    def answer(self, code: str, level: str, area: str, period: str) -> Answer:
        """The value and the status of a subject."""
        topic, at = self.topics[code], (level, area, period)
        kind = topic["aggregatie"]
        if kind == "ratio":
            return self._ratio(
                code, topic["factor"], self.answer(topic["teller"], *at), self.answer(topic["noemer"], *at)
            )
        if kind == "gewogen":
            return self._ratio(code, topic.get("factor", 1), *(self._flat(code, p, *at) for p in ("teller", "noemer")))
        if kind == "afgeleid":
            return self._sum_of_terms(topic["termen"], *at)
        if kind == "gestandaardiseerd":
            return self._standardised(topic, *at)
        return self._flat(code, "", *at)

    def _ratio(self, code: str, factor: float, teller: Answer, noemer: Answer) -> Answer:
        (t, of_t), (n, of_n) = teller, noemer
        for worst in ("onbekend", "verborgen"):
            if worst in (of_t, of_n):
                return None, worst
        if of_t != "ok" or of_n != "ok":
            return None, of_n if of_t == "ok" else of_t
        if n == 0:
            return None, "nvt"
        if self.topics[code]["omschrijving"].startswith("[percentage]") and not 0 <= t <= n:
            return UNKNOWN
        return factor * t / n, "ok"

    def _sum_of_terms(self, terms: dict[str, float], level: str, area: str, period: str) -> Answer:
        parts = []
        for term, coefficient in terms.items():
            code, _, earlier = term.partition(" ")
            value, status = self.answer(code, level, area, str(int(period) - 1) if earlier else period)
            parts.append((None if value is None else coefficient * value, status))
        return _together(parts)

    def _standardised(self, topic: dict[str, Any], level: str, area: str, period: str) -> Answer:
        """Σ wᵢ·(tᵢ/nᵢ), wᵢ the share of class i in Flanders in the standard year; of ten cases at least."""
        standard = [
            self.answer(n, "gewest", "02000", str(topic["standaardjaar"]))[0] for n in topic["klassen"].values()
        ]
        pairs = [[self.answer(c, level, area, period) for c in pair] for pair in topic["klassen"].items()]
        statuses = [status for pair in pairs for _, status in pair]
        for worst in ("onbekend", "verborgen"):
            if worst in statuses:
                return None, worst
        if set(statuses) != {"ok"} or sum(t for (t, _), _ in pairs) < 10 or any(n == 0 for _, (n, _) in pairs):
            return None, "nvt"
        weighted = (w / sum(standard) * t / n for w, ((t, _), (n, _)) in zip(standard, pairs, strict=True))
        return topic["factor"] * math.fsum(weighted), "ok"

    def _flat(self, code: str, part: str, level: str, area: str, period: str) -> Answer:
        """As published there; else as the sum of the parts that are fewest; the publisher's own beats the sum."""
        published = {of for of, _ in self._published(code, part)}
        levels = {of for of in published if self._moments(code, part, of, period)}
        if (level, area) in self._partly:
            return UNKNOWN
        if level not in self._derived | self._summed:
            return self._at(code, part, level, area, period)[0] if level in levels else UNKNOWN
        own, sums = None, []
        for of in sorted(levels):
            inside = [area] if of == level else self._parts.get((level, area), {}).get(of, [])
            if not inside or (len(period) > 4 and of != level and level not in self._of_today):
                continue
            # a real area counts, and an unknown place that has figures
            given = {a for m in self._moments(code, part, of, period) for a in self._areas(code, part, of, m)}
            found = [self._at(code, part, of, a, period) for a in inside if (of, a) in self._region or a in given]
            delivered = any(given for _, given in found)
            if len(inside) == 1:
                own = (found[0][0], delivered)
            elif found:
                summed = UNKNOWN if self.topics[code]["aggregatie"] == "geen" else _together([f for f, _ in found])
                sums.append((not delivered, len(found), of, summed))
        best = min(sums) if sums else None
        if own is not None and (own[1] or best is None or best[0]):
            return own[0]
        return best[3] if best else UNKNOWN

    def _at(self, code: str, part: str, level: str, area: str, period: str) -> tuple[Answer, bool]:
        """What the publisher says of an area at a level where the subject is published, and whether he says it; of a
        year that he does not give, what its months or quarters say together."""
        if (moments := self._moments(code, part, level, period)) != [period]:
            if len(moments) < (4 if "Q" in moments[0] else 12):
                return UNKNOWN, True
            answers = [self._at(code, part, level, area, moment) for moment in moments]
            return _together([answer for answer, _ in answers]), any(given for _, given in answers)
        given = self._areas(code, part, level, period).get(area)
        if given is not None:
            return given, True
        covers = description(self._source(code))["dekking"]
        regions = set(covers.get("gewesten", [])) or {
            r for (_, a), r in self._region.items() if a in covers["gebieden"]
        }
        if covers["afwezig"] != "nul" or self._region[level, area] not in regions:
            return UNKNOWN, False
        return ((None, "nvt") if self.topics[code]["aggregatie"] == "geen" else (0.0, "ok")), False

    def _moments(self, code: str, part: str, level: str, period: str) -> list[str]:
        """The periods that a figure is made of there: itself where it is published, else, of a flow, the quarters or
        the months of its year; none where there are neither."""
        labels = sorted(label for of, label in self._published(code, part) if of == level)
        if period in labels or len(period) > 4 or self.topics[code]["aggregatie"] not in ("som", "punten"):
            return [period] if period in labels else []
        flow = self._kind(code) == "lopend"
        within = [label for label in labels if label.startswith(f"{period}-") and flow]
        quarters = [label for label in within if "Q" in label]
        months = [label for label in within if "Q" not in label]
        return quarters if len(quarters) == 4 or (quarters and len(months) < 12) else months

    def _kind(self, code: str) -> str:
        """Whether a subject is of a day, or of a period."""
        return self.topics[code].get("periodesoort") or description(self._source(code))["periode"]["soort"]

    def _source(self, code: str) -> str:
        source = self.topics[code]["bron"]
        return source if isinstance(source, str) else source[0]

    @functools.lru_cache(maxsize=8)  # noqa: B019 (one object, of one test)
    def _rows(self, dataset: str, kind: str) -> pd.DataFrame:
        """The rows of a dataset with their period for subjects of this period kind; names are looked up where the
        file has no codes."""
        table, spec = rows(self._home, dataset), description(dataset)
        if spec["gebied"].get("namen", {}).get("kolom") == "gebied":
            level = table["gebiedsniveau"].iloc[0]
            table["gebied"] = [a if a.isdigit() else self._named[level, a] for a in table["gebied"]]
        later = int(spec["periode"].get("peildag") == "12-31" and kind == "stand")
        label = (table["jaar"].astype(int) + later).astype(str)
        for name, mark in (("maand", "-{:02d}"), ("kwartaal", "-Q{}")):
            if name in table:
                label += [mark.format(n) if n else "" for n in table[name].astype(int)]
        return table.assign(periode=label, etiket=table["jaar"] + later)

    @functools.cache  # noqa: B019
    def _published(self, code: str, part: str) -> dict[tuple[str, str], pd.DataFrame]:
        """Per level and period, what the publisher gives: an amount and the rank of its status per row."""
        topic, dataset = self.topics[code], self._source(code)
        table, spec = self._rows(dataset, self._kind(code)), description(dataset)
        years = table["etiket"].between(topic.get("start", 0), topic.get("einde", 9999))
        wanted = pd.Series(True, index=table.index)
        for name, values in topic.get("waar", {}).items():
            chosen = _chosen(table[name], values)
            years, wanted = (years & chosen, wanted) if name == "jaar" else (years, wanted & chosen)
        measures = [topic.get("gewicht")] if part == "noemer" else [topic.get("maat"), topic.get("gewicht")]
        measures = [m for m in measures if m]
        amount = pd.Series(1.0, index=table.index)
        for name in measures:
            amount = amount * table[name]
        states = [table[f"{m}_status"] for m in measures if f"{m}_status" in table]
        rank = pd.concat([s.map(STATUSES.index) for s in states], axis=1).min(axis=1) if states else wanted * 0 + 4
        if spec["dekking"]["afwezig"] == "deel_nul" and topic.get("waar"):  # rows of another part are none of this one
            amount, rank = amount.where(wanted, 0.0), rank.where(wanted, 4)
            wanted = wanted | True
        if levels := topic.get("publicatieniveaus"):
            wanted = wanted & table["gebiedsniveau"].isin(levels)
        place = {n: table[n] for n in ("gebiedsniveau", "periode", "gebied")}
        kept = pd.DataFrame({**place, "amount": amount, "rank": rank})[years & wanted]
        return dict(iter(kept.groupby(["gebiedsniveau", "periode"])))

    @functools.cache  # noqa: B019
    def _areas(self, code: str, part: str, level: str, period: str) -> dict[str, Answer]:
        """Value and status of every area that the publisher gives at a level in a period."""
        sums = self._published(code, part)[level, period].groupby(["gebied", "rank"])["amount"].sum()
        found: dict[str, list[Answer]] = {}
        for (area, rank), amount in sums.items():
            status = STATUSES[int(rank)]
            found.setdefault(area, []).append((float(amount) if status == "ok" else None, status))
        return {area: _together(parts) for area, parts in found.items()}


def _chosen(column: pd.Series, wanted: Any) -> pd.Series:
    """Which rows hold one of these values, or lie between these bounds."""
    number = pd.api.types.is_numeric_dtype(column)
    if isinstance(wanted, dict):
        least, most = wanted.get("van"), wanted.get("tot")
        inside = pd.Series(True, index=column.index)
        inside &= column >= least if least is not None else True
        return inside & (column <= most if most is not None else True)
    values = wanted if isinstance(wanted, list) else [wanted]
    return column.isin([float(v) for v in values] if number else [str(v) for v in values])


def _together(parts: list[Answer]) -> Answer:
    """The sum of parts: unknown or hidden when a part is, and over what is there otherwise."""
    statuses = {status for _, status in parts}
    status = next(s for s in ("onbekend", "verborgen", "ok", "leeg", "nvt") if s in statuses)
    return (math.fsum(value for value, _ in parts if value is not None) if status == "ok" else None), status


def same(cell: Cell, answer: Answer) -> bool:
    """True when both have the value, or both have the same reason for none."""
    value, status = answer
    if value is None or cell.waarde is None:
        return value is None and cell.waarde is None and status == cell.status
    return math.isclose(value, cell.waarde, rel_tol=1e-9, abs_tol=1e-9)
