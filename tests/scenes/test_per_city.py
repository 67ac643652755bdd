"""A dataset of which every city gives its own file: what is wrong with one, or late, concerns that city alone.

Replayed: Statbel's figures on poverty cut into a file for each of four cities, with a euro more in the median each
night.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from pipelines.commands.common import landings_of, project
from pipelines.config import Settings, SourceSetting
from pipelines.deliver import land_datasets
from pipelines.describe.catalogue import delivering, load_cities
from pipelines.describe.specs import Dataset, load_datasets
from pipelines.desk.per_city import given_states
from pipelines.home import Home
from pipelines.ingest.drop import drop
from pipelines.ingest.fetch import SourceError
from pipelines.landing.areas import city_units
from pipelines.landing.incidents import incidents
from pipelines.landing.landings import Landings
from pipelines.publish.freshness import status_rows
from tests.helpers import figures, obmi
from tests.homes import linked

SOURCE, REPLAY = "statbel_armoederisico", "replay_armoede"
CITIES = load_cities()
FEW = ("genk", "gent", "hasselt", "vgc")
BEFORE = {"hasselt": {"71022"}}  # its code until 2025
OF = {c.stad: {*c.gemeenten} | BEFORE.get(c.stad, set()) for c in CITIES if c.stad in FEW}


def replay() -> Dataset:
    """The description of those files."""
    told = load_datasets()[SOURCE].model_dump(exclude_unset=True)
    coverage = {"gebieden": sorted(set().union(*OF.values())), "vanaf": 2015, "afwezig": "onbekend"}
    median = {"type": "number", "measure": True, "min": 5000, "max": 60000}
    told["columns"] |= {"mediaan_inkomen": median}
    own = {"id": REPLAY, "per_stad": True, "replaces": ["jaar", "gebied"], "dekking": coverage, "voorbeeld": None}
    return Dataset(**{**told, **own})


class Nights:
    """The files of these cities, one refresh after another."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home, self.folder = Home(home), folder
        self.settings = Settings(sources={REPLAY: SourceSetting(files=[str(folder / "{stad}.csv")])})
        self.lines = figures(SOURCE).read_text(encoding="utf-8").splitlines()

    @property
    def landings(self) -> Landings:
        return Landings(self.home, {REPLAY: replay()})

    def files(self, more: int, wrong: Mapping[str, str | None] | None = None) -> None:
        """Lay down the file of every city with so much more in every median; `wrong` ones hold something else."""
        for city, codes in OF.items():
            rows = [line.split(";") for line in self.lines[1:] if line.split(";")[1] in codes]
            text = "\n".join([self.lines[0], *(f"{y};{g};{int(m) + more if m else m};{r}" for y, g, m, r in rows), ""])
            path = self.folder / f"{city}.csv"
            path.unlink(missing_ok=True)
            if (said := (wrong or {}).get(city, text)) is not None:
                path.write_text(said, encoding="utf-8")

    def land(self, *only: str) -> dict[str, str]:
        """Refresh all of them or some cities: what the landing says of itself, by the dataset."""
        units = city_units(CITIES, self.home)
        some = set().union(*(units[c] for c in only)) if only else None
        with self.home.lock():
            asked = (self.landings, [REPLAY], "voorbeeld", self.settings, lambda *_: None, some, [*only] or None)
            (landed,) = land_datasets(*asked)
        return {landed.state: landed.reason}

    def more(self) -> dict[str, int]:
        """Per city how much more than the published median is accepted."""
        with duckdb.connect() as con:
            found = con.execute(
                f"SELECT jaar, gebied, mediaan_inkomen FROM {self.landings[REPLAY].relation()}"
            ).fetchall()
        was = {(y, g): m for y, g, m, _ in (line.split(";") for line in self.lines[1:]) if m}
        of = {(g, int(m) - int(was[str(y), g])) for y, g, m in found if m}
        told = {city: {extra for g, extra in of if g in codes} for city, codes in OF.items()}
        assert all(len(extra) == 1 for extra in told.values()), told
        return {city: extra.pop() for city, extra in told.items()}


@pytest.fixture(scope="module")
def first_night(scene, session_env, tmp_path_factory):
    """The released home after a first night of these files. Only for reading."""
    made = Nights(scene.reset(), tmp_path_factory.mktemp("nights"))
    made.files(0)
    assert made.land() == {"vers": ""}
    return scene.keep("first-night")


@pytest.fixture
def nights(first_night, tmp_path, monkeypatch):
    made = Nights(linked(first_night, tmp_path / "home"), tmp_path)
    monkeypatch.setenv("OBMI_HOME", str(made.home.root))
    made.files(0)
    return made


FAULTS = {
    "no file": (None, "no file matches"),
    "no table": ("<html>Onderhoud</html>", "genk.csv"),
    "another city": ("jaar;nis_code;mediaan_inkomen;armoederisico\n2015;44021;20000;9\n", "holds rows of 44021"),
    "another unit": (
        "jaar;nis_code;mediaan_inkomen;armoederisico\n2015;71016;20;9\n",
        "Genk (71016), 2015, mediaan_inkomen: 20",
    ),
}


@pytest.mark.proof
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_genk_leaves_the_news_of_the_others_in(nights, fault):
    text, said = FAULTS[fault]
    nights.files(1, {"genk": text})
    (why,) = nights.land().values()
    assert nights.more() == {city: int(city != "genk") for city in OF}
    (row,) = status_rows(nights.landings, CITIES)
    stands = {city: own["state"] for city, own in row["cities"].items() if own["state"] != "vers"}
    assert stands == {"genk": "oud" if text is None else "vastgehouden"}
    states = given_states(nights.landings, REPLAY, CITIES)
    assert [city for city, state in states.items() if state["vastgehouden"]] == ["genk"]
    (held,) = states["genk"]["vastgehouden"]
    assert said in held["reden"] or said in why
    assert [i.steden for i in incidents(nights.landings, CITIES)] == [("genk",)]
    nights.files(2)
    assert nights.land() == {"vers": ""}
    assert set(nights.more().values()) == {2}
    assert incidents(nights.landings, CITIES) == []


@pytest.mark.proof
def test_of_one_city_alone_nothing_of_the_others_comes_in(nights):
    nights.files(1, {"genk": None})
    nights.land("gent")
    assert nights.more() == {city: int(city == "gent") for city in OF}
    assert nights.landings[REPLAY].state.out_of_reach == {}, "nobody asked Genk"
    nights.land()
    assert nights.more() == {city: int(city != "genk") for city in OF}


@pytest.mark.proof
def test_who_hands_over_a_file_says_whose_it_is(nights, tmp_path):
    with pytest.raises(
        SourceError, match="is given per city; name in --city whose files these are: genk, gent, hasselt"
    ):
        drop(replay(), [tmp_path / "gent.csv"], nights.home)
    assert drop(replay(), [tmp_path / "gent.csv"], nights.home, city="gent").city == "gent"
    said = obmi("drop", SOURCE, tmp_path / "gent.csv", "--city", "gent").err
    assert f"one file of {SOURCE} holds all cities; leave out --city" in said


def test_datasets_that_cities_give_themselves_say_so():
    found = {i: delivering(spec, CITIES) for i, spec in load_datasets().items() if spec.per_stad}
    assert found == {
        "antwerpen_straatoppervlakte": ["antwerpen"],
        "stadgent_fietstellingen": ["gent"],
        "telraam_tellingen": ["kortrijk"],
    }
    assert landings_of(project())["telraam_tellingen"].spec.per_stad
