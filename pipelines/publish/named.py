"""`mart.cijfer`: every figure with the names of its area and subject, as a view that takes no room in a release."""

from __future__ import annotations

from typing import Any

from pipelines.describe.meanings import meanings
from pipelines.home import quoted
from pipelines.publish.contract import ADDED

VIEW = "cijfer"
COMMENT = (
    "mart.waarneming om te lezen: elk cijfer met de naam van zijn gebied en onderwerp, thema, eenheid en periodiciteit."
)
FIRST = {
    "thema": "o.thema",
    "onderwerp": "w.onderwerp",
    "onderwerp_naam": "o.naam",
    "gebiedsniveau": "w.gebiedsniveau",
    "gebied": "w.gebied",
    "naam": "g.naam",
    "stad": "g.stad",
    "periode": "w.periode",
    "periodiciteit": "CASE LENGTH(w.periode) WHEN 4 THEN 'jaar' WHEN 9 THEN 'schooljaar' "
    "ELSE CASE WHEN w.periode LIKE '%-Q%' THEN 'kwartaal' ELSE 'maand' END END",
    "waarde": "w.waarde",
    "eenheid": "o.eenheid",
}


def read_out(schema: str) -> str:
    """The query of the view, over the tables of a schema."""
    first = ", ".join(f"{sql} AS {name}" for name, sql in FIRST.items())
    return f"""
      SELECT {first}, w.* EXCLUDE (onderwerp, gebiedsniveau, gebied, periode, waarde)
      FROM {schema}.waarneming AS w
      JOIN {schema}.onderwerp AS o ON o.onderwerp = w.onderwerp
      LEFT JOIN {schema}.gebied AS g ON g.gebiedsniveau = w.gebiedsniveau AND g.gebied = w.gebied"""


def view_sql(catalog: str, comments: dict[str, dict[str, Any]]) -> str:
    """Statements that put the view in a release file that is attached to an in-memory database; in its text the tables
    have no catalog, so that it holds under whatever name the file is opened. `comments` are those of the models."""
    known = meanings()
    meaning = {n: known[n] for n in (*FIRST, *ADDED["waarneming"])} | comments["mart.waarneming"]["columns"]
    said = [f"COMMENT ON COLUMN mart.{VIEW}.{name} IS {quoted(text)};" for name, text in meaning.items()]
    return (
        f"USE {catalog}; CREATE OR REPLACE VIEW mart.{VIEW} AS {read_out('mart')};"
        f"COMMENT ON VIEW mart.{VIEW} IS {quoted(COMMENT)};{''.join(said)}USE memory;"
    )
