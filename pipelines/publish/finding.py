"""`obmi zoek`: which subjects a word is about, by name, other words, code or description, also when misspelt."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.home import Problem

SHOWN = 15
# how much a hit counts: a whole word, the beginning or end of one (Dutch writes "woninginbraak"), or a word with one
# letter wrong, missing or moved; and less in a theme or description than in a name
FOUND = f"""
WITH gezocht AS (
  SELECT DISTINCT UNNEST(REGEXP_SPLIT_TO_ARRAY(LOWER(STRIP_ACCENTS($asked)), '[^a-z0-9_]+')) AS zoekwoord
), tekst AS (
  SELECT onderwerp, 1.0 AS gewicht, CONCAT_WS(' ', onderwerp, naam, synoniemen) AS woorden FROM mart.onderwerp
  UNION ALL
  SELECT onderwerp, 0.4, CONCAT_WS(' ', thema, omschrijving) FROM mart.onderwerp
), woord AS (
  SELECT onderwerp, gewicht,
    UNNEST(REGEXP_SPLIT_TO_ARRAY(LOWER(STRIP_ACCENTS(woorden)), '[^a-z0-9_]+')) AS woord
  FROM tekst
), raak AS (
  SELECT w.onderwerp, z.zoekwoord, MAX(w.gewicht * CASE
    WHEN w.woord = z.zoekwoord THEN 1
    WHEN LENGTH(z.zoekwoord) > 3 AND (STARTS_WITH(w.woord, z.zoekwoord) OR SUFFIX(w.woord, z.zoekwoord)) THEN 0.8
    WHEN LENGTH(z.zoekwoord) > 3 AND DAMERAU_LEVENSHTEIN(w.woord, z.zoekwoord) = 1 THEN 0.6
    ELSE 0 END) AS punten
  FROM woord AS w, gezocht AS z
  WHERE z.zoekwoord <> ''
  GROUP BY w.onderwerp, z.zoekwoord
)
SELECT o.onderwerp, o.naam, o.synoniemen, o.thema, o.eenheid, o.laatste_periode, o.status
FROM mart.onderwerp AS o
JOIN (SELECT onderwerp, SUM(punten) AS punten FROM raak GROUP BY onderwerp HAVING MIN(punten) > 0) AS r
  ON r.onderwerp = o.onderwerp
ORDER BY r.punten DESC, o.laatste_periode IS NULL, o.rol = 'hulp', o.rol <> 'zelfstandig', o.onderwerp
LIMIT {SHOWN}"""


class NothingFound(Problem):
    """No subject of the release is about what was asked."""


def find(path: Path, asked: str) -> pa.Table:
    """The subjects of a release file that all words asked for are about, the nearest first. Raises NothingFound."""
    with duckdb.connect(str(path), read_only=True) as con:
        found = con.execute(FOUND, {"asked": asked}).to_arrow_table()
    if not found.num_rows:
        raise NothingFound(f"no subject is about '{asked}'; try one other word, or read mart.onderwerp")
    return found
