"""One fact is one subject: of all pairs that are equal or proportional, one says that it is a helper or belongs to the
other."""

from __future__ import annotations

from pathlib import Path

import duckdb

# at least twenty cells in common, neither of them zero; the same ratio, to half a percent, in 95 of 100 of them
ALIKE = """
WITH cijfer AS (
  SELECT onderwerp, gebied || ' ' || periode AS cel, waarde FROM mart.waarneming
  WHERE gebiedsniveau = 'gemeente' AND status = 'ok' AND waarde <> 0
), paar AS (
  SELECT a.onderwerp AS een, b.onderwerp AS ander, b.waarde / a.waarde AS ratio
  FROM cijfer AS a JOIN cijfer AS b ON b.cel = a.cel AND a.onderwerp < b.onderwerp
), midden AS (
  SELECT een, ander, COUNT(*) AS samen, MEDIAN(ratio) AS ratio FROM paar GROUP BY ALL HAVING COUNT(*) >= 20
)
SELECT een, ander, COALESCE('hulp' IN (o.rol, t.rol) OR o.rol_van = ander OR t.rol_van = een, FALSE) AS gezegd
FROM paar AS p JOIN midden AS m USING (een, ander)
JOIN mart.onderwerp AS o ON o.onderwerp = een JOIN mart.onderwerp AS t ON t.onderwerp = ander
GROUP BY een, ander, gezegd, m.samen, m.ratio
HAVING COUNT(*) FILTER (ABS(p.ratio - m.ratio) <= 0.005 * ABS(m.ratio)) >= 0.95 * m.samen
ORDER BY ALL"""


def test_no_pair_is_equal_or_proportional_undeclared(everything: Path) -> None:
    with duckdb.connect(str(everything / "current" / "obmi.duckdb"), read_only=True) as con:
        pairs = con.execute(ALIKE).fetchall()
    assert [pair for *pair, said in pairs if not said] == []
    assert pairs, "the query finds those that say so"
