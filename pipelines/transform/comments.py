"""What the columns of a model mean: as it says itself, else as models/kolommen.yaml says."""

from __future__ import annotations

import re

from sqlmesh.core.dialect import JinjaQuery, MacroFunc
from sqlmesh.core.model import Model

LAST_NAMES = re.compile(r"\bAS (\w+),?$", re.M)


def described(model: Model, meanings: dict[str, str]) -> Model:
    """The model with a description of every column that it or `meanings` describes."""
    own = model.column_descriptions
    shared = {name: meanings[name] for name in _columns(model) if name in meanings and name not in own}
    return model.copy(update={"column_descriptions_": shared | own})


def _columns(model: Model) -> list[str]:
    """The columns of a query, as its text names them, because rendering takes long; not what a macro makes."""
    query = model.query
    if isinstance(query, JinjaQuery):
        return LAST_NAMES.findall(query.name.rsplit("SELECT\n", 1)[1])
    return [select.alias_or_name for select in query.selects if not isinstance(select, MacroFunc)]
