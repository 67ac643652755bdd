"""The rules of the house: who may import whom, and what data people's files must say."""

import ast
import re
import socket
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import grimp
import pytest
import yaml
from pytest_socket import SocketConnectBlockedError

from pipelines import config
from pipelines.cli import parser
from pipelines.describe import area, expectations, formats, specs
from pipelines.describe.between import Between
from pipelines.describe.catalogue import City, Topic, load_cities, load_topics, sources_of
from pipelines.describe.expectations import load_checks
from pipelines.describe.meanings import meanings
from pipelines.describe.options import OPTIONS
from pipelines.describe.specfile import ROOT, SpecError
from pipelines.describe.specs import load_datasets
from pipelines.describe.themes import Theme
from pipelines.publish.contract import TABLES
from pipelines.publish.marts import SORTED
from pipelines.publish.named import VIEW
from tests.helpers import wrong_of

OWNERS = {
    "requests": "pipelines/ingest/web",
    "sqlmesh": "pipelines/transform",
    "great_expectations": "pipelines/gate",
    "dagster": ("pipelines/definitions.py", "pipelines/desk", "pipelines/ui.py", "pipelines/serve"),
    "argon2": "pipelines/serve",
    "authlib": "pipelines/serve/oidc.py",
    "httpx2": "pipelines/serve/oidc.py",
    "limits": "pipelines/serve",
    "scipy": "pipelines/voorbeeld",
    "duckdb_engine": "pipelines/gate",
}
MODULES = sorted((ROOT / "pipelines").rglob("*.py"))
# What modules of one kind call the same, and a few words that two stages use each for what it has.
SHARED = {"as_text", "collect", "commands", "find", "main", "make", "read"}
SHARED |= {"condition", "dimensions", "measures", "outcome"}
DATASETS, TOPICS = load_datasets(), load_topics()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACT = PROJECT["tool"]["importlinter"]["contracts"][0]


@cache
def parsed(path: Path) -> ast.Module:
    """A module of the pipeline as its syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file: at the top or inside a function."""
    found = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("pipelines."):
            found.add(node.value)  # importlib.import_module
    return found


def test_no_stage_imports_a_later_one() -> None:
    """The layers stand in pyproject.toml."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as l; l()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("library", "owner"), OWNERS.items())
def test_a_library_has_one_owner(library: str, owner: str | tuple[str, ...]) -> None:
    users = [str(p.relative_to(ROOT)) for p in MODULES if any(n.split(".")[0] == library for n in imports(p))]
    assert users
    assert [user for user in users if not user.startswith(owner)] == []


def test_every_byte_from_outside_comes_through_one_module() -> None:
    """It asks no host that is not allowed; whatever sends elsewhere goes around the list."""
    sending = re.compile(
        r"create_connection|HTTPAdapter|urlopen|urlretrieve|requests\.(get|head|post|put|request|Session)"
    )
    found = [str(p.relative_to(ROOT)) for p in MODULES if sending.search(p.read_text(encoding="utf-8"))]
    assert found == ["pipelines/ingest/web/connect.py"]


def test_no_module_is_longer_than_can_be_read_at_once() -> None:
    lines = {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8").count("\n") for p in MODULES}
    assert {name: number for name, number in lines.items() if number > 300} == {}


def test_no_name_is_used_twice() -> None:
    """Two modules of one name are taken for each other, and two classes or functions too."""
    names = Counter(p.stem for p in MODULES if p.name != "__init__.py")
    defined = Counter(
        node.name
        for path in MODULES
        for node in parsed(path).body
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and not node.name.startswith("_")
    )
    assert [name for name, number in names.items() if number > 1] == []
    assert {name for name, number in defined.items() if number > 1} <= SHARED


@pytest.mark.proof
def test_the_definitions_do_not_load_the_slow_libraries() -> None:
    code = "import sys, pipelines.definitions; print(sorted({'sqlmesh', 'great_expectations'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


@pytest.fixture(scope="module")
def models() -> dict:
    """The SQLMesh models by name, those of every dataset of the catalogue among them."""
    from pipelines.transform.render import load_model
    from pipelines.transform.texts import model_texts, variables
    from tests.models.model_text import SOURCE_COLUMNS

    topics, datasets = load_topics(), load_datasets()
    known = {i: datasets[i] for i in sources_of(topics)}
    told = variables(topics, known)
    return {name: load_model(t, told, SOURCE_COLUMNS) for name, t in model_texts(topics, known).items()}


def test_every_model_says_what_it_is(models: dict) -> None:
    assert len(models) >= 15
    assert {n.split(".")[0] for n in models} == {"bron", "ref", "onderwerp", "statistiek", "mart"}
    for name, model in models.items():
        assert model.owner, name
        assert model.grains, name
        assert model.description, name
        assert model.audits, name
        columns = set(model.columns_to_types)
        assert columns, name
        assert set(model.column_descriptions) <= columns, name
        assert columns <= {*(c for c, said in model.column_descriptions.items() if said), *meanings()}, name


def test_every_model_file_is_a_model(models: dict) -> None:
    files = {f"{p.parent.name}.{p.stem}" for p in (ROOT / "models").rglob("*.sql")}
    assert set(models) == files | {"bron.kubus"} | {f"bron.{i}" for i in sources_of(load_topics())}


def test_a_dataset_says_what_it_covers_and_under_which_licence() -> None:
    assert DATASETS
    assert wrong_of(DATASETS, covered) == {}


def covered(dataset: str) -> None:
    spec = DATASETS[dataset]
    assert spec.dekking.gewesten or spec.dekking.gebieden or spec.gebied.niveau == "punt"
    assert spec.dekking.vanaf > 1990 or spec.thema == "referentie"
    assert all(" " in reason for reason in spec.dekking.uitzonderingen.values())
    for text in (spec.licentie, spec.titel, spec.uitgever, spec.bronvermelding, spec.periode.label):
        assert text.strip()
    assert spec.pagina.startswith("https://")
    assert spec.rules, "the checks can be read, and there are some"
    if spec.voorbeeld:
        assert list((ROOT / "sources" / "voorbeeld").glob(spec.voorbeeld))
    if dataset in sources_of(TOPICS):
        assert load_checks(dataset)


def test_a_subject_is_well_formed() -> None:
    assert TOPICS
    assert wrong_of(TOPICS, well_formed) == {}


def well_formed(code: str) -> None:
    topic = TOPICS[code]
    kinds = {
        "v": ("som", "afgeleid", "punten"),
        "vp": ("ratio", "gestandaardiseerd"),
        "vg": ("ratio", "gewogen"),
        "kubus": ("som",),
    }
    assert topic.aggregatie in (*kinds[re.split(r"\d", code)[0]], "geen")
    assert bool(topic.bron) == (topic.sourced or (topic.in_voorbereiding is not None and not topic.parts))
    for text in (topic.naam, topic.naam_en, topic.eenheid, topic.interval, topic.controleur):
        assert text.strip()
    assert not {"%", "€"} & set(topic.naam)
    assert topic.omschrijving.endswith(")")
    if topic.afronding != 0:
        assert not topic.omschrijving.startswith("[aantal]")
    if topic.aggregatie == "geen":
        assert "iet aggregeerbaar" in topic.voetnoot


def test_there_are_thirteen_cities_and_the_vgc() -> None:
    cities = load_cities()
    assert len(cities) == 14
    assert [c.stad for c in cities if c.nis_code is None] == ["vgc"]
    assert len({g for c in cities for g in c.gemeenten}) == 13 + 19


GOOD_SPEC = (ROOT / "sources" / "statbel" / "armoederisico.yaml").read_text(encoding="utf-8")
GOOD_CHECKS = (ROOT / "expectations" / "statbel_armoederisico.yaml").read_text(encoding="utf-8")
BETWEEN = """
  - id: tegen_ander
    omschrijving: Proef.
    dimensie: consistentie
    niveau: {niveau}
    met: [{met}]
    over: SELECT 1 AS n FROM {view}
    fout: n > 1
"""
ITSELF = "statbel_armoederisico"
NAMED = "    fout: waargenomen > 0.02\n"  # the end of a check, where another may follow
BAD = [
    ("sources/statbel/armoederisico.yaml", "licentie: CC BY 4.0\n", "", "licentie: Field required"),
    ("sources/statbel/armoederisico.yaml", "licentie:", "licentei:", "licen"),
    (
        "sources/statbel/armoederisico.yaml",
        "thema: inkomen en armoede",
        "thema: inkomen en amroede",
        " line {line}: statbel_armoederisico: thema: 'inkomen en amroede' is no theme of sources/themas.yaml; "
        "the nearest is 'inkomen en armoede'",
    ),
    ("sources/statbel/armoederisico.yaml", "cadans: jaarlijks", "cadans: soms", " line {line}: "),
    ("sources/statbel/armoederisico.yaml", "key: [jaar, gebied]", "key: [jaar, plaats]", "columns lacks 'plaats'"),
    ("sources/statbel/armoederisico.yaml", "jaar: integer", "jaar: datum", " line {line}: "),
    ("sources/statbel/armoederisico.yaml", "MS_MEDIAN: mediaan_inkomen", "MS_MEDIAN: jaar", "gives no value for"),
    ("sources/statbel/armoederisico.yaml", "titel:", "titel: [", "cannot be read"),
    ("expectations/statbel_armoederisico.yaml", "    fout: waargenomen > 0.02\n", "", "needs either over with fout"),
    (
        "expectations/statbel_armoederisico.yaml",
        "dimensie: juistheid",
        "dimensie: mooi",
        " line {line}: niveausprong_mediaan",
    ),
    *(
        (
            "expectations/statbel_armoederisico.yaml",
            NAMED,
            NAMED + BETWEEN.format(niveau=niveau, met=met, view=view),
            said,
        )
        for niveau, met, view, said in (
            ("tussen uitgevers", "proef_weg", "proef_weg", "tegen_ander: met: proef_weg is no dataset; name another"),
            ("tussen uitgevers", ITSELF, ITSELF, f"tegen_ander: met: {ITSELF} is the dataset itself; name another"),
            ("tussen uitgevers", "proef_weg", "proef_weg2", "names proef_weg in met, and its over does not read it"),
            ("tussen uitgevers", "", "kandidaat", "'tegen_ander' needs niveau 'tussen uitgevers' and met with other"),
            ("bestand", "proef_weg", "proef_weg", "'tegen_ander' needs niveau 'tussen uitgevers' and met with other"),
        )
    ),
]


@pytest.mark.parametrize(("path", "text", "instead", "said"), BAD, ids=[f"{b[0]}: {b[3]}" for b in BAD])
def test_a_bad_spec_is_refused_with_its_file(tmp_path: Path, path: str, text: str, instead: str, said: str) -> None:
    """Synthetic: a good file with one thing wrong."""
    good = {
        "sources/statbel/armoederisico.yaml": GOOD_SPEC,
        "expectations/statbel_armoederisico.yaml": GOOD_CHECKS,
    }

    def load() -> None:
        specs.load_datasets(tmp_path)
        load_checks("statbel_armoederisico", tmp_path)

    for name, content in good.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    load()
    assert text in good[path]
    (tmp_path / path).write_text(good[path].replace(text, instead, 1), encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load()
    assert path in str(caught.value)
    line = good[path][: good[path].index(text)].count("\n") + 1
    assert said.format(line=line) in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_dataset_that_expects_nothing_is_refused(tmp_path: Path) -> None:
    """Synthetic: a good file under a name that has no checks."""
    (tmp_path / "sources" / "proef").mkdir(parents=True)
    (tmp_path / "sources" / "proef" / "nieuw.yaml").write_text(GOOD_SPEC, encoding="utf-8")
    with pytest.raises(SpecError, match=r"proef_nieuw expects nothing; .* write expectations/proef_nieuw\.yaml"):
        assert specs.load_datasets(tmp_path)["proef_nieuw"].checks


SHAPES_OF_DATA = [
    *(specs.Dataset, area.Area, area.Names, specs.Period, specs.Coverage, specs.Column, formats.Codes, formats.Format),
    *(
        formats.Extract,
        formats.Excluded,
        specs.Secret,
        specs.Embargo,
        expectations.Check,
        expectations.Jump,
        expectations.Correction,
    ),
    *(Topic, Between, City, Theme),
]


def tables(page: str) -> dict[str, list[list[str]]]:
    """The rows of a page's tables as cells, by the first word of the line above each table."""
    found: dict[str, list[list[str]]] = {}
    label = ""
    for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
        if line.startswith("|"):
            found.setdefault(label, []).append([cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))])
        elif line.strip():
            label = re.split(r"\W", line.lstrip("# "), maxsplit=1)[0]
    return {name: rows[2:] for name, rows in found.items()}


def keys(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.mark.parametrize("shape", SHAPES_OF_DATA, ids=lambda s: s.__name__)
def test_contributing_tells_every_key_of_a_shape_and_no_other(shape: type) -> None:
    told = [key for row in tables("CONTRIBUTING.md")[shape.__name__] for key in keys(row[0])]
    assert sorted(told) == sorted(shape.model_fields)


def test_contributing_tells_every_protocol_and_its_options_and_no_other() -> None:
    page = tables("CONTRIBUTING.md")
    told = [(keys(row[0])[0], option) for row in page["Options"] for option in keys(row[1])]
    assert sorted(told) == sorted((name, field) for name, shape in OPTIONS.items() for field in shape.model_fields)
    assert [keys(row[0]) for row in page["Protocols"]] == [[name] for name in OPTIONS]


def test_contributing_tells_every_key_of_a_proof_and_no_other() -> None:
    told = {key for row in tables("CONTRIBUTING.md")["Proof"] for key in keys(row[0])}
    proofs = [yaml.safe_load(p.read_text(encoding="utf-8")) for p in (ROOT / "tests" / "bewijs").glob("*.yaml")]
    assert told == set().union(*proofs)


def test_the_page_of_datasets_counts_them_as_they_are_described() -> None:
    """Where it fails, the message holds the table as it must be."""
    found = load_datasets()
    counts = Counter((spec.thema, spec.status) for spec in found.values())
    themes = sorted({spec.thema for spec in found.values()})
    rows = [[t, str(counts[t, "bewezen"]), str(counts[t, "ongetest"])] for t in themes]
    told = tables("docs/datasets.md")["Themes"]
    assert told == rows, "\n".join(f"| {' | '.join(row)} |" for row in rows)
    modelled = sources_of(TOPICS)
    rest = Counter(spec.status for i, spec in found.items() if i not in modelled)
    said = f"{rest.total()} more are described: {rest['bewezen']} are proven"
    page = " ".join((ROOT / "docs" / "datasets.md").read_text(encoding="utf-8").split())
    assert said in page, said
    assert f"{rest['ongetest']} are untested" in page
    rows_of = {keys(row[0])[0]: row for row in tables("docs/datasets.md")["The"]}
    assert set(rows_of) == modelled
    without = {name for name, row in rows_of.items() if row[3].startswith("none")}
    assert without == {i for i in modelled if not found[i].voorbeeld}


def test_the_page_of_commands_tells_every_command_and_no_other() -> None:
    actions = next(a for a in parser()._actions if a.dest == "command")
    told = {key.split()[1] for row in tables("docs/commands.md")["Commands"] for key in keys(row[0])}
    assert told == set(actions.choices)


def test_the_page_of_settings_tells_every_key_and_no_other() -> None:
    known = set()
    for section, field in config.Settings.model_fields.items():
        shape = field.annotation
        if section == "sources":
            known |= {f"sources.DATASET.{key}" for key in config.SourceSetting.model_fields}
        else:
            known |= {f"{section}.{key}" for key in shape.model_fields}
    told = [key for row in tables("docs/settings.md")["file"] for key in keys(row[0])]
    assert sorted(told) == sorted(known)


def test_the_page_of_tables_tells_every_table_of_a_release_and_no_other() -> None:
    told = [key.removeprefix("mart.") for row in tables("docs/tables.md")["table"] for key in keys(row[0])]
    assert sorted(told) == sorted({*SORTED, *TABLES, VIEW})


def test_a_link_in_a_page_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    links = [(p, link) for p in pages for link in re.findall(r"\]\(([^)#:\s]+)\)", p.read_text(encoding="utf-8"))]
    assert len(links) > 40
    assert [(str(p.relative_to(ROOT)), link) for p, link in links if not (p.parent / link).exists()] == []


def drawing() -> list[str]:
    """Which stage imports which, as the lines of a Mermaid drawing, the later stages first. An arrow that follows from
    two others is left out."""
    graph = grimp.build_graph("pipelines")
    order = [name for layer in CONTRACT["layers"] for name in layer.split(" | ")]
    direct = {
        stage: {
            other
            for other in order
            if stage != other
            and graph.direct_import_exists(
                importer=f"pipelines.{stage}", imported=f"pipelines.{other}", as_packages=True
            )
        }
        for stage in order
    }
    beyond: dict[str, set[str]] = {}
    for stage in reversed(order):
        beyond[stage] = direct[stage].union(*(beyond[other] for other in direct[stage]))
    lines = ["flowchart TD"]
    for stage in order:
        for other in order:
            if other in direct[stage] and not any(other in beyond[third] for third in direct[stage]):
                lines.append(f"  {stage} --> {other}")
    return lines


def test_the_drawing_of_the_stages_is_that_of_the_imports() -> None:
    """Where it fails, the message holds the drawing as it must be."""
    page = (ROOT / "docs" / "architectuur.md").read_text(encoding="utf-8")
    assert "```mermaid\n" + "\n".join(drawing()) + "\n```" in page, "\n".join(drawing())
    told = [key for row in tables("docs/architectuur.md")["Stages"] for key in keys(row[0])]
    assert set(told) == {f"{name}" for layer in CONTRACT["layers"] for name in layer.split(" | ")} | {"voorbeeld"}


def test_the_page_of_the_layout_names_files_that_are_there() -> None:
    page = (ROOT / "docs" / "architectuur.md").read_text(encoding="utf-8")
    named = re.findall(r"`([\w/]+\.(?:py|sql|yaml))`", page)
    folders = ("pipelines", "models", "tests", "sources")
    there = [f"/{p.relative_to(ROOT)}" for folder in folders for p in (ROOT / folder).rglob("*.*")]
    assert len(named) > 20
    assert [name for name in named if not any(path.endswith(f"/{name}") for path in there)] == []


def test_a_test_that_tries_the_network_gets_an_error() -> None:
    with pytest.warns(UserWarning, match="tried to use socket"), pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def loaded_by(*modules: str) -> set[str]:
    """All that a process has loaded once it imported these."""
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return set(told.split())


def test_a_refresh_with_nothing_new_waits_for_no_slow_library_and_not_for_the_gate() -> None:
    slow = {"great_expectations", "numpy", "pandas", "pyarrow", "pyproj", "rdflib", "sqlglot", "sqlmesh"}
    slow |= {"pipelines.accept", "pipelines.gate"}
    assert not slow & loaded_by("pipelines.commands.supply", "pipelines.refresh")


def test_a_query_waits_for_nothing_that_reads_descriptions() -> None:
    loaded = loaded_by("pipelines.publish.box", "pipelines.publish.answering")
    assert not {"pandas", "pipelines.describe", "pydantic", "yaml"} & loaded
