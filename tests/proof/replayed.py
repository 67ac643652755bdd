"""Dagster's page with one dataset more, of which every city gives its own file: Statbel's figures on poverty, cut up.

python -m tests.proof.replayed --port N    as `make ui`
"""

from __future__ import annotations

import sys

from pipelines import ui
from pipelines.describe import specs
from pipelines.describe.specs import Dataset
from pipelines.serve import daemon
from tests.scenes.test_per_city import REPLAY, replay

_described, _more = specs.load_datasets, replay()


def _with_one_more(*given: object, **named: object) -> dict[str, Dataset]:
    return {**_described(*given, **named), REPLAY: _more}


for module in [m for name, m in sys.modules.items() if name.startswith("pipelines.")]:
    if getattr(module, "load_datasets", None) is _described:
        module.load_datasets = _with_one_more

if __name__ == "__main__":
    daemon.DEFINITIONS = "tests.proof.replayed"
    sys.exit(ui.main())

from pipelines.definitions import defs  # noqa: E402 (it reads the descriptions while it is imported)

__all__ = ["defs"]
