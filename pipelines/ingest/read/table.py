"""One table of text cells, and how its header is recognised as a generation that the source describes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from pathlib import Path

from pipelines.describe.formats import Format
from pipelines.describe.specs import Dataset
from pipelines.ingest.read.archive import shown
from pipelines.ingest.read.errors import OtherHeader, ParseError
from pipelines.later import pa

BLANKS = " \t\u00a0\u202f\u2009"

BETWEEN = " | "  # between the parts of a name that stands in several rows

EXACT = 2.0**53  # up to here a double holds every whole number


@dataclass(frozen=True)
class Table:
    """One table of text cells: a delimited file on disk in UTF-8, or cells in memory.

    `first_row` is the row in the file where the data starts; `lines` counts the lines from there on. `unnamed` are
    columns after the last name of the header: they stand in a delimited file and hold nothing. `arrived` is when
    the file came in.
    """

    file: str
    form: Format
    header: list[str]
    path: Path | None = None
    cells: pa.Table | None = None
    sheet: str = ""
    first_row: int = 2
    lines: int = 0
    unnamed: int = 0
    arrived: datetime | None = None

    @property
    def place(self) -> str:
        """The file, and the sheet in it, as messages name it."""
        return f"{self.file}, sheet {self.sheet}" if self.sheet else self.file

    def measures(self, spec: Dataset) -> list[str]:
        """The columns that stand beside each other and land below each other."""
        return [h for h in self.header if is_code(spec, h) and h not in self.form.known]


def is_code(spec: Dataset, column: str) -> bool:
    """True for a column that the source's `codes` name or describe."""
    codes = spec.codes
    return codes is not None and (
        column in codes.known or (codes.pattern is not None and re.search(codes.pattern, column) is not None)
    )


def lacks_codes(spec: Dataset, form: Format, header: Sequence[str]) -> bool:
    """True where the measures stand beside each other, and no column of a header is one; a layout in which they stand
    below each other has them in a column of its own."""
    if spec.codes is None or spec.codes.value in form.header.values():
        return False
    return not any(is_code(spec, h) and h not in form.known for h in header)


def recognised(spec: Dataset, seen: Sequence[tuple[Format, Sequence[str]]]) -> int | None:
    """Which of these formats a header is, in any order of its columns; None when each lacks a column.

    A column more than the format knows does not stop a file: the nearest format is taken, and `new_columns` says
    which they are.
    """
    fitting = [
        (len(new_columns(spec, form, header)), number)
        for number, (form, header) in enumerate(seen)
        if header and len(set(header)) == len(header) and form.known <= set(header) and "" not in {*header} - form.known
        if not lacks_codes(spec, form, header)
    ]
    return min(fitting)[1] if fitting else None


def new_columns(spec: Dataset, form: Format, header: Sequence[str]) -> list[str]:
    """The columns of a file that its source's format does not know, codes aside."""
    return [h for h in header if h not in form.known and not is_code(spec, h)]


def new_column_notes(spec: Dataset, tables: list[Table]) -> list[str]:
    """What to tell of the columns that the source does not know: one sentence per table that has some."""
    return [
        f"{t.place}: column {', '.join(new)} is new and not read; name it in the source's formats"
        for t in tables
        if (new := new_columns(spec, t.form, t.header))
    ]


def unknown_header(spec: Dataset, place: str, row: int, seen: Iterable[tuple[Format, Sequence[str]]]) -> ParseError:
    """What differs from the nearest format, in one sentence."""

    def distance(pair: tuple[Format, Sequence[str]]) -> int:
        form, header = pair
        return len(form.known ^ {h for h in header if h in form.known or not is_code(spec, h)})

    form, header = min(seen, key=distance)
    gone = [shown(c) for c in [*form.header, *form.ignored] if c not in header]
    new = [shown(c) for c in new_columns(spec, form, header)]
    doubled = [shown(c) for c in sorted({c for c in header if list(header).count(c) > 1})]
    told = [
        f"column {', '.join(gone)[:300]} is gone" if gone else "",
        "no column has figures" if lacks_codes(spec, form, header) and not gone else "",
        f"column {', '.join(c or '(no name)' for c in new)[:300]} is unknown" if new else "",
        f"column {', '.join(doubled)[:300]} stands there twice" if doubled else "",
    ]
    said = " and ".join(t for t in told if t) or "there is no header"
    return OtherHeader(
        f"{place}, row {row}: {said} (nearest known layout: {form.name}); "
        "hand over a file with the known layout or describe the new one in the source's formats"
    )


def joined(rows: Sequence[Sequence[str]]) -> list[str]:
    """The names of columns that stand in rows below each other: an empty cell above another row has what stands to its
    left, as a merged cell reads, and a column that is empty in every row has no name."""
    width = max(map(len, rows), default=0)
    padded = [[*row, *[""] * (width - len(row))] for row in rows]
    filled = [list(accumulate(row, lambda left, cell: cell or left)) for row in padded[:-1]]
    parts = zip(*filled, *padded[-1:], strict=True)
    return [
        BETWEEN.join(dict.fromkeys(p for p in names if p)) if any(own) else ""
        for names, own in zip(parts, zip(*padded, strict=True), strict=True)
    ]


def text_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> pa.Table:
    """Rows of text as columns; a row that is short has empty cells at its end."""
    columns = [[row[i] if i < len(row) else "" for row in rows] for i in range(len(header))]
    return pa.table([pa.array(c, pa.string()) for c in columns], names=list(header))


def typed_table(header: Sequence[str], columns: Iterable[Sequence[object]], decimal: str) -> pa.Table:
    """Columns of typed cells as columns of text, as `cell_text` writes each."""
    return pa.table([_texts(c, decimal) for c in columns], names=list(header))


def _texts(values: Sequence[object], decimal: str) -> pa.Array:
    """One column as text; whole numbers and texts at once, the rest cell by cell."""
    import pyarrow.compute as pc  # here, because a refresh without news types no column and waits for its functions

    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        return pc.fill_null(pa.array(values, pa.string()), "")
    if kinds <= {int, float, type(None)}:
        numbers = pa.array(values, pa.float64() if float in kinds else pa.int64())
        whole = numbers if float not in kinds else pc.floor(numbers)
        if float not in kinds or pc.all(pc.and_(pc.equal(whole, numbers), pc.less(pc.abs(whole), EXACT))).as_py():
            return pc.fill_null(pc.cast(pc.cast(whole, pa.int64()), pa.string()), "")
    return pa.array([v if type(v) is str else cell_text(v, decimal) for v in values], pa.string())


def cell_text(value: object, decimal: str = ".") -> str:
    """A typed cell as the text that its spec reads: whole numbers without a fraction, decimals as declared."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value).replace(".", decimal)
    return str(value)


def trimmed(text: str) -> str:
    """A name or cell without the blanks around it, narrow and non-breaking ones too."""
    return text.strip(BLANKS + "\r\n")
