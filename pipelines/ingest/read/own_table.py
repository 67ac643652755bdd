"""Tables of our own making: what landed, as text, laid out so that it reads back as it landed."""

from __future__ import annotations

from pipelines.describe.formats import Format
from pipelines.describe.specs import Column, Dataset
from pipelines.home import quoted
from pipelines.ingest.read.cast import named

NAME = "eigen tabel"
MOMENT = "%Y-%m-%d %H:%M:%S"


def form(spec: Dataset) -> Format:
    """The one layout of such a table: the columns of the landing under their own names."""
    return Format(name=NAME, kind="csv", header={n: n for n in spec.columns})


def is_own(form: Format) -> bool:
    """True for the layout of a table of our own making."""
    return form.name == NAME


def layout(spec: Dataset, form: Format) -> Dataset:
    """The spec by which a table is read. One of our own has our words for codes and the status for a mark, plain
    numbers, ISO dates, and moments in UTC."""
    if not is_own(form):
        return spec
    return spec.model_copy(
        update={
            "columns": {name: _plain(column) for name, column in spec.columns.items()},
            "gebied": spec.gebied.model_copy(update={"aliassen": {}, "patronen": {}, "breedte": None, "namen": None}),
            "missing": {status: status for status in spec.missing.values()},
            "codes": None,
        }
    )


def _plain(column: Column) -> Column:
    words = {ours: ours for ours in column.values.values()}
    written = MOMENT if column.type == "time" else None
    return Column(type=column.type, measure=column.measure, values=words, written=written)


def select(spec: Dataset, landed: str) -> str:
    """SQL of the table that holds what `landed` (SQL) gives, as text and in one order."""
    cells = ", ".join(f"{_cell(spec, name)} AS {named(name)}" for name in spec.columns)
    return f"SELECT {cells} FROM (FROM {landed} ORDER BY ALL)"


def _cell(spec: Dataset, name: str) -> str:
    column, kind = named(name), spec.columns[name].type
    text = f"CAST({column} AS VARCHAR)"
    if kind == "time":
        text = f"strftime({column}, {quoted(MOMENT)})"
    if kind == "number":
        text = f"regexp_replace({text}, '\\.0$', '')"
    if name in spec.with_status:
        status = named(f"{name}_status")
        return f"CASE WHEN {status} = 'ok' THEN {text} ELSE {status} END"
    return text
