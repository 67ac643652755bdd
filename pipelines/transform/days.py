"""The years of what comes by day or by moment: part of a year is no year, and part of a day no day."""

from __future__ import annotations

from pipelines.describe.specs import Dataset
from pipelines.home import quoted
from pipelines.ingest.read.calendar import BELGIAN, local_of
from pipelines.ingest.read.cast import named


def years_in_part(spec: Dataset, place: list[str], folder: str) -> str:
    """SQL that joins to the rows of a source what is there of a year whose days are not all there, as `jaarreden`.

    `place` selects level, area and period. Days are counted per area and series, and over the whole source where an
    area without a row means zero. A source that does not come by day has no such years.
    """
    if spec.periode.dagen is None:
        return " CROSS JOIN (SELECT NULL AS jaarreden) AS jaardeel"
    column = spec.columns[spec.periode.dagen]
    day = named(spec.periode.dagen)
    if column.type == "time":
        clock = local_of(day, column.einde)
        day = f"CAST({clock} AS DATE)"
    series = [n for n in spec.key if spec.columns[n].type not in ("date", "time") and n not in ("jaar", "gebied")]
    if spec.gebied.punten:
        series.append("gebied")
    if spec.dekking.afwezig == "nul":
        place, series = place[-1:], []
    own = {f"reeks_{i}": named(n) for i, n in enumerate(series)}
    names = ", ".join(p.rsplit(" AS ", 1)[1] for p in place)
    rows = ", ".join([*place, "jaar", f"{day} AS dag", *(f"{n} AS {alias}" for alias, n in own.items())])
    grouped = ", ".join([names, "jaar", *own])
    whole = "TRUE"
    if spec.periode.stap:
        rows += f", CAST({clock} AS TIME) AS tijdstip"
        whole = f"COUNT(DISTINCT tijdstip) * {spec.periode.stap} >= 60 * {_hours_shown('dag')}"
    return (
        " LEFT JOIN (\n"
        f"    SELECT {names}, MIN(dagen)::TEXT || ' van ' || nodig::TEXT || ' dagen, ' || MAX(van)::TEXT || ' tot '"
        " || MIN(tot)::TEXT AS jaarreden\n"
        "    FROM (\n"
        f"      SELECT {grouped}, COUNT(CASE WHEN heel THEN dag END) AS dagen, MIN(dag) AS van, MAX(dag) AS tot,\n"
        "        DATE_DIFF('day', MAKE_DATE(jaar, 1, 1), MAKE_DATE(jaar + 1, 1, 1)) AS nodig\n"
        "      FROM (\n"
        f"        SELECT {grouped}, dag, {whole} AS heel\n"
        f"        FROM (SELECT {rows} FROM READ_PARQUET({quoted(f'{folder}/deel-*.parquet')})) AS per_moment\n"
        f"        GROUP BY {grouped}, dag\n"
        "      ) AS per_dag\n"
        f"      GROUP BY {grouped}\n"
        "    ) AS per_reeks\n"
        f"    GROUP BY {names}, nodig HAVING MIN(dagen) < nodig\n"
        f"  ) AS jaardeel USING ({names})"
    )


def _hours_shown(day: str) -> str:
    """SQL of how many hours the Belgian clock shows on a day: 23 when it skips one, and 24 when it shows one twice."""
    start, end = (f"timezone({quoted(BELGIAN)}, CAST({d} AS TIMESTAMP))" for d in (day, f"{day} + 1"))
    return f"LEAST(24, DATE_DIFF('hour', {start}, {end}))"
