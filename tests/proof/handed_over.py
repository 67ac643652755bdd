"""`make long-proof`: a default home gets each file that a description is proven on, alone: how many are accepted, and
why the others are not.

python -m tests.proof.handed_over [STEP]    only every STEPth of them

Each is handed over with `obmi drop`, and lies at an address that is fetched in the live profile, in a home where all
built-in figures landed; so do all files of a dataset together, and the years of a publisher who has no file of others.
Nothing is built: whether a file is accepted is known before.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote

from pipelines.deliver import Landed
from pipelines.describe.specfile import ROOT, load_yaml
from pipelines.describe.specs import load_datasets
from pipelines.home import Home
from tests.helpers import SHARED, configured, land_all, landings, obmi, originals_are_here, with_register
from tests.homes import linked, made_once
from tests.replay.server import Answer, Asked, serve

BY_YEAR = {"statbel_bevolking": "TF_SOC_POP_STRUCT_{jaar}.zip"}


@dataclass(frozen=True)
class Given:
    """Files of a dataset that come in together, and the address under which they stand on a server: a name each, or
    one for all of them."""

    dataset: str
    files: list[Path]
    address: str | None = None

    def __str__(self) -> str:
        return f"{self.dataset}: {self.files[0].name if len(self.files) == 1 else f'{len(self.files)} files together'}"


def first_deliveries() -> list[Given]:
    """Every file that proves a description alone, and all of its dataset together."""
    found = []
    for dataset in (i for i, spec in load_datasets().items() if spec.status == "bewezen"):
        patterns = load_yaml(ROOT / "tests" / "bewijs" / f"{dataset}.yaml")["bestanden"]
        files = [path for pattern in patterns for path in sorted((SHARED / "data").glob(pattern))]
        found += [Given(dataset, [path]) for path in files]
        together = list({path.read_bytes(): path for path in files}.values())  # one of them lies there under two names
        if len(together) > 1:
            found.append(Given(dataset, together, BY_YEAR.get(dataset)))
    return found


def all_built_in() -> Path:
    """A home in which the built-in figures of every dataset landed, and nothing was built. Only for reading."""
    built_in = [i for i, spec in load_datasets().items() if spec.voorbeeld]

    def fill(home: Path) -> None:
        configured(home, "", lambda: land_all(with_register(Home(home)).root, *built_in))

    return made_once("all-built-in", fill)


def dropped(home: Path, given: Given) -> Landed:
    """What becomes of files that are handed over."""
    told: list[Landed] = []

    def work() -> None:
        said = obmi("drop", given.dataset, *given.files)
        assert said.code == 0, said.err
        told.extend(land_all(home, given.dataset))

    configured(home, "", work)
    return told[0]


def fetched(home: Path, given: Given) -> Landed:
    """What becomes of files that lie on a server."""
    told: list[Landed] = []
    with _server(given.files) as url:
        names = [given.address] if given.address else [quote(path.name) for path in given.files]
        config = f"[http]\nloopback = true\nattempts = 1\n[sources.{given.dataset}]\nurl = {[url + n for n in names]}\n"
        configured(home, config, lambda: told.extend(land_all(home, given.dataset, profile="live")))
    return told[0]


@contextmanager
def _server(files: list[Path]) -> Iterator[str]:
    """The address of a server that has these files and nothing else."""
    bodies = {path.name: path for path in files}

    def reply(asked: Asked) -> Answer:
        path = bodies.get(unquote(asked.path.rpartition("/")[2]))
        return Answer(path.read_bytes()) if path else Answer(status=404)

    with serve(reply) as server:
        yield f"{server.url}/"


def refused(home: Path, given: Given, landed: Landed) -> str:
    """Why not all of it stands in the place of the built-in figures; empty where it does."""
    landing = landings(home)[given.dataset]
    absent = landed.state == "deels" and given.address and not landing.state.held and not landing.state.refusals
    if landed.state not in ("vers", "ongewijzigd") and not absent:
        return landed.reason
    missing = {path.name for path in given.files} - {part.file.split("/")[0] for part in landing.state.parts}
    if missing or landing.stands_in:
        return (
            f"of {', '.join(sorted(missing)) or 'the built-in figures'} other rows stand there than those handed over"
        )
    return ""


WAYS: dict[str, Callable[[Path, Given], Landed]] = {"obmi drop": dropped, "--profile live": fetched}


def main() -> int:
    """Print the table; the exit code is the number that were not accepted."""
    if not originals_are_here():
        return 0
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    start, deliveries, base = time.process_time(), first_deliveries()[::step], all_built_in()
    wrong: dict[str, list[str]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory(dir=base.parent) as folder:  # beside it: hard links reach no other disk
        for way, bring in WAYS.items():
            for n, given in enumerate(deliveries):
                home = linked(base, Path(folder) / f"{way.split()[-1]}-{n}")
                if why := refused(home, given, bring(home, given)):
                    wrong[way].append(f"{given}: {why}")
    print(f"{'way in':<16} {'tried':>6} {'accepted':>9}   ({time.process_time() - start:.0f} s of processor)")
    for way, failures in wrong.items():
        print(f"{way:<16} {len(deliveries):>6} {len(deliveries) - len(failures):>9}")
        print("".join(f"  {failure}\n" for failure in failures), end="")
    return sum(map(len, wrong.values()))


if __name__ == "__main__":
    sys.exit(main())
