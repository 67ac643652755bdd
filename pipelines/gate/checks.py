"""Every check of a dataset as SQL: those of its description, of expectations/, and of what was accepted before."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from pipelines.describe.expectations import Check
from pipelines.describe.specs import Dataset
from pipelines.gate.change import change_checks
from pipelines.gate.described import WARNS, Compiled, described_checks, own
from pipelines.gate.statements import sql
from pipelines.home import now


def compile_checks(spec: Dataset, added: list[Check] | None = None, today: date | None = None) -> list[Compiled]:
    """What follows from the description, what reading tells, what expectations/ adds (`added`, where those files are
    not the project's), and what is held against accepted versions, as SQL on `kandidaat` and `vorige`, as of a day."""
    asked, day = spec.checks if added is None else added, today or now().date()
    return [*described_checks(spec, day), *_reading(spec), *(_one(spec, c) for c in asked), *_history(spec, day.year)]


def _history(spec: Dataset, running: int) -> list[Compiled]:
    """Checks against the accepted version that follow from the description."""
    found = []
    for (ident, says, dimension, over, wrong), tables in change_checks(spec, running):
        if spec.periode.soort == "cumulatief" and ident == "herziening":
            grew = "COALESCE(waargenomen > verwacht AND kolom <> 'rijen', FALSE)"
            says, wrong = f"{says[:-1]}; een telling die groeit mag dat.", f"({wrong}) AND NOT {grew}"
        check = own(ident, says, dimension, over, wrong, level="geschiedenis")
        found.append(replace(check, history=True, tables=tables))
    return found


def _reading(spec: Dataset) -> list[Compiled]:
    """Warnings about the file itself, which land it all the same."""
    found = [own("kolommen", "Het bestand heeft geen kolom die de bron niet kent.", "consistentie", "-", "-", WARNS)]
    if spec.corrections:
        says = "De uitgever maakt de bekende fouten nog die hier verbeterd worden."
        found.append(own("correctie", says, "juistheid", "-", "-", WARNS))
    if spec.gebied.punten:
        says = "Elk punt ligt binnen één gemeente van Vlaanderen of Brussel."
        found.append(own("ligging", says, "geldigheid", "-", "-", WARNS))
    return [replace(c, over=None, wrong=None, reading=True) for c in found]


def _one(spec: Dataset, check: Check) -> Compiled:
    if check.over is not None:
        # of what is not accepted yet nothing can be said, whatever `over` would make of an empty table
        there = "".join(f" AND EXISTS (FROM {other})" for other in check.met)
        over = f"SELECT * FROM ({check.over}) WHERE TRUE{there}" if there else check.over
        return Compiled(check, over, check.fout, history=bool(re.search(r"\bvorige\b", check.over)))
    if check.sprong is not None:
        return Compiled(check, *_jump(spec, check), history=True)
    return Compiled(check)


def _jump(spec: Dataset, check: Check) -> tuple[str, str]:
    """A series against its last accepted value, else against the nearest year, per area."""
    jump = check.sprong
    assert jump is not None
    names = ["gebiedsniveau", "eenheid", *jump.per]
    of = {f"{side}_reeks": ", ".join(f"{side}.{n}" for n in names) for side in ("nieuw", "eerder", "later")}
    over = sql(
        "sprong",
        kolommen=", ".join(["gebiedsniveau", f"{spec.unit} AS eenheid", *jump.per, "jaar"]),
        reeks=", ".join(names),
        waarde=jump.waarde,
        waar=jump.waar,
        hoogstens=jump.hoogstens,
        herziening=jump.herziening or jump.hoogstens,
        **of,
    )
    big, small = "GREATEST(ABS(waargenomen), ABS(verwacht))", "LEAST(ABS(waargenomen), ABS(verwacht))"
    return over, f"{big} >= {jump.vanaf} AND {big} > grens * {small}"
