"""The command on who may come in at `make serve`: users."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from pipelines.commands.common import OK, Add, Failure, known
from pipelines.config import load_home

if TYPE_CHECKING:
    from pipelines.serve.people import People

CHANGES = ("add", "set", "password", "block", "allow", "out", "remove")


def commands(add: Add) -> None:
    """The command of this module and its options."""
    sub = add("users", _users, "who may log in at make serve, with which role; a password is asked, or read from stdin")
    sub.add_argument("change", nargs="?", choices=CHANGES, help="shows everybody when left out")
    sub.add_argument("naam", nargs="?", metavar="NAAM")
    sub.add_argument("--role", metavar="ROL", help="lezer, analist or beheerder")
    sub.add_argument("--city", metavar="STAD", help="the city that somebody works for; '' for none")
    sub.add_argument("--json", action="store_true")


def _users(args: argparse.Namespace) -> int:
    from pipelines.describe.catalogue import load_cities
    from pipelines.serve.people import People, private_folder
    from pipelines.serve.trail import Audit

    home = load_home()
    people = People(home)
    if args.change is None:
        return _show(people, args.json)
    if not args.naam:
        raise Failure(f"say whom: obmi users {args.change} NAAM")
    known("city", [args.city] if args.city else None, [c.stad for c in load_cities()])
    _change(people, args)
    audit = Audit(private_folder(home), turns=False)
    audit.tell(f"users {args.change}", None, "", "gelukt", over=args.naam, door=getpass.getuser())
    print(f"{args.naam}: {args.change}, done")
    return OK


def _show(people: People, as_json: bool) -> int:
    everybody = people.everybody()
    if as_json:
        print(json.dumps([asdict(p) for p in everybody], indent=1))
        return OK
    for p in everybody:
        state = "" if p.actief else "blocked"
        print(f"{p.naam:<24} {p.rol:<10} {p.stad:<14} {state or ('first password' if p.eerste_tot else '')}")
    print(f"{len(everybody)} people" if everybody else "nobody yet: obmi users add NAAM --role beheerder")
    return OK


def _change(people: People, args: argparse.Namespace) -> None:
    told = {"rol": args.role, "stad": args.city}
    changed = {column: value for column, value in told.items() if value is not None}
    match args.change:
        case "add":
            if args.role is None:
                raise Failure(f"say in which role: obmi users add {args.naam} --role lezer, analist or beheerder")
            people.add(args.naam, args.role, args.city or "", _asked(args.naam))
        case "set":
            if not changed:
                raise Failure("say what changes, with --role or --city")
            people.change(args.naam, **changed)
        case "password":
            people.set_password(args.naam, _asked(args.naam), own=False)
        case "block" | "allow":
            people.change(args.naam, actief=int(args.change == "allow"))
        case "out":
            people.end(args.naam)
        case "remove":
            people.remove(args.naam)


def _asked(name: str) -> str:
    """A first password, which its owner changes when logging in; never an argument, which others on the machine see."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(f"First password of {name}, to be changed within seven days: ")
    if getpass.getpass("Once more: ") != first:
        raise Failure("the two are not the same; try again")
    return first
