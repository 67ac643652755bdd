"""`make proof`: a release of the publishers' own files of every proven dataset, what of the catalogue has figures,
and whether they are those that publishers print and those that the raw bytes give.

python -m tests.proof.originals HOME    refresh HOME on all of ../shared/data and count
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

import yaml

from pipelines.describe.catalogue import load_topics
from pipelines.describe.specfile import ROOT
from pipelines.describe.specs import load_datasets
from tests.helpers import SHARED, obmi, originals_are_here, query
from tests.models.merged import figures_of, wrong_cells, wrong_empty_cells
from tests.models.printed import compare, load
from tests.proof.recomputed import recompute

EVERY = (
    "SELECT onderwerp, gebiedsniveau, waarde FROM mart.waarneming UNION ALL "
    "SELECT onderwerp, gebiedsniveau, waarde FROM mart.kubus"
)
Cells = dict[str, Counter[str]]


def refresh_originals(home: Path) -> None:
    """Refresh a home on the files that prove every dataset. Raises SystemExit with what was not fresh."""
    config = home.parent / "originals.toml"
    proven = [i for i, spec in load_datasets().items() if spec.status == "bewezen"]
    lines = []
    for dataset in proven:
        proof = yaml.safe_load((ROOT / "tests" / "bewijs" / f"{dataset}.yaml").read_text(encoding="utf-8"))
        lines.append(f"[sources.{dataset}]\nfiles = {[str(SHARED / 'data' / p) for p in proof['bestanden']]}\n")
    config.write_text("".join(lines), encoding="utf-8")
    os.environ |= {"OBMI_HOME": str(home), "OBMI_CONFIG": str(config)}
    result = obmi("refresh", *(part for dataset in proven for part in ("--dataset", dataset)))
    if result.code:
        raise SystemExit(f"the refresh of the originals ended with {result.code}:\n{result.out}{result.err}")


def cells(home: Path) -> Cells:
    """Of every subject in the catalogue, how many cells per area level have a value in the release of a home."""
    found: Cells = {code: Counter() for code in load_topics()}
    per_level = f"SELECT onderwerp, gebiedsniveau, COUNT(waarde) FROM ({EVERY}) GROUP BY ALL HAVING COUNT(waarde) > 0"
    for code, level, number in query(home, per_level):
        found[code][level] = number
    return found


def without(home: Path, found: Cells) -> list[str]:
    """The subjects without figures that say neither that they are in preparation nor which part of a year is there."""
    part = "SELECT DISTINCT onderwerp FROM mart.waarneming WHERE reden SIMILAR TO '.*[0-9]+ van 36[56] dagen, .*'"
    waiting = {code for (code,) in query(home, part)}
    return [c for c, topic in load_topics().items() if not (found[c] or topic.in_voorbereiding or c in waiting)]


def report(found: Cells) -> list[str]:
    """The counts as two tables: per theme and per level."""
    topics = load_topics()
    filled = {code for code, levels in found.items() if levels}
    later = {code for code, topic in topics.items() if topic.in_voorbereiding}
    row = "{:<26} {:>9} {:>13} {:>15} {:>12}".format
    lines = [row("theme", "subjects", "with figures", "in preparation", "cells")]
    for theme in [*sorted({t.thema for t in topics.values()}), "all"]:
        own = {code for code, topic in topics.items() if theme in (topic.thema, "all")}
        number = sum(found[code].total() for code in own)
        lines.append(row(theme, len(own), len(own & filled), len(own & later), f"{number:,}"))
    lines += ["", row("level", "", "with figures", "", "cells")]
    per_level = sum(found.values(), Counter())
    for level, number in sorted(per_level.items()):
        lines.append(row(level, "", sum(level in levels for levels in found.values()), "", f"{number:,}"))
    return lines


def main() -> None:
    """Refresh and print the counts. Ends with an error where a subject has no figures and does not say why."""
    if not originals_are_here():
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "home"
        home.parent.mkdir(parents=True, exist_ok=True)
        refresh_originals(home)
        found = cells(home)
        print("\n".join(report(found)))
        figures = figures_of(home)
        for what, (number, differing) in (
            ("merged cells are compared with their parts", wrong_cells(figures)),
            ("merged cells of what cannot be aggregated must be empty and say why", wrong_empty_cells(figures)),
        ):
            print(f"{number:,} {what}: {len(differing)} wrong")
            if differing:
                raise SystemExit("\n".join(differing))
        printed = load()
        wrong, absent = compare(home, printed)
        print(f"\n{len(printed)} printed figures compared, {len(wrong) + len(absent)} not as the table says")
        if wrong or absent:
            raise SystemExit("\n".join([*wrong, *(f"{f.onderwerp} of {f.gebied}: no figure" for f in absent)]))
        differing, kinds = recompute(home, 1000, "obmi")
        counted = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
        print(f"{kinds.total():,} random cells computed again from the raw bytes ({counted}): {len(differing)} wrong")
        if differing:
            raise SystemExit("\n".join(differing))
        if empty := without(home, found):
            raise SystemExit(f"neither figures nor in preparation: {', '.join(empty)}")


if __name__ == "__main__":
    main()
