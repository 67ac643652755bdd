"""Commands that bring figures in: refresh, diff, drop, new, sources."""

from __future__ import annotations

import argparse
import getpass
import json
import os
from pathlib import Path
from typing import Any

from pipelines.commands.common import OK, PARTLY, Add, Failure, home_of_all_or_one, known, landings_of, project
from pipelines.config import load_home, load_settings
from pipelines.describe.catalogue import City


def commands(add: Add) -> None:
    """The commands of this module and their options."""
    sub = add("refresh", _refresh, "one refresh: land, check, build, publish")
    sub.add_argument(
        "--profile", choices=["voorbeeld", "live"], default="voorbeeld", help="built-in figures or live addresses"
    )
    sub.add_argument("--dataset", action="append", metavar="ID", help="only this dataset; may be repeated")
    sub.add_argument("--city", action="append", metavar="NAAM", help="accept news for this city only; may be repeated")
    sub = add(
        "diff",
        _diff,
        "what the next refresh would change, or what changed between two releases",
    )
    told = "two releases, by name, pin or day; one is held against the current one, none against the next refresh"
    sub.add_argument("releases", nargs="*", metavar="RELEASE|DATE", help=told)
    sub.add_argument("--profile", choices=["voorbeeld", "live"], default="voorbeeld", help="as of refresh")
    sub.add_argument("--dataset", action="append", metavar="ID", help="only this dataset; may be repeated")
    sub.add_argument("--json", action="store_true", help="all changes, for a machine")
    sub = add("drop", _drop, "hand over files; they enter the next refresh through the same gate")
    sub.add_argument("dataset", metavar="DATASET")
    sub.add_argument("files", nargs="*", type=Path, metavar="FILE")
    sub.add_argument("--by", metavar="NAAM", help="who hands it over; your login when left out")
    sub.add_argument("--city", metavar="NAAM", help="whose files they are, where each city gives its own", default="")
    sub.add_argument(
        "--withdraw", action="store_true", help="take back the newest delivery, which was refused or waits"
    )
    sub = add("new", _new, "describe a new dataset from a sample file: description, checks and subjects")
    sub.add_argument("dataset", metavar="DATASET", help="<uitgever>_<dataset>")
    sub.add_argument("--from", dest="file", type=Path, required=True, metavar="FILE", help="the sample file")
    sub.add_argument("--answers", type=Path, metavar="FILE", help="answers in YAML, where there is no terminal")
    sub.add_argument("--sheet", action="append", metavar="NAME", help="the sheet of a workbook that holds the figures")
    sub.add_argument("--to", type=Path, metavar="FOLDER", help="where to write; the checkout when left out")
    sub = add("sources", _sources, "all datasets that are described, and which are proven on a real file")
    sub.add_argument("--json", action="store_true")
    tried = "ask each address, or that of one dataset, for a first page: what would happen; nothing lands"
    sub.add_argument("--try", dest="probed", nargs="?", const="", metavar="DATASET", help=tried)
    sub.add_argument("--to", type=Path, metavar="FILE", help="with --try: write what is told to a file as well")


def _refresh(args: argparse.Namespace) -> int:
    from pipelines.publish.summary import summary
    from pipelines.refresh import refresh

    if args.dataset or args.city:  # else the refresh reads the project by itself, once
        declared = project()
        known("dataset", args.dataset, list(declared.datasets))
        known("city", args.city, [c.stad for c in declared.cities])
    home = load_home()
    report = refresh(home, load_settings(), args.profile, args.dataset, args.city, _progress)
    print("\n".join(summary(report, home)))
    return report.exit_code


def _diff(args: argparse.Namespace) -> int:
    from pipelines.preview import preview
    from pipelines.publish.changes import as_text

    if args.releases:
        found = _between(args.releases)
        print(json.dumps(found, indent=1, ensure_ascii=False) if args.json else as_text(found))
        return OK
    if args.dataset:  # else the preview reads the project by itself, once
        known("dataset", args.dataset, list(project().datasets))

    def say(who: str, text: str) -> None:
        if not args.json and text != "ongewijzigd":
            _progress(who, text)

    found = preview(load_home(), load_settings(), args.profile, args.dataset, say)
    print(json.dumps(found, indent=1, ensure_ascii=False) if args.json else as_text(found))
    return OK


def _between(releases: list[str]) -> dict[str, Any]:
    """What changed from the first release to the second, or to the current one."""
    from pipelines.publish.causes import causes
    from pipelines.publish.changes import compare_releases
    from pipelines.publish.recorded import record_of
    from pipelines.publish.releases import database_path, find_release

    if len(releases) > 2:
        raise Failure(f"two releases are held against each other, and {len(releases)} are named; name one or two")
    home = load_home()
    first, second = sorted(
        (find_release(home, asked) for asked in [*releases, *[None] * (2 - len(releases))]),
        key=lambda m: m["volgnummer"],
    )
    records = [record_of(home, m["release"]) for m in (first, second)]
    why = causes(home, *records) if records[1] else {}
    return compare_releases((database_path(home, first), database_path(home, second)), why)


def _progress(who: str, text: str) -> None:
    print(f"  {who:<46} {text}", flush=True)


def _drop(args: argparse.Namespace) -> int:
    from pipelines.ingest.drop import drop
    from pipelines.orba.hand_over import city_of

    if city := city_of(args.dataset):
        return _drop_plan(args, city)
    declared, home = project(), home_of_all_or_one()
    known("dataset", [args.dataset], list(declared.datasets))
    spec = declared.datasets[args.dataset]
    if args.withdraw:
        if args.files:
            raise Failure(
                "--withdraw takes back what was refused or waits, and takes no file; leave out one of the two"
            )
        with home.lock():
            if not landings_of(declared)[spec.id].withdraw():
                raise Failure(
                    f"the newest delivery of {spec.id} was not refused and does not wait; nothing to withdraw"
                )
        print(f"{spec.id}: the newest delivery is withdrawn")
        return OK
    delivery = drop(spec, args.files, home, args.by or _login(), args.city)
    for file in delivery.files:
        print(
            f"{spec.id}: took over {file.name} ({file.size:,} bytes, sha256 {file.sha256[:12]}); "
            "it enters the next refresh"
        )
    return OK


def _drop_plan(args: argparse.Namespace, city: City) -> int:
    """What is handed over of a city's plan; another exit code where not all of it was taken."""
    from pipelines.orba.hand_over import hand_over

    if args.withdraw or args.city:
        raise Failure(f"{args.dataset} is the plan of one city and is never taken back; hand over a corrected file")
    done = [hand_over(load_home(), city, path, args.by or _login()) for path in args.files]
    print("\n".join(line for one in done for line in one.lines))
    return PARTLY if any(one.refused for one in done) else OK


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return str(os.getuid())


def _new(args: argparse.Namespace) -> int:
    from pipelines.describe.specfile import ROOT
    from pipelines.scaffold.new import new, outcome
    from pipelines.scaffold.questions import Answers

    to = args.to or ROOT
    answers = Answers.load(args.answers, print, **({"bladen": args.sheet} if args.sheet else {}))
    print(outcome(args.dataset, args.file, to, new(args.dataset, args.file, answers, to, print)))
    return OK


def _sources(args: argparse.Namespace) -> int:
    import pyarrow as pa

    from pipelines.publish.provenance import described_rows
    from pipelines.publish.show import as_table

    if args.probed is not None:
        return _try(args.probed, args.to)
    if args.to:
        raise Failure("--to writes what --try is told; give both")
    rows = described_rows(landings_of(project()))
    if args.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return OK
    print(as_table(pa.Table.from_pylist(rows)))
    proven = sum(1 for r in rows if r["status"] == "bewezen")
    print(f"\n{len(rows)} datasets: {proven} proven on a real file, {len(rows) - proven} untested")
    return OK


def _try(dataset: str, to: Path | None) -> int:
    from pipelines.probe import lines, probe, report

    declared = project()
    known("dataset", [dataset] if dataset else [], list(declared.datasets))
    chosen = [dataset] if dataset else list(declared.datasets)
    found = probe(landings_of(declared), chosen, load_settings(), lambda one: print("\n".join(lines(one)), flush=True))
    if not found:
        raise Failure(f"{dataset} has no address; hand over its file with obmi drop")
    print(f"\n{sum(1 for one in found if one.is_as_described)} of {len(found)} addresses give what is described")
    if to:
        to.write_text(report(found), encoding="utf-8")
        print(f"written to {to}")
    return OK
