"""Random figures of all built-in datasets lead to the rows and bytes that make them; of an earlier release to those of
then. All changed figures are synthetic."""

import shutil
from pathlib import Path

import pytest

from pipelines.home import Home
from tests.helpers import obmi, query
from tests.models.traced import traced
from tests.proof.test_causes import POVERTY, configure, correction, first, other_file

__all__ = ["first"]
ASKED = ("herkomst", "vg3101_mediaan", "gent", "2022")


def test_four_hundred_random_figures_are_computed_again_from_what_landed(everything: Path) -> None:
    made, wrong = traced(everything, 400, 20261128)
    assert wrong == []
    assert made.total() == 400


def test_an_earlier_release_is_traced_to_what_was_accepted_then(
    first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    shutil.copytree(first / "home", home, symlinks=True)
    configure(monkeypatch, tmp_path, home)
    told = [obmi(*ASKED).out]
    for change in (lambda: other_file(tmp_path), lambda: correction(monkeypatch, home)):
        change()
        assert obmi("refresh").code in (0, 10)
        told.append(obmi(*ASKED).out)
    folder = Home(home).landing / POVERTY
    ((now,),) = query(home, f"SELECT bronversie FROM mart.bron WHERE bron = '{POVERTY}'")
    gone = [one for one in folder.iterdir() if one.is_dir() and list(one.glob("deel-*")) and one.name != now]
    assert gone
    for landing in gone:
        shutil.rmtree(landing)  # as it is after more releases
    releases = sorted(p.name for p in Home(home).releases.glob("2*"))
    assert len(releases) == len({*told}) == 3
    for release, then in zip(releases, told, strict=True):
        again = obmi(*ASKED, "--asof", release)
        assert again.err == ""
        assert again.out.splitlines() == then.splitlines(), release
        assert "Nagerekend: elk deel is teruggevonden in wat geleverd is, en komt uit." in then
    hashes = [{line.split()[1] for line in one.splitlines() if "sha256 " in line} for one in told]
    assert hashes[0] != hashes[1] == hashes[2], "another file; and the same one with a figure put right"
    assert ["rechtgezet in mediaan_inkomen in 2022: bedacht" in one for one in told] == [False, False, True]
    assert [one.count("herzien in ") for one in told] == [0, 1, 1], "what a packed one revised is asked of that one"
    assert query(home, f"SELECT DISTINCT correcties FROM mart.herkomst WHERE bron = '{POVERTY}'") == [(1,)]
    monkeypatch.undo()
    configure(monkeypatch, tmp_path, home)
    (home / "opbouw" / f"{releases[0]}.json").unlink()
    assert "niet opgeschreven" in obmi(*ASKED, "--asof", releases[0]).out
