"""The `obmi` command."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from pipelines.config import load_home, load_settings
from pipelines.home import Problem

OK, NOTHING = 0, 20


class Failure(Problem):
    """A command that cannot do what was asked."""


def parser() -> argparse.ArgumentParser:
    """Every command and its options."""
    top = argparse.ArgumentParser(prog="obmi", description="City indicators that a city can defend.")
    top.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    sub = add("refresh", _refresh, "one refresh: land, check, build, publish")
    sub.add_argument(
        "--profile", choices=["voorbeeld", "live"], default="voorbeeld", help="built-in figures or live addresses"
    )
    sub.add_argument("--dataset", action="append", metavar="ID", help="only this dataset; may be repeated")
    sub.add_argument("--city", action="append", metavar="NAAM", help="accept news for this city only; may be repeated")
    sub = add("drop", _drop, "hand over files; they enter the next refresh through the same gate")
    sub.add_argument("dataset", metavar="DATASET")
    sub.add_argument("files", nargs="*", type=Path, metavar="FILE")
    sub.add_argument("--withdraw", action="store_true", help="take back the newest delivery, which was refused")
    sub = add("new", _new, "describe a new dataset from a sample file: description, checks and subjects")
    sub.add_argument("dataset", metavar="DATASET", help="<uitgever>_<dataset>")
    sub.add_argument("--from", dest="file", type=Path, required=True, metavar="FILE", help="the sample file")
    sub.add_argument("--answers", type=Path, metavar="FILE", help="answers in YAML, where there is no terminal")
    sub.add_argument("--to", type=Path, metavar="FOLDER", help="where to write; the checkout when left out")
    sub = add("sources", _sources, "all datasets that are described, and which are proven on a real file")
    sub.add_argument("--json", action="store_true")
    sub = add("status", _status, "per dataset and city: state, version, age, reason, check, last good")
    sub.add_argument("--json", action="store_true")
    sub = add("query", _query, "ask a release a question in SQL (tables as mart.waarneming)")
    sub.add_argument("sql", metavar="SQL")
    sub.add_argument("--city", metavar="NAAM", help="the file of one city")
    sub.add_argument("--asof", metavar="RELEASE|DATE", help="an earlier release, or the last one on or before a date")
    sub.add_argument("--territory", type=int, metavar="JAAR", help="municipalities as they were in this year")
    sub.add_argument("--format", choices=["table", "csv", "json"], default="table")
    sub = add("maturiteit", _maturity, "data maturity per city, and the steps that bring most points")
    sub.add_argument("city", nargs="?", metavar="STAD")
    sub = add("catalogus", _catalogue, "the catalogue of the release in DCAT-AP, and its metadata quality score")
    sub.add_argument("--at", metavar="URL", help="where the folder of the release is served, to see what answers")
    sub = add("profiel", _profiel, "one area: latest figures with interval, rank, comparisons, trend and peers")
    sub.add_argument("area", metavar="GEBIED", help="name or code of a municipality, province, region, or vgc")
    sub = add("path", _path, "path of the current DuckDB file")
    sub.add_argument("--city", metavar="NAAM")
    sub = add("gebieden", _gebieden, "what a merger of municipalities changes")
    actions = sub.add_subparsers(dest="action", required=True, metavar="ACTION")
    sub = actions.add_parser("diff", help="areas, codes and provinces that change, and what our cities lose")
    sub.add_argument("before", metavar="A", help="a version (gemeente2024) or a year")
    sub.add_argument("after", metavar="B", help="a later one, or the name that FILE gives the next version")
    sub.add_argument("--with", dest="announced", type=Path, metavar="FILE", help="van_niveau;van;naar_niveau;naar")
    sub.add_argument("--json", action="store_true")
    add("releases", _releases, "all releases")
    sub = add("verify", _verify, "check that a release is what was published")
    sub.add_argument("release", nargs="?", metavar="RELEASE")
    sub = add("rollback", _rollback, "point readers to an earlier release")
    sub.add_argument("release", metavar="RELEASE")
    return top


def main(argv: list[str] | None = None) -> int:
    """Run a command; errors are one sentence on stderr, a traceback only with --debug."""
    args = parser().parse_args(argv)
    try:
        return args.run(args)
    except BrokenPipeError:
        return OK
    except Problem as err:
        if args.debug:
            raise
        print(f"obmi: {err}", file=sys.stderr)
        return err.code
    except (OSError, duckdb.IOException, duckdb.TransactionException, duckdb.OutOfMemoryException) as err:
        if args.debug:
            raise
        named = isinstance(err, OSError) and err.filename
        what = f"{err.filename}: {err.strerror}" if named else str(err).splitlines()[0]
        print(f"obmi: {what}; free space or mend the rights, the last release stays as it was", file=sys.stderr)
        return NOTHING


def _project() -> Any:
    from pipelines.refresh import Project

    return Project.load(load_settings())


def _refresh(args: argparse.Namespace) -> int:
    from pipelines.publish.summary import summary
    from pipelines.refresh import refresh

    project = _project()
    _known("dataset", args.dataset, list(project.datasets))
    _known("city", args.city, [c.stad for c in project.cities])
    home = load_home()
    report = refresh(home, load_settings(), args.profile, args.dataset, args.city, _progress)
    print("\n".join(summary(report, home)))
    return report.exit_code


def _known(what: str, asked: list[str] | None, known: list[str]) -> None:
    for name in asked or []:
        if name not in known:
            raise Failure(f"no {what} is named '{name}'; choose from {', '.join(known)}")


def _progress(who: str, text: str) -> None:
    print(f"  {who:<46} {text}", flush=True)


def _drop(args: argparse.Namespace) -> int:
    from pipelines.ingest.drop import drop
    from pipelines.ingest.landing import Landing

    datasets = _project().datasets
    _known("dataset", [args.dataset], list(datasets))
    spec, home = datasets[args.dataset], load_home()
    if args.withdraw:
        if args.files:
            raise Failure("--withdraw takes back what was refused and takes no file; leave out one of the two")
        with home.lock():
            if not Landing(home, spec).withdraw():
                raise Failure(f"the newest delivery of {spec.id} was not refused, so there is nothing to withdraw")
        print(f"{spec.id}: the refused delivery is withdrawn")
        return OK
    delivery = drop(spec, args.files, home)
    for file in delivery.files:
        print(
            f"{spec.id}: took over {file.name} ({file.size:,} bytes, sha256 {file.sha256[:12]}); "
            "it enters the next refresh"
        )
    return OK


def _new(args: argparse.Namespace) -> int:
    from pipelines.scaffold.new import new, outcome
    from pipelines.specfile import ROOT

    to = args.to or ROOT
    print(outcome(args.dataset, args.file, to, new(args.dataset, args.file, args.answers, to, print)))
    return OK


def _sources(args: argparse.Namespace) -> int:
    import pyarrow as pa

    from pipelines.publish.describe import described_rows
    from pipelines.publish.show import as_table

    rows = described_rows(load_home(), _project().datasets)
    if args.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return OK
    print(as_table(pa.Table.from_pylist(rows)))
    proven = sum(1 for r in rows if r["status"] == "bewezen")
    print(f"\n{len(rows)} datasets: {proven} proven on a real file, {len(rows) - proven} untested")
    return OK


def _status(args: argparse.Namespace) -> int:
    from pipelines.publish.releases import current_release
    from pipelines.publish.status import status_rows

    project, home = _project(), load_home()
    shown = project.taking_part(home, "voorbeeld")
    rows = status_rows(home, shown, project.cities)
    current = current_release(home)
    if args.json:
        print(json.dumps({"release": current and current["release"], "datasets": rows}, indent=1, ensure_ascii=False))
        return OK
    print(f"release {current['release']}, made {current['gemaakt_op']} UTC" if current else "no release yet")
    for row in rows:
        age = (
            ""
            if row["age_days"] is None
            else f"accepted {row['last_good']} ({row['age_days']} days ago), version {row['version'][:12]}"
        )
        print(f"{row['dataset']:<26} {row['state']:<10} {age}")
        if row["reason"]:
            print(f"{'':<27}why: {row['reason']}")
        for city, own in row["cities"].items():
            if own["state"] == "vastgehouden":
                print(f"{'':<27}{city}: held back by check '{own['check']}', its last good figures stay")
    if others := len(project.datasets) - len(shown):
        print(f"{others} more datasets are described and nothing of them is here yet: obmi sources")
    return OK


def _release_file(home: Any, asof: str | None, city: str | None) -> Path:
    from pipelines.publish.releases import database_path, find_release

    return database_path(home, find_release(home, asof), city)


def _query(args: argparse.Namespace) -> int:
    from pipelines.publish.query import run
    from pipelines.publish.show import as_csv, as_json, as_table

    path = _release_file(load_home(), args.asof, args.city)
    result = run(path, args.sql, load_settings().query, args.territory)
    print({"table": as_table, "csv": as_csv, "json": as_json}[args.format](result))
    return OK


def _maturity(args: argparse.Namespace) -> int:
    from pipelines.publish.maturity import of_city, overview

    path = _release_file(load_home(), None, None)
    print(of_city(path, args.city.lower()) if args.city else overview(path))
    return OK


def _catalogue(args: argparse.Namespace) -> int:
    from pipelines.ingest.http import answers
    from pipelines.publish.mqa import as_text, read, score

    path = _release_file(load_home(), None, None)
    print(f"{path.parent / 'catalogus.ttl'}\n")
    print(as_text(score(read(path.parent, args.at), answers if args.at else None)))
    return OK


def _profiel(args: argparse.Namespace) -> int:
    from pipelines.publish.profile import profile

    print(profile(_release_file(load_home(), None, None), args.area))
    return OK


def _path(args: argparse.Namespace) -> int:
    print(_release_file(load_home(), None, args.city))
    return OK


def _gebieden(args: argparse.Namespace) -> int:
    from pipelines.publish.merger import as_text, diff

    found = diff(_release_file(load_home(), None, None), args.before, args.after, args.announced)
    print(json.dumps(found, indent=1, ensure_ascii=False) if args.json else as_text(found))
    return OK


def _releases(args: argparse.Namespace) -> int:
    from pipelines.publish.releases import current_release, list_releases

    home = load_home()
    current = current_release(home)
    for m in list_releases(home):
        mark = "*" if current and m["release"] == current["release"] else " "
        print(
            f"{mark} {m['release']}  made {m['gemaakt_op']} UTC  "
            f"{m['cijfers']:>9,} figures  {m['revisies']:>7,} revised"
        )
    return OK


def _verify(args: argparse.Namespace) -> int:
    from pipelines.publish.releases import find_release, verify

    home = load_home()
    manifest = find_release(home, args.release)
    verify(home, manifest)
    print(f"{manifest['release']}: {len(manifest['bestanden'])} files, every one as published")
    return OK


def _rollback(args: argparse.Namespace) -> int:
    from pipelines.publish.releases import rollback

    home = load_home()
    with home.lock():
        manifest = rollback(home, args.release)
    print(f"readers now get {manifest['release']}, made {manifest['gemaakt_op']} UTC")
    return OK


if __name__ == "__main__":
    sys.exit(main())
