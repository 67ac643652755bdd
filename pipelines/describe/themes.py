"""The policy themes (sources/themas.yaml): the only list of what a dataset or a file of subjects may name."""

from __future__ import annotations

import difflib
from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from pipelines.describe.specfile import ROOT, Spec, load_yaml, shaped


class Theme(Spec):
    """A theme as a dataset names it, as the catalogue writes it (`naam`), its European data theme, and what the digits
    of its subjects' codes start with."""

    thema: str
    naam: str
    europees: Literal[
        "AGRI", "ECON", "EDUC", "ENER", "ENVI", "GOVE", "HEAL", "INTR", "JUST", "REGI", "SOCI", "TECH", "TRAN"
    ]
    cijfers: list[Annotated[str, Field(pattern=r"^\d{2,4}$")]]


@cache
def load_themes() -> dict[str, Theme]:
    """Every theme by the name that a dataset gives it. Raises SpecError."""
    path = ROOT / "sources" / "themas.yaml"
    themes = [shaped(Theme, path, entry.get("thema", "?"), **entry) for entry in load_yaml(path)]
    return {theme.thema: theme for theme in themes}


def of_dataset(said: str) -> str:
    """What a dataset may name. Raises ValueError with the nearest theme."""
    return _known(said, list(load_themes()))


def of_subjects(said: str) -> str:
    """What a file of subjects may name. Raises ValueError with the nearest theme."""
    return _known(said, [theme.naam for theme in load_themes().values()])


def digits_of(name: str) -> list[str]:
    """What the digits of the codes start with in a theme, by the name that the catalogue gives it."""
    return next(theme.cijfers for theme in load_themes().values() if theme.naam == name)


def _known(said: str, names: list[str]) -> str:
    if said not in names:
        (near,) = difflib.get_close_matches(str(said), names, 1, cutoff=0)
        raise ValueError(f"'{said}' is no theme of sources/themas.yaml; the nearest is '{near}'")
    return said
