"""What has no receipt of passed checks is not published."""

from __future__ import annotations

from pipelines.home import Problem, file_sha256
from pipelines.landing.held import is_held
from pipelines.landing.landings import Landing


class Refused(Problem):
    """Publishing without a receipt of what was checked: one sentence."""


def check_receipt(landing: Landing) -> None:
    """Raises Refused where what is accepted of a dataset was not let through, or is not what was."""
    state, dataset = landing.state, landing.spec.id
    blocked = [c for c in state.checks if c.blocks]
    loose = [c.controle for c in blocked if not c.delen or not all(is_held(state.held, d) for d in c.delen)]
    if not state.checks or loose:
        raise Refused(f"{dataset} has no receipt of passed checks ({', '.join(loose) or 'none ran'}); refresh it again")
    for table in state.parts:
        path = landing.file(table)
        if not path.exists() or file_sha256(path) != table.sha256:
            raise Refused(f"{path} is not what was checked; hand over {table.file} again")
