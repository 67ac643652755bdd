"""From the text of a report to sentences with figures: templates in a sandbox, and no sentence without its figure.

Whatever a text asks for comes back as a mark, never as text: neither a template nor Markdown reads what data say.
"""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pipelines.describe.reports import ReportFault, ReportFile
from pipelines.site.report.functions import Block, Figure, Missing

MOST = 300_000  # characters of a text with its marks: some hundred pages
OPEN, CLOSE = "\ue000", "\ue001"  # around the number of what was asked for; of no language
MARK = re.compile(f"{OPEN}(\\d+){CLOSE}")
PRIVATE = re.compile("[\ue000-\uf8ff]")
END = re.compile(rf"(?<=[.!?])([)\"”’*_]*)\s+(?=[(*_\[“\"‘]*[A-ZÀ-Þ0-9{OPEN}])")
SHORT = re.compile(r"(?:\b(?:bv|ca|nl|resp|incl|excl|nr|blz|vgl|art|min|max|st)|\b\w(?:\.\w)+)\.$", re.IGNORECASE)
Asked = str | Figure | Missing | Block


class _Sandbox(ImmutableSandboxedEnvironment):
    """Templates that reach nothing but what they are given, and cannot multiply a text."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Refuse both: what can be as long as memory is is no report."""
        raise SecurityError(operator)


class Marks:
    """What one text asked for, by the number of its mark."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    def mark(self, asked: Any) -> str:
        """The mark that stands in the text for something."""
        self.asked.append(asked if isinstance(asked, Figure | Missing | Block) else PRIVATE.sub("", str(asked)))
        return f"{OPEN}{len(self.asked) - 1}{CLOSE}"

    def of(self, text: str) -> list[Asked]:
        """What the marks in a text stand for."""
        return [self.asked[int(number)] for number in MARK.findall(text)]

    def pieces(self, text: str) -> list[Asked]:
        """A text with its marks as what they stand for."""
        parts = MARK.split(text)
        return [self.asked[int(p)] if i % 2 else p for i, p in enumerate(parts) if p]


def marked(file: ReportFile, given: dict[str, Any]) -> tuple[str, Marks]:
    """The Markdown of a report with marks where it asked for something. Raises ReportFault with file and line."""
    marks = Marks()
    made = _Sandbox(undefined=StrictUndefined, finalize=marks.mark, trim_blocks=True, lstrip_blocks=True)
    made.globals.clear()
    text = PRIVATE.sub("", file.report.tekst)
    try:
        parts, length = [], 0
        for part in made.from_string(text).generate(given):
            parts.append(part)
            length += len(part)
            if length > MOST:
                raise ReportFault("de tekst wordt te lang; neem minder onderwerpen in de {% for %}")
        return "".join(parts), marks
    except TemplateSyntaxError as err:
        said = (
            f"{_line(file, err.lineno)}: hier klopt iets niet ({err.message}); kijk na of elke {{{{ en {{% gesloten is"
        )
        raise ReportFault(said) from err
    except ReportFault as err:
        raise ReportFault(f"{_line(file, _line_of(err.__traceback__))}: {err}") from err
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError) as err:
        raise ReportFault(f"{_line(file, _line_of(err.__traceback__))}: {_said(err, given)}") from err


def whole_sentences(text: str, marks: Marks) -> str:
    """A paragraph in which a sentence without its figure is replaced by one that says why, once for every reason."""
    told: list[str] = []
    kept = []
    sentences = _sentences(text)
    if any(sentence.count(m) % 2 for sentence in sentences if _absent(sentence, marks) for m in ("**", "__", "`")):
        sentences = [" ".join(sentences)]  # what is in bold together goes together
    for sentence in sentences:
        absent = _absent(sentence, marks)
        new = [m.sentence for m in absent if m.sentence and m.sentence not in told]
        told += new[:1]
        kept += [marks.mark(said) for said in new[:1]] if absent else [sentence]
    return " ".join(kept)


def _absent(sentence: str, marks: Marks) -> list[Missing]:
    return [asked for asked in marks.of(sentence) if isinstance(asked, Missing)]


def _sentences(text: str) -> list[str]:
    found: list[str] = []
    start = 0
    for end in END.finditer(text):
        said = text[start : end.start()]
        if not SHORT.search(said):
            found.append(said + end[1])
            start = end.end()
    return [*found, text[start:]]


def _line(file: ReportFile, line: int | None) -> str:
    return f"{file.file}, regel {file.above + line}" if line else file.file


def _line_of(trace: TracebackType | None) -> int | None:
    """The line of the template in which something went wrong."""
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _said(err: Exception, given: dict[str, Any]) -> str:
    if isinstance(err, SecurityError):
        return "dit kan niet in een rapport; gebruik enkel de functies van docs/rapporten.md"
    if isinstance(err, UndefinedError) and (name := re.match(r"'(\w+)' is undefined", str(err))):
        return f"'{name[1]}' bestaat niet; kies uit {', '.join(sorted(given))}"
    if isinstance(err, TypeError) and (name := re.search(r"(\w+)\(\)", str(err))):
        return f"{name[1]}() is niet goed ingevuld; kijk in docs/rapporten.md wat erbij hoort"
    return "dit kan niet berekend worden; gebruik enkel de functies van docs/rapporten.md"
