"""Which figures are older than the newest delivery, because a part of it is held back, and what each is worth."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipelines.describe.between import Between
from pipelines.describe.catalogue import LAST_YEAR, Topic
from pipelines.landing.areas import municipal_levels_of
from pipelines.landing.held import held_level
from pipelines.landing.landings import Landings
from pipelines.later import pa

Grades = dict[str, tuple[bool, bool]]  # of every dataset: whether it is old, and whether a check warns of it
COLUMNS = ("onderwerp", "jaar", "wortel", "jaar_wortel", "gebiedsniveau", "niveau_eenheid", "eenheid")
SAID = ("omschrijving", "aanvaard_op")

HELD = """
  WITH deel AS (
    SELECT v.*, r.van AS gebied
    FROM nieuw.main.vastgehouden AS v
    JOIN build.ref.gebied_relatie AS r
      ON r.van_niveau = v.gebiedsniveau AND r.naar_niveau = v.niveau_eenheid AND r.naar = v.eenheid
  ), eigen AS (
    /* what the publisher gives on the same territory at another level is no sum of what is held */
    SELECT DISTINCT v.wortel, v.jaar_wortel, e.gebiedsniveau AS van_niveau, s.naar_niveau, s.naar
    FROM (SELECT DISTINCT wortel, jaar_wortel FROM nieuw.main.vastgehouden) AS v
    JOIN build.ref.verwacht AS e ON e.onderwerp = v.wortel AND e.jaar = v.jaar_wortel
    JOIN build.ref.gebied_relatie AS s ON s.van_niveau = e.gebiedsniveau AND s.delen = 1
  ), ouder AS (
    SELECT d.onderwerp, r.naar_niveau AS gebiedsniveau, r.naar AS gebied, d.jaar, MIN(r.delen) AS delen,
      COUNT(DISTINCT d.gebied) AS n, COUNT(DISTINCT g.naar) AS gemeenten, MIN(d.omschrijving) AS omschrijving,
      MIN(d.aanvaard_op::TIMESTAMP) AS aanvaard_op
    FROM deel AS d
    JOIN build.ref.gebied_relatie AS r ON r.van_niveau = d.gebiedsniveau AND r.van = d.gebied
    LEFT JOIN build.ref.gebied_relatie AS g
      ON g.van_niveau = d.gebiedsniveau AND g.van = d.gebied AND g.naar_niveau = 'gemeente'
    LEFT JOIN eigen AS e
      ON e.wortel = d.wortel AND e.jaar_wortel = d.jaar_wortel AND e.van_niveau <> d.gebiedsniveau
      AND e.naar_niveau = r.naar_niveau AND e.naar = r.naar
    WHERE e.wortel IS NULL
    GROUP BY d.onderwerp, r.naar_niveau, r.naar, d.jaar
  )
  SELECT o.*, CASE
    WHEN o.n >= o.delen THEN ''
    WHEN g.delen > 1 THEN (g.delen - o.gemeenten) || ' van ' || g.delen || ' gemeenten uit de jongste levering; '
    ELSE (o.delen - o.n) || ' van ' || o.delen || ' delen uit de jongste levering; ' END AS hoeveel
  FROM ouder AS o
  LEFT JOIN (
    SELECT DISTINCT naar_niveau, naar, delen FROM build.ref.gebied_relatie WHERE van_niveau = 'gemeente') AS g
    ON g.naar_niveau = o.gebiedsniveau AND g.naar = o.gebied"""
GRADED = """
  WITH namen AS (
    SELECT b.bron, UNNEST(STRING_SPLIT(b.bron, ' + ')) AS deel
    FROM (SELECT DISTINCT bron FROM build.onderwerp.bronversie) AS b
  ), per_bron AS (
    SELECT n.bron, BOOL_OR(g.oud) AS oud, BOOL_OR(g.waarschuwing) AS waarschuwing
    FROM namen AS n
    JOIN nieuw.main.graad AS g ON g.bron = n.deel
    GROUP BY n.bron
  )
  SELECT
    w.* REPLACE (CASE WHEN w.waarde IS NULL OR h.n IS NULL THEN w.reden
      ELSE h.hoeveel || 'vastgehouden: ' || h.omschrijving END AS reden),
    CASE
      WHEN w.waarde IS NULL THEN NULL
      WHEN b.oud OR h.n >= h.delen THEN 'C'
      WHEN b.waarschuwing OR h.n > 0 OR w.voorlopig THEN 'B'
      ELSE 'A' END AS kwaliteit,
    CASE WHEN w.waarde IS NOT NULL THEN h.aanvaard_op END AS aanvaard_op
  FROM build.mart.waarneming AS w
  JOIN per_bron AS b ON b.bron = w.bron
  LEFT JOIN nieuw.main.geteld AS h ON h.onderwerp = w.onderwerp AND h.gebiedsniveau = w.gebiedsniveau
    AND h.gebied = w.gebied AND h.jaar = w.periode[1:4]"""


def source_grades(rows: dict[str, list[dict[str, Any]]]) -> Grades:
    """What takes a grade off the figures of every dataset in the rows of mart.bron, by those of mart.kwaliteit."""
    warned = {
        q["bron"]
        for q in rows["kwaliteit"]
        if q["punt"] == "levering" and q["ernst"] == "waarschuwing" and q["uitslag"] in ("gefaald", "fout")
    }
    return {b["bron"]: (b["status"] == "oud", b["bron"] in warned) for b in rows["bron"]}


def held_figures(landings: Landings, topics: dict[str, Topic]) -> pa.Table:
    """Per held part with an earlier value every subject that it is in, itself (`wortel`) or through what is computed
    from it, with the years as they are shown."""
    # the register is read only where something is held
    municipal = municipal_levels_of(landings.home) if any(x.state.held for x in landings.values()) else {}
    rows: list[tuple[str, ...]] = []
    for landing in landings.values():
        spec = landing.spec
        for h in (h for h in landing.state.held if h.had_value):
            level = h.gebiedsniveau
            place = (level, held_level(spec, level, municipal), h.eenheid, *(getattr(h, name) for name in SAID))
            for topic in (t for t in topics.values() if t.measured and spec.id in t.bron and _is_in(t, h.reeks)):
                year = h.jaar + spec.periode.later(topic.periodesoort)
                root = (topic.onderwerp, str(year))
                rows += [(code, str(year + after), *root, *place) for code, after in _reached(topic, topics)]
    names = (*COLUMNS, *SAID)
    return pa.table({n: pa.array([r[i] for r in rows], pa.string()) for i, n in enumerate(names)})


def _is_in(topic: Topic, series: dict[str, str]) -> bool:
    """Whether a subject goes over a series of its dataset."""
    wanted = {name: topic.waar.get(name) for name in series}
    return all(
        asked is None or isinstance(asked, Between) or series[name] in map(str, asked) for name, asked in wanted.items()
    )


def _reached(topic: Topic, topics: dict[str, Topic]) -> Iterable[tuple[str, int]]:
    """A subject and all that is computed from it, with the years that these are later."""
    found = {(topic.onderwerp, 0)}
    waiting = list(found)
    while waiting:
        part, after = waiting.pop()
        for other in topics.values():
            for shift, name in ((0, part), (1, part + LAST_YEAR)):
                uses = name in other.termen or (shift == 0 and part in other.parts and not other.termen)
                if uses and (step := (other.onderwerp, after + shift)) not in found:
                    found.add(step)
                    waiting.append(step)
    return sorted(found)
