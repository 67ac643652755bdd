"""Commands that read a release: query, zoek, herkomst, maturiteit, verwerking, catalogus, profiel, site,
export, path, gebieden."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from pipelines.commands.common import EIGEN, OK, Add, on_release, own_data, reads_a_release, release_in_place
from pipelines.config import load_home, load_settings
from pipelines.publish.releases import ReleaseError


def commands(plain: Add) -> None:
    """The commands of this module and their options."""

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        return reads_a_release(plain(name, run, text))

    sub = add("query", _query, "ask a release a question in SQL (tables as mart.waarneming)")
    sub.add_argument("sql", metavar="SQL")
    sub.add_argument("--city", metavar="NAAM", help="the file of one city")
    sub.add_argument("--territory", type=int, metavar="JAAR", help="municipalities as they were in this year")
    sub.add_argument("--format", choices=["table", "csv", "json"], default="table")
    sub = add("zoek", _find, "which subjects a word is about, also misspelt or by another name")
    sub.add_argument("words", nargs="+", metavar="WOORD")
    sub = add("herkomst", _origin, "where a figure comes from: formula, rows, files, checks; computed again")
    sub.add_argument("topic", metavar="ONDERWERP")
    sub.add_argument("area", metavar="GEBIED", help="name or code")
    sub.add_argument("period", metavar="PERIODE", nargs="?", help="the last one with a figure when left out")
    sub.add_argument("--level", metavar="NIVEAU", help="the area level, where a name or code is on more than one")
    sub = add("maturiteit", _maturity, "data maturity per city, and the steps that bring most points")
    sub.add_argument("city", nargs="?", metavar="STAD")
    sub = add("verwerking", _processing, "the register of processing (GDPR, article 30) of a release, as a page")
    sub.add_argument("--city", metavar="NAAM", help="with what only that city may see")
    add("catalogus", _catalogue, "where the catalogue of the release lies: DCAT-AP in Turtle and JSON-LD, and tables")
    sub = add("profiel", _profiel, "one area: latest figures with interval, rank, comparisons, trend and peers")
    sub.add_argument("area", metavar="GEBIED", help="name or code of a municipality, province, region, or vgc")
    sub = add("site", _site, "websites of a release: a folder per city and one for the thirteen, for any web server")
    sub.add_argument("--city", metavar="NAAM", help="one city alone, or centrumsteden")
    sub.add_argument("--to", type=Path, metavar="MAP", help="where the folders come; site in the home when left out")
    sub = add("export", _export, "a release as upload files for Swing, or as Parquet, CSV, XLSX or JSON-stat")
    sub.add_argument("topics", nargs="*", metavar="ONDERWERP", help="these subjects alone; all when left out")
    sub.add_argument("--to", type=Path, metavar="MAP", required=True, help="a folder that is new or empty")
    sub.add_argument("--format", choices=["swing", "parquet", "csv", "xlsx", "jsonstat"], default="swing")
    sub = add("path", _path, "path of the current DuckDB file")
    sub.add_argument("--city", metavar="NAAM")
    sub = plain("gebieden", _gebieden, "what a merger of municipalities changes")
    actions = sub.add_subparsers(dest="action", required=True, metavar="ACTION")
    sub = reads_a_release(
        actions.add_parser("diff", help="areas, codes and provinces that change, and what our cities lose")
    )
    sub.add_argument("before", metavar="A", help="a version (gemeente2024) or a year")
    sub.add_argument("after", metavar="B", help="a later one, or the name that FILE gives the next version")
    sub.add_argument("--with", dest="announced", type=Path, metavar="FILE", help="van_niveau;van;naar_niveau;naar")
    sub.add_argument("--json", action="store_true")


def _query(args: argparse.Namespace) -> int:
    from pipelines.publish.query import run

    def answer(path: Path) -> None:
        sys.stdout.writelines(run(path, args.sql, args.format, load_settings().query, args.territory))

    on_release(args, answer, args.city)
    return OK


def _find(args: argparse.Namespace) -> int:
    from pipelines.publish.finding import find
    from pipelines.publish.show import as_table

    print(as_table(on_release(args, lambda path: find(path, " ".join(args.words)))))
    return OK


def _origin(args: argparse.Namespace) -> int:
    from pipelines.landing.landings import Landings
    from pipelines.project import Project
    from pipelines.publish.origin import Known, herkomst
    from pipelines.transform.waiting import with_figures

    declared, home, city = Project.load(load_settings()), load_home(), EIGEN.get()
    landings = Landings(home, declared.datasets)
    used = declared.in_use(landings)
    known = [Known(home, declared.datasets)]
    topics = used.topics
    if city:
        own = own_data(used)
        known.append(Known(own.home, own.datasets))
        topics = with_figures(own.topics, Landings(own.home, own.datasets).beside(landings).in_use())
    asked = {n: getattr(args, n) for n in ("topic", "area", "level", "period")}
    print(on_release(args, lambda path: herkomst(path, known, topics, declared.settings, asked), city or None))
    return OK


def _maturity(args: argparse.Namespace) -> int:
    from pipelines.publish.maturity_report import of_city, overview

    print(on_release(args, lambda path: of_city(path, args.city.lower()) if args.city else overview(path)))
    return OK


def _processing(args: argparse.Namespace) -> int:
    from pipelines.publish.processing_page import processing_page

    print(on_release(args, processing_page, args.city))
    return OK


def _catalogue(args: argparse.Namespace) -> int:
    folder = release_in_place(load_home(), args.asof, None).parent
    parts = [folder / name for name in ("catalogus.ttl", "catalogus.jsonld", "tabellen")]
    if not parts[0].exists():
        raise ReleaseError(f"{folder} has no catalogue; run obmi refresh to make a release that has")
    print("\n".join(map(str, parts)))
    return OK


def _profiel(args: argparse.Namespace) -> int:
    from pipelines.publish.profile import profile

    print(on_release(args, lambda path: profile(path, args.area)))
    return OK


def _site(args: argparse.Namespace) -> int:
    from pipelines.orba.report import public_goals
    from pipelines.site.make import make_websites

    home, asked = load_home(), args.city and args.city.lower()
    to = args.to or home.root / "site"
    on_release(args, lambda path: make_websites(path, to, asked, print, public_goals(home, path)))
    return OK


def _export(args: argparse.Namespace) -> int:
    from pipelines.export.open_forms import write_tables
    from pipelines.export.swing import write_swing

    if args.to.exists() and any(args.to.iterdir()):
        raise ReleaseError(f"{args.to} has files in it, which would stand between these; name a new folder")
    if args.format != "swing":
        files = on_release(args, lambda path: write_tables(args.format, path, args.to, args.topics, print))
        print(f"{files} files in {args.to}")
        return OK
    made = on_release(args, lambda path: write_swing(path, args.to, args.topics, print))
    print(
        f"{made.subjects} subjects in {made.files} files in {args.to}: {made.cells:,} cells, {made.formulas} rates as "
        f"formulas, {made.left_to_swing:,} cells that Swing adds up to the same"
    )
    if made.without_year:
        print(f"{made.without_year:,} figures of months, quarters and school years are not in it; obmi query has them")
    return OK


def _path(args: argparse.Namespace) -> int:
    print(release_in_place(load_home(), args.asof, args.city))
    return OK


def _gebieden(args: argparse.Namespace) -> int:
    from pipelines.publish.merger import as_text, diff

    found = on_release(args, lambda path: diff(path, args.before, args.after, args.announced))
    print(json.dumps(found, indent=1, ensure_ascii=False) if args.json else as_text(found))
    return OK
