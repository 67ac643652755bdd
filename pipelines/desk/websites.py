"""The websites, made again after every release: each city's folder, and that of the thirteen, in the home."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from pipelines.config import load_home
from pipelines.desk.assets import WAIT, in_a_sentence
from pipelines.desk.sensors import RUNNING, SOON_S
from pipelines.home import Problem
from pipelines.publish.releases import database_path, sound_current

WEBSITES = "websites"


class NoRelease(Problem):
    """Websites that were asked for before there is a release."""


def websites_asset(spec: dg.AssetSpec) -> dg.AssetsDefinition:
    """What `obmi site` makes, of what readers get now; only what differs is written."""

    @dg.multi_asset(name=WEBSITES, specs=[spec], retry_policy=WAIT)
    def websites(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        from pipelines.orba.report import public_goals  # here: the page waits for imports
        from pipelines.site.make import make_websites

        home = load_home()
        with in_a_sentence():
            release = sound_current(home)
            if release is None:
                raise NoRelease("there is no release to make websites of; materialise 'release' first")
            path = database_path(home, release)
            made = make_websites(path, home.root / "site", None, context.log.info, public_goals(home, path))
        rows = [{"website": m.path.parent.name, "bestanden": m.files, "geschreven": m.written} for m in made]
        yield dg.MaterializeResult(
            asset_key=WEBSITES,
            data_version=dg.DataVersion(release["release"]),
            metadata={
                "release": release["release"],
                "bestanden": sum(m.files for m in made),
                "geschreven": sum(m.written for m in made),
                "pad": dg.MetadataValue.path(str(home.root / "site")),
                "per website": dg.MetadataValue.table([dg.TableRecord(row) for row in rows]),
            },
        )

    return websites


def websites_sensor(job: Any) -> dg.SensorDefinition:
    """After a release, also one that a refresh outside Dagster made: the websites of it."""

    @dg.asset_sensor(
        asset_key=dg.AssetKey("release"),
        name="websites_na_release",
        job=job,
        minimum_interval_seconds=SOON_S,
        default_status=RUNNING,
        description="Maakt de websites opnieuw zodra er een release is; wat gelijk bleef wordt niet geschreven.",
    )
    def make(context: dg.SensorEvaluationContext, event: dg.EventLogEntry) -> dg.RunRequest:
        return dg.RunRequest(run_key=f"na {event.run_id or event.timestamp}")

    return make
