"""What `obmi refresh` does, as assets with their checks: land, build, publish, each under the one lock."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any, Literal

import dagster as dg

from pipelines.config import Settings, load_home, load_settings
from pipelines.deliver import land_dataset
from pipelines.describe.specs import Dataset
from pipelines.desk.facts import SEVERITY, delivery_fact, landing_fact, model_facts, register_fact, release_fact
from pipelines.desk.history import results, tell_dagster
from pipelines.desk.labels import key_of, landing_spec, register_spec
from pipelines.desk.model_header import Header
from pipelines.gate.checks import compile_checks
from pipelines.home import Busy, Problem
from pipelines.landing.landings import Landings
from pipelines.landing.mending import mend
from pipelines.landing.register import RegisterError, register_sources, settle_register
from pipelines.orba.intake import take_reports
from pipelines.orba.reported import is_plan
from pipelines.project import Project
from pipelines.refresh import build_models, publish_release, stays_published, take_in_own
from pipelines.transform.steps import BuildError

WAIT = dg.RetryPolicy(max_retries=3, delay=20)
AUDIT = re.compile(r": ([a-z]+\.\w+): '(\w+)' fails on")


class Profile(dg.ConfigurableResource):
    """Where the figures come from: the built-in ones or live addresses; OBMI_PROFILE sets the default."""

    profile: Literal["voorbeeld", "live"] = "voorbeeld"


@contextlib.contextmanager
def in_a_sentence() -> Iterator[None]:
    """What a step refuses fails it with one sentence; only a lock that is held is worth another try."""
    try:
        yield
    except Busy as err:
        raise dg.Failure(str(err)) from err
    except Problem as err:
        raise dg.Failure(str(err), allow_retries=False) from err


@contextlib.contextmanager
def locked() -> Iterator[tuple[Project, Landings, Settings]]:
    """All that one step needs, under the lock that the command line takes too. Raises Busy."""
    home, settings = load_home(), load_settings()
    with home.lock():
        project = Project.load(settings)
        landings = Landings(home, project.datasets)
        for said in mend(landings).values():
            dg.get_dagster_logger().warning(said)
        yield project, landings, settings


@contextlib.contextmanager
def under_the_lock() -> Iterator[tuple[Project, Landings, Settings]]:
    """The same for a step, which fails with one sentence."""
    with in_a_sentence(), locked() as found:
        yield found


def landing_asset(spec: Dataset) -> dg.AssetsDefinition:
    """One dataset: fetched, checked and accepted. A failed check, or no version yet, shows on it and stops nothing
    else, because what it is about is held back already; only the register is needed by all."""
    asset = landing_spec(spec)
    checks = [
        dg.AssetCheckSpec(
            c.id,
            asset=asset.key,
            description=c.omschrijving,
            metadata={
                "ernst": c.ernst,
                "severity": SEVERITY[c.ernst].value,
                "dimensie": c.dimensie,
                "niveau": c.niveau,
            },
        )
        for c in (compiled.check for compiled in compile_checks(spec))
    ]

    @dg.multi_asset(name=f"landing__{spec.id}", specs=[asset], check_specs=checks, retry_policy=WAIT)
    def land(context: dg.AssetExecutionContext, source: Profile) -> Iterator[Any]:
        with under_the_lock() as (project, landings, settings):
            landed = land_dataset(landings, spec.id, source.profile, settings, context.log.info)
            if is_plan(spec):
                take_reports(landings, project.cities, lambda who, said: context.log.info(f"{who}: {said}"))
            delivered = delivery_fact(landings, spec.id)
            fact = landing_fact(landings, spec.id, project.cities)
        fact.metadata["stand"] = landed.state
        if delivered:
            tell_dagster(context.instance, delivered, {})
        absent = f"{spec.id} has no accepted version yet: {landed.reason}" if landed.state == "ontbreekt" else ""
        *told, materialised = results(fact)
        yield from told
        if absent and spec.id in register_sources():
            raise dg.Failure(absent, allow_retries=False)
        if landed.state == "op proef":
            context.log.warning(f"op proef, not in the release: {landed.reason}")
        elif landed.reason:
            context.log.warning(absent or f"{landed.state}, the last good figures stay in use: {landed.reason}")
        context.log.info(f"{landed.state}, {fact.metadata['dagster/row_count']:,} rows accepted")
        yield materialised

    return land


def register_asset() -> dg.AssetsDefinition:
    """The register of areas, which follows from the lists that landed."""

    @dg.multi_asset(name="gebiedenregister", specs=[register_spec()], retry_policy=WAIT)
    def settle() -> Iterator[Any]:
        with under_the_lock() as (_, landings, _):
            try:
                kept = settle_register(landings)
            except RegisterError as err:
                raise dg.Failure(str(err), allow_retries=False) from err
            fact = register_fact(landings.home)
        if kept:
            dg.get_dagster_logger().warning(f"the last good register stays in use: {kept}")
        assert fact is not None, "a register that is settled is there"
        yield from results(fact)

    return settle


def models_asset(
    specs: Mapping[str, dg.AssetSpec], headers: Mapping[str, Header], graph: Mapping[str, set[str]]
) -> dg.AssetsDefinition:
    """The models, built together: only what changed runs, whatever was selected here. A failed audit stops what comes
    after it."""
    order = [name for name in TopologicalSorter(graph).static_order() if name in graph]
    checks = [
        dg.AssetCheckSpec(
            audit,
            asset=key_of(name),
            description=asks,
            blocking=True,
            metadata={"ernst": "blokkerend", "severity": dg.AssetCheckSeverity.ERROR.value},
        )
        for name in order
        for audit, asks in headers[name].audits.items()
    ]

    @dg.multi_asset(
        name="models",
        specs=[specs[n] for n in order],
        check_specs=checks,
        can_subset=True,
        retry_policy=WAIT,
    )
    def build(context: dg.AssetExecutionContext) -> Iterator[Any]:
        try:
            with under_the_lock() as (project, landings, _):
                ran = [] if stays_published(project, landings) else build_models(project, landings)
                facts = {fact.name: fact for fact in model_facts(project, landings, graph)}
        except dg.Failure as err:
            yield from _failed_audit(err, context.selected_asset_check_keys)
            raise
        context.log.info(f"ran: {', '.join(ran) or 'nothing, all is as it was'}")
        for name in order:
            if key_of(name) in context.selected_asset_keys and name in facts:
                facts[name].metadata["liep"] = name in ran
                yield from results(facts[name], context.selected_asset_check_keys)

    return build


def _failed_audit(err: dg.Failure, asked: Any) -> Iterator[dg.AssetCheckResult]:
    """The audit that stopped a build, as a check that failed."""
    if isinstance(err.__cause__, BuildError) and (found := AUDIT.search(str(err.__cause__))):
        key = key_of(found[1])
        if dg.AssetCheckKey(key, found[2]) in asked:
            yield dg.AssetCheckResult(asset_key=key, check_name=found[2], passed=False, description=str(err.__cause__))


def release_asset(spec: dg.AssetSpec) -> dg.AssetsDefinition:
    """What readers get: a new release, or the one that is there when nothing changed."""

    @dg.multi_asset(name="release", specs=[spec], retry_policy=WAIT)
    def release(context: dg.AssetExecutionContext, source: Profile) -> Iterator[Any]:
        with under_the_lock() as (project, landings, settings):
            take_in_own(project, landings, source.profile, lambda _: None)  # this page is everybody's
            unchanged = stays_published(project, landings)
            if not unchanged:
                publish_release(project, landings, settings, context.log.info)
            fact = release_fact(landings.home)
        assert fact is not None, "a release was published or stays"
        fact.metadata["ongewijzigd"] = unchanged
        yield from results(fact)

    return release
