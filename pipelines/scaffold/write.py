"""The three files of a new dataset, written as the existing ones are."""

from __future__ import annotations

import textwrap
from typing import Any

import yaml

from pipelines.scaffold.draft import Draft

WIDTH = 116


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


def entries_text(catalogue: dict[str, Any]) -> str:
    """models/indicatoren/<id>.yaml."""
    lines = [f"thema: {flow(catalogue['thema'])}", "standaard:"]
    lines += [f"  {k}: {flow(v)}" for k, v in catalogue["standaard"].items()]
    lines.append("onderwerpen:")
    for code, entry in catalogue["onderwerpen"].items():
        lines += [f"  {code}:", *(f"    {k}: {flow(v)}" for k, v in entry.items())]
    return "\n".join(lines) + "\n"
