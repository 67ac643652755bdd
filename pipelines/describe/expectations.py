"""What must be true of a delivery beyond its description, and what is known to be wrong in it."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from pipelines.describe.specfile import ROOT, Spec, SpecError, line_of, load_yaml, name_of, shaped

BETWEEN = "tussen uitgevers"


class Jump(Spec):
    """A level that changes by at most a factor: `hoogstens` from one year to the nearest, `herziening` (where
    given) from the last accepted value of the same year. Smaller values than `vanaf` may jump."""

    waarde: str
    hoogstens: float = Field(gt=1)
    herziening: float | None = None
    vanaf: float = 0
    per: list[str] = []
    waar: str = "TRUE"


class Check(Spec):
    """One check of a candidate: `over` selects what is looked at, `fout` says when a row is wrong. Between publishers
    it also reads the accepted landing of every dataset in `met`, as a view with that name."""

    id: str
    omschrijving: str
    dimensie: Literal["tijdigheid", "volledigheid", "juistheid", "consistentie", "uniciteit", "geldigheid"]
    niveau: Literal["bestand", "geschiedenis", "tussen bestanden", "tussen uitgevers"] = "bestand"
    ernst: Literal["blokkerend", "waarschuwing"] = "blokkerend"
    met: list[str] = []
    over: str | None = None
    fout: str | None = None
    sprong: Jump | None = None
    expectation: str | None = None
    kwargs: dict[str, Any] = {}

    @model_validator(mode="after")
    def _one_kind(self) -> Check:
        kinds = [self.over is not None, self.sprong is not None, self.expectation is not None]
        if sum(kinds) != 1 or (self.over is None) != (self.fout is None):
            raise ValueError(f"check '{self.id}' needs either over with fout, or sprong, or expectation")
        return self

    @model_validator(mode="after")
    def _between_publishers(self) -> Check:
        if (self.niveau == BETWEEN) != bool(self.met):
            raise ValueError(f"check '{self.id}' needs niveau '{BETWEEN}' and met with other datasets, or neither")
        if unread := [m for m in self.met if not re.search(rf"\b{re.escape(m)}\b", self.over or "")]:
            raise ValueError(f"check '{self.id}' names {unread[0]} in met, and its over does not read it")
        return self


class Correction(Spec):
    """A publisher's known error: for our `column` the file holds a wrong text, and this is the right one.

    The years that are named must still hold it, or the publisher has mended it and the entry can go. `gezien` is
    the day on which it was noted.
    """

    dataset: str
    column: str
    values: dict[str, str]
    jaren: list[int] = []
    reden: str
    gezien: str
    bron: str


def load_checks(dataset: str, root: Path = ROOT) -> list[Check]:
    """The checks in expectations/<dataset>.yaml; none where that file is absent."""
    path = root / "expectations" / f"{dataset}.yaml"
    if not path.exists():
        return []
    checks = [shaped(Check, path, entry.get("id", "?"), **entry) for entry in load_yaml(path)["checks"]]
    if not checks:
        raise SpecError(f"expectations/{dataset}.yaml holds no checks; name at least one")
    others = {f"{p.parent.name}_{p.stem}" for place in {root, ROOT} for p in place.glob("sources/*/*.yaml")}
    for check in checks:
        if wrong := [m for m in check.met if m not in others - {dataset}]:
            said = "is the dataset itself" if wrong[0] == dataset else "is no dataset"
            raise SpecError(
                f"{name_of(path)}{line_of(path, check.id, ('met',))}: {check.id}: met: {wrong[0]} {said}; "
                "name another dataset of sources/"
            )
    return checks


@cache
def load_corrections(root: Path = ROOT) -> list[Correction]:
    """Every publisher's known error, from sources/correcties.yaml."""
    path = root / "sources" / "correcties.yaml"
    if root != ROOT and not path.exists():
        return []
    return [shaped(Correction, path, entry.get("dataset", "?"), **entry) for entry in load_yaml(path)]
