"""`make proof`: every city tries at the data that each other city has of its own; in `make long-proof` all thirteen.

By path, ATTACH, query, as-of, rollback, catalogue, exports, websites, logs and the history of Dagster, and as another
account of the operating system with the rights that docs/settings.md gives it. Each way is tried on its own data too,
where it must succeed. All data of the cities here is made up, and says so.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import duckdb
from backports import zstd
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster_graphql.test.utils import execute_dagster_graphql

from pipelines.config import Query
from pipelines.describe.specfile import ROOT
from pipelines.publish.query import QueryError, run
from pipelines.serve.daemon import target
from tests.helpers import alone, obmi, query, refreshed
from tests.homes import made_once
from tests.own import CITIES, DATASET, RATE, SUBJECT, deliver, describe, everything, figure, own_home, word

THIRTEEN = [c.stad for c in CITIES.values() if c.nis_code]
ALL, READERS, FIRST = 51000, 51001, 51100  # the groups obmi and obmi-lezers, and of the first city; and the accounts
FACTS = """metadataEntries { label description ... on TextMetadataEntry { text } ... on MarkdownMetadataEntry { mdStr }
  ... on JsonMetadataEntry { jsonString } ... on PathMetadataEntry { path } ... on UrlMetadataEntry { url }
  ... on IntMetadataEntry { intValue } ... on FloatMetadataEntry { floatValue }
  ... on TableMetadataEntry { table { records } } }"""
QUESTIONS = (
    f"""query {{ assetNodes {{ id description groupName jobNames opNames partitionKeys assetKey {{ path }} {FACTS}
      assetMaterializations(limit: 50) {{ label description partition tags {{ key value }} {FACTS} }}
      assetObservations(limit: 50) {{ label description tags {{ key value }} {FACTS} }} }} }}""",
    f"""query {{ assetsOrError {{ ... on AssetConnection {{ nodes {{ key {{ path }} definition {{ assetChecksOrError {{
      ... on AssetChecks {{ checks {{ name description executionForLatestMaterialization {{ status evaluation {{
      description {FACTS} }} }} }} }} }} }} }} }} }} }}""",
    f"""query {{ runsOrError {{ ... on Runs {{ results {{ runId jobName status runConfigYaml tags {{ key value }}
      eventConnection {{ events {{ __typename ... on MessageEvent {{ message eventType }}
      ... on MaterializationEvent {{ {FACTS} }} ... on HandledOutputEvent {{ {FACTS} }} }} }} }} }} }} }}""",
    """query { repositoriesOrError { ... on RepositoryConnection { nodes { name jobs { name description }
      schedules { name description cronSchedule } sensors { name description } } } } }""",
)
FORMATS = ("swing", "parquet", "csv", "xlsx", "jsonstat")


def main() -> int:
    owners = THIRTEEN[: int(sys.argv[1])]
    if "--inside" not in sys.argv:
        return _with_groups()
    with tempfile.TemporaryDirectory(prefix="obmi-") as folder:
        root = Path(folder)
        root.chmod(0o711)
        shutil.copyfile(ROOT / "dagster.yaml", root / "dagster.yaml")
        home = root / "home"
        os.environ |= {"OBMI_HOME": str(home), "OBMI_CONFIG": str(root / "obmi.toml"), "DAGSTER_HOME": str(root)}
        before = _prepared(home, owners)
        tried: Counter[str] = Counter()
        got: list[str] = []
        _look_equal(before, home, owners, tried, got)
        _look_at_bytes(root, home, owners, tried, got)
        _look_at_commands(root, home, owners, tried, got)
        for city in owners:
            _try_in_a_box(home, city, owners, tried, got)
            _try_as_account(home, city, owners, tried, got)
        _try_as_account(home, "", owners, tried, got)
    pairs = len(owners) * (len(owners) - 1)
    print(f"{len(owners)} cities with data of their own, {pairs} pairs")
    for way, number in tried.items():
        print(f"  {way:<64}{number:>6}")
    print(f"{sum(tried.values())} attempts, {len(got)} that got something")
    print("\n".join(got[:20]))
    return bool(got)


def _with_groups() -> int:
    """Do all of it where the groups exist, which they do in no other process."""
    if os.geteuid() or not shutil.which("unshare"):
        print("skipped: another account of the operating system needs root and unshare")
        return 0
    with tempfile.NamedTemporaryFile("w") as groups:
        groups.write(Path("/etc/group").read_text(encoding="utf-8"))
        groups.write(f"obmi:x:{ALL}:\nobmi-lezers:x:{READERS}:\n")
        groups.write("".join(f"obmi-{c}:x:{FIRST + i}:\n" for i, c in enumerate(THIRTEEN)))
        groups.flush()
        again = [sys.executable, "-m", "tests.proof.own_data", sys.argv[1], "--inside"]
        mounted = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/group && exec "$@"', groups.name]
        return subprocess.run([*mounted, *again], check=False).returncode


def _prepared(home: Path, owners: list[str]) -> Path:
    """A home as docs/settings.md has it, with three releases of which all but the first hold what is a city's own; the
    release of the same inputs without it."""
    plain = made_once("released", refreshed)
    shutil.copytree(plain, home, symlinks=True)
    told = [f'{name} = "{group}"' for name, group in (("alles", "obmi"), *((c, f"obmi-{c}") for c in owners))]
    config = alone() + "[releases.groups]\n" + "\n".join(told) + "\n"
    Path(os.environ["OBMI_CONFIG"]).write_text(config, encoding="utf-8")
    for path in (home, *home.rglob("*")):
        if not path.is_symlink():
            os.chown(path, 0, ALL)
            path.chmod(0o2750 if path.is_dir() else 0o640)
    for path in (home, home / "releases"):
        os.chown(path, 0, READERS)
    for city in owners:
        _hand_over(city, describe(home, city))
    _expect(obmi("refresh"))
    for city in owners:
        _hand_over(city, deliver(home, city, 1))
    _expect(obmi("refresh"))
    _expect(obmi("pin", _releases(home)[1], "begroting"))
    for city in owners:
        _hand_over(city, deliver(home, city, 2))
    job = _job()
    assert job.success, "the job that publishes"
    assert len(_releases(home)) == 4, _releases(home)
    for city in owners:
        asked = f"SELECT waarde FROM mart.waarneming WHERE onderwerp = '{SUBJECT}' AND gebiedsniveau = 'gemeente' "
        asked += f"AND gebied = '{CITIES[city].gemeenten[0]}' AND periode = '2021'"
        assert query(home, asked, city) == [(figure(city) + 2,)], city
    return plain


def _job() -> dg.ExecuteInProcessResult:
    from pipelines.definitions import defs

    with dg.DagsterInstance.get() as instance:
        return defs.resolve_job_def("publicatie").execute_in_process(instance=instance)


def _hand_over(city: str, file: Path) -> None:
    _expect(obmi("--eigen", city, "drop", DATASET, file))
    file.unlink()


def _expect(result: object) -> None:
    assert result.code == 0, result


def _releases(home: Path) -> list[str]:
    return sorted(p.name for p in (home / "releases").iterdir() if p.is_dir())


def _look_equal(plain: Path, home: Path, owners: list[str], tried: Counter[str], got: list[str]) -> None:
    """What everybody gets is, table by table, what it is without any of it."""
    names = ["obmi.duckdb", *(f"steden/{c}.duckdb" for c in CITIES if c not in owners)]
    for name in names:
        told = [everything(place / "current" / name) for place in (plain, home)]
        # the release itself, the hashes for the next one, and what it says of earlier ones
        apart = {"mart.release", "opbouw.stuk", "mart.datamaturiteit"}
        differ = {t for t in told[0].keys() | told[1].keys() if told[0].get(t) != told[1].get(t)} - apart
        tried["a table of a shared file against the same without own data"] += len(told[0])
        got += [f"{name}: {table} differs" for table in sorted(differ)]


def _look_at_bytes(root: Path, home: Path, owners: list[str], tried: Counter[str], got: list[str]) -> None:
    """Every file that lies anywhere but in what is a city's own, unpacked where it is packed, and every row of every
    database."""
    newest, first = _releases(home)[-1], owners[0]
    for format_ in FORMATS:
        _expect(obmi("export", "--to", root / format_, "--format", format_))
        _expect(obmi("export", "--to", root / f"{format_}-begroting", "--format", format_, "--asof", "begroting"))
    for city in ("centrumsteden", *owners):
        _expect(obmi("site", "--to", root / "site", "--city", city))
    (root / "dagster.json").write_text(_pages(), encoding="utf-8")
    _rebuilt(obmi("rebuild", newest, "--to", root / "opnieuw"), newest)
    _rebuilt(obmi("--eigen", first, "rebuild", newest, "--to", root / f"opnieuw-{first}"), newest)
    for path in sorted(p for p in root.rglob("*") if p.is_file() and not p.is_symlink()):
        if path.is_relative_to(home / "eigen") or path.is_relative_to(root / f"opnieuw-{first}" / "eigen"):
            continue
        found = _unpacked(path)
        rows = " ".join(everything(path, rows=True).values()) if path.suffix == ".duckdb" else ""
        for city in owners:
            again = city == first or not path.is_relative_to(root / "opnieuw")
            own = again and path.parent.name == "steden" and path.name.split(".")[0] == city
            if own:
                continue
            tried["a file of the whole home, exports, website or Dagster"] += 1
            if word(city).encode() in found or word(city) in rows or f" {figure(city) + 2}.0" in rows:
                got.append(f"{path} holds what is of {city}")
    own = [p for c in owners for p in (home / "current" / "steden").glob(f"{c}.duckdb")]
    assert all(word(p.stem) in " ".join(everything(p, rows=True).values()) for p in own), "the search finds it there"


def _rebuilt(result: object, release: str) -> None:
    """A release came out the same, but for what is a city's own and not asked for."""
    _expect(result)
    assert f"{release}: " in result.out
    assert "all the same" in result.out


def _pages() -> str:
    """All that Dagster's pages are told: every asset, check, run, event, schedule and sensor, with all their texts."""
    with dg.DagsterInstance.get() as instance, WorkspaceProcessContext(instance, target()) as workspace:
        context = workspace.create_request_context()
        told = [execute_dagster_graphql(context, question) for question in QUESTIONS]
    assert not [answer.errors for answer in told if answer.errors]
    found = json.dumps([answer.data for answer in told], ensure_ascii=False, default=str)
    assert all(known in found for known in ("statbel_armoederisico", "ASSET_MATERIALIZATION", "publicatie")), "it tells"
    return found


def _unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    with contextlib.suppress(OSError, zstd.ZstdError, zipfile.BadZipFile, EOFError):
        if path.suffix == ".gz":
            return data + gzip.decompress(data)
        if path.suffix == ".zst":
            return data + zstd.decompress(data)
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(io.BytesIO(data)) as book:
                return data + b"".join(book.read(name) for name in book.namelist())
    return data


def _look_at_commands(root: Path, home: Path, owners: list[str], tried: Counter[str], got: list[str]) -> None:
    """What commands print that are asked by or for another city, on every release and after a rollback."""
    figures = f"(FROM mart.waarneming WHERE onderwerp = '{SUBJECT}')"
    names = f"SELECT naam, voetnoot, waarde FROM mart.onderwerp LEFT JOIN {figures} USING (onderwerp)"
    asked = [
        *(("status",), ("status", "--json"), ("sources", "--json"), ("quarantaine",), ("zoek", "wachtlijst")),
        *(("diff",), ("herkomst", SUBJECT, "gent"), ("profiel", "gent"), ("maturiteit",), ("catalogus",)),
        *(("herkomst", SUBJECT, city) for city in owners),
        *(("--eigen", own, "herkomst", SUBJECT, city) for own in owners for city in owners),
        *(("--eigen", own, "herkomst", RATE, own, "--asof", "begroting") for own in owners),
        *(("query", *of, f"FROM mart.{table}") for of in ((), ("--city", "vgc")) for table in ("kalender", "herkomst")),
        *(("export", "--to", root / f"{form}-eigen", "--format", form, SUBJECT) for form in FORMATS),
        *(("releases",), ("verify",), ("verwerking",)),
    ]
    said = {" ".join(map(str, a)): _said(obmi(*a)) for a in asked}
    releases = _releases(home)
    for place in (releases[1], "begroting", None):
        back = ("--asof", place) if place else ()
        for city in (None, *owners):
            of = ("--city", city) if city else ()
            said[f"query {city or ''} {place} voetnoot"] = _said(obmi("query", *of, *back, names))
    _expect(obmi("rollback", releases[1]))
    for city in (None, *owners):
        said[f"query {city or ''} rollback"] = _said(obmi("query", *(("--city", city) if city else ()), names))
    _expect(obmi("rollback", releases[-1]))
    for what, text in said.items():
        for city in owners:
            if what.startswith((f"query {city} ", f"--eigen {city} ")):
                continue
            tried["what a command prints for another city, as-of, pinned, rolled back"] += 1
            if word(city) in text or str(figure(city) + 1) in text:
                got.append(f"obmi {what} tells of {city}")
        words = what.split()
        own = words[1] if words[0] in ("query", "--eigen") else ""
        if own in owners and (words[0] == "query" or words[4] == own):
            assert word(own) in text, f"{what} shows a city its own"


def _said(result: object) -> str:
    return result.out + result.err


def _try_in_a_box(home: Path, city: str, owners: list[str], tried: Counter[str], got: list[str]) -> None:
    """SQL on the own file, that reaches for the file or the folder of another city, each way in turn."""
    mine = home / "current" / "steden" / f"{city}.duckdb"
    for turn, other in enumerate((o for o in owners if o != city), owners.index(city)):
        theirs = home / "current" / "steden" / f"{other}.duckdb"
        folder = own_home(home, other).root
        ways = (
            f"SELECT * FROM '{theirs}'.mart.onderwerp",
            f"ATTACH '{theirs}' AS x (READ_ONLY)",
            f"SELECT * FROM read_blob('{theirs}')",
            f"SELECT * FROM glob('{folder}/**')",
            f"SELECT * FROM read_parquet('{folder}/landing/*/*/*.parquet')",
        )
        sql = ways[turn % len(ways)]
        tried["SQL in the box of the own file"] += 1
        with contextlib.suppress(QueryError):
            text = "".join(run(mine, sql, "csv", Query()))
            if text.strip().count("\n"):
                got.append(f"{city}: {sql} gives {text[:80]!r}")


def _try_as_account(home: Path, city: str, owners: list[str], tried: Counter[str], got: list[str]) -> None:
    """The same as another account of the operating system, with the groups of its city and no other; without a city
    with those of who may see what everybody gets of all cities."""
    read, write = os.pipe()
    if not (child := os.fork()):
        number = FIRST + THIRTEEN.index(city) if city else FIRST - 1
        os.setgroups([READERS, number if city else ALL])
        os.setgid(number)
        os.setuid(number)
        os.close(read)
        with os.fdopen(write, "w") as told:
            json.dump({other: dict(_ways(home, other)) for other in owners}, told)
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as told:
        found = json.load(told)
    os.waitpid(child, 0)
    for other, ways in found.items():
        for way, worked in ways.items():
            if other == city:
                assert worked == (way in OPEN or way.startswith("packed")), f"{city} itself: {way}: {worked}"
                continue
            tried["as another account of the operating system"] += 1
            if worked:
                got.append(f"{city or 'alles'} as another account: {way} of {other}")


OPEN = {
    "the file by its path",
    "through the link current",
    "DuckDB",
    "ATTACH",
    "a symbolic link",
    "of the pinned release",
}


def _ways(home: Path, city: str) -> Iterator[tuple[str, bool]]:
    """Every way an account tries to get at what is of a city, and whether it did."""
    file = (home / "current").resolve() / "steden" / f"{city}.duckdb"
    own = home / "eigen"
    pinned = sorted((home / "releases").iterdir())[1] / "steden" / file.name
    ways: dict[str, Callable[[], object]] = {
        "the file by its path": file.read_bytes,
        "through the link current": (home / "current" / "steden" / file.name).read_bytes,
        "of the pinned release": pinned.read_bytes,
        "DuckDB": lambda: duckdb.connect(str(file), read_only=True).execute("FROM mart.onderwerp").fetchall(),
        "ATTACH": lambda: duckdb.execute(f"ATTACH '{file}' AS {city.replace('-', '_')} (READ_ONLY)"),
        "a symbolic link": lambda: _linked(file),
        "writing to it": lambda: file.open("r+b").close(),
        "another mode": lambda: file.chmod(0o666),
        "which cities have data of their own": lambda: os.listdir(own),
        "the folder of what is its own": lambda: os.listdir(own / city),
        "its landing": lambda: os.listdir(own / city / "landing"),
        "its alerts": (own / city / "meldingen.jsonl").read_bytes,
        "a file of its own beside the others": lambda: (home / "releases" / "x").write_text("x"),
    }
    for packed in sorted((home / "releases").glob(f"*-000[2-9]/steden/{file.name}?*")):
        ways[f"packed, {packed.parent.parent.name}"] = packed.read_bytes
    for way, attempt in ways.items():
        try:
            attempt()
        except (OSError, duckdb.Error):
            yield way, False
        else:
            yield way, True


def _linked(file: Path) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(file, Path(folder) / "x")
        return (Path(folder) / "x").read_bytes()


if __name__ == "__main__":
    sys.exit(main())
