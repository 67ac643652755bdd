"""Every figure as a series per area, and how far a series may move: limits from accepted versions alone.

A series is one measure (or the number of rows) of one area, whole or for one category of one dimension, in one part of
the year. What it may do follows from what the accepted series did before: its own largest change, that of areas of
about the same size, a multiple of the usual change (median absolute deviation), and room for small counts (Poisson).
"""

from __future__ import annotations

from pipelines.specs import Dataset

PARTS = ("maand", "kwartaal", "periode")
ENOUGH_AREAS, ENOUGH_CHANGES, MANY_CHANGES, ENOUGH_YEARS = 30, 20, 100, 6
SMALL, SMALL_PART, YEARS, FEW = 50, 500, 12, 3
TIMES, TIMES_KNOWN, OWN_CHANGES = 6, 4, 8
MORE, MORE_PART = 1.8, 1.4
LEAST_NOISE, UNKNOWN, REVISION = 0.01, 0.3, 0.04
LEAST_MARGIN, LEAST_FLOW, LEAST_FLOW_PART = 0.1, 0.25, 0.4
WHOLE = ""  # the unit of a series that is not one area's: the level as a whole


def parts(spec: Dataset) -> list[str]:
    """SQL for the part of the year that a row stands for: its month or quarter, the month of its day."""
    found = []
    for name in spec.key:
        column = spec.columns.get(name)
        if column is None or name in ("gebied", "gebiedsniveau", "jaar"):
            continue
        if column.type in ("date", "time"):
            found.append(f"strftime({name}, '%m')")
        elif name in PARTS:
            found.append(f"CAST({name} AS VARCHAR)")
    return found


def dimensions(spec: Dataset) -> dict[str, str]:
    """The columns of the key that split an area's figures, with SQL for the category; ages by ten."""
    found = {}
    for name in spec.key:
        column = spec.columns.get(name)
        if column is None or name in ("gebied", "gebiedsniveau", "jaar", spec.unit, *PARTS):
            continue
        if column.type == "text":
            found[name] = name
        elif column.type == "integer":
            found[name] = f"CAST({name} // 10 * 10 AS VARCHAR)"
    return found


def measures(spec: Dataset) -> list[str]:
    """The measured columns; none for a list of codes."""
    return [n for n, c in spec.columns.items() if c.measure]


def series_sql(spec: Dataset, relation: str) -> str:
    """SQL for the series of a relation: level, unit ('' for the level as a whole), year, part, measure, series, value.

    Counts are summed. Of other measures an area has the mean over its rows, a level as a whole the median: one area
    that is wrong does not move it.
    """
    dims = dimensions(spec)
    deel = f"concat_ws('-', {', '.join(parts(spec))})" if parts(spec) else "''"
    columns = "".join(f", {sql} AS {name}_" for name, sql in dims.items())
    values = "".join(
        f", SUM({m})::DOUBLE AS {m}"
        if spec.columns[m].type == "integer"
        else f", CASE WHEN GROUPING(eenheid) = 1 THEN MEDIAN({m}) ELSE AVG({m}) END::DOUBLE AS {m}"
        for m in measures(spec)
    )
    label = (
        "concat_ws(', ', "
        + ", ".join(f"CASE WHEN GROUPING({d}_) = 0 THEN '{d} ' || COALESCE({d}_, '?') END" for d in dims)
        + ")"
        if dims
        else "''"
    )
    base = "gebiedsniveau, jaar, deel"
    sets = ", ".join(f"({base}{unit}{dim})" for unit in ("", ", eenheid") for dim in ("", *(f", {d}_" for d in dims)))
    listed = ", ".join(["rijen", *measures(spec)])
    return f"""
      WITH rij AS (SELECT gebiedsniveau, {spec.unit} AS eenheid, jaar, {deel} AS deel{columns},
          {", ".join(measures(spec)) or "1 AS een"} FROM {relation}),
        per AS (SELECT {base}, CASE WHEN GROUPING(eenheid) = 1 THEN '' ELSE eenheid END AS eenheid,
          {label} AS reeks, COUNT(*)::DOUBLE AS rijen{values} FROM rij GROUP BY GROUPING SETS ({sets}))
      UNPIVOT per ON {listed} INTO NAME meting VALUE w"""


def setup(spec: Dataset, running: int) -> tuple[str, ...]:
    """The tables that the checks on history read; `toets` holds every new figure with what was expected.

    `running` is the year in hand: a flow of that year is not over yet.
    """
    same = "gebiedsniveau, eenheid, deel, meting, reeks"
    of = "gebiedsniveau, deel, meting, reeks"
    going = f"jaar >= {running} AND ABS(w) < ABS(e)" if spec.periode.soort == "lopend" else "FALSE"
    recent = f"(FROM vorige WHERE jaar >= (SELECT MIN(jaar) FROM kandidaat) - {YEARS})"
    quiet = (LEAST_FLOW, LEAST_FLOW_PART) if spec.periode.soort == "lopend" else (LEAST_MARGIN, LEAST_MARGIN)
    least = (
        f"CASE WHEN r.eenheid <> '' THEN {LEAST_MARGIN} WHEN r.reeks = '' AND r.deel IN ('', '0') THEN {quiet[0]} "
        f"ELSE {quiet[1]} END"
    )
    usual = (
        f"CASE WHEN r.ruis IS NULL THEN GREATEST({UNKNOWN}, COALESCE(spreiding, 0)) "
        f"WHEN wissels < {FEW} THEN GREATEST(r.ruis, COALESCE(spreiding, 0)) ELSE r.ruis END"
    )
    own = f"CASE WHEN eigen.n >= {OWN_CHANGES} THEN GREATEST(LEAST(r.ruis, eigen.ruis), r.ruis / 3) ELSE {usual} END"
    news = "HAVING MAX(b.jaar) < n.jaar" if spec.key else ""  # with a key, what was there is compared cell by cell
    return (
        f"CREATE OR REPLACE TABLE reeks_nieuw AS {series_sql(spec, 'kandidaat')}",
        f"CREATE OR REPLACE TABLE reeks_oud AS {series_sql(spec, recent)}",
        """CREATE OR REPLACE TABLE schaal AS
          SELECT meting, BOOL_AND(w = floor(w)) AS telling,
            CASE WHEN BOOL_AND(w = floor(w)) THEN 1 ELSE GREATEST(0.05 * MEDIAN(ABS(w)), 1e-6) END AS s
          FROM reeks_oud WHERE eenheid <> '' GROUP BY ALL""",
        f"""CREATE OR REPLACE TABLE wissel AS
          WITH paar AS (SELECT *, LAG(w) OVER reeksen AS e, jaar - LAG(jaar) OVER reeksen AS stap FROM reeks_oud
              WINDOW reeksen AS (PARTITION BY {same} ORDER BY jaar) QUALIFY e IS NOT NULL),
            {_growth("paar")}
          SELECT groei.*, e * g AS verwacht, {_size("e * g")} AS klasse, telling, s, {_jump("w", "e * g")} AS sprong,
            (w = 0) <> (e = 0) AS van_of_naar_nul, GREATEST(ABS(w), ABS(e)) < {SMALL} AND telling AS klein
          FROM groei JOIN schaal USING (meting)""",
        f"""CREATE OR REPLACE TABLE gewoon AS
          SELECT eenheid = '' AS geheel, {of}, COUNT(*) AS n, COUNT(DISTINCT jaar) AS wissels,
            1.4826 * MEDIAN(sprong / stap) FILTER (WHERE NOT klein AND NOT van_of_naar_nul) AS ruis,
            COALESCE(BOOL_OR(van_of_naar_nul) FILTER (WHERE NOT klein), FALSE) AS nullen
          FROM wissel GROUP BY ALL""",
        f"""CREATE OR REPLACE TABLE gewoon_per_klasse AS
          SELECT {of}, klasse, COUNT(*) AS n, 1.4826 * MEDIAN(sprong / stap) FILTER (WHERE NOT klein) AS ruis
          FROM wissel WHERE NOT van_of_naar_nul GROUP BY ALL HAVING COUNT(*) >= {ENOUGH_CHANGES}""",
        f"""CREATE OR REPLACE TABLE gezien AS
          SELECT w.* EXCLUDE (w), sprong / {_room("w", "COALESCE(k.ruis, a.ruis)")} AS z
          FROM wissel AS w JOIN gewoon AS a ON a.geheel = (w.eenheid = '') AND {_same(of, "a", "w")}
          LEFT JOIN gewoon_per_klasse AS k ON k.klasse = w.klasse AND {_same(of, "k", "w")}
          WHERE NOT van_of_naar_nul""",
        f"""CREATE OR REPLACE TABLE toets AS
          WITH bekend AS (SELECT DISTINCT gebiedsniveau, eenheid, jaar, deel FROM reeks_oud),
            ander AS (SELECT n.gebiedsniveau, n.eenheid, n.jaar, n.deel, MAX(b.jaar) AS ander
              FROM (SELECT DISTINCT gebiedsniveau, eenheid, jaar, deel FROM reeks_nieuw) AS n JOIN bekend AS b
              ON {_same("gebiedsniveau, eenheid, deel", "b", "n")} AND b.jaar <= n.jaar GROUP BY ALL
              {news}),
            o AS (SELECT o.* EXCLUDE (jaar), a.jaar, a.jaar - a.ander AS stap FROM reeks_oud AS o JOIN ander AS a
              ON {_same("gebiedsniveau, eenheid, deel", "a", "o")} AND a.ander = o.jaar),
            paar AS (SELECT {", ".join(f"COALESCE(n.{c}, o.{c}) AS {c}" for c in f"{same}, jaar".split(", "))},
                n.w, o.w AS e, COALESCE(o.stap, 0) AS stap
              FROM (SELECT n.* FROM reeks_nieuw AS n JOIN ander AS a USING (gebiedsniveau, eenheid, jaar, deel)) AS n
              FULL JOIN o ON {_same(f"{same}, jaar", "n", "o")}),
            {_growth("paar")},
            vol AS (SELECT p.* REPLACE (CASE WHEN telling THEN COALESCE(w, 0) ELSE w END AS w), s, telling
              FROM groei AS p LEFT JOIN schaal USING (meting)),
            ruim AS (SELECT *, e * g AS verwacht, {_size("e * g")} AS klasse, {_jump("w", "e * g")} AS sprong FROM vol),
            buur AS (SELECT {of}, jaar, GREATEST(1.4826 * MEDIAN(sprong),
                MAX(sprong, 3)[3] * {MORE} / {TIMES}) AS spreiding
              FROM ruim WHERE eenheid <> '' AND w <> 0 AND e <> 0 GROUP BY ALL HAVING COUNT(*) >= {ENOUGH_AREAS}),
            kend AS (SELECT r.*, COALESCE(a.n, 0) AS n, a.nullen, spreiding, a.wissels,
                COALESCE(m.n >= {MANY_CHANGES} AND a.wissels >= {FEW}, FALSE) AS veel_gezien,
                CASE WHEN a.n >= {ENOUGH_CHANGES} OR (r.eenheid = '' AND a.n >= {ENOUGH_YEARS}) 
                  THEN COALESCE(m.ruis, a.ruis) END AS ruis
              FROM ruim AS r LEFT JOIN gewoon_per_klasse AS m ON m.klasse = r.klasse AND {_same(of, "m", "r")}
              LEFT JOIN gewoon AS a ON a.geheel = (r.eenheid = '') AND {_same(of, "a", "r")}
              LEFT JOIN buur AS b ON r.eenheid <> '' AND {_same(f"{of}, jaar", "b", "r")}),
            grens AS (SELECT r.*,
                GREATEST({least}, CASE WHEN r.reeks = '' AND r.deel IN ('', '0') THEN 1 ELSE {MORE_PART} END * GREATEST(
                  {_room("r", own)} * CASE WHEN veel_gezien OR eigen.n >= {OWN_CHANGES}
                    THEN {TIMES_KNOWN} ELSE {TIMES} END,
                  {_room("r", usual)} * {MORE} * GREATEST(COALESCE(eigen.z, 0), COALESCE(k.z, 0)))) AS marge
              FROM kend AS r
              LEFT JOIN (SELECT {same}, MAX(z) AS z, COUNT(*) AS n,
                1.4826 * MEDIAN(sprong / stap) AS ruis FROM gezien GROUP BY ALL) AS eigen ON {_same(same, "eigen", "r")}
              LEFT JOIN (SELECT {of}, klasse, MAX(z) AS z FROM gezien GROUP BY ALL) AS k
                ON k.klasse = r.klasse AND {_same(of, "k", "r")})
          SELECT *, s * sinh(asinh(verwacht / s) - marge) AS laagst, s * sinh(asinh(verwacht / s) + marge) AS hoogst,
            sprong / marge AS overschrijding,
            w IS NOT NULL AND e IS NOT NULL AND NOT ({going})
              AND (GREATEST(ABS(w), ABS(e)) >= CASE WHEN deel IN ('', '0') THEN {SMALL} ELSE {SMALL_PART} END
                OR NOT telling)
              AND NOT regexp_matches(eenheid, '^9999|ZZZZ$')
              AND ((w = 0) = (e = 0) OR (n >= {MANY_CHANGES} AND NOT nullen))
              AND (reeks = '' OR n >= CASE WHEN eenheid = '' THEN {ENOUGH_YEARS} ELSE {MANY_CHANGES} END)
              AND (eenheid <> '' OR gebiedsniveau IN (
                SELECT gebiedsniveau FROM reeks_oud GROUP BY ALL HAVING COUNT(DISTINCT eenheid) > {ENOUGH_AREAS}))
              AS beoordeeld
          FROM grens""",
    )


def _jump(value: str, expected: str) -> str:
    """SQL for how far two figures are apart: as a logarithm, and as a difference for the smallest."""
    return f"ABS(asinh({value} / s) - asinh(({expected}) / s))"


def _growth(pairs: str) -> str:
    """SQL that adds to pairs of years, as `g`, what all areas of a level did together: one area is compared with the
    others."""
    by = "gebiedsniveau, meting, reeks, deel, jaar, stap"
    return f"""samen AS (SELECT {by}, MEDIAN(w / e) AS g FROM {pairs}
              WHERE eenheid <> '' AND e > 0 AND w > 0 AND stap > 0 GROUP BY ALL HAVING COUNT(*) >= {ENOUGH_AREAS}),
            groei AS (SELECT p.*, CASE WHEN p.eenheid = '' THEN 1 ELSE COALESCE(s.g, 1) END AS g
              FROM {pairs} AS p LEFT JOIN samen AS s ON {_same(by, "s", "p")})"""


def _size(expected: str) -> str:
    """SQL for the class of size: each is four times the one before."""
    return f"CASE WHEN eenheid = '' THEN -1 ELSE floor(ln(GREATEST(ABS({expected}), 1)) / ln(4)) END"


def _room(row: str, usual: str) -> str:
    """SQL for the usual change of a figure, as a jump: that of its kind over the years between, and that of a small
    count."""
    of_kind = (
        f"CASE WHEN {row}.stap = 0 THEN {REVISION} ELSE GREATEST(COALESCE({usual}, {LEAST_NOISE}), {LEAST_NOISE}) "
        f"* {row}.stap END"
    )
    return f"sqrt(CASE WHEN telling THEN 1 / (ABS({row}.verwacht) + 1) ELSE 0 END + ({of_kind}) ** 2)"


def _same(columns: str, a: str, b: str) -> str:
    return " AND ".join(f"{a}.{c} = {b}.{c}" for c in columns.split(", "))
