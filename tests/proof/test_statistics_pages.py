"""Every statistic has a page, and the example on it is what the release gives."""

import re
from pathlib import Path

import pytest

from pipelines.describe.specfile import ROOT
from tests.helpers import query

PAGES = {p.stem: p.read_text(encoding="utf-8") for p in (ROOT / "docs" / "statistiek").glob("*.md")}
INDEX = PAGES.pop("README")


@pytest.mark.parametrize("page", PAGES)
def test_the_example_on_a_page_is_what_the_release_gives(everything: Path, page: str) -> None:
    text = PAGES[page]
    assert [part for part in ("**Formula.**", "**Source.**", "**Example.**") if part not in text] == []
    sql, after = re.search(r"```sql\n(.+?)```(.*)", text, re.S).groups()
    shown = [line.strip("| ").split(" | ") for line in after.splitlines() if line.startswith("|")][2:]
    assert [[printed(cell) for cell in row] for row in query(everything, sql)] == shown


def printed(cell: object) -> str:
    """A cell as it stands on a page."""
    return f"{cell:g}" if isinstance(cell, int | float) and cell == int(cell) else str("" if cell is None else cell)


def test_the_index_names_every_page() -> None:
    assert set(re.findall(r"\]\(([\w-]+)\.md\)", INDEX)) == set(PAGES)
