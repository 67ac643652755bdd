"""Which deliveries of a dataset are judged in a refresh: what waits, and what was judged by what has changed since."""

from __future__ import annotations

from pipelines.describe.specfile import digest_of
from pipelines.ingest.raw import Delivery
from pipelines.landing.beside import beside, others
from pipelines.landing.landings import Landing, Landings


def to_judge(landings: Landings, dataset: str) -> list[Delivery]:
    """The deliveries that are judged now: what waits, and all of them where what they were judged by has changed;
    the last one where only the figures of others have, and nothing is held or refused."""
    landing = landings[dataset]
    state = landing.state
    if state.unread is not None and state.unread.tried == tried(landings, landing):
        return []
    unsettled = bool(state.held or state.refusals) and state.beside != beside(landings, landing)
    if state.again or unsettled or is_described_anew(landing):
        return landing.standing
    changed = any(state.beside.get(i) != version for i, version in others(landings, landing).items())
    last = state.order[-1:] if changed else []  # its receipt tells how it is beside the others
    return [d for d in landing.standing if d.id in last or landing.waits(d.id)]


def for_some(landing: Landing) -> list[Delivery]:
    """The deliveries of which news for some cities alone can be taken in: on top of figures of their own kind, read by
    the same description."""
    if landing.state.version is None or is_described_anew(landing):
        return []
    stands_in = landing.stands_in
    return [d for d in landing.pending if d.stand_in == stands_in]


def is_described_anew(landing: Landing) -> bool:
    """Whether the description of what was judged is no longer the one that it was judged by."""
    return bool(landing.state.processed) and landing.state.rules != landing.spec.rules


def tried(landings: Landings, landing: Landing) -> str:
    """Content hash of all that a dataset is judged by: the same again ends in the same."""
    return digest_of([landing.spec.rules, [d.id for d in landing.standing], beside(landings, landing)])
