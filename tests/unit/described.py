"""What the tests of `obmi new` need: answers, synthetic files, and what the command made of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import openpyxl
import pytest
import yaml

from pipelines.describe.catalogue import Topic, load_topics
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.landing.areas import load_areas
from tests.helpers import Result, obmi

ABOUT = {
    "titel": "Proef",
    "uitgever": "Uitgever",
    "licentie": "CC BY 4.0",
    "pagina": "https://example.org",
    "thema": "wonen",
    "cadans": "jaarlijks",
    "soort": "stand",
    "referentie": "1 januari",
    "peildag": "01-01",
    "gewesten": "02000",
    "themacode": "2299",
    "eenheid": "stuks",
    "naam_en": "things",
}
# The codes of a Swing upload say their theme, and every one has a unit and a name of its own.
SWING = {k: v for k, v in ABOUT.items() if k not in ("themacode", "eenheid", "naam_en")}
ASKED_ALWAYS = len(ABOUT)  # beside two that every other file asks too: what a figure is, and a mark


@cache
def areas(level: str, region: str = "02000") -> list[str]:
    """The area codes of a level in a region."""
    with duckdb.connect() as con:
        load_areas(con)
        rows = con.execute(
            "SELECT gebied FROM gebied WHERE (gebiedsniveau, gewest, soort) = (?, ?, 'gebied') ORDER BY gebied",
            [level, region],
        ).fetchall()
    return [gebied for (gebied,) in rows]


@dataclass(frozen=True)
class Described:
    """What `obmi new` did, with the spec that it wrote."""

    result: Result
    root: Path

    @property
    def out(self) -> str:
        assert self.result.code == 0, self.result.err
        return self.result.out

    @property
    def spec(self) -> Dataset:
        assert self.result.code == 0, self.result.err
        return load_datasets(self.root)["proef_cijfers"]

    @property
    def form(self) -> dict:
        return self.spec.formats[0].model_dump(exclude_defaults=True)

    @property
    def topics(self) -> dict[str, Topic]:
        """The subjects that it wrote, as the catalogue reads them."""
        return load_topics(self.root, {"proef_cijfers": self.spec})

    @property
    def asked(self) -> int:
        return int(self.out.split(" questions asked")[0].rsplit("\n", 1)[-1])

    def reason(self, what: str) -> str:
        """The lines that say how something was found out."""
        return "\n".join(line for line in self.out.splitlines() if line.startswith(f"  {what} "))


New = Callable[..., Described]


@pytest.fixture(name="new")
def describer(tmp_path: Path, session_env: pytest.MonkeyPatch) -> New:
    """Describe a file. What is drafted goes through the gate and the subjects' model only where it is `proven`: that
    takes twice the time, and is the same for every draft."""

    def run(file: Path, answers: dict, ident: str = "proef_cijfers", proven: bool = False, *options: str) -> Described:
        path = tmp_path / "antwoorden.yaml"
        path.write_text(yaml.safe_dump(answers, allow_unicode=True), encoding="utf-8")
        root = tmp_path / f"checkout-{ident}"
        with pytest.MonkeyPatch.context() as patch:
            if not proven:
                patch.setattr("pipelines.scaffold.landed.check", lambda *args: None)
            return Described(obmi("new", ident, "--from", file, "--answers", path, "--to", root, *options), root)

    return run


def table(path: Path, header: str | None, rows: Iterable[str], encoding: str = "utf-8", above: str = "") -> Path:
    """A synthetic text file."""
    lines = [*([header] if header else []), *rows]
    path.write_text(above + "\n".join(lines) + "\n", encoding=encoding)
    return path


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    """A synthetic workbook."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def plain(level: str = "gemeente2024", years: Iterable[int] = (2020, 2021, 2022)) -> list[str]:
    """Rows `jaar;nis;aantal` of every Flemish municipality."""
    return [f"{y};{c};{100 + i + y % 10}" for y in years for i, c in enumerate(areas(level))]


def nothing(root: Path) -> bool:
    return not any(p.is_file() for p in root.rglob("*"))
