"""Commands on a city's plan: orba."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from pipelines.commands.common import OK, Add, Failure, known, own_city
from pipelines.config import load_home
from pipelines.describe.catalogue import load_cities


def commands(add: Add) -> None:
    """The commands of this module and their options."""
    top = add("orba", _nothing, "the follow-up of a city's coalition agreement: its plan, and what people hand over")
    actions = top.add_subparsers(dest="action", required=True, metavar="ACTION")
    sub = _action(actions, "plan", _plan, "what a plan holds, and what is new, moved, cut, or has more or less money")
    sub.add_argument("--sinds", type=int, metavar="VERSIE", help="against this version; the one before when left out")
    sub.add_argument("--alles", action="store_true", help="every change, not the first few of each kind")
    sub = _action(actions, "rapport", _report, "the half-year report: frozen with its release, as pages and as PDF")
    sub.add_argument("--periode", metavar="2026H1", required=True, help="the half year")
    sub.add_argument("--opnieuw", action="store_true", help="a next version, which says what changed and why")
    sub.add_argument("--asof", metavar="RELEASE|DATE", help="an earlier release, or the last one on or before a date")
    sub = _action(actions, "sjabloon", _template, "a workbook to fill in, with what is known of the plan in it")
    sub.add_argument("--to", type=Path, metavar="FILE", help="orba_NAAM.xlsx in this folder when left out")


def _nothing(_args: argparse.Namespace) -> int:
    return OK  # an action is asked


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    text: str,
) -> argparse.ArgumentParser:
    """An action of this command, on the plan of one city."""
    sub = actions.add_parser(name, help=text, description=text)

    def of_its_city(args: argparse.Namespace) -> int:
        if (own := own_city()) and args.city.lower() != own:
            raise Failure(f"obmi --eigen {own} is about the plan of {own}; name that city, or leave --eigen out")
        return run(args)

    sub.set_defaults(run=of_its_city)
    sub.add_argument("--city", metavar="NAAM", required=True)
    return sub


def _plan(args: argparse.Namespace) -> int:
    from pipelines.orba.editions import Editions
    from pipelines.orba.intake import told_plan

    stad = args.city.lower()
    known("city", [stad], [city.stad for city in load_cities()])
    print("\n".join(told_plan(Editions(load_home(), stad), args.sinds, full=args.alles)))
    return OK


def _template(args: argparse.Namespace) -> int:
    from pipelines.orba.editions import Editions
    from pipelines.orba.hand_over import PREFIX, city_of, figures_of
    from pipelines.orba.template_book import write_template

    home, city = load_home(), city_of(f"{PREFIX}{args.city.lower()}")
    if city is None:
        known("city", [args.city], [c.stad for c in load_cities()])
    path = args.to or Path(f"{PREFIX}{city.stad}.xlsx")
    plan = Editions(home, city.stad).plan()
    write_template(path, plan, figures_of(home, city), city.naam)
    print(f"{path}: versie {plan.versie} van het plan van {city.naam}")
    print(f"geef het terug met obmi drop {PREFIX}{city.stad} {path}")
    return OK


def _report(args: argparse.Namespace) -> int:
    from pipelines.orba.editions import Editions
    from pipelines.orba.report import half_year_report

    home, stad, cities = load_home(), args.city.lower(), {city.stad: city for city in load_cities()}
    known("city", [stad], [*cities])
    with home.lock():  # it keeps its release, and no refresh may pack that meanwhile
        plan = Editions(home, stad).plan()
        made = half_year_report(home, cities[stad], plan, args.periode, args.opnieuw, args.asof, own=bool(own_city()))
    what = "made" if made.new else "as it was made"
    print(f"{made.folder}: {what}, on release {made.content.release['release']}, as of {made.content.op}")
    return OK
