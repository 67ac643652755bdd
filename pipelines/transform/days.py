"""The years of what comes by day or by moment: part of a year is no year."""

from __future__ import annotations

from pipelines.describe.specs import Dataset
from pipelines.home import quoted
from pipelines.ingest.read.calendar import local_of
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
        day = f"CAST({local_of(day, column.einde)} AS DATE)"
    series = [n for n in spec.key if spec.columns[n].type not in ("date", "time") and n not in ("jaar", "gebied")]
    if spec.gebied.punten:
        series.append("gebied")
    if spec.dekking.afwezig == "nul":
        place, series = place[-1:], []
    own = {f"reeks_{i}": named(n) for i, n in enumerate(series)}
    names = ", ".join(p.rsplit(" AS ", 1)[1] for p in place)
    rows = ", ".join([*place, "jaar", f"{day} AS dag", *(f"{n} AS {alias}" for alias, n in own.items())])
    grouped = ", ".join([names, "jaar", *own])
    return (
        " LEFT JOIN (\n"
        f"    SELECT {names}, MIN(dagen)::TEXT || ' van ' || nodig::TEXT || ' dagen, ' || MAX(van)::TEXT || ' tot '"
        " || MIN(tot)::TEXT AS jaarreden\n"
        "    FROM (\n"
        f"      SELECT {grouped}, COUNT(DISTINCT dag) AS dagen, MIN(dag) AS van, MAX(dag) AS tot,\n"
        "        DATE_DIFF('day', MAKE_DATE(jaar, 1, 1), MAKE_DATE(jaar + 1, 1, 1)) AS nodig\n"
        f"      FROM (SELECT {rows} FROM READ_PARQUET({quoted(f'{folder}/deel-*.parquet')})) AS per_dag\n"
        f"      GROUP BY {grouped}\n"
        "    ) AS per_reeks\n"
        f"    GROUP BY {names}, nodig HAVING MIN(dagen) < nodig\n"
        f"  ) AS jaardeel USING ({names})"
    )
