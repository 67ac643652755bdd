"""When a row of a dataset may be published, as its description says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime, model_validator

from pipelines.describe.specfile import Spec


class Embargo(Spec):
    """From the moment in the column `kolom` of a row on (of type time, or a date: the start of that day in Belgium); or
    from a moment with its zone on, for the rows of each of these `jaren`. Before it nothing of the row lands."""

    kolom: str | None = None
    jaren: dict[int, AwareDatetime] = {}

    @model_validator(mode="after")
    def _one(self) -> Embargo:
        if bool(self.kolom) == bool(self.jaren):
            raise ValueError("embargo names a kolom with the moment of publication, or jaren with theirs")
        return self

    def fault(self, columns: Mapping[str, Any]) -> str:
        """Why it cannot be taken from these columns; empty where it can."""
        if self.kolom is None or (self.kolom in columns and columns[self.kolom].type in ("time", "date")):
            return ""
        return f"embargo names '{self.kolom}', which is no column of type time or date"
