"""The reports that analysts write (`models/rapporten/*.yaml`): their shape, and Dutch for what is wrong in one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ValidationError

from pipelines.describe.specfile import ROOT, Spec, name_of
from pipelines.home import Problem

FOLDER = ROOT / "models" / "rapporten"
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")  # it is a part of an address


class ReportFault(Problem):
    """What is wrong in a report, in one Dutch sentence for who wrote it: file, line or paragraph, what to do."""


class ReportSpec(Spec):
    """A report: its title, the sentence below it, the websites that have it, and its text in Markdown with figures.

    With `per: thema` there is one for every theme that has figures, and the text knows which one as `thema`.
    """

    naam: str
    inleiding: str
    voor: Literal["steden", "centrumsteden", "alle"] = "alle"
    per: Literal["thema"] | None = None
    tekst: str


@dataclass(frozen=True)
class ReportFile:
    """A report and where it stands: its name in addresses, the file as messages name it, the line before its text."""

    name: str
    file: str
    above: int
    report: ReportSpec


def load_reports(folder: Path = FOLDER) -> tuple[list[ReportFile], dict[str, ReportFault]]:
    """Every report that can be read, by name, and what is wrong with the others."""
    found, faults = [], {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            found.append(_load(path))
        except ReportFault as fault:
            faults[path.stem] = fault
    return found, faults


def _load(path: Path) -> ReportFile:
    file = name_of(path)
    if not NAME.fullmatch(path.stem):
        raise ReportFault(
            f"{file}: deze naam kan niet in een adres; hernoem het bestand met kleine letters en koppeltekens"
        )
    try:
        text = path.read_text(encoding="utf-8")
        node, data = yaml.compose(text, yaml.CSafeLoader), yaml.load(text, yaml.CSafeLoader)
    except UnicodeDecodeError as err:
        raise ReportFault(f"{file}: het bestand is geen UTF-8; bewaar het opnieuw als UTF-8") from err
    except yaml.YAMLError as err:
        mark = getattr(err, "problem_mark", None)
        line = f", regel {mark.line + 1}" if mark else ""
        raise ReportFault(
            f"{file}{line}: dit is geen YAML; laat elke regel van de tekst even ver inspringen, "
            "en zet een dubbelpunt met een spatie na elke sleutel"
        ) from err
    if not isinstance(node, yaml.MappingNode):
        raise ReportFault(f"{file}: hier horen sleutels te staan; begin met 'naam: ', 'inleiding: ' en 'tekst: |'")
    lines = {key.value: key.start_mark.line + 1 for key, _ in node.value}
    try:
        report = ReportSpec(**data)
    except (ValidationError, TypeError) as err:
        raise ReportFault(_in_dutch(file, lines, err)) from err
    body = next(value for key, value in node.value if key.value == "tekst")
    if body.style != "|":
        raise ReportFault(
            f"{file}, regel {lines['tekst']}: de tekst moet onder de sleutel staan; schrijf 'tekst: |' "
            "en laat elke regel eronder twee spaties inspringen"
        )
    return ReportFile(path.stem, file, body.start_mark.line + 1, report)


def _in_dutch(file: str, lines: dict[str, int], err: ValidationError | TypeError) -> str:
    if isinstance(err, TypeError):
        return f"{file}: een sleutel is geen woord; kies uit {', '.join(ReportSpec.model_fields)}"
    first: Any = err.errors()[0]
    key = str(first["loc"][0])
    at = f"{file}, regel {lines[key]}" if key in lines else file
    if first["type"] == "extra_forbidden":
        return f"{at}: '{key}' is geen sleutel van een rapport; kies uit {', '.join(ReportSpec.model_fields)}"
    if first["type"] == "missing":
        return f"{at}: '{key}' ontbreekt; voeg die sleutel toe"
    if first["type"] == "literal_error":
        return f"{at}: '{key}' kan dit niet zijn; kies uit {first['ctx']['expected'].replace(' or ', ' of ')}"
    return f"{at}: '{key}' moet tekst zijn; zet wat erachter staat tussen aanhalingstekens"
