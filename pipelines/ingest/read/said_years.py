"""The years that names say: of a file, of what is packed in it, and of its sheets where those tell the year."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipelines.describe.specs import Dataset
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.table import Table

YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
DAY = re.compile(r"(?<!\d)(?:19|20)\d\d([-_.]?)[01]\d\1[0-3]\d(?!\d)")  # of a download, as in 2026-11-28
FILES = ("drop", "http_file", "dcat", "pages")  # the pages of an API are named by who asks for them


def refuse_other_years(spec: Dataset, tables: list[Table], years: Iterable[int]) -> None:
    """Refuse tables of one year whose name says another: somebody renamed them. Raises ParseError.

    Where there are more years in it, a year in the name may be that of publication. Nothing can be held against the
    name where the description or the day of arrival gives the year.
    """
    held = set(years)
    if len(held) != 1:
        return
    fits = held | {year + 1 for year in held if spec.periode.soort == "schooljaar"}
    for table in tables if spec.protocol in FILES else []:
        form = table.form
        if "jaar" in form.constants or "jaar" in form.arrived:
            continue
        for name in [*table.file.split("/"), table.sheet if "jaar" in form.from_name else ""]:
            said = {int(year) for year in YEAR.findall(DAY.sub("", name))}
            if not said or said & fits:
                continue
            raise ParseError(
                f"{table.place}: its name says {' and '.join(map(str, sorted(said)))}, and what is in it is of "
                f"{min(held)}; look which it is, and hand it over under its publisher's name"
            )
