"""A report as PDF/UA-1: the same bytes from the same report, on every machine."""

from __future__ import annotations

import hashlib
import io
import json
import re
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from pipelines.describe.reports import ReportFault
from pipelines.site.charts import STYLE

PARTS = ("typst", "font-source-sans-pro", "pikepdf")
FONT = "Source Sans Pro"
# What no font here has a letter for; PDF/UA refuses a letter that is not drawn.
NOT_DRAWN = re.compile(
    "[^\n -~\xa0-\u0377\u0384-\u038a\u038e-\u03a1\u03a3-\u04ff\u1e00-\u1eff\u2010-\u2027\u202f-\u2040"
    "\u2070\u2074-\u208e\u20a0-\u20bf\u2190-\u2193\u2212\u2260-\u2265]"
)


def content_of(report: dict[str, Any]) -> str:
    """A digest of a report as it would be made: its content, and what draws it."""
    return hashlib.sha256(json.dumps([report, _draws()], sort_keys=True).encode()).hexdigest()


@cache
def _draws() -> list[str]:
    return [_template(), *(version(name) for name in PARTS)]


def as_pdf(report: dict[str, Any], moment: datetime) -> bytes:
    """The PDF of a report, which says that it was made at that moment. Raises ReportFault."""
    try:
        import pikepdf
        import typst

        fonts = _fonts()
    except ImportError as err:
        raise ReportFault(f"de PDF's zijn niet gemaakt: {err.name} ontbreekt; installeer requirements.lock") from err
    try:
        made = typst.compile(
            _template().encode(),
            font_paths=fonts,
            format="pdf",
            pdf_standards=["ua-1"],
            timestamp=int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()),
            sys_inputs={"report": json.dumps(_drawn(report))},
        )
    except typst.TypstError as err:
        raise ReportFault(f"{report['title']}: de PDF is niet gemaakt ({err}); de pagina wel") from err
    packed = io.BytesIO()
    with pikepdf.open(io.BytesIO(made)) as pdf:  # the tags of a long table are most of it: a third is left
        pdf.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return packed.getvalue()


@cache
def _fonts() -> Any:
    """The letters that every report is drawn with, looked for once."""
    import font_source_sans_pro
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=[str(Path(font_source_sans_pro.font_directory))])


@cache
def _template() -> str:
    return files("pipelines.site.report").joinpath("rapport.typ").read_text(encoding="utf-8")


def _drawn(tree: Any, colour: str = "") -> Any:
    """The report with letters that can be drawn alone, and charts that bring their style."""
    if isinstance(tree, str):
        return NOT_DRAWN.sub("?", tree)
    if isinstance(tree, list):
        return [_drawn(item, colour) for item in tree]
    if not isinstance(tree, dict):
        return tree
    colour = tree.get("colour", colour)
    drawn = {name: _drawn(item, colour) for name, item in tree.items()}
    if tree.get("t") == "chart":
        style = STYLE.replace("#0b4f6c", colour).replace("sans-serif", f"'{FONT}'")
        head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 250">'
        drawn["svg"] = f"{head}<style>{style}</style>{drawn['svg']}"
    return drawn
