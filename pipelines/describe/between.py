"""Part of a dimension, from one value to another."""

from __future__ import annotations

from pydantic import model_validator

from pipelines.describe.specfile import Spec


class Between(Spec):
    """The values of a dimension from `van` up to and with `tot`; one of both may be left out. Text goes by its letters,
    so that `{van: "41", tot: "43Z"}` holds every code that starts with 41, 42 or 43."""

    van: float | str | None = None
    tot: float | str | None = None

    @model_validator(mode="after")
    def _rules(self) -> Between:
        if self.van is None and self.tot is None:
            raise ValueError("name van, tot or both")
        return self
