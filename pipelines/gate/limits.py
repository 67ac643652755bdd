"""How far a series may move: limits from accepted versions alone.

They follow from what the accepted series did before: its own largest change, that of areas of about the same size, a
multiple of the usual change (median absolute deviation), and room for small counts (Poisson).
"""

from __future__ import annotations

from pipelines.describe.catalogue import load_cities
from pipelines.describe.specs import Dataset
from pipelines.gate.series import (
    LARGEST,
    MUNICIPAL_LEVELS,
    in_hand,
    lands,
    largest,
    measures,
    ratios,
    series_sql,
)
from pipelines.gate.statements import sql
from pipelines.home import quoted

# How much must be known before it says something: areas, changes, changes of a category, years, a few years.
ENOUGH_AREAS, ENOUGH_CHANGES, MANY_CHANGES, ENOUGH_YEARS, FEW = 30, 20, 100, 6, 3
RECENT = "(FROM vorige WHERE jaar >= (SELECT MIN(jaar) FROM kandidaat) - 12)"  # the accepted years that count
# Counts below are not judged: where little is known of such counts, where much is, those of a month or quarter.
SMALL, SMALL_KNOWN, SMALL_PART = 20, 4, 200
MORE_THAN_CAME = 3  # how many times the largest figure that came from none or went to it before
WHOLE_YEAR = "('', '00')"  # the parts of a year that are all of it
# How many times the usual change a figure may move; the same where a series has so many changes of its own.
TIMES, TIMES_KNOWN, OWN_CHANGES = 6, 5, 15
# How much more than the largest change before; for a part or a category the limit is so much wider; and how much more
# than the third largest change of the other areas.
MORE, MORE_PART, MORE_THAN_OTHERS = 1.8, 1.4, 2.1
# As a share: the least usual change, the one where nothing is known, and that of a year that was there already.
LEAST_NOISE, UNKNOWN, REVISION = 0.01, 0.3, 0.04
# No limit is narrower, as a logarithm: of a count of an area, of its other figures, of all areas together, of a ratio,
# of a flow of all areas and of its parts.
LEAST_COUNT, LEAST_MARGIN, LEAST_WHOLE, LEAST_RATIO = 0.06, 0.09, 0.1, 0.25
LEAST_FLOW, LEAST_FLOW_PART = 0.25, 0.4
IN_HAND = 1.1  # nor of a ratio of the year in hand, which may be three times the last
# Chance grows with the number of areas that are judged: strict limits are for our cities and for levels of few areas.
FEW_AREAS, WIDER = 40, 4


def setup(spec: Dataset, running: int) -> tuple[str, ...]:
    """The tables that the checks on history read; `toets` holds every new figure with what was expected.

    `running` is the year in hand: a flow of that year, and of its last part, is not over yet.
    """
    same = "gebiedsniveau, eenheid, deel, meting, reeks"
    of, unit = "gebiedsniveau, deel, meting, reeks", "gebiedsniveau, eenheid, deel"
    unfinished = f"(deel IN {WHOLE_YEAR} OR deel = MAX(deel) OVER (PARTITION BY gebiedsniveau, jaar))"
    hand = in_hand(spec, running)
    going = f"{hand} AND NOT verhouding AND (stap = 0 OR (ABS(w) < ABS(e) AND NOT vergeleken)) AND {unfinished}"
    quiet = (LEAST_FLOW, LEAST_FLOW_PART) if spec.periode.soort == "lopend" else (LEAST_WHOLE, LEAST_WHOLE)
    least = (
        f"CASE WHEN verhouding THEN {LEAST_RATIO} "
        f"WHEN r.eenheid <> '' THEN CASE WHEN telling THEN {LEAST_COUNT} ELSE {LEAST_MARGIN} END "
        f"WHEN r.reeks = '' AND r.deel IN {WHOLE_YEAR} THEN {quiet[0]} ELSE {quiet[1]} END"
    )
    part = (
        f"CASE WHEN r.reeks = '' AND r.deel IN {WHOLE_YEAR} AND (r.n >= {MANY_CHANGES} OR NOT {_is_largest('r.')}) "
        f"THEN 1 ELSE {MORE_PART} END"
    )
    plain = [(m, m, m) for m in ("rijen", *measures(spec), *(f"{LARGEST}{m}" for m in largest(spec)))]
    divided = [(f"{m} per {n}", m, n) for m, n in ratios(spec)]
    listed = ", ".join(f"({', '.join(map(quoted, names))})" for names in (*plain, *divided))
    # what the other areas of the delivery do, over the same years; as of one year, like the rest
    others = f"COALESCE(spreiding, {UNKNOWN}) / sqrt(GREATEST(r.stap, 1))"
    usual = (
        f"CASE WHEN r.ruis IS NULL AND r.n >= {MANY_CHANGES} THEN {LEAST_NOISE} WHEN r.ruis IS NULL THEN {others} "
        f"WHEN wissels < {FEW} THEN GREATEST(r.ruis, {others}) ELSE r.ruis END"
    )
    own = f"CASE WHEN eigen.n >= {OWN_CHANGES} THEN GREATEST(LEAST(r.ruis, eigen.ruis), r.ruis / 3) ELSE {usual} END"
    # where only small counts went to none a large one does not; a whole of all areas that was none once may be so again
    came = (
        f"streng AND omvang > CASE WHEN nullen IS NULL THEN 0 "
        f"WHEN telling AND nullen < {SMALL} AND w = 0 THEN LEAST({MORE_THAN_CAME} * nullen, {SMALL - 1}) "
        f"WHEN eenheid = '' AND NOT (telling AND nullen < {SMALL}) THEN 'inf' ELSE {MORE_THAN_CAME} * nullen END"
    )
    small = (
        f"CASE WHEN deel NOT IN {WHOLE_YEAR} THEN {SMALL_PART} "
        f"WHEN reeks = '' AND n >= {MANY_CHANGES} THEN {SMALL_KNOWN} ELSE {SMALL} END"
    )
    # with a key, what was there is compared cell by cell; what comes in windows makes a year grow
    by_cell = spec.key or "jaar" not in spec.replaces
    news = "HAVING MAX(b.jaar) < n.jaar" if by_cell else ""
    years = f"SELECT DISTINCT {unit}, jaar FROM"
    some = f"EXISTS ({years} reeks_nieuw EXCEPT {years} reeks_oud)" if by_cell else "TRUE"
    return (
        f"CREATE OR REPLACE TABLE reeks_nieuw AS {series_sql(spec, lands(spec))}",
        f"CREATE OR REPLACE TABLE reeks_oud AS {series_sql(spec, RECENT)}",
        f"CREATE OR REPLACE TABLE jaar_van_weinig AS {sql('jaar_van_weinig')}",
        f"""CREATE OR REPLACE TABLE schaal AS
          WITH m AS (SELECT meting, BOOL_AND(w = floor(w)) AND MIN(w) >= 0 AS heel, MIN(w) < 0 AS saldo,
                GREATEST(CASE WHEN MIN(w) < 0 THEN 1 ELSE 0.05 END * MEDIAN(ABS(w)), 1e-6) AS s
              FROM reeks_oud WHERE eenheid <> '' GROUP BY ALL),
            delen(meting, teller, noemer) AS (VALUES {listed})
          SELECT d.meting, m.saldo, d.teller <> d.noemer AS verhouding, t.heel AND n.heel AS telling,
            CASE WHEN t.heel AND d.teller = d.noemer THEN 1 ELSE m.s END AS s
          FROM delen AS d JOIN m ON m.meting = d.meting JOIN m AS t ON t.meting = teller
          JOIN m AS n ON n.meting = d.noemer""",
        _strict(spec),
        f"""CREATE OR REPLACE TABLE wissel AS
          WITH ander AS (SELECT *, LAG(jaar) OVER (PARTITION BY {unit} ORDER BY jaar) AS ander
              FROM (SELECT DISTINCT {unit}, jaar FROM reeks_oud WHERE {some}) QUALIFY ander IS NOT NULL),
            {_pairs("reeks_oud")}, {_growth("paar")},
            vol AS ({_full("groei")})
          SELECT *, e * g AS verwacht, {_size()} AS klasse, {_jump("w", "e * g")} AS sprong,
            (w = 0) <> (e = 0) AS van_of_naar_nul, omvang < {SMALL} AND telling AS klein
          FROM vol WHERE w IS NOT NULL AND e IS NOT NULL""",
        f"""CREATE OR REPLACE TABLE gewoon AS
          SELECT * REPLACE (
            MAX(nullen) OVER (PARTITION BY geheel, gebiedsniveau, deel, meting, reeks = '') AS nullen)
          FROM (SELECT eenheid = '' AS geheel, {of}, COUNT(*) AS n, COUNT(DISTINCT jaar) AS wissels,
            1.4826 * MEDIAN(sprong / sqrt(stap)) FILTER (WHERE NOT klein AND NOT van_of_naar_nul) AS ruis,
            MAX(omvang) FILTER (WHERE van_of_naar_nul) AS nullen
          FROM wissel GROUP BY ALL)""",
        f"""CREATE OR REPLACE TABLE gewoon_per_klasse AS
          SELECT {of}, klasse, COUNT(*) AS n, 1.4826 * MEDIAN(sprong / sqrt(stap)) FILTER (WHERE NOT klein) AS ruis
          FROM wissel WHERE NOT van_of_naar_nul GROUP BY ALL HAVING COUNT(*) >= {ENOUGH_CHANGES}""",
        f"""CREATE OR REPLACE TABLE gezien AS
          SELECT w.* EXCLUDE (w), sprong / {_room("w", "COALESCE(k.ruis, a.ruis)")} AS z
          FROM wissel AS w JOIN gewoon AS a ON a.geheel = (w.eenheid = '') AND {_same(of, "a", "w")}
          LEFT JOIN gewoon_per_klasse AS k ON k.klasse = w.klasse AND {_same(of, "k", "w")}
          WHERE NOT van_of_naar_nul""",
        f"""CREATE OR REPLACE TABLE toets AS
          WITH bekend AS (SELECT DISTINCT {unit}, jaar FROM reeks_oud),
            ander AS (SELECT n.gebiedsniveau, n.eenheid, n.deel, n.jaar, MAX(b.jaar) AS ander
              FROM (SELECT DISTINCT {unit}, jaar FROM reeks_nieuw) AS n JOIN bekend AS b
              ON {_same(unit, "b", "n")} AND b.jaar <= n.jaar GROUP BY ALL
              {news}),
            {_pairs("reeks_nieuw")},
            {_growth("paar")},
            vol AS ({_full("groei")}),
            ruim AS (SELECT *, e * g AS verwacht, {_size()} AS klasse, {_jump("w", "e * g")} AS sprong FROM vol),
            naast AS (FROM ruim
              WHERE eenheid <> '' AND w <> 0 AND e <> 0 AND (NOT telling OR omvang >= {SMALL})),
            buur AS (SELECT {", ".join(f"k.{c}" for c in f"{of}, jaar, klasse".split(", "))},
                GREATEST(1.4826 * MEDIAN(sprong), MAX(sprong, 3)[3] * {MORE_THAN_OTHERS} / {TIMES}) AS spreiding
              FROM (SELECT DISTINCT {of}, jaar, klasse FROM naast) AS k JOIN naast AS b
                ON {_same(f"{of}, jaar", "b", "k")} AND b.klasse >= k.klasse - 1
              GROUP BY ALL HAVING COUNT(*) >= {ENOUGH_AREAS}),
            kend AS (SELECT r.*, r.eenheid = '' OR {is_strict("r")} AS streng,
                COALESCE(m.ruis, a.ruis) AS maat, COALESCE(a.n, 0) AS n, a.nullen, spreiding, a.wissels,
                COALESCE(m.n >= {MANY_CHANGES} AND a.wissels >= {FEW}, FALSE) AS veel_gezien,
                CASE WHEN a.n >= {ENOUGH_CHANGES} OR ((r.eenheid = '' OR a.n = a.wissels) AND a.n >= {ENOUGH_YEARS})
                  THEN COALESCE(m.ruis, a.ruis) END AS ruis
              FROM ruim AS r LEFT JOIN gewoon_per_klasse AS m ON m.klasse = r.klasse AND {_same(of, "m", "r")}
              LEFT JOIN gewoon AS a ON a.geheel = (r.eenheid = '') AND {_same(of, "a", "r")}
              LEFT JOIN buur AS b ON r.eenheid <> '' AND {_same(f"{of}, jaar, klasse", "b", "r")}),
            grens AS (SELECT r.*, CASE WHEN streng THEN 1 ELSE {WIDER} END * GREATEST({least},
                CASE WHEN verhouding AND {hand} THEN {IN_HAND} ELSE 0 END, {part} * GREATEST(
                  {_room("r", own)} * CASE WHEN veel_gezien OR eigen.n >= {OWN_CHANGES}
                    THEN {TIMES_KNOWN} ELSE {TIMES} END,
                  {_room("r", "r.maat")} * {MORE} * GREATEST(COALESCE(eigen.z, 0), COALESCE(k.z, 0)))) AS marge
              FROM kend AS r
              LEFT JOIN (SELECT {same}, MAX(z) AS z, COUNT(*) AS n,
                1.4826 * MEDIAN(sprong / sqrt(stap)) AS ruis FROM gezien GROUP BY ALL) AS eigen
                ON {_same(same, "eigen", "r")}
              LEFT JOIN (SELECT {of}, klasse, CASE WHEN COUNT(*) >= {MANY_CHANGES} AND NOT ANY_VALUE(verhouding)
                  THEN MAX(z, 3)[3] ELSE MAX(z) END AS z FROM gezien GROUP BY {of}, klasse) AS k
                ON k.klasse = r.klasse AND {_same(of, "k", "r")})
          SELECT *, s * sinh(asinh(verwacht / s) - marge) AS laagst, s * sinh(asinh(verwacht / s) + marge) AS hoogst,
            sprong / marge AS overschrijding,
            w IS NOT NULL AND e IS NOT NULL AND NOT ({going}) AND (w > verwacht OR NOT {_is_largest()})
              AND (NOT telling OR omvang >= {small})
              AND NOT (saldo AND ruis IS NULL AND spreiding IS NULL)
              AND NOT regexp_matches(eenheid, '^9999|ZZZZ$')
              AND ((w = 0) = (e = 0) OR ({came}
                AND n >= CASE WHEN eenheid = '' THEN {FEW} WHEN reeks = '' THEN 0 ELSE {MANY_CHANGES} END))
              AND (reeks = '' OR (eenheid = '' AND w = 0)
                OR n >= CASE WHEN eenheid = '' THEN {ENOUGH_YEARS} ELSE {MANY_CHANGES} END)
              AND (eenheid <> '' OR gebiedsniveau IN (
                SELECT gebiedsniveau FROM reeks_oud GROUP BY ALL HAVING COUNT(DISTINCT eenheid) > {ENOUGH_AREAS}))
              AS beoordeeld
          FROM grens""",
    )


def _is_largest(row: str = "") -> str:
    return f"starts_with({row}meting, '{LARGEST}')"


def _strict(spec: Dataset) -> str:
    """The areas that are judged strictly: our cities, whatever their code was, and levels of few areas."""
    few = (
        f"SELECT gebiedsniveau, '' AS eenheid FROM reeks_oud GROUP BY ALL HAVING COUNT(DISTINCT eenheid) <= {FEW_AREAS}"
    )
    if spec.gebied.niveau == "punt":
        return f"CREATE OR REPLACE TABLE streng AS {few}"
    codes = ", ".join(quoted(code) for city in load_cities() for code in city.gemeenten)
    return f"""CREATE OR REPLACE TABLE streng AS {few}
      UNION SELECT gebiedsniveau, UNNEST([{codes}]) FROM (SELECT DISTINCT gebiedsniveau FROM reeks_oud)
      UNION SELECT gebiedsniveau, van FROM (SELECT DISTINCT gebiedsniveau FROM reeks_oud), gebied_relatie
      WHERE naar IN ({codes}) AND van_niveau IN {MUNICIPAL_LEVELS}"""


def is_strict(row: str) -> str:
    """SQL that says whether the area of a row is judged strictly."""
    return (
        f"(({row}.gebiedsniveau, {row}.eenheid) IN (SELECT (gebiedsniveau, eenheid) FROM streng) "
        f"OR ({row}.gebiedsniveau, '') IN (SELECT (gebiedsniveau, eenheid) FROM streng))"
    )


def _pairs(new: str) -> str:
    """SQL for every figure of a year in `ander` beside the one of the year before: w and e, either of them NULL where
    only the other year has the series."""
    columns, at = "gebiedsniveau, eenheid, deel, meting, reeks, jaar", "gebiedsniveau, eenheid, deel, jaar"
    both = ", ".join(f"COALESCE(n.{c}, o.{c}) AS {c}" for c in columns.split(", "))
    return f"""n AS (SELECT n.*, n.jaar - ander AS stap FROM {new} AS n JOIN ander USING ({at})),
            o AS (SELECT o.* EXCLUDE (jaar), a.jaar, a.jaar - a.ander AS stap FROM reeks_oud AS o JOIN ander AS a
              ON {_same("gebiedsniveau, eenheid, deel", "a", "o")} AND a.ander = o.jaar),
            paar AS (SELECT {both}, n.w, o.w AS e, LEAST(n.noemer, o.noemer) AS noemer, COALESCE(n.stap, o.stap) AS stap
              FROM n FULL JOIN o ON {_same(columns, "n", "o")})"""


def _jump(value: str, expected: str) -> str:
    """SQL for how far two figures are apart: as a logarithm, and as a difference for the smallest."""
    return f"ABS(asinh({value} / s) - asinh(({expected}) / s))"


def _growth(pairs: str) -> str:
    """SQL that adds to pairs of years, as `g`, what all areas of a level did together: one area is compared with the
    others."""
    by = "gebiedsniveau, meting, reeks, deel, jaar, stap"
    return f"""samen AS (SELECT {by}, MEDIAN(w / e) AS g FROM {pairs}
              WHERE eenheid <> '' AND e > 0 AND w > 0 AND stap > 0 GROUP BY ALL HAVING COUNT(*) >= {ENOUGH_AREAS}),
            groei AS (SELECT p.*, CASE WHEN p.eenheid = '' THEN 1 ELSE COALESCE(s.g, 1) END AS g,
                p.eenheid <> '' AND s.g IS NOT NULL AS vergeleken
              FROM {pairs} AS p LEFT JOIN samen AS s ON {_same(by, "s", "p")})"""


def _full(pairs: str) -> str:
    """SQL that adds to pairs how large they are: `grootte` is the old count (of a ratio the smaller of the
    two), `toeval` the count that chance works on, the mean of old and new where that is more: it takes no few to many.
    `omvang` is the larger of old and new. A count that is not there is none."""
    return f"""SELECT *, CASE WHEN verhouding THEN grootte ELSE GREATEST(ABS(w), ABS(e)) END AS omvang
              FROM (SELECT p.* REPLACE (CASE WHEN telling AND NOT verhouding THEN COALESCE(w, 0) ELSE w END AS w), s,
                telling, verhouding, saldo,
                CASE WHEN verhouding THEN LEAST(e * g, 1) * noemer ELSE ABS(e * g) END AS grootte,
                CASE WHEN verhouding THEN LEAST(e * g, 1) * noemer
                  ELSE GREATEST(ABS(e * g), (ABS(e * g) + ABS(COALESCE(w, 0))) / 2) END AS toeval
              FROM {pairs} AS p JOIN schaal USING (meting))"""


def _size() -> str:
    """SQL for the class of size: each is four times the one before."""
    return "CASE WHEN eenheid = '' THEN -1 ELSE floor(ln(GREATEST(grootte, 1)) / ln(4)) END"


def _room(row: str, usual: str) -> str:
    """SQL for the usual change of a figure, as a jump: that of its kind over the years between, and that of a small
    count."""
    of_kind = (
        f"CASE WHEN {row}.stap = 0 THEN {REVISION} ELSE GREATEST(COALESCE({usual}, {LEAST_NOISE}), {LEAST_NOISE}) "
        f"* sqrt({row}.stap) END"
    )
    chance = f"CASE WHEN NOT telling THEN 0 WHEN verhouding THEN 2 / ({row}.toeval + 1) ELSE 1 / ({row}.toeval + 1) END"
    return f"sqrt({chance} + ({of_kind}) ** 2)"


def _same(columns: str, a: str, b: str) -> str:
    return " AND ".join(f"{a}.{c} = {b}.{c}" for c in columns.split(", "))
