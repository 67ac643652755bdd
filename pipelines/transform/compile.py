"""From the catalogue to SQL: bron.<dataset>, one model for all the subjects that come from it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipelines.describe.between import Between
from pipelines.describe.catalogue import Topic, sources_of
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import Dataset
from pipelines.home import quoted
from pipelines.ingest.read.cast import named
from pipelines.transform.days import years_in_part
from pipelines.transform.statuses import status_of_parts, status_of_sum
from pipelines.transform.sums import exact_sum

PLACE = ("gebiedsniveau", "gebied", "periodelabel")
MODEL = """MODEL (
  name bron.{id},
  kind {kind},
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description {title},
  column_descriptions (
    onderwerp = 'Code van het onderwerp; met .teller of .noemer een deel van een gewogen gemiddelde.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, status)))
);

WITH rij AS (
  {rows}
){summed}, per_onderwerp AS (
{subjects}
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periodelabel::TEXT AS periode,
  (CASE WHEN status = 'ok' AND jaarreden IS NULL THEN waarde END)::DOUBLE AS waarde,
  (CASE WHEN jaarreden IS NULL THEN status ELSE 'onbekend' END)::TEXT AS status,
  jaarreden::TEXT AS jaarreden
FROM per_onderwerp{days}
"""
SUMMED = """, opgeteld AS (
  /* every sum in one pass over the rows; what has no row of an area has no status there */
  SELECT {place},
{sums}
  FROM rij
  GROUP BY {place}
)"""
CUBE = """MODEL (
  name bron.kubus,
  kind FULL,
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode, {dimensions}),
  description 'De cellen van alle kubussen, met alle dimensies van alle kubussen.',
  column_descriptions (
{described}    onderwerp = 'Code van de kubus (mart.onderwerp).'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, status)))
);

WITH per_kubus AS (
{cubes}
)
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  periodelabel::TEXT AS periode,
{typed}  waarde::DOUBLE AS waarde,
  status::TEXT AS status
FROM per_kubus
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
    return models | {"bron.kubus": cube_model(cubes_of(topics, folders), datasets, folders)}


def source_model(spec: Dataset, topics: list[Topic], folder: str) -> str:
    """One row per subject, area and period, as the publisher gives it: summed over the dimensions that a subject
    leaves open, with the statuses of what is summed."""
    selects, sums = [], []
    for topic in topics:
        for code, measure in measures(topic):
            if topic.one_row(spec) and not _is_zero_elsewhere(spec, topic):
                selects.append(_select(spec, code, topic, measure))
                continue
            amount, status = f"waarde_{len(sums)}", f"status_{len(sums)}"
            sums.append(f"    {_summed(spec, topic, measure, amount, status)}")
            columns = f"{_shown(spec, topic)}, {amount} AS waarde, {status} AS status"
            selects.append(
                f"  SELECT {quoted(code)} AS onderwerp, {columns}\n  FROM opgeteld WHERE NOT {status} IS NULL"
            )
    return MODEL.format(
        id=spec.id,
        kind="FULL" if sums else "VIEW",
        title=quoted(f"{spec.titel}, per onderwerp van de catalogus."),
        rows=_rows(spec, topics, folder),
        summed=SUMMED.format(place=", ".join(_labelled(spec)), sums=",\n".join(sums)) if sums else "",
        subjects="\n  UNION ALL\n".join(selects),
        days=years_in_part(spec, place_of(spec), folder),
    )


def cubes_of(topics: dict[str, Topic], folders: Iterable[str]) -> list[Topic]:
    """The cubes whose dataset has a landing."""
    return [t for t in topics.values() if t.sourced and t.soort == "kubus" and t.bron[0] in folders]


def dimensions(cubes: list[Topic], datasets: dict[str, Dataset]) -> dict[str, str]:
    """The dimensions of all these cubes, each with its type."""
    kinds = {d: datasets[t.bron[0]].columns[d].type for t in cubes for d in t.dimensies}
    return {d: "BIGINT" if k == "integer" else "TEXT" for d, k in sorted(kinds.items())}


def cube_model(cubes: list[Topic], datasets: dict[str, Dataset], folders: dict[str, str]) -> str:
    """Every cube as published; a dimension that a cube does not have is empty."""
    kinds = dimensions(cubes, datasets)
    return CUBE.format(
        described="".join(f"    {d} = 'Dimensie; leeg waar de kubus ze niet heeft.',\n" for d in kinds),
        dimensions=", ".join(kinds),
        cubes="\n  UNION ALL\n".join(_cube(t, datasets[t.bron[0]], folders[t.bron[0]], kinds) for t in cubes),
        typed="".join(f"  {d}::{kind} AS {d},\n" for d, kind in kinds.items()),
    )


def _cube(topic: Topic, spec: Dataset, folder: str, dimensions: dict[str, str]) -> str:
    status = f"{topic.maat}_status" if topic.maat in spec.with_status else None
    combined = status_of_sum(named(status)) if status else "'ok'"
    own = ", ".join(named(d) if d in topic.dimensies else f"NULL::{k} AS {d}" for d, k in dimensions.items())
    rows = condition(spec, topic)
    return (
        f"  SELECT {quoted(topic.onderwerp)} AS onderwerp, {_shown(spec, topic)}, {own},\n"
        f"    {_sum(spec, topic, named(topic.maat or ''))} AS waarde,\n"
        f"    CASE WHEN MIN(jaarreden) IS NULL THEN {combined} ELSE 'onbekend' END AS status\n"
        f"  FROM ({_rows(spec, [topic], folder)}) AS rij{years_in_part(spec, place_of(spec), folder)}\n"
        f"{f'  WHERE {rows}' if rows else ''}"
        f"  GROUP BY {', '.join([*_labelled(spec), *(named(d) for d in topic.dimensies)])}"
    )


def _rows(spec: Dataset, topics: list[Topic], folder: str) -> str:
    """The landing with area and period as every subject has them."""
    stock = [f"{_label(spec, 1)} AS standlabel"] if spec.periode.later() else []
    columns = ", ".join([*place_of(spec), *stock, "jaar", *_carried(spec, topics)])
    return f"SELECT {columns} FROM READ_PARQUET({quoted(f'{folder}/deel-*.parquet')})"


def measures(topic: Topic) -> list[tuple[str, str]]:
    """The code and the amount of each flat series of a subject; a weighted mean has two."""
    if topic.aggregatie == "gewogen":
        return [
            (f"{topic.onderwerp}.teller", f"{named(topic.maat or '')} * {named(topic.gewicht or '')}"),
            (f"{topic.onderwerp}.noemer", named(topic.gewicht or "")),
        ]
    return [(topic.onderwerp, named(topic.maat) if topic.maat else "1")]


def place_of(spec: Dataset, later: int = 0) -> list[str]:
    """Area and period as SQL; the period that many years later than the row's."""
    level, area = ("'gemeente'", "gemeente") if spec.gebied.punten else ("gebiedsniveau", "gebied")
    return [f"{level} AS gebiedsniveau", f"{area} AS gebied", f"{_label(spec, later)} AS periodelabel"]


def _label(spec: Dataset, later: int = 0) -> str:
    """The label of the period of a row as SQL; that of a stock of 31 December is a year later."""
    year = f"(jaar + {later})" if later else "jaar"
    if "maand" in spec.columns:
        return f"(CASE WHEN maand = 0 THEN {year}::TEXT ELSE {year}::TEXT || '-' || LPAD(maand::TEXT, 2, '0') END)"
    if "kwartaal" in spec.columns:
        return f"(CASE WHEN kwartaal = 0 THEN {year}::TEXT ELSE {year}::TEXT || '-Q' || kwartaal::TEXT END)"
    if spec.periode.soort == "schooljaar":
        return f"({year}::TEXT || '-' || ({year} + 1)::TEXT)"
    return f"{year}::TEXT"


def _labelled(spec: Dataset) -> list[str]:
    """The columns that tell area and period of the rows of a dataset."""
    return [*PLACE, "standlabel"] if spec.periode.later() else [*PLACE]


def _shown(spec: Dataset, topic: Topic) -> str:
    """Area and period of a subject, of the columns of `_labelled`."""
    later = spec.periode.later(topic.periodesoort)
    return ", ".join([*PLACE[:-1], "standlabel AS periodelabel"] if later else PLACE)


def _carried(spec: Dataset, topics: list[Topic]) -> list[str]:
    """The dimensions and measures that the subjects use, with the status of a measure where it has one."""
    used = (n for t in topics for n in (t.maat, t.gewicht, *t.waar, *t.dimensies))
    names = dict.fromkeys(n for n in used if n is not None)
    names |= dict.fromkeys(f"{n}_status" for n in list(names) if n in spec.with_status)
    return [named(n) for n in names if n not in ("gebiedsniveau", "gebied", "jaar")]


def _select(spec: Dataset, code: str, topic: Topic, measure: str) -> str:
    rows = condition(spec, topic)
    amounts = f"{measure} AS waarde, {status_of_parts(*_statuses(spec, topic))} AS status"
    where = f"\n  WHERE {rows}" if rows else ""
    return f"  SELECT {quoted(code)} AS onderwerp, {_shown(spec, topic)}, {amounts}\n  FROM rij{where}"


def _is_zero_elsewhere(spec: Dataset, topic: Topic) -> bool:
    """True when the rows of another part say that this part has none."""
    return spec.dekking.afwezig == "deel_nul" and rows_where(spec, topic) != []


def _statuses(spec: Dataset, topic: Topic) -> list[str]:
    return [named(f"{n}_status") for n in (topic.maat, topic.gewicht) if n in spec.with_status]


def _summed(spec: Dataset, topic: Topic, measure: str, amount: str, status: str) -> str:
    """The sum of an amount over the rows of a subject, and its status."""
    statuses, rows = _statuses(spec, topic), condition(spec, topic)
    if _is_zero_elsewhere(spec, topic):
        part, rows = " AND ".join(rows_where(spec, topic)), " AND ".join(rows_where(spec, topic, years=True))
        measure = f"CASE WHEN {part} THEN {measure} ELSE 0 END"
        statuses = [f"CASE WHEN {part} THEN {s} ELSE 'ok' END" for s in statuses]
    one = status_of_parts(*statuses) if statuses else "1"
    if rows:
        measure, one = (f"CASE WHEN {rows} THEN {what} END" for what in (measure, one))
    found = status_of_sum(one) if statuses else f"CASE WHEN COUNT({one}) > 0 THEN 'ok' END"
    return f"{_sum(spec, topic, measure)} AS {amount}, {found} AS {status}"


def _sum(spec: Dataset, topic: Topic, measure: str) -> str:
    """The sum of an amount; DuckDB adds up integers exactly as they are."""
    broken = any(name and spec.columns[name].type == "number" for name in (topic.maat, topic.gewicht))
    return exact_sum(measure) if broken else f"SUM({measure})"


def condition(spec: Dataset, topic: Topic) -> str:
    """SQL for the rows that a subject goes over."""
    return " AND ".join([*rows_where(spec, topic), *rows_where(spec, topic, years=True)])


def rows_where(spec: Dataset, topic: Topic, years: bool = False) -> list[str]:
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
        later = spec.periode.later(topic.periodesoort)
        parts += [f"jaar {op} {y - later}" for op, y in ((">=", topic.start), ("<=", topic.einde)) if y is not None]
    return parts


def _literal(spec: Dataset, name: str, value: str | float) -> str:
    column = spec.columns.get(name)
    number = column is not None and column.type in ("integer", "number")
    return repr(float(value)) if number else quoted(value)
