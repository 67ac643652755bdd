"""What goes to Swing: read back as Swing reads it, it gives every yearly figure of the release."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from pipelines.export.swing import COLUMNS, LEVELS, MISSING
from pipelines.export.swing_book import FIELDS
from tests.helpers import obmi, query

Place = tuple[str, str]  # level, area
STATUS = {code: status for status, code in MISSING.items()}
FEW = ("vp1101_65p", "v2801_vh_totcrim", "vg3101_mediaan", "v2207_woningen", "kubus1101_bevolking")
LEADING = {"2000": "02000", "4000": "04000"}


class Swing:
    """What Swing knows once the files are read in: figures, or why there is none, and formulas."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.files = sorted(folder.glob("*.csv"))
        self.cells: dict[tuple[str, str], dict[str, dict[str, float | str]]] = defaultdict(lambda: defaultdict(dict))
        for path in self.files:
            for code, period, place, said in cells(path):
                known = self.cells[code, period][place[0]]
                assert place[1] not in known, f"{path.name} gives {code} of {place} in {period} twice"
                known[place[1]] = STATUS.get(said) or float(said)
        book = openpyxl.load_workbook(folder / "metadata.xlsx")
        heads, *rows = book["Indicator"].iter_rows(values_only=True)
        assert heads == FIELDS
        self.topics = [dict(zip(heads, row, strict=True)) for row in rows]
        self.sheets = {sheet.title: list(sheet.iter_rows(min_row=2, values_only=True)) for sheet in book}
        self.parts: dict[tuple[str, Place], list[str]] = defaultdict(list)
        relation = "SELECT van_niveau, van, naar_niveau, naar FROM mart.gebied_relatie WHERE aard = 'exact'"
        for lower, part, level, area in query(home, relation):
            self.parts[lower, (level, area)].append(part)

    def of(self, code: str, period: str, level: str, area: str) -> float | str:
        """A figure, as it was read in, or added up from the lowest level that was."""
        known = self.cells[code, period]
        if level in known:
            return known[level][area]
        (lowest, *_) = (name for name in LEVELS if name in known)
        found = [known[lowest][part] for part in self.parts[lowest, (level, area)] if part in known[lowest]]
        for poison in ("onbekend", "verborgen"):
            if poison in found:
                return poison
        numbers = [one for one in found if isinstance(one, float)]
        return sum(numbers) if numbers else min(found, default="onbekend")


def cells(path: Path) -> Iterator[tuple[str, str, Place, str]]:
    """The cells of a flat file."""
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            period, level, item = row.pop("period"), row.pop("geolevel"), row.pop("geoitem")
            if not any(code.startswith("kubus") for code in row):
                yield from ((code, period, (level, LEADING.get(item, item)), said) for code, said in row.items())


def wrong_of(swing: Swing, home: Path, one_of: int = 1) -> list[str]:
    """Every yearly figure of the release that Swing would show otherwise, or one of so many."""
    codes = [t["Indicator code"] for t in swing.topics]
    rate = {t["Indicator code"]: re.fullmatch(r"(\w+)/(\w+?)(?:\*(\d+))?", t["Formula"] or "") for t in swing.topics}
    rows = query(
        home,
        "SELECT onderwerp, periode, gebiedsniveau, gebied, waarde, status FROM mart.waarneming "
        f"WHERE LENGTH(periode) = 4 AND gebiedsniveau IN {LEVELS} AND onderwerp IN ({', '.join(map(repr, codes))}) "
        f"AND HASH(onderwerp, gebied, periode) % {one_of} = 0",
    )
    assert len(rows) > 10_000
    wrong = []
    for code, period, level, area, value, status in rows:
        expected = value if status == "ok" else status
        if not (formula := rate[code]):
            known = [LEVELS.index(name) for name in swing.cells[code, period]]
            if status != "ok" and LEVELS.index(level) < min(known):
                continue  # a lower level at which the release knows nothing
            found = swing.of(code, period, level, area)
        elif status == "ok":
            teller, noemer = (swing.of(formula[i], period, level, area) for i in (1, 2))
            found = teller / noemer * float(formula[3] or 1)
        else:
            continue
        same = found == expected if isinstance(expected, str) else found == pytest.approx(expected, rel=1e-9)
        if not same:
            wrong.append(f"{code} {period} {level} {area}: {expected}, and Swing shows {found}")
    return wrong


@pytest.mark.parametrize("codes", [FEW, pytest.param((), marks=pytest.mark.proof)], ids=["few", "all"])
def test_swing_shows_every_figure_of_the_release(at_released: Path, tmp_path: Path, codes: tuple[str, ...]) -> None:
    done = obmi("export", *codes, "--to", tmp_path / "swing")
    assert done.code == 0, done.err
    swing = Swing(at_released, tmp_path / "swing")
    if codes:  # a rate brings what it is computed from
        named = {t["Indicator code"] for t in swing.topics}
        assert named == {*codes, "v1101_65p", "v1101_t"}
    assert wrong_of(swing, at_released) == []
    assert "cells that Swing adds up to the same" in done.out


@pytest.mark.proof
def test_files_keep_the_rules_of_provincies_in_cijfers(at_released: Path, tmp_path: Path) -> None:
    assert obmi("export", "--to", tmp_path / "swing").code == 0
    swing = Swing(at_released, tmp_path / "swing")
    named = {t["Indicator code"]: t for t in swing.topics}
    assert max(map(len, named)) <= 46
    assert max(len(t["Name"]) for t in swing.topics) <= 100
    assert len({t["Name"] for t in swing.topics}) == len(swing.topics) == len(named)
    assert all(re.match(r"\[\w+\] ", t["Description"]) for t in swing.topics)
    for path in swing.files:
        with path.open(encoding="utf-8") as stream:
            heads, *rows = csv.reader(stream)
        columns = [head for head in heads[3:] if re.match(r"(v|vp|vg|vs|kubus)\d{4}_", head)]
        assert heads[:3] == ["period", "geolevel", "geoitem"]
        assert len(heads) <= COLUMNS
        assert not {*columns} - {*named} - {row[0] for row in swing.sheets["Dimensions"]}
        assert all(re.fullmatch(r"-?\d+(\.\d+)?", cell) for row in rows for cell in row[-1:]), path.name
        if not columns[-1].startswith("kubus"):  # a row for every area of the level, in every year
            areas = Counter((row[0], row[1]) for row in rows)
            levels = {level: {n for (_, at), n in areas.items() if at == level} for _, level in areas}
            assert all(len(found) == 1 for found in levels.values()), f"{path.name}: {levels}"
    for topic in swing.topics:
        assert bool(topic["Formula"]) == bool(topic["Aggregation indicator"])
        assert topic["Aggregation indicator"] in {None, *named}
        assert topic["Data type"] == "Numeric" or topic["Periode type"] == "Stock"


def test_a_cube_goes_with_its_dimensions_and_their_items(at_released: Path, tmp_path: Path) -> None:
    assert obmi("export", "kubus1101_bevolking", "--to", tmp_path).code == 0
    with (tmp_path / "kubus1101_bevolking.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    sheets = Swing(at_released, tmp_path).sheets
    dimensions = [code for code, _ in sheets["Dimensions"]]
    assert dimensions == [
        head for head in rows[0] if head not in ("period", "geolevel", "geoitem", "kubus1101_bevolking")
    ]
    assert all({row[d] for row in rows} == {item for item, *_ in sheets[d]} for d in dimensions)
    total = sum(
        float(row["kubus1101_bevolking"]) for row in rows if row["period"] == "2020" and row["geoitem"] == "44021"
    )
    assert (
        total
        == query(
            at_released,
            "SELECT waarde FROM mart.waarneming WHERE onderwerp = 'v1101_t' AND gebied = "
            "'44021' AND gebiedsniveau = 'gemeente' AND periode = '2020'",
        )[0][0]
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["v9999_niets"], "'v9999_niets' is no subject of this release; obmi zoek WOORD finds its code"),
        (["vp1101_65p"], "has files in it, which would stand between these; name a new folder"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_sentence(
    at_released: Path, tmp_path: Path, asked: list[str], said: str
) -> None:
    if "folder" in said:
        (tmp_path / "iets.csv").touch()
    done = obmi("export", *asked, "--to", tmp_path)
    assert done.code != 0
    assert done.err.strip().endswith(said)
    assert not list(tmp_path.glob("*-*.csv"))
