"""One history: what the home holds is what Dagster tells, whoever landed, built or published it (docs/adr/0042)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping

import dagster as dg
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph
from dagster._core.definitions.data_version import (
    CODE_VERSION_TAG,
    DATA_VERSION_TAG,
    DEFAULT_DATA_VERSION,
    NULL_DATA_VERSION,
    NULL_EVENT_POINTER,
    get_input_data_version_tag,
    get_input_event_pointer_tag,
)

from pipelines.describe.specfile import digest_of
from pipelines.desk.facts import Fact
from pipelines.desk.labels import key_of

STAND = "obmi/stand"  # the tag by which a later look knows that nothing is new


def results(
    fact: Fact, checked: Iterable[dg.AssetCheckKey] | None = None
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    """A fact as a step of a run tells it: its checks, of a selection those alone, and the materialisation."""
    key, asked = (
        key_of(fact.name),
        None if checked is None else {c.name for c in checked if c.asset_key == key_of(fact.name)},
    )
    for check in fact.checks:
        if asked is None or check.name in asked:
            yield dg.AssetCheckResult(
                asset_key=key,
                check_name=check.name,
                passed=check.passed,
                severity=check.severity,
                description=check.description,
                metadata=check.metadata,
            )
    yield dg.MaterializeResult(
        asset_key=key, metadata=fact.metadata, data_version=dg.DataVersion(fact.version), tags={STAND: _stand(fact)}
    )


def catch_up(
    instance: dg.DagsterInstance, facts: Iterable[Fact], assets: BaseAssetGraph, seconds: float = 20
) -> tuple[list[str], bool]:
    """Tell Dagster what it does not know yet, for at most about so long: which assets that were, and whether it is
    done. A sensor that takes a minute is stopped, and a long history on a slow disk takes that."""
    known = {key_of(fact.name): fact for fact in facts}
    records = {r.asset_entry.asset_key: r.asset_entry for r in instance.get_asset_records(list(known))}
    told: list[str] = []
    until = time.monotonic() + seconds
    for key, fact in known.items():
        entry = records.get(key)
        event = entry and (entry.last_materialization if fact.landed else entry.last_observation)
        last = event and (event.asset_materialization or event.asset_observation)
        if last is None or last.tags.get(STAND) != _stand(fact):
            if time.monotonic() > until:
                return told, False
            tell_dagster(instance, fact, _made_from(fact, known, assets))
            told.append(fact.name)
    return told, True


def _made_from(fact: Fact, known: Mapping[dg.AssetKey, Fact], assets: BaseAssetGraph) -> dict[str, str]:
    """By what code and from which versions it was made, so that the page says of no asset that it lags behind."""
    asset = assets.get(key_of(fact.name))
    tags = {CODE_VERSION_TAG: fact.code or asset.code_version or fact.version}
    for parent in asset.parent_keys:
        nothing = DEFAULT_DATA_VERSION if assets.get(parent).is_external else NULL_DATA_VERSION
        tags[get_input_data_version_tag(parent)] = known[parent].version if parent in known else nothing.value
        tags[get_input_event_pointer_tag(parent)] = NULL_EVENT_POINTER  # versions are compared, not moments
    return tags


def tell_dagster(instance: dg.DagsterInstance, fact: Fact, made_from: Mapping[str, str]) -> None:
    """One asset and its checks, as events of no run."""
    key, tags = key_of(fact.name), {STAND: _stand(fact), DATA_VERSION_TAG: fact.version, **made_from}
    kind = dg.AssetMaterialization if fact.landed else dg.AssetObservation
    instance.report_runless_asset_event(kind(asset_key=key, metadata=fact.metadata, tags=tags))
    for check in fact.checks:
        facts = {name: dg.MetadataValue.text(v) if isinstance(v, str) else v for name, v in check.metadata.items()}
        said = dg.AssetCheckEvaluation(
            asset_key=key,
            check_name=check.name,
            passed=check.passed,
            severity=check.severity,
            description=check.description,
            metadata=facts,
        )
        instance.report_runless_asset_event(said)


def _stand(fact: Fact) -> str:
    return digest_of([fact.version, fact.state])[:16]
