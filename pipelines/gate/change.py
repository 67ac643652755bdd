"""The judge of change: how far a delivery may lie from what was accepted before. It follows from the description, for
every dataset; the model is in the files of the folder sql, and its numbers in sql/getallen.sql."""

from __future__ import annotations

from pipelines.describe.catalogue import load_cities
from pipelines.describe.specs import Dataset
from pipelines.gate.faults import series
from pipelines.gate.series import (
    LARGEST,
    MUNICIPAL_LEVELS,
    PARTS,
    dimensions,
    held_by,
    largest,
    measures,
    proportions,
    series_sql,
)
from pipelines.gate.statements import sql, steps
from pipelines.home import quoted

SOMETIMES = ("maandelijks", "driemaandelijks", "dagelijks", "per uur")
NEVER = 9999  # the year in hand of figures that are of a moment
RECENT = "(FROM vorige WHERE jaar >= (SELECT MIN(jaar) FROM kandidaat) - verleden())"  # the accepted years that count

Sql = tuple[str, str, str, str, str]  # id, what is true, dimension, rows, wrong


def change_checks(spec: Dataset, running: int) -> list[tuple[Sql, tuple[str, ...]]]:
    """Every check against accepted versions as SQL, with the tables that must be made first; `running` is the year in
    hand."""
    basic = (*steps("getallen"), *steps("maten"))
    tables = (*basic, *_series(spec, running), *steps("gewoonte"), *steps("toets"))
    found = [(_series_of_all(spec), tables)]
    if measures(spec):
        found += [(_series_of_areas(spec), tables), (_copy(), tables), (_constant(spec), basic)]
    if measures(spec) and (dimensions(spec) or len(measures(spec)) >= 3):
        found.append((_copy_of_area(spec), tables))
    if cells(spec):
        found.append((_gone(spec, running), (*tables, *_missing(spec))))
    if spec.key:
        found.append((_revised(spec, running), basic))
        if spec.gebied.niveau == "kolom":
            found.append((_levels(), tables))
    return found


def _series(spec: Dataset, running: int) -> tuple[str, ...]:
    """The tables that the steps start from: the delivery, its measures, our areas, and its series beside the accepted
    ones."""
    in_hand = running if spec.periode.soort == "lopend" else NEVER
    grows = spec.periode.soort == "cumulatief"
    # what comes in windows makes a year grow, and so does a count from a fixed day on
    by_cell = not grows and (bool(spec.key) or "jaar" not in spec.replaces)
    kinds = [("rijen", "rijen"), *((m, "meting") for m in measures(spec))]
    kinds += [(f"{LARGEST}{m}", "hoogste") for m in largest(spec)]
    kinds += [(name, "verhouding") for name in proportions(spec)]
    listed = ", ".join(f"({quoted(m)}, {quoted(kind)})" for m, kind in kinds)
    codes = ", ".join(quoted(code) for city in load_cities() for code in city.gemeenten)
    ours = "SELECT '' AS eenheid WHERE FALSE"
    if spec.gebied.niveau != "punt":
        ours = (
            f"SELECT UNNEST([{codes}]) AS eenheid UNION SELECT van FROM gebied_relatie WHERE naar IN ({codes}) "
            f"AND van_niveau IN {MUNICIPAL_LEVELS}"
        )
    return (
        f"CREATE OR REPLACE TABLE levering AS SELECT {in_hand} AS lopend_jaar, {by_cell} AS per_cel, {grows} AS groeit",
        f"CREATE OR REPLACE TABLE metingen AS FROM (VALUES {listed}) AS m(meting, soort)",
        f"CREATE OR REPLACE TABLE onze_gebieden AS {ours}",
        f"CREATE OR REPLACE TABLE reeks_nieuw AS {series_sql(spec, lands(spec))}",
        f"CREATE OR REPLACE TABLE reeks_oud AS {series_sql(spec, RECENT)}",
    )


def lands(spec: Dataset) -> str:
    """SQL for the years of the candidate as they would land: a source that comes in windows keeps its earlier ones."""
    if spec.replaces == ["jaar"]:
        return "kandidaat"
    scope = ", ".join(spec.replaces)
    return (
        "(SELECT * FROM kandidaat UNION ALL BY NAME SELECT * FROM vorige WHERE jaar IN (SELECT jaar FROM kandidaat) "
        f"AND ({scope}) NOT IN (SELECT ({scope}) FROM kandidaat))"
    )


def _series_of_areas(spec: Dataset) -> Sql:
    says = "Een cijfer van een gebied verandert niet meer dan het in aanvaarde versies deed."
    over = sql("reeks", per_eenheid=held_by(spec, "met"))
    return "reeks", says, "juistheid", over, "beoordeeld AND overschrijding > 1"


def _series_of_all(spec: Dataset) -> Sql:
    counts = [m for m in ("rijen", *measures(spec)) if m == "rijen" or spec.columns[m].type == "integer"]
    says = "Alle gebieden samen veranderen niet meer dan ze in aanvaarde versies deden."
    over = sql("reeks_geheel", tellingen=", ".join(map(quoted, counts)))
    return "reeks_geheel", says, "juistheid", over, "beoordeeld AND waargenomen NOT BETWEEN laagste AND hoogste"


def _copy_of_area(spec: Dataset) -> Sql:
    says = "Een gebied herhaalt niet zijn cijfers van het vorige jaar."
    over = sql("oude_kopie_gebied", per_eenheid=held_by(spec, "per"))
    return (
        "oude_kopie_gebied",
        says,
        "tijdigheid",
        over,
        "bewijs >= CASE WHEN streng THEN 1 ELSE wijder() END * bewijs()",
    )


def _copy() -> Sql:
    return (
        "oude_kopie",
        "Een jaargang is geen kopie van een ander jaar.",
        "tijdigheid",
        sql("oude_kopie"),
        "bewijs >= bewijs()",
    )


def _constant(spec: Dataset) -> Sql:
    each = " UNION ALL ".join(
        f"SELECT gebiedsniveau, jaar, '{m}' AS meting, COUNT({m}) AS rijen, COUNT(DISTINCT {m}) AS verschillend, "
        f"ANY_VALUE({m})::DOUBLE AS cijfer FROM {{0}} GROUP BY ALL"
        for m in measures(spec)
    )
    over = sql("constant", vorige=each.format("vorige"), kandidaat=each.format("kandidaat"))
    says = "Niet alle rijen hebben hetzelfde cijfer."
    return "constant", says, "juistheid", over, "waargenomen = 1 AND verwacht > 1"


def cells(spec: Dataset) -> list[str]:
    """The columns that tell the cells of an area apart, where those come back every year: no days."""
    names = [k for k in spec.key if k not in ("gebied", "gebiedsniveau", spec.unit) and not k.endswith("jaar")]
    timed = any(spec.columns[k].type in ("date", "time") for k in names)
    return [] if timed or not spec.key or "jaar" not in spec.replaces else ["gebiedsniveau", spec.unit, *names]


def _missing(spec: Dataset) -> tuple[str, ...]:
    """The cells that are gone, in accepted versions and in the delivery."""
    turns = [c for c in cells(spec) if c in ("maand", "kwartaal")]
    others = [c for c in cells(spec) if c in PARTS and c not in turns]
    counts = [m for m in measures(spec) if spec.columns[m].type == "integer"]
    parts = {
        "cel": ", ".join(cells(spec)),
        "eenheid": spec.unit,
        "grootte": f"SUM(ABS({counts[0]}))" if counts else "0",
        "zelfde_cel": " AND ".join(f"nu.{c} = toen.{c}" for c in cells(spec)),
        "delen": "".join(f", {c}" for c in others)
        + "".join(f", MIN({c}) AS eerste_{c}, MAX({c}) AS {c}" for c in turns),
        "zelfde_delen": "".join(f" AND toen.{c} = j.{c}" for c in others)
        + "".join(f" AND toen.{c} BETWEEN j.eerste_{c} AND j.{c}" for c in turns),
    }
    return (
        f"CREATE OR REPLACE TABLE weg_oud AS {sql('verdwenen_cellen', oud=RECENT, nieuw=RECENT, **parts)}",
        f"CREATE OR REPLACE TABLE weg_nieuw AS {sql('verdwenen_cellen', oud=RECENT, nieuw=lands(spec), **parts)}",
    )


def _gone(spec: Dataset, running: int) -> Sql:
    says = "Van een gebied verdwijnt niet meer dan er in aanvaarde versies verdween."
    over = sql("verdwenen", eenheid=spec.unit, tot=spec.dekking.tot or running)
    return "verdwenen", says, "volledigheid", over, "beoordeeld AND waargenomen > hoogste"


def _levels() -> Sql:
    says = "De som van de delen is het geheel, waar dat in aanvaarde versies zo was."
    return "delen_en_geheel", says, "consistentie", sql("delen_en_geheel"), "niet_gelijk"


def _revised(spec: Dataset, running: int) -> Sql:
    """Every cell that was there already, and per area and year what they are together."""
    key = [k for k in spec.key if k not in ("gebiedsniveau", "jaar", spec.unit)]
    on = ["gebiedsniveau", spec.unit, "jaar", *key]
    told = [c for c in series(spec) if c in key]  # what is given out apart is held apart
    numbers = measures(spec)
    texts = [n for n, c in spec.columns.items() if not c.measure and n not in (*on, "gebied") and c.type == "text"]
    place = {"plaats_kort": ", ".join(["gebiedsniveau", "eenheid", "jaar", *told])}
    rows = [sql("herzien_getal", **place, **_cell(spec, n)) for n in numbers]
    rows += [sql("herzien_samen", **place, **_cell(spec, n)) for n in numbers if spec.columns[n].type == "integer"]
    rows += [
        sql(
            "herzien_tekst",
            **place,
            naam=quoted(n),
            waar=f"nu_.er_ AND toen_.er_ AND nu_.{n} IS DISTINCT FROM toen_.{n}",
        )
        for n in texts
    ]
    if not numbers:
        rows.append(sql("herzien_tekst", **place, naam="'rij'", waar="nu_.er_ IS NULL OR toen_.er_ IS NULL"))
    middle = [n for n in numbers if spec.columns[n].type != "integer"]
    last = f"jaar = (SELECT MAX(jaar) FROM vorige) AND jaar >= {running - 1}"
    over = sql(
        "herzien",
        **place,
        plaats=", ".join(["gebiedsniveau", f"{spec.unit} AS eenheid", "jaar", *told]),
        sleutel_bekend=spec.key_where,
        levert=", ".join(spec.replaces),
        bekend=", ".join(dict.fromkeys(["gebiedsniveau", spec.unit, "jaar", *spec.replaces])),
        tekst=", ".join(f"CAST({k} AS VARCHAR)" for k in key) or "''",
        laat=last if spec.cadans in SOMETIMES else "FALSE",
        sleutel=", ".join(f"COALESCE(nu_.{c}, toen_.{c}) AS {c}" for c in on),
        zelfde=" AND ".join(f"nu_.{c} = toen_.{c}" for c in on),
        middens=", ".join(f"GREATEST(aanloop() * MEDIAN(ABS({n})), 1e-6) AS {n}" for n in middle) or "1",
        cellen=" UNION ALL ".join(rows),
        gevuld=" + ".join(f"COUNT(*) FILTER (WHERE toen_.{n} <> 0)" for n in numbers) or "0",
    )
    says = "Een cijfer dat al aanvaard was, wordt niet sterk herzien en verdwijnt niet."
    return "herziening", says, "juistheid", over, "meeste_anders OR overschrijding > 1"


def _cell(spec: Dataset, name: str) -> dict[str, str]:
    """What the SQL on the cells of a measure names."""
    counts = spec.columns[name].type == "integer"
    w, e = (
        f"CASE WHEN {side}.er_ IS NULL THEN 0 ELSE {side}.{name}::DOUBLE END" if counts else f"{side}.{name}::DOUBLE"
        for side in ("nu_", "toen_")
    )
    return {
        "naam": quoted(name),
        "telling": str(counts).upper(),
        "w": w,
        "e": e,
        "s": "1" if counts else f"(SELECT {name} FROM middens)",
        "verborgen": f"COALESCE(nu_.{name}_status = 'verborgen', FALSE)" if spec.missing else "FALSE",
    }
