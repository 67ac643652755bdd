"""From the catalogue to SQL: bron.<dataset>, one model for all the subjects that come from it."""

from __future__ import annotations

from pathlib import Path

from pipelines.describe.catalogue import Between, Topic, sources_of
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import Dataset
from pipelines.home import quoted
from pipelines.ingest.read.cast import named

PLACE = ("gebiedsniveau", "gebied", "periodelabel", "periodebegin")
WORST_FIRST = ("onbekend", "verborgen", "ok", "leeg")
MODEL = """MODEL (
  name bron.{id},
  kind {kind},
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description {title},
  column_descriptions (
    onderwerp = 'Code van het onderwerp; met .teller of .noemer een deel van een gewogen gemiddelde.',
    gebiedsniveau = 'Niveau met versie, zoals de uitgever publiceert.',
    gebied = 'Code van het gebied op dat niveau.',
    periode = 'Jaar, jaar en maand, jaar en kwartaal, of schooljaar.',
    periode_begin = 'Eerste dag van de periode.',
    waarde = 'De waarde, leeg als er geen is.',
    status = 'ok, leeg, verborgen, nvt of onbekend.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, periode_begin, status)))
);

WITH rij AS (
  {rows}
), per_onderwerp AS (
{subjects}
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periodelabel::TEXT AS periode,
  periodebegin::DATE AS periode_begin,
  (CASE WHEN status = 'ok' THEN waarde END)::DOUBLE AS waarde,
  status::TEXT AS status
FROM per_onderwerp
"""
CUBE = """MODEL (
  name mart.kubus,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode, {dimensions}),
  depends_on (ref.onderwerp, onderwerp.plat),
  description 'De kubussen, zoals gepubliceerd en op de gemeenten van vandaag; wat geen rij heeft, kwam er niet voor.',
  column_descriptions (
    onderwerp = 'Code van de kubus (mart.onderwerp).',
    gebiedsniveau = 'Niveau met versie.',
    gebied = 'Code van het gebied.',
    periode = 'Periode, zoals in mart.waarneming.',
    periode_begin = 'Eerste dag van de periode.',
{described}    waarde = 'De waarde, leeg als er geen is.',
    status = 'ok, leeg, verborgen, nvt of onbekend.'
  ),
  audits (
    not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, periode_begin, status)),
    unique_combination_of_columns(columns := (onderwerp, gebiedsniveau, gebied, periode, {dimensions})),
    kubus_telt_op_tot_plat
  )
);

WITH per_bron AS (
{cubes}
), aanwezig AS (
  SELECT DISTINCT onderwerp, gebiedsniveau, gebied, periodelabel
  FROM per_bron
), deel AS (
  SELECT
    a.*,
    r.naar_niveau,
    r.naar,
    r.delen,
    COUNT(*) OVER (PARTITION BY a.onderwerp, a.gebiedsniveau, a.periodelabel, r.naar_niveau, r.naar) AS aanwezig
  FROM aanwezig AS a
  JOIN ref.gebied_relatie AS r
    ON r.van_niveau = a.gebiedsniveau
    AND r.van = a.gebied
    AND (r.naar_niveau = 'gemeente' OR (r.naar_niveau = r.van_niveau AND r.naar = r.van))
  JOIN ref.gebied AS g
    ON g.gebiedsniveau = r.naar_niveau AND g.gebied = r.naar AND g.getoond
), samen AS (
  /* an area of today of which a part is not there has no cube */
  SELECT
    p.onderwerp,
    d.naar_niveau AS gebiedsniveau,
    d.naar AS gebied,
    p.periodelabel AS periode,
    MIN(p.periodebegin) AS periode_begin,
{of_part}    SUM(p.waarde) AS waarde,
    {worst} AS status
  FROM per_bron AS p
  JOIN deel AS d
    ON d.onderwerp = p.onderwerp
    AND d.gebiedsniveau = p.gebiedsniveau
    AND d.gebied = p.gebied
    AND d.periodelabel = p.periodelabel
  WHERE d.aanwezig = d.delen
  GROUP BY p.onderwerp, d.naar_niveau, d.naar, p.periodelabel, {grouped}
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periode::TEXT AS periode,
  periode_begin::DATE AS periode_begin,
{typed}  (CASE WHEN status = 'ok' THEN waarde END)::DOUBLE AS waarde,
  status::TEXT AS status
FROM samen;

AUDIT (name kubus_telt_op_tot_plat);
WITH kubus AS (
  SELECT onderwerp, gebiedsniveau, gebied, periode, SUM(waarde) AS waarde
  FROM @this_model
  GROUP BY onderwerp, gebiedsniveau, gebied, periode
  HAVING MIN(status) = 'ok' AND MAX(status) = 'ok'
)
SELECT k.*, p.waarde AS plat
FROM kubus AS k
JOIN ref.onderwerp AS o ON o.onderwerp = k.onderwerp
LEFT JOIN onderwerp.plat AS p
  ON p.onderwerp = o.plat
  AND p.gebiedsniveau = k.gebiedsniveau
  AND p.gebied = k.gebied
  AND p.periode = k.periode
WHERE p.waarde IS NULL OR ABS(p.waarde - k.waarde) > 1e-9 * GREATEST(1, ABS(p.waarde))
"""


def written_models(root: Path = ROOT) -> set[str]:
    """The datasets whose model is written by hand, because the catalogue cannot say it."""
    return {path.stem for path in (root / "models" / "bron").glob("*.sql")}


def compiled_models(
    topics: dict[str, Topic], datasets: dict[str, Dataset], folders: dict[str, str], root: Path = ROOT
) -> dict[str, str]:
    """The text of bron.<dataset> for every dataset with subjects and a landing in `folders`, by name."""
    models = {}
    for ident in sorted(set(folders) & sources_of(topics) - written_models(root)):
        flat = [t for t in topics.values() if t.measured and ident in t.bron]
        if flat:
            models[f"bron.{ident}"] = source_model(datasets[ident], flat, folders[ident])
    cubes = [t for t in topics.values() if t.sourced and t.soort == "kubus" and t.bron[0] in folders]
    return models | {"mart.kubus": cube_model(cubes, datasets, folders)}


def source_model(spec: Dataset, topics: list[Topic], folder: str) -> str:
    """One row per subject, area and period, as the publisher gives it: summed over the dimensions that a subject
    leaves open, with the statuses of what is summed."""
    selects = [_select(spec, code, topic, measure) for topic in topics for code, measure in measures(topic)]
    summed = any(not t.one_row(spec) for t in topics)
    return MODEL.format(
        id=spec.id,
        kind="FULL" if summed else "VIEW",
        title=quoted(f"{spec.titel}, per onderwerp van de catalogus."),
        rows=_rows(spec, topics, folder),
        subjects="\n  UNION ALL\n".join(selects),
    )


def cube_model(cubes: list[Topic], datasets: dict[str, Dataset], folders: dict[str, str]) -> str:
    """Every cube on the areas it is published on and on today's municipalities, with all dimensions of all cubes; a
    dimension that a cube does not have is empty."""
    kinds = {d: datasets[t.bron[0]].columns[d].type for t in cubes for d in t.dimensies}
    dimensions = {d: "BIGINT" if k == "integer" else "TEXT" for d, k in sorted(kinds.items())}
    return CUBE.format(
        described="".join(f"    {d} = 'Dimensie; leeg waar de kubus ze niet heeft.',\n" for d in dimensions),
        dimensions=", ".join(dimensions),
        cubes="\n  UNION ALL\n".join(_cube(t, datasets[t.bron[0]], folders[t.bron[0]], dimensions) for t in cubes),
        of_part="".join(f"    p.{d},\n" for d in dimensions),
        grouped=", ".join(f"p.{d}" for d in dimensions),
        typed="".join(f"  {d}::{kind} AS {d},\n" for d, kind in dimensions.items()),
        worst=_combined("p.status"),
    )


def _cube(topic: Topic, spec: Dataset, folder: str, dimensions: dict[str, str]) -> str:
    status = f"{topic.maat}_status" if topic.maat in spec.with_status else None
    combined = _combined(named(status)) if status else "'ok'"
    own = ", ".join(named(d) if d in topic.dimensies else f"NULL::{k} AS {d}" for d, k in dimensions.items())
    rows = condition(spec, topic)
    return (
        f"  SELECT {quoted(topic.onderwerp)} AS onderwerp, {', '.join(PLACE)}, {own},\n"
        f"    SUM({named(topic.maat or '')}) AS waarde, {combined} AS status\n"
        f"  FROM ({_rows(spec, [topic], folder)}) AS rij{f' WHERE {rows}' if rows else ''}\n"
        f"  GROUP BY {', '.join([*PLACE, *(named(d) for d in topic.dimensies)])}"
    )


def _rows(spec: Dataset, topics: list[Topic], folder: str) -> str:
    """The landing with area and period as every subject has them."""
    columns = ", ".join([*_place(spec), "jaar", *_carried(spec, topics)])
    return f"SELECT {columns} FROM READ_PARQUET({quoted(f'{folder}/deel-*.parquet')})"


def measures(topic: Topic) -> list[tuple[str, str]]:
    """The code and the amount of each flat series of a subject; a weighted mean has two."""
    if topic.aggregatie == "gewogen":
        return [
            (f"{topic.onderwerp}.teller", f"{named(topic.maat or '')} * {named(topic.gewicht or '')}"),
            (f"{topic.onderwerp}.noemer", named(topic.gewicht or "")),
        ]
    return [(topic.onderwerp, named(topic.maat) if topic.maat else "1")]


def _place(spec: Dataset) -> list[str]:
    """Area and period as SQL. A stock of 31 December is the next year's (the 1 January convention)."""
    level, area = ("'gemeente'", "gemeente") if spec.gebied.punten else ("gebiedsniveau", "gebied")
    year = "(jaar + 1)" if spec.periode.peildag == "12-31" else "jaar"
    label, begin = f"{year}::TEXT", f"MAKE_DATE({year}, 1, 1)"
    if "maand" in spec.columns:
        label = f"(CASE WHEN maand = 0 THEN {year}::TEXT ELSE {year}::TEXT || '-' || LPAD(maand::TEXT, 2, '0') END)"
        begin = f"MAKE_DATE({year}, GREATEST(maand, 1), 1)"
    elif "kwartaal" in spec.columns:
        label = f"(CASE WHEN kwartaal = 0 THEN {year}::TEXT ELSE {year}::TEXT || '-Q' || kwartaal::TEXT END)"
        begin = f"MAKE_DATE({year}, GREATEST(kwartaal * 3 - 2, 1), 1)"
    elif spec.periode.soort == "schooljaar":
        label, begin = f"({year}::TEXT || '-' || ({year} + 1)::TEXT)", f"MAKE_DATE({year}, 9, 1)"
    return [f"{level} AS gebiedsniveau", f"{area} AS gebied", f"{label} AS periodelabel", f"{begin} AS periodebegin"]


def _carried(spec: Dataset, topics: list[Topic]) -> list[str]:
    """The dimensions and measures that the subjects use, with the status of a measure where it has one."""
    used = (n for t in topics for n in (t.maat, t.gewicht, *t.waar, *t.dimensies))
    names = dict.fromkeys(n for n in used if n is not None)
    names |= dict.fromkeys(f"{n}_status" for n in list(names) if n in spec.with_status)
    return [named(n) for n in names if n not in ("gebiedsniveau", "gebied", "jaar")]


def _select(spec: Dataset, code: str, topic: Topic, measure: str) -> str:
    statuses = [named(f"{n}_status") for n in (topic.maat, topic.gewicht) if n in spec.with_status]
    part, years = _where(spec, topic), _where(spec, topic, years=True)
    if zero := spec.dekking.afwezig == "deel_nul" and part != []:  # the rows of another part are none of this one
        kept = " AND ".join(part)
        measure, part = f"CASE WHEN {kept} THEN {measure} ELSE 0 END", []
        statuses = [f"CASE WHEN {kept} THEN {s} ELSE 'ok' END" for s in statuses]
    where = f"\n  WHERE {' AND '.join(part + years)}" if part + years else ""
    head = f"  SELECT {quoted(code)} AS onderwerp, {', '.join(PLACE)}, "
    if topic.one_row(spec) and not zero:
        return f"{head}{measure} AS waarde, {_worst(statuses)} AS status\n  FROM rij{where}"
    amounts = f"SUM({measure}) AS waarde, {_combined(_worst(statuses)) if statuses else quoted('ok')} AS status"
    return f"{head}{amounts}\n  FROM rij{where}\n  GROUP BY {', '.join(PLACE)}"


def _worst(statuses: list[str]) -> str:
    """The status of an amount made of these columns in one row: what is not known wins over what is hidden."""
    if len(statuses) < 2:
        return statuses[0] if statuses else "'ok'"
    cases = [f"WHEN '{s}' IN ({', '.join(statuses)}) THEN '{s}'" for s in ("onbekend", "verborgen", "nvt", "leeg")]
    return f"CASE {' '.join(cases)} ELSE 'ok' END"


def _combined(status: str) -> str:
    """The status of a sum over rows, by the same rule as for areas (domain: missing values)."""
    cases = [f"WHEN MAX(CASE WHEN {status} = '{s}' THEN 1 ELSE 0 END) = 1 THEN '{s}'" for s in WORST_FIRST]
    return f"CASE {' '.join(cases)} ELSE 'nvt' END"


def condition(spec: Dataset, topic: Topic) -> str:
    """SQL for the rows that a subject goes over."""
    return " AND ".join([*_where(spec, topic), *_where(spec, topic, years=True)])


def _where(spec: Dataset, topic: Topic, years: bool = False) -> list[str]:
    """SQL for the part of every area that a subject goes over, or for its years."""
    parts = []
    for name, wanted in topic.waar.items():
        if (name == "jaar") != years:
            continue
        if isinstance(wanted, Between):
            bounds = ((">=", wanted.van), ("<=", wanted.tot))
            parts += [f"{named(name)} {op} {_literal(spec, name, v)}" for op, v in bounds if v is not None]
        else:
            parts.append(f"{named(name)} IN ({', '.join(_literal(spec, name, v) for v in wanted)})")
    if years:
        later = spec.periode.peildag == "12-31"
        parts += [f"jaar {op} {y - later}" for op, y in ((">=", topic.start), ("<=", topic.einde)) if y is not None]
    return parts


def _literal(spec: Dataset, name: str, value: str | float) -> str:
    column = spec.columns.get(name)
    number = column is not None and column.type in ("integer", "number")
    return repr(float(value)) if number else quoted(value)
