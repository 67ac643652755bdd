"""A refresh mends what of the landings was cut short: what follows from the rest is the same, and nothing vanishes."""

import json
import shutil
from pathlib import Path

import pytest

from pipelines.config import Settings
from pipelines.describe.catalogue import load_cities
from pipelines.home import Damaged, Home, now
from pipelines.landing.incidents import MENDED, incidents
from pipelines.landing.landings import Landing
from pipelines.landing.mending import mend
from pipelines.project import Project
from pipelines.publish.alerts import tell
from pipelines.refresh import build_models
from pipelines.transform.steps import BuildError
from tests.helpers import FIGURES, configured, edited, land_all, landings, obmi, with_register
from tests.homes import linked

DATASET, SEVERAL = "statbel_armoederisico", "statbel_bevolking"
GENT = "44021"
BUILT_IN_ONLY = "# nothing is left out\n"


@pytest.fixture(scope="module")
def made(session_env: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which built-in figures landed, of one dataset also two files that somebody handed over."""
    folder = tmp_path_factory.mktemp("mended")
    home = with_register(Home(folder / "home")).root

    def hand_over() -> None:
        land_all(home, DATASET, SEVERAL)
        for name in ("eerste.csv", "tweede.csv"):
            more = {"armoederisico": "95"} if name == "tweede.csv" else {}
            path = edited(DATASET, folder, lambda row, m=more: row | (m if row["nis_code"] == GENT else {}), name)
            assert obmi("drop", DATASET, path).code == 0
            land_all(home, DATASET)

    configured(home, BUILT_IN_ONLY, hand_over)
    assert landing(home).state.held
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that home, in OBMI_HOME."""
    (tmp_path / "obmi.toml").write_text(BUILT_IN_ONLY, encoding="utf-8")
    monkeypatch.setenv("OBMI_CONFIG", str(tmp_path / "obmi.toml"))
    monkeypatch.setenv("OBMI_HOME", str(tmp_path / "home"))
    return linked(made, tmp_path / "home")


def landing(home: Path, dataset: str = DATASET) -> Landing:
    return landings(home)[dataset]


def cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def mended(home: Path, *damaged: Path) -> str:
    """What a refresh says of damaged files: each is kept under another name, and an alert tells it once."""
    with Home(home).lock():
        (said,) = (found := mend(landings(home))).values()
    for path in damaged:
        assert str(path) in said
        assert len(list(path.parent.glob(f"{path.name}.beschadigd-*"))) == 1
    for state in (found, {}, {}):
        tell(Home(home), Settings(), incidents(landings(home), load_cities(), mended=state))
    lines = (home / "meldingen.jsonl").read_text(encoding="utf-8").splitlines()
    told = [(m["soort"], i["controle"]) for m in map(json.loads, lines) for i in m["incidenten"]]
    assert [t for t in told if t[1] == MENDED] == [("nieuw", MENDED), ("voorbij", MENDED)]
    return said


def raw(home: Path, dataset: str = DATASET, via: str = "drop") -> list[Path]:
    return sorted((home / "raw" / dataset).glob(f"*-{via}-*.json"))


@pytest.mark.proof
def test_what_is_accepted_is_read_again_and_is_the_same(home: Path) -> None:
    before = landing(home).state
    mended(home, cut(landing(home).pointer))
    assert landing(home).state.version is None
    assert [one.state for one in land_all(home, DATASET)] == ["deels"]
    after = landing(home).state
    assert (after.version, after.parts) == (before.version, before.parts)
    assert {h.key for h in after.held} == {h.key for h in before.held}
    drops = [d.stem for d in raw(home)]
    assert {d: after.processed[d] for d in drops} == {d: before.processed[d] for d in drops}


@pytest.mark.proof
def test_decisions_are_kept_aside_and_the_figures_stay(home: Path) -> None:
    (item,) = json.loads(obmi("quarantaine", "--json").out)
    assert obmi("reject", item["id"], "--reason", "fout", "--by", "Bo").code == 0
    before = landing(home).state
    said = mended(home, cut(landing(home).log))
    assert "has to be decided again" in said
    assert landing(home).decisions == []
    assert landing(home).state == before


@pytest.mark.proof
@pytest.mark.parametrize("dataset", [DATASET, SEVERAL])
def test_a_delivery_is_written_down_again_from_what_is_accepted(home: Path, dataset: str) -> None:
    """Those of built-in figures too: they must not become history."""
    place = landing(home, dataset)
    via = "drop" if dataset == DATASET else "voorbeeld"
    path = raw(home, dataset, via)[0]
    before, stood_in = {f.sha256: f for d in place.deliveries for f in d.files if d.id == path.stem}, place.stands_in
    state = place.state
    mended(home, cut(path))
    place = landing(home, dataset)
    after = {f.sha256: f for d in place.deliveries for f in d.files if d.id == path.stem}
    assert {s: (f.name, f.size, f.part) for s, f in after.items()} == {
        s: (f.name, f.size, f.part) for s, f in before.items()
    }
    assert (place.stands_in, place.pending, place.state) == (stood_in, [], state)


@pytest.mark.proof
def test_what_nobody_read_has_to_be_handed_over_again(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also within the same second."""
    moment = now()
    monkeypatch.setattr("pipelines.ingest.raw.now", lambda: moment)
    path = shutil.copy(FIGURES / "statbel_armoederisico.csv", tmp_path / "derde.csv")
    assert obmi("drop", DATASET, path).code == 0
    accepted, damaged = landing(home).state.version, cut(raw(home)[-1])
    assert "have to be handed over again" in mended(home, damaged)
    assert land_all(home, DATASET)[0].reason.startswith(f"{damaged} was damaged before its files were read; hand")
    assert landing(home).state.version == accepted
    (item,) = [i for i in json.loads(obmi("quarantaine", "--json").out) if i["controle"] == "lezen"]
    assert obmi("reject", item["id"], "--reason", "beschadigd", "--by", "Bo").code == 0
    assert obmi("drop", DATASET, path).code == 0
    assert [d.files[0].name for d in landing(home).pending] == ["derde.csv"]
    assert len({d.id.split("-")[0] for d in landing(home).deliveries}) == 4, "no number is used twice"


def test_built_in_bytes_come_in_again_by_themselves(home: Path) -> None:
    landing(home, SEVERAL).pointer.unlink()
    cut(raw(home, SEVERAL, "voorbeeld")[0])
    with pytest.raises(Damaged, match="run obmi refresh"):
        land_all(home, SEVERAL)
    with Home(home).lock():
        assert "come in again by themselves" in mend(landings(home))[SEVERAL]
    assert land_all(home, SEVERAL)[0].state == "vers"


def test_figures_do_not_vanish_where_nothing_comes_in_again(home: Path) -> None:
    cut(landing(home).pointer)
    for path in (home / "raw" / "objects").glob("*/*"):
        path.unlink()
    with Home(home).lock():
        mend(known := landings(home))
    land_all(home, DATASET)
    (home / "tmp").mkdir(exist_ok=True)
    project = Project.load(Settings())
    with pytest.raises(BuildError, match=f"what is accepted in .*{DATASET}; put back a copy"):
        build_models(project, known)


def test_a_sound_home_is_left_as_it_is(home: Path) -> None:
    before = sorted(home.rglob("*"))
    with Home(home).lock():
        assert mend(landings(home)) == {}
    assert [p for p in sorted(home.rglob("*")) if "refresh.lock" not in p.name and "tmp" not in p.name] == [
        p for p in before if "refresh.lock" not in p.name and "tmp" not in p.name
    ]
