"""The years that names say: of a file, of what is packed in it, and of its sheets where those tell the year."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipelines.describe.specs import Dataset
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.table import Table

YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
FILES = ("drop", "http_file", "dcat", "pages")  # the pages of an API are named by who asks for them


def refuse_other_years(spec: Dataset, tables: list[Table], years: Iterable[int]) -> None:
    """Refuse tables of which a name says a year that they do not hold: somebody renamed them. Not where the description
    or the day of arrival gives the year. Raises ParseError."""
    held = set(years)
    if spec.periode.soort == "schooljaar":
        held |= {year + 1 for year in held}
    for table in tables if spec.protocol in FILES else []:
        form = table.form
        if "jaar" in form.constants or "jaar" in form.arrived:
            continue
        names = f"{table.file} {table.sheet}" if "jaar" in form.from_name else table.file
        if others := sorted({int(year) for year in YEAR.findall(names)} - held):
            shown = ", ".join(map(str, sorted(held)[:3])) + (f" … {max(held)}" if len(held) > 3 else "")
            raise ParseError(
                f"{table.place}: its name says {' and '.join(map(str, others))}, and what is in it is of {shown}; look "
                "which it is, and hand it over under its publisher's name"
            )
