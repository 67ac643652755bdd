"""Which models there are and what each reads, from the SQL text alone: without SQLMesh, so in milliseconds."""

from __future__ import annotations

import re
from pathlib import Path

from pipelines.describe.catalogue import Topic, sources_of
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import Dataset
from pipelines.transform.compile import compiled_models

STRING_OR_COMMENT = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.S)
NAME = re.compile(r"\bMODEL\s*\(\s*name\s+([\w.]+)", re.I)
EACH_DATASET = re.compile(r"@EACH\(\s*@VAR\('datasets'\),\s*(\w+)\s*->\s*([\w.]+)@\{\1\}\s*\)", re.I)
READS = re.compile(r"\b(?:FROM|JOIN)\s+(\w+\.\w+)", re.I)
DEPENDS_ON = re.compile(r"\bdepends_on\s*[(\[]?([\w.,\s]+)", re.I)
LANDING = re.compile(r"READ_PARQUET\('(landing\.\w+)/", re.I)
VARIABLE = re.compile(r"@VAR\('(\w+)'\)", re.I)


def model_graph(topics: dict[str, Topic], datasets: dict[str, Dataset], root: Path = ROOT) -> dict[str, set[str]]:
    """Every model by name, with the models and the landings (`landing.<dataset>`) that it reads."""
    known = sorted(sources_of(topics))
    texts = compiled_models(topics, datasets, {d: f"landing.{d}" for d in known}, root)
    for path in sorted((root / "models").rglob("*.sql")):
        text = STRING_OR_COMMENT.sub(_keep_string, path.read_text(encoding="utf-8"))
        texts[_name(text, path)] = text
    there = {*texts, *(f"landing.{d}" for d in known)}
    return {name: _reads(text, known) & there for name, text in texts.items()}


def _keep_string(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("'") else " "


def _name(text: str, path: Path) -> str:
    found = NAME.search(text)
    if found is None:
        raise ValueError(f"{path} has no MODEL (name …); a model starts with its name")
    return found[1]


def _reads(text: str, datasets: list[str]) -> set[str]:
    query = re.split(r"\bAUDIT\s*\(", text, flags=re.I)[0]
    spread = EACH_DATASET.sub(lambda m: " ".join(f"FROM {m[2]}{d}" for d in datasets), query)
    landings = {f"landing.{d}" for d in VARIABLE.findall(spread) if d in datasets} | {*LANDING.findall(spread)}
    plain = STRING_OR_COMMENT.sub("''", spread)
    declared = [n for part in DEPENDS_ON.findall(plain) for n in re.findall(r"\w+\.\w+", part)]
    return {*READS.findall(plain), *declared, *landings}
