"""The plan of a city, how it stands and its half-year report, a partition a city. The page says how many and nothing of
what is planned: who looks at it may be of another city."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import dagster as dg
import duckdb

from pipelines.config import load_home
from pipelines.describe.catalogue import City, load_cities
from pipelines.desk.assets import WAIT, in_a_sentence
from pipelines.desk.labels import HOUSE, NIGHTLY, RELEASE, key_of, schema_of
from pipelines.desk.sensors import RUNNING
from pipelines.home import Home, now
from pipelines.orba.editions import Editions
from pipelines.orba.frozen import NoReport
from pipelines.orba.states import follow, part_states
from pipelines.orba.verdict import WORST_FIRST
from pipelines.publish.releases import database_path, sound_current

PLAN, STANDING, REPORT = (key_of(f"stad.orba_{name}") for name in ("plan", "stand", "verslag"))
EVERY_S = 60
SAYS = {
    PLAN: "Het plan van de stad, van doel tot project: welke versie, en hoeveel erin staat.",
    STANDING: "Hoe haar doelen en acties ervoor staan, geteld per oordeel; de redenen staan in haar eigen bestand.",
    REPORT: "Haar verslag van het laatste halfjaar dat voorbij is, bevroren met zijn release.",
}
TABLES_OF = {
    PLAN: {
        "doel": "De doelen.",
        "actieplan": "De actieplannen.",
        "actie": "De acties.",
        "indicator": "De indicatoren.",
    },
    STANDING: {"stand": "Hoe elk doel en elke actie ervoor staat.", "meting": "Elk cijfer van elke indicator."},
    REPORT: {"rapport": "De verslagen die er zijn."},
}
DEPS = {PLAN: [], STANDING: [PLAN, key_of("release")], REPORT: [STANDING]}


def goals_asset(cities: Iterable[City]) -> dg.AssetsDefinition:
    """What `obmi orba` tells and makes of one city."""
    parts = dg.StaticPartitionsDefinition([city.stad for city in cities])
    told = {"group_name": RELEASE, "owners": [HOUSE], "kinds": {"duckdb"}, "partitions_def": parts}
    specs = [
        dg.AssetSpec(
            key,
            deps=DEPS[key],
            description=says,
            metadata=schema_of((f"orba.{name}", "tabel", what) for name, what in TABLES_OF[key].items()),
            freshness_policy=NIGHTLY,
            **told,
        )
        for key, says in SAYS.items()
    ]

    @dg.multi_asset(name="orba", specs=specs, can_subset=True, retry_policy=WAIT)
    def orba(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        (city,) = (one for one in load_cities() if one.stad == context.partition_key)
        with in_a_sentence():
            home = load_home()
            found = facts_of_goals(home, city)
            if found is None:
                raise NoReport(f"{city.stad} has no plan yet, or there is no release; see obmi orba plan")
            for key in (key for key in (PLAN, STANDING) if key in context.selected_asset_keys):
                yield dg.MaterializeResult(asset_key=key, metadata=found[key])
            if REPORT in context.selected_asset_keys:
                yield dg.MaterializeResult(asset_key=REPORT, metadata=_reported(home, city))

    return orba


def facts_of_goals(home: Home, city: City) -> dict[dg.AssetKey, dict[str, Any]] | None:
    """What the page shows of a city's plan and of how it stands; None where there is no plan or no release."""
    manifest, editions = sound_current(home), Editions(home, city.stad)
    if manifest is None or not editions.mark:
        return None
    plan = editions.plan()
    with duckdb.connect(str(database_path(home, manifest)), read_only=True) as con:
        followed = follow(plan, con, city)
    counted = Counter(state.oordeel for state in part_states(plan, followed, now().date()))
    tables = {"doelen": "doel", "acties": "actie", "indicatoren": "indicator"}
    return {
        PLAN: {"versie": plan.versie, **{said: len(plan.of(table)) for said, table in tables.items()}},
        STANDING: {"release": manifest["release"], **{word: counted[word] for word in WORST_FIRST}},
    }


def _reported(home: Home, city: City) -> dict[str, Any]:
    """The report of the last half year that is over: made, or as it lies there."""
    from pipelines.orba.report import half_year_report  # here: the page waits for imports

    today = now().date()
    period = f"{today.year}H1" if today.month > 6 else f"{today.year - 1}H2"
    with home.lock():
        made = half_year_report(home, city, Editions(home, city.stad).plan(), period)
    facts = {"periode": period, "versie": made.content.versie, "release": made.content.release["release"]}
    return {**facts, "nieuw": made.new, "pad": dg.MetadataValue.path(str(made.folder))}


@dg.sensor(
    name="doelen",
    minimum_interval_seconds=EVERY_S,
    default_status=RUNNING,
    description="Houdt per stad bij welk plan ze heeft en hoe het ervoor staat, na elke release en elke dag.",
)
def doelen(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Tells Dagster, per city with a plan, of a new plan, a new release, or a new day."""
    home, told = load_home(), json.loads(context.cursor or "{}")
    release = sound_current(home)
    for city in load_cities() if release else ():
        mark = Editions(home, city.stad).mark
        seen = [f"{now().date()}", (release or {})["release"], mark]
        if not mark or told.get(city.stad) == seen:
            continue
        for key, facts in (facts_of_goals(home, city) or {}).items():
            event = dg.AssetMaterialization(key, metadata=facts, partition=city.stad)
            context.instance.report_runless_asset_event(event)
        told[city.stad] = seen
    context.update_cursor(json.dumps(told))
    return dg.SkipReason("all plans are told")
