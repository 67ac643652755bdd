"""What readers have by now of datasets that are not public at the source, kept in the release for the one after it; and
what hiding costs, per subject."""

from __future__ import annotations

from pathlib import Path

import duckdb

from pipelines.home import Home, quoted
from pipelines.publish.patch import Change
from pipelines.publish.releases import database_path, intact, list_releases
from pipelines.transform.concealed import EARLIER, KNOWN, STATE
from pipelines.transform.kept import Built

HELD_KNOWN = "SELECT 1 FROM duckdb_tables() WHERE database_name = 'bekend' AND schema_name || '.' || table_name = ?"
PRICE_CHECK = "geheimhouding"
# how many are too small is told only where it does not say of each hidden figure which it is
PRICE = f"""
  INSERT INTO nieuw.mart.kwaliteit BY NAME
  WITH telling AS (
    SELECT s.onderwerp, o.bron, o.drempel, COUNT(*) AS n, COUNT(*) FILTER (s.waarde IS NULL) AS dicht,
      COUNT(*) FILTER (s.klein) AS klein
    FROM build.{STATE} AS s JOIN build.mart.onderwerp AS o USING (onderwerp) GROUP BY ALL
  )
  SELECT 'bouw' AS punt, bron, '{PRICE_CHECK}' AS controle, 'volledigheid' AS dimensie, 'waarschuwing' AS ernst,
    'Hoeveel cijfers verborgen zijn, en hoeveel enkel de drempel zou verbergen.' AS omschrijving,
    'geslaagd' AS uitslag, n AS gezien, dicht AS afwijkend,
    FORMAT('{{}}: {{:.1f}} % verborgen', onderwerp, 100 * dicht / n)
      || CASE WHEN klein > 0 AND dicht - klein >= drempel THEN FORMAT(', {{:.0f}} % door de drempel', 100 * klein / n)
        ELSE '' END
      AS waargenomen
  FROM telling ORDER BY onderwerp"""


def newest(home: Home, city: str | None = None) -> Path | None:
    """The file of the newest release that is whole, or that of one city in it, whatever readers are pointed to."""
    found = (m for m in reversed(list_releases(home)) if intact(home, m, every_byte=False))
    manifest = next(found, None)
    return manifest and database_path(home, manifest, city)


def tell_price(con: duckdb.DuckDBPyConnection, built: Built) -> None:
    """Add to mart.kwaliteit of the coming release what is hidden of every subject."""
    if STATE in built.columns:
        con.execute(PRICE)


def told_prices(release: Path) -> dict[str, list[str]]:
    """Per dataset what a release says of the price of hiding, a sentence per subject."""
    asked = "SELECT bron, LIST(waargenomen ORDER BY waargenomen) FROM mart.kwaliteit WHERE controle = ? GROUP BY bron"
    with duckdb.connect(str(release), read_only=True) as con:
        return dict(con.execute(asked, [PRICE_CHECK]).fetchall())


def hides(built: Built, changed: dict[str, Change]) -> bool:
    """Whether figures changed of which some are hidden: no byte of the last file is taken over then."""
    own = {code for key, tables in built.steps.items() if STATE in tables for code in built.groups[key].subjects}
    return any(change.whole or own & {*change.subjects} for change in changed.values() if change) if own else False


def write_known(con: duckdb.DuckDBPyConnection, catalog: str, before: Path | None, built: Built) -> None:
    """Write in the file of a release that is attached under this name what its readers have by now, with what the
    releases before it say."""
    columns, parts = ", ".join(EARLIER), []
    if before:
        con.execute(f"ATTACH IF NOT EXISTS {quoted(before)} AS bekend (READ_ONLY)")
        if con.execute(HELD_KNOWN, [KNOWN]).fetchone():
            parts.append(f"SELECT {columns} FROM bekend.{KNOWN}")
    if STATE in built.columns:
        parts.append(f"SELECT {columns} FROM build.{STATE}")
    if parts:
        rows = f"SELECT DISTINCT * FROM ({' UNION ALL '.join(parts)}) ORDER BY ALL"
        con.execute(f"CREATE OR REPLACE TABLE {catalog}.{KNOWN} AS {rows}")
