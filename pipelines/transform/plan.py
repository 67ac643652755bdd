"""Build the models with SQLMesh: a plan over the accepted inputs, gated by the audits."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("SQLMESH__DISABLE_ANONYMIZED_ANALYTICS", "true")
os.environ.setdefault("MAX_FORK_WORKERS", "1")  # forking a process that holds DuckDB threads is unsafe

from sqlmesh import Context
from sqlmesh.core.config import (
    Config,
    DuckDBConnectionConfig,
    GatewayConfig,
    load_config_from_paths,
)
from sqlmesh.core.console import NoopConsole, set_console
from sqlmesh.core.dialect import parse
from sqlmesh.core.loader import SqlMeshLoader
from sqlmesh.core.model import load_sql_based_model
from sqlmesh.utils import UniqueKeyDict
from sqlmesh.utils.errors import PlanError

import pipelines.transform.macros  # noqa: F401, SQLMesh finds them once they are imported
from pipelines.describe.meanings import meanings
from pipelines.describe.specfile import ROOT
from pipelines.home import Home, Problem
from pipelines.transform.comments import described
from pipelines.transform.inputs import Inputs

# memory above this goes to disk: a build stays under 2 GiB, Python included, on a machine that others use too; a second
# thread holds as much of it again, and then all the publishers' files at once do not fit
CONNECTOR = {"preserve_insertion_order": False, "checkpoint_threshold": "1GB", "memory_limit": "1500MB", "threads": 1}


class BuildError(Problem):
    """A build that its audits stopped: one sentence naming the model and the audit."""


@dataclass(frozen=True)
class Built:
    """What a build did: models that ran, audits per model, and the comments of every mart table."""

    database: Path
    ran: list[str]
    audits: dict[str, list[str]]
    comments: dict[str, dict[str, Any]]


class _Console(NoopConsole):
    """Remembers what ran and what failed instead of printing it."""

    def __init__(self) -> None:
        super().__init__()
        self.ran: list[str] = []
        self.failed: list[str] = []

    def update_snapshot_evaluation_progress(self, snapshot: Any, *args: Any, **kwargs: Any) -> None:
        name = plain_name(snapshot.name)
        if name not in self.ran:
            self.ran.append(name)

    def log_failed_models(self, errors: list[Any]) -> None:
        self.failed += [f"{_node(e.node)}: {_cause(e)}" for e in errors]


def _node(node: Any) -> str:
    return plain_name(getattr(node, "snapshot_name", str(node)))


def _cause(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause and cause.__cause__:
        cause = cause.__cause__
    return " ".join(str(cause).split())[:300]


def plain_name(name: str) -> str:
    """`"build"."mart"."waarneming"` as mart.waarneming."""
    return ".".join(p.strip('"') for p in name.split(".")[-2:])


def database(home: Home) -> Path:
    """The build's DuckDB file."""
    return home.build / "build.duckdb"


def _loader(models: dict[str, str]) -> type[SqlMeshLoader]:
    """A loader that adds the models that follow from the catalogue to those of models/."""

    class Compiled(SqlMeshLoader):
        def _load_sql_models(self, macros: Any, jinja_macros: Any, audits: Any, *args: Any, **kwargs: Any) -> Any:
            said = meanings()
            found = super()._load_sql_models(macros, jinja_macros, audits, *args, **kwargs)
            for text in models.values():
                model = load_sql_based_model(
                    parse(text, default_dialect="duckdb"),
                    defaults=self.config.model_defaults.dict(),
                    macros=macros,
                    jinja_macros=jinja_macros,
                    audit_definitions=audits,
                    dialect="duckdb",
                    default_catalog=self.context.default_catalog,
                )
                found[model.fqn] = model
            return UniqueKeyDict("models", **{name: described(m, said) for name, m in found.items()})

    return Compiled


def open_context(home: Home, inputs: Inputs, root: Path = ROOT) -> Context:
    """The SQLMesh context over config.yaml and the given inputs, with its state in the home."""
    home.build.mkdir(parents=True, exist_ok=True)
    base = load_config_from_paths(Config, project_paths=[root / "config.yaml"])
    settings = {**CONNECTOR, "file_search_path": str(home.root)}  # what a model reads is named from the home
    gateway = GatewayConfig(
        connection=DuckDBConnectionConfig(
            database=str(database(home)), register_comments=False, concurrent_tasks=2, connector_config=settings
        ),
        state_connection=DuckDBConnectionConfig(database=str(home.build / "state.duckdb"), concurrent_tasks=2),
    )
    config = base.copy(
        update={
            "gateways": {"build": gateway},
            "default_gateway": "build",
            "variables": inputs.variables,
            "cache_dir": str(home.build / "cache"),
        }
    )
    return Context(paths=[str(root)], config=config, loader=_loader(inputs.models))


def build(home: Home, inputs: Inputs, root: Path = ROOT) -> Built:
    """Plan and apply; only models whose inputs or text changed run. Raises BuildError.

    A build that was killed leaves a mark, and the next one starts from an empty build folder: everything
    in it follows from the accepted landings.
    """
    mark = home.build / "busy"
    if mark.exists():
        shutil.rmtree(home.build)
    home.build.mkdir(parents=True, exist_ok=True)
    mark.touch()
    console = _Console()
    set_console(console)
    context = open_context(home, inputs, root)
    try:
        context.plan("prod", auto_apply=True, no_prompts=True, skip_tests=True, no_diff=True)
        context.run_janitor(ignore_ttl=False)  # tables of inputs that were replaced a week ago
    except PlanError as err:
        said = "; ".join(console.failed) or _cause(err)
        raise BuildError(f"the build stopped and nothing was published: {said}") from err
    finally:
        context.close()
        mark.unlink()
    models = {plain_name(m.name if m.name.count(".") else m.fqn): m for m in context.models.values()}
    return Built(
        database(home),
        console.ran,
        {n: sorted(a for a, _ in m.audits) for n, m in models.items()},
        {
            n: {"description": m.description, "columns": dict(m.column_descriptions)}
            for n, m in models.items()
            if n.startswith("mart.")
        },
    )
