"""What a model says of itself, from its text alone: SQLMesh takes seconds to import, and the page waits for this."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.transform.graph import STRING_OR_COMMENT

AUDITS = re.compile(r"\bAUDIT\s*\(", re.I)
DESCRIPTION = re.compile(r"\bdescription\s+'((?:[^']|'')*)'", re.I)
COLUMN_SAID = re.compile(r"(\w+)\s*=\s*'((?:[^']|'')*)'")
COLUMN = re.compile(r"::([A-Z]+(?:\[\])?(?:\(\d+, ?\d+\))?)\s+AS\s+(\w+)")
FROM = re.compile(r"^FROM\b", re.M)
EACH = re.compile(r"@EACH\(@VAR\('dimensies'\),\s*(\w+)\s*->\s*((?:[^()']|'[^']*')*)\)", re.I)
STEPS = re.compile(r"^\)\s*$", re.M)  # the last step ends here, and what gives the rows follows
ASKED = re.compile(r"(\w+)(?:\(columns := \(([^)]*)\)\))?")


@dataclass(frozen=True)
class Header:
    """Of one model: its description, the type and the meaning of every column, and per audit what it asks."""

    description: str
    columns: dict[str, tuple[str, str]]
    audits: dict[str, str]


def header_of(text: str, dimensions: Mapping[str, str], meaning: Mapping[str, str]) -> Header:
    """What the text of a model says; `dimensions` are those of all cubes, `meaning` what columns mean elsewhere."""
    model = EACH.sub(lambda found: _spread(found, dimensions), AUDITS.split(STRING_OR_COMMENT.sub(_kept, text))[0])
    head, _, query = model.partition(";\n")
    said = DESCRIPTION.search(head)
    own = dict(COLUMN_SAID.findall(_block(head, "column_descriptions")))
    types = {name: kind for kind, name in COLUMN.findall(FROM.split(STEPS.split(query)[-1])[0])}
    types |= {name: kind for name, kind in dimensions.items() if name in own}
    columns = {name: (kind, _plain(own.get(name) or meaning.get(name, ""))) for name, kind in types.items()}
    asked: dict[str, list[str]] = {}
    for name, about in ASKED.findall(_block(head, "audits")):
        asked.setdefault(name, []).append(about)
    return Header(_plain(said[1]) if said else "", columns, {n: _asks(n, about) for n, about in asked.items()})


def _spread(found: re.Match[str], dimensions: Mapping[str, str]) -> str:
    """What is written once for all dimensions, written out for each."""
    name, body = found.groups()
    return ", ".join(body.replace(f"@{{{name}}}", dimension) for dimension in dimensions)


def _kept(found: re.Match[str]) -> str:
    """A text as it is, and a blank in the place of a comment."""
    return found[0] if found[0].startswith("'") else " "


def _block(head: str, name: str) -> str:
    """What stands between the brackets of one property."""
    found = re.search(rf"\b{name}\s*\(", head)
    if found is None:
        return ""
    depth, start, quoted = 1, found.end(), False
    for at in range(start, len(head)):
        quoted ^= head[at] == "'"
        depth += 0 if quoted else {"(": 1, ")": -1}.get(head[at], 0)
        if depth == 0:
            return head[start:at]
    return head[start:]


def _asks(audit: str, about: list[str]) -> str:
    """An audit as a Dutch sentence; our own are named by what they say."""
    if audit == "not_null":
        return f"Altijd ingevuld: {'; '.join(about)}."
    if audit in ("unique_combination_of_columns", "unique_values"):
        return f"Elke combinatie komt één keer voor: {'; '.join(about)}."
    return f"{audit.replace('_', ' ').capitalize()}."


def _plain(text: str) -> str:
    return text.replace("''", "'")
