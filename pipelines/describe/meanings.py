"""What every column means, once: models/kolommen.yaml."""

from __future__ import annotations

from pathlib import Path

from pipelines.describe.specfile import ROOT, load_yaml


def meanings(root: Path = ROOT) -> dict[str, str]:
    """The meaning of a column by its name. Raises SpecError."""
    return load_yaml(root / "models" / "kolommen.yaml")
