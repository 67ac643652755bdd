"""What every command needs: the project, the names that may be asked for, and a release's file."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pipelines.config import load_home, load_settings
from pipelines.home import Home, Problem

T = TypeVar("T")

OK, PARTLY, NOTHING = 0, 10, 20
# the city whose own data a command is about: obmi --eigen
EIGEN: ContextVar[str] = ContextVar("eigen", default="")
Add = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


class Failure(Problem):
    """A command that cannot do what was asked."""


def home_of_all_or_one() -> Home:
    """The home, or the one in it of what a city has of its own."""
    return load_home().of_city(city) if (city := EIGEN.get()) else load_home()


def project() -> Any:
    """All that the checkout declares, or that a city does of its own; imported late, because it is slow."""
    from pipelines.project import Project

    declared = Project.load(load_settings())
    if EIGEN.get():
        own = own_data(declared)
        return replace(declared, datasets=own.datasets, topics=own.topics, cities=[own.city])
    return declared


def own_data(declared: Any) -> Any:
    """What a city declares of its own, beside all that the checkout does. Raises Failure and SpecError."""
    from pipelines.own import OwnData

    (found,) = (one for one in declared.cities if one.stad == own_city())
    return OwnData.load(load_home(), found, declared.datasets, declared.topics)


def own_city() -> str:
    """The city whose own data a command is about; empty without --eigen. Raises Failure for one that has nothing."""
    from pipelines.describe.catalogue import load_cities
    from pipelines.own import own_cities

    if city := EIGEN.get():
        known("city with data of its own", [city], [c.stad for c in own_cities(load_home(), load_cities())])
    return city


def landings_of(declared: Any) -> Any:
    """The deliveries of every dataset that is declared, in the home."""
    from pipelines.landing.landings import Landings

    return Landings(home_of_all_or_one(), declared.datasets)


def known(what: str, asked: list[str] | None, names: list[str]) -> None:
    """Raises Failure for a name that is not one of these."""
    for name in asked or []:
        if name not in names:
            raise Failure(f"no {what} is named {name[:60]!r}; choose from {', '.join(names)}")


def reads_a_release(sub: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Give a command the option by which everything that reads a release can read an earlier one."""
    sub.add_argument("--asof", metavar="RELEASE|DATE", help="an earlier release, or the last one on or before a date")
    return sub


def on_release(args: argparse.Namespace, work: Callable[[Path], T], city: str | None = None) -> T:
    """Do some work on the database of the release that a command is asked about; once more where a refresh packed
    it between the moment that it was found and that it was opened."""
    home = load_home()
    path = release_file(home, args.asof, city)
    try:
        return work(path)
    except Exception:
        if path.exists():
            raise
    return work(release_file(home, args.asof, city))


def release_in_place(home: Home, asof: str | None, city: str | None) -> Path:
    """The same for who goes on to read it after the command: an earlier release is put back whole where it lies."""
    from pipelines.publish.keeping import unpack
    from pipelines.publish.releases import find_release

    if asof is not None:
        with home.lock():
            unpack(home, find_release(home, asof))
    return release_file(home, asof, city)


def release_file(home: Home, asof: str | None, city: str | None) -> Path:
    """The database of a release, the current one when none is named."""
    from pipelines.publish.releases import database_path, find_release

    return database_path(home, find_release(home, asof), city)
