"""What the next refresh would publish, built in a copy of the home and held against the release that readers have."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from pipelines.config import Settings
from pipelines.deliver import land_all
from pipelines.home import Home
from pipelines.landing.landings import Landings
from pipelines.project import Project
from pipelines.publish.changes import compare
from pipelines.publish.releases import current_release, database_path
from pipelines.refresh import Refused, known_to_readers
from pipelines.transform.build import build
from pipelines.transform.inputs import inputs


def preview(
    home: Home, settings: Settings, profile: str, datasets: list[str] | None, say: Callable[[str, str], None]
) -> dict[str, Any]:
    """What a refresh would change in the current release: deliveries, models, subjects and cells.

    It takes in what is new and builds, as a refresh does, in a copy that is thrown away: nothing is accepted or
    published, and the only trace are downloaded bytes in the raw store. Raises Refused, Busy, and BuildError.
    """
    with home.lock():
        project = Project.load(settings)
        release = current_release(home)
        if release is None:
            raise Refused("there is no release to compare with; run obmi refresh first")
        landings = Landings(_copy(home), project.datasets)
        chosen = list(datasets or project.taking_part(landings, profile))
        landed, problem = land_all(landings, chosen, project.cities, profile, settings, None, say)
        if problem:
            raise Refused(problem)
        say("build", "building the models in a copy")
        used = project.in_use(landings)
        entering = inputs(landings.in_use(), used.topics, used.cities, known_to_readers(used, home))
        built = build(landings.home, entering, used.topics, used.datasets)
        found = compare(database_path(home, release), landings.home, built)
    news = [asdict(one) for one in landed if one.state != "ongewijzigd"]
    return {"release": release["release"], "leveringen": news, "modellen": built.ran, **found}


def _copy(home: Home) -> Home:
    """A home with the build and the pointers of this one, in which what was accepted is linked: what is unchanged is
    not built again."""
    copy = Home(home.tmp / "voorstel")
    copy.tmp.mkdir(parents=True)
    copy.raw.symlink_to(home.raw)
    for folder in home.landing.iterdir():
        own = copy.landing / folder.name
        own.mkdir(parents=True)
        for entry in folder.iterdir():
            if entry.suffix == ".json":
                shutil.copyfile(entry, own / entry.name)
            else:
                (own / entry.name).symlink_to(entry)
    if home.build.exists():
        shutil.copytree(home.build, copy.build, copy_function=os.link)
    return copy
