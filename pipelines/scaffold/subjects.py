"""From measures to subjects: which code each gets, and over which rows it goes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product

import duckdb

from pipelines.home import quoted
from pipelines.scaffold.draft import Draft, slug
from pipelines.scaffold.landed import NOT_ADDED
from pipelines.scaffold.questions import Answers
from pipelines.scaffold.sample import NotDescribed, Say

MEAN = re.compile(
    r"median|mediaan|gemiddeld|mean|average|avg|(^|_)p\d\d|(^|_)q[1-3]($|_)|kwart|prijs|quart", re.IGNORECASE
)
LONGEST, MOST = 46, 60


@dataclass(frozen=True)
class Subject:
    """One subject: its measure, and the dimensions that are held to one value; it goes over the others. `apart` are
    the values that tell it from its likes, `given` its code as an upload writes it."""

    code: str
    measure: str
    where: dict[str, str | int]
    adds_up: bool
    apart: tuple[str, ...] = ()
    given: str | None = None


def subjects(con: duckdb.DuckDBPyConnection, draft: Draft, answers: Answers, say: Say) -> list[Subject]:
    """A subject per measure, and per value of a dimension that stands apart; with codes, the file's own."""
    held = {d: _typed(draft, d, over) for d, over in draft.over.items() if over not in ("som", "apart")}
    apart = [d for d, over in draft.over.items() if over == "apart"]
    summed = [d for d, over in draft.over.items() if over == "som"]
    if "onderwerp" in draft.columns:
        codes = [c for (c,) in con.execute("SELECT DISTINCT onderwerp FROM kandidaat ORDER BY 1").fetchall()]
        if apart or (summed and any(re.match(r"v[pg]", c, re.IGNORECASE) for c in codes)):
            raise NotDescribed(
                f"{draft.ident}: its subjects cannot be summed or split by {draft.over}; describe by hand"
            )
        return [Subject(c.lower(), "waarde", held, not re.match("v[pg]", c, re.IGNORECASE), given=c) for c in codes]
    theme = answers.need("themacode", "the four digits of the theme in the subject codes")
    if theme and not re.fullmatch(r"\d{4}", str(theme)):
        raise NotDescribed(f"the answer '{theme}' to themacode is not four digits; quote it in the answers")
    parts = [_values(con, d) for d in apart]
    found: dict[str, Subject] = {}
    for measure in draft.measures:
        adds_up = not NOT_ADDED.search(measure)
        if summed and not adds_up:
            say(
                "onderwerpen",
                f"{measure} stays out of the subjects: a ratio, mean or median does not add up over {summed}",
            )
            continue
        for combination in product(*parts):
            chosen = zip(apart, combination, strict=True)
            where = {**held, **{d: _typed(draft, d, value) for d, value in chosen}}
            code = _code(str(theme or "0000"), measure, adds_up, [slug(v) for v in combination], set(found))
            found[code] = Subject(code, measure, where, adds_up, combination)
    if not found:
        raise NotDescribed(
            f"{draft.ident}: no measure adds up over {', '.join(summed)}; answer "
            f"'dimensie {summed[0]}' with apart or a value"
        )
    if len(found) > MOST:
        raise NotDescribed(
            f"{draft.ident}: {len(found)} subjects are more than {MOST}; answer a dimensie with som or a value"
        )
    return list(found.values())


def _typed(draft: Draft, dimension: str, value: str) -> str | int:
    return int(value) if draft.columns[dimension]["type"] == "integer" else value


def _values(con: duckdb.DuckDBPyConnection, dimension: str) -> list[str]:
    return [str(v) for (v,) in con.execute(f'SELECT DISTINCT "{dimension}" FROM kandidaat ORDER BY 1').fetchall()]


def _code(theme: str, measure: str, adds_up: bool, values: list[str], taken: set[str]) -> str:
    """The code of a subject that no other has: `v` counts, `vg` means, `vp` other ratios."""
    kind = "v" if adds_up else "vg" if MEAN.search(measure) else "vp"
    name = "_".join([measure.removeprefix("kolom_"), *values])
    full = f"{kind}{theme}_{name}"[:LONGEST].rstrip("_")
    return next(c for c in (full, *(f"{full[: LONGEST - 3]}_{i}" for i in range(2, 99))) if c not in taken)


def condition(where: dict[str, str | int]) -> str:
    """SQL for the rows that a subject goes over."""
    parts = [f"{d} = {v if isinstance(v, int) else quoted(v)}" for d, v in where.items()]
    return " AND ".join(parts)
