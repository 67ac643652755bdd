"""The three files of a new dataset, written as the existing ones are."""

from __future__ import annotations

import textwrap
from typing import Any

import yaml

from pipelines.home import quoted
from pipelines.scaffold.areas import word_of
from pipelines.scaffold.draft import Draft
from pipelines.scaffold.subjects import Subject, condition

WIDTH = 116
MODEL = """MODEL (
  name bron.{ident},
  kind {kind},
  owner obmi,
  grain (onderwerp, gebiedsniveau, gebied, periode),
  description {description},
  column_descriptions (
    onderwerp = 'Code van het onderwerp.',
    gebiedsniveau = 'Niveau met versie, zoals de uitgever publiceert.',
    gebied = 'Code van het gebied op dat niveau.',
    periode = {period_word},
    periode_begin = 'Eerste dag van de periode.',
    waarde = 'De waarde, leeg als er geen is.',
    status = 'ok, leeg, verborgen, nvt of onbekend.'
  ),
  audits (not_null(columns := (onderwerp, gebiedsniveau, gebied, periode, periode_begin, status)))
);

{body}
SELECT
  onderwerp::TEXT AS onderwerp,
  gebiedsniveau::TEXT AS gebiedsniveau,
  gebied::TEXT AS gebied,
  {period}::TEXT AS periode,
  {begin}::DATE AS periode_begin,
  {value}::DOUBLE AS waarde,
  status::TEXT AS status
FROM per_onderwerp
"""


def spec_text(draft: Draft) -> str:
    """sources/<uitgever>/<dataset>.yaml."""
    data = draft.data()
    lines = []
    for key, value in data.items():
        if key == "columns":
            lines += ["columns:", *(_line(n, c["type"] if len(c) == 1 else c, 2) for n, c in value.items())]
        elif key == "formats":
            lines += ["formats:", *_format(value[0])]
        else:
            lines.append(_line(key, value, 0))
    return "\n".join(lines) + "\n"


def _format(form: dict[str, Any]) -> list[str]:
    lines = [_line(k, v, 4) for k, v in form.items()]
    return ["  - " + lines[0].lstrip(), *lines[1:]]


def _line(key: str, value: Any, indent: int) -> str:
    """One key: a mapping or list within braces, over more lines where it is long."""
    text = f"{' ' * indent}{key}: {flow(value)}"
    if len(text) <= WIDTH or not isinstance(value, dict | list):
        return text
    if isinstance(value, dict):
        return "\n".join([f"{' ' * indent}{key}:", *(_line(flow(k), v, indent + 2) for k, v in value.items())])
    if all(isinstance(v, dict) for v in value):
        entries = [textwrap.indent("\n".join(_line(k, x, 0) for k, x in v.items()), " " * (indent + 4)) for v in value]
        return "\n".join([f"{' ' * indent}{key}:", *(f"{' ' * indent}  - {e.lstrip()}" for e in entries)])
    return _wrapped(f"{' ' * indent}{key}: [", [flow(v) for v in value], indent + 2)


def _wrapped(start: str, items: list[str], indent: int) -> str:
    """A list within brackets, each item whole on one line."""
    lines = [start]
    for number, item in enumerate(items):
        more = "]" if number == len(items) - 1 else ","
        blank = "" if lines[-1].endswith("[") or not lines[-1].strip() else " "
        if len(lines[-1]) + len(blank + item + more) > WIDTH and lines[-1].strip() and blank:
            lines.append(" " * indent + item + more)
        else:
            lines[-1] += blank + item + more
    return "\n".join(lines)


def flow(value: Any) -> str:
    """YAML on one line, quoted as data people do: double quotes, or single ones around a pattern."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    dumped = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=10**6).strip()[1:-1]
    if dumped.startswith("'") and "\\" not in value and '"' not in value:
        return f'"{value}"'
    return dumped


def checks_text(checks: list[dict[str, Any]]) -> str:
    """expectations/<id>.yaml."""
    lines = ["checks:"]
    for check in checks:
        entry = [f"    {k}: {flow(v)}" for k, v in check.items()]
        lines += ["  - " + entry[0].lstrip(), *entry[1:]]
    return "\n".join(lines) + "\n"


def model_text(draft: Draft, subjects: list[Subject]) -> str:
    """models/bron/<id>.sql."""
    summed = any(over == "som" for over in draft.over.values())
    period, begin, word = _period(draft)
    carried = ", ".join(["gebiedsniveau", "gebied", "jaar", *_parts(draft)])
    by_code = "onderwerp" in draft.columns  # the subjects of an upload have their codes in the file
    codes = {"LOWER(onderwerp)": subjects[0]} if by_code else {quoted(s.code): s for s in subjects}
    selects = [_select(draft, subject, code, carried) for code, subject in codes.items()]
    union = "\n  UNION ALL\n".join(textwrap.indent(s, "  ") for s in selects)
    title = str(draft.meta["titel"]).rstrip(".")
    return MODEL.format(
        ident=draft.ident,
        kind="FULL" if summed else "VIEW",
        description=quoted(f"{title}, op de {word_of(str(draft.gebied['niveau']))}."),
        period_word=quoted(word),
        body=f"WITH per_onderwerp AS (\n{union}\n)",
        period=period,
        begin=begin,
        value="CASE WHEN status = 'ok' THEN waarde END" if summed and draft.missing else "waarde",
    )


def _parts(draft: Draft) -> list[str]:
    return [k for k in draft.key if k in ("maand", "kwartaal")]


def _period(draft: Draft) -> tuple[str, str, str]:
    """Label, first day, and what the label is."""
    if "maand" in draft.key:
        label = "(CASE WHEN maand = 0 THEN jaar::TEXT ELSE jaar::TEXT || '-' || LPAD(maand::TEXT, 2, '0') END)"
        return label, "MAKE_DATE(jaar, GREATEST(maand, 1), 1)", "Jaar en maand; maand 0 is het jaar."
    if "kwartaal" in draft.key:
        return "(jaar::TEXT || '-Q' || kwartaal::TEXT)", "MAKE_DATE(jaar, kwartaal * 3 - 2, 1)", "Jaar en kwartaal."
    return "jaar", "MAKE_DATE(jaar, 1, 1)", "Jaar."


def _select(draft: Draft, subject: Subject, code: str, carried: str) -> str:
    """The rows of one subject, summed over the dimensions that add up. What is not known makes the sum unknown, what
    is hidden makes it hidden."""
    source = f"FROM READ_PARQUET(@VAR('{draft.ident}') || '/deel-*.parquet')"
    where = condition(draft, subject.where)
    tail = [source, *([f"WHERE {where}"] if where else [])]
    status = f"{subject.measure}_status" if draft.missing else "'ok'"
    if not any(over == "som" for over in draft.over.values()):
        return "\n".join(
            [f"SELECT {code} AS onderwerp, {carried}, {subject.measure} AS waarde, {status} AS status", *tail]
        )
    rule = f"\n    {_rule(status)}" if draft.missing else " 'ok'"
    grouped = f"{code}, {carried}" if not code.startswith("'") else carried
    return "\n".join(
        [
            f"SELECT {code} AS onderwerp, {carried}, SUM({subject.measure}) AS waarde,{rule} AS status",
            *tail,
            f"GROUP BY {grouped}",
        ]
    )


def _rule(status: str) -> str:
    cases = [
        f"WHEN MAX(CASE WHEN {status} = '{s}' THEN 1 ELSE 0 END) = 1 THEN '{s}'"
        for s in ("onbekend", "verborgen", "ok", "leeg")
    ]
    return "CASE " + "\n      ".join(cases) + " ELSE 'nvt' END"
