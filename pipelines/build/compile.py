"""From the catalogue to SQL: bron.<dataset>, one model for all the subjects that come from it."""

from __future__ import annotations

from pathlib import Path

from pipelines.catalogue import Between, Topic, sources_of
from pipelines.home import quoted
from pipelines.ingest.cast import named
from pipelines.specfile import ROOT
from pipelines.specs import Dataset

PLACE = ("gebiedsniveau", "gebied", "periodelabel", "periodebegin")
OF_TIME = {"jaar", "maand", "kwartaal", "gebiedsniveau", "gebied"}
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
  SELECT {columns}
  FROM READ_PARQUET({path})
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


def written_models(root: Path = ROOT) -> set[str]:
    """The datasets whose model is written by hand, because the catalogue cannot say it."""
    return {path.stem for path in (root / "models" / "bron").glob("*.sql")}


def compiled_models(
    topics: dict[str, Topic], datasets: dict[str, Dataset], folders: dict[str, str], root: Path = ROOT
) -> dict[str, str]:
    """The text of bron.<dataset> for every dataset with subjects, by name; `folders` holds the landings."""
    wanted = sorted(sources_of(topics) - written_models(root))
    return {
        f"bron.{i}": source_model(datasets[i], [t for t in topics.values() if t.measured and i in t.bron], folders[i])
        for i in wanted
    }


def source_model(spec: Dataset, topics: list[Topic], folder: str) -> str:
    """One row per subject, area and period, as the publisher gives it: summed over the dimensions that a subject
    leaves open, with the statuses of what is summed."""
    selects = [_select(spec, code, topic, measure) for topic in topics for code, measure in measures(topic)]
    summed = any(not _one_row(spec, t) for t in topics)
    return MODEL.format(
        id=spec.id,
        kind="FULL" if summed else "VIEW",
        title=quoted(f"{spec.titel}, per onderwerp van de catalogus."),
        columns=", ".join([*_place(spec), "jaar", *_carried(spec, topics)]),
        path=quoted(f"{folder}/deel-*.parquet"),
        subjects="\n  UNION ALL\n".join(selects),
    )


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
    names = dict.fromkeys(n for t in topics for n in (t.maat, t.gewicht, *t.waar) if n is not None)
    names |= dict.fromkeys(f"{n}_status" for n in list(names) if n in spec.with_status)
    return [named(n) for n in names if n not in ("gebiedsniveau", "gebied", "jaar")]


def _one_row(spec: Dataset, topic: Topic) -> bool:
    """True when the rows of a subject are one per area and period already, or may not be summed."""
    fixed = {name for name, wanted in topic.waar.items() if isinstance(wanted, list) and len(wanted) == 1}
    return topic.aggregatie == "geen" or (bool(spec.key) and set(spec.key) - OF_TIME <= fixed)


def _select(spec: Dataset, code: str, topic: Topic, measure: str) -> str:
    statuses = [named(f"{n}_status") for n in (topic.maat, topic.gewicht) if n in spec.with_status]
    rows = condition(spec, topic)
    where = f"\n  WHERE {rows}" if rows else ""
    head = f"  SELECT {quoted(code)} AS onderwerp, {', '.join(PLACE)}, "
    if _one_row(spec, topic):
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
    parts = []
    for name, wanted in topic.waar.items():
        if isinstance(wanted, Between):
            bounds = ((">=", wanted.van), ("<=", wanted.tot))
            parts += [f"{named(name)} {op} {_literal(spec, name, v)}" for op, v in bounds if v is not None]
        else:
            parts.append(f"{named(name)} IN ({', '.join(_literal(spec, name, v) for v in wanted)})")
    later = spec.periode.peildag == "12-31"
    parts += [f"jaar {op} {y - later}" for op, y in ((">=", topic.start), ("<=", topic.einde)) if y is not None]
    return " AND ".join(parts)


def _literal(spec: Dataset, name: str, value: str | float) -> str:
    column = spec.columns.get(name)
    number = column is not None and column.type in ("integer", "number")
    return repr(float(value)) if number else quoted(value)
