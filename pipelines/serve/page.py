"""Dagster's page for a person: the role decides what it shows and obeys, and every change is written down first."""

from __future__ import annotations

import html
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.permissions import (
    EDITOR_PERMISSIONS,
    LOCATION_SCOPED_PERMISSIONS,
    PermissionResult,
    Permissions,
)
from dagster_graphql.schema import create_schema
from dagster_webserver.webserver import DagsterWebserver
from graphene import Schema
from graphql import ASTValidationRule, GraphQLError, NoSchemaIntrospectionCustomRule, specified_rules
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.websockets import WebSocket

from pipelines.serve.bounds import TooMuch, bounded
from pipelines.serve.guard import ACCOUNT
from pipelines.serve.roles import ANALYST, KEEPER, WHERE, WHO, Person

_LOG = logging.getLogger(__name__)
# Arguments of a change that say what it is about; a run's configuration is none, because it may hold a secret.
TOLD = {
    *("jobName", "pipelineName", "assetSelection", "assetCheckSelection", "assetKey", "path", "checkName"),
    *("scheduleName", "sensorName", "partitionSetName", "partitionNames", "partitionsByAssets", "partitionKey"),
    *("runId", "runIds", "parentRunId", "backfillId", "parentBackfillId", "repositoryLocationName"),
    *("partitionsDefName", "concurrencyKey", "limit", "paused", "id", "name"),
}
# Dagster's own permissions, by which its page shows a button or greys it.
PERMISSIONS = {
    ANALYST: {
        *(Permissions.LAUNCH_PIPELINE_EXECUTION, Permissions.LAUNCH_PIPELINE_REEXECUTION),
        *(Permissions.TERMINATE_PIPELINE_EXECUTION, Permissions.LAUNCH_PARTITION_BACKFILL),
        *(Permissions.CANCEL_PARTITION_BACKFILL, Permissions.SCHEDULE_DRY_RUN, Permissions.SENSOR_DRY_RUN),
        *(Permissions.RELOAD_REPOSITORY_LOCATION, Permissions.RELOAD_WORKSPACE),
    },
    KEEPER: {p for p, enabled in EDITOR_PERMISSIONS.items() if enabled} - {Permissions.REPORT_RUNLESS_ASSET_EVENTS},
}
# Scripts that the page's own start, styles that it sets itself, and nothing of or to another site.
POLICY = (
    "default-src 'none'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'self'; "
    "script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "manifest-src 'self'"
)
Tell = Callable[..., None]


class NotAllowed(GraphQLError):
    """A change that the role of the person does not let through."""


class Asked(WorkspaceRequestContext):
    """One request of a person, with the permissions of the role."""

    @property
    def person(self) -> Person:
        """Who asks. Raises KeyError for a request that nobody let in."""
        return self.source.scope["person"]

    @property
    def permissions(self) -> Mapping[str, PermissionResult]:
        """Dagster's permissions for the whole."""
        return {p: _permission(self.person, p) for p in EDITOR_PERMISSIONS}

    def permissions_for_location(self, *, location_name: str) -> Mapping[str, PermissionResult]:
        """The same for one place of code."""
        return {p: r for p, r in self.permissions.items() if p in LOCATION_SCOPED_PERMISSIONS}

    def reload_workspace(self) -> Asked:
        """The definitions read again, for the same person."""
        self.process_context.reload_workspace()
        return self.process_context.create_request_context(self.source)

    def reload_code_location(self, name: str) -> Asked:
        """One place of code read again, for the same person."""
        self.process_context.reload_code_location(name)
        return self.process_context.create_request_context(self.source)

    def get_viewer_tags(self) -> dict[str, str]:
        """The tags of the runs of a backfill: who asked for it."""
        return tags_of(self.person)


class Workspace(WorkspaceProcessContext):
    """The definitions, for persons."""

    def create_request_context(self, source: object | None = None) -> Asked:
        """Read-only unless the role says more."""
        assert isinstance(source, HTTPConnection)
        return Asked(self.instance, self.get_current_workspace(), self, self.version, source, read_only=True)


class Page(DagsterWebserver):
    """Dagster's web application; `tell` writes down a change with its facts before it happens."""

    def __init__(self, workspace: Workspace, poll_ms: int, tell: Tell) -> None:
        self._tell = tell
        super().__init__(workspace, live_data_poll_rate=poll_ms)

    def build_graphql_schema(self) -> Schema:
        """Dagster's schema, in which every change asks first whether the person may."""
        schema = create_schema()
        for name, field in schema.graphql_schema.mutation_type.fields.items():
            field.resolve = partial(self._changes, name, field.resolve)
        return schema

    def build_graphql_validation_rules(self) -> Collection[type[ASTValidationRule]]:
        """Dagster's own rules, and nobody asks what could be asked."""
        return [*specified_rules, NoSchemaIntrospectionCustomRule]

    def _changes(self, name: str, change: Callable[..., Any], root: Any, info: Any, **given: Any) -> Any:
        person = info.context.person
        allowed = person.may(name)
        self._tell(name, person, info.context.source, "toegestaan" if allowed else "geweigerd", over=list(about(given)))
        if not allowed:
            raise NotAllowed(f"{person.naam} is {person.rol} en mag {name} niet; vraag het aan een beheerder")
        tagged(given, tags_of(person))
        return change(root, info, **given)

    async def graphql_http_endpoint(self, request: Request) -> Response:
        """One question as JSON; of anything else Dagster makes an error with a traceback."""
        try:
            asked = await request.json()
        except ValueError:
            asked = None
        if not isinstance(asked, dict) or not isinstance(asked.get("query"), str):
            return PlainTextResponse("a question is an object with a query\n", 400)
        return await super().graphql_http_endpoint(request)

    def graphql_execution_thread(self, request: Request, query: str, **more: Any) -> JSONResponse:
        """The answer to one question, unless it asks too much."""
        if refused := self._too_much(request, query):
            return JSONResponse({"data": None, "errors": self.handle_graphql_errors([refused])}, 400)
        return super().graphql_execution_thread(request=request, query=query, **more)

    async def execute_graphql_subscription(self, websocket: WebSocket, query: str, **more: Any) -> tuple[Any, Any]:
        """The same of a question for news, which Dagster holds against no rule."""
        if refused := self._too_much(websocket, query):
            return None, refused.formatted
        return await super().execute_graphql_subscription(websocket=websocket, query=query, **more)

    def _too_much(self, asked: HTTPConnection, question: str) -> TooMuch | None:
        try:
            bounded(question)
        except TooMuch as refused:
            self._tell("vraag", asked.scope["person"], asked, "geweigerd", reden=refused.message)
            return refused
        return None

    def handle_graphql_errors(self, errors: Sequence[GraphQLError]) -> list[Any]:
        """What went wrong, without the stack of our code, which goes to the server's own log."""
        for err in errors:
            if err.original_error and not isinstance(err.original_error, GraphQLError):
                _LOG.error("a question failed: %s", err.message, exc_info=err.original_error)
        return [err.formatted for err in errors]

    def _determine_status_code(self, resolver_errors: list[GraphQLError] | None, captured_errors: list) -> int:
        refused = any(isinstance(err.original_error, NotAllowed) for err in resolver_errors or [])
        return 403 if refused else super()._determine_status_code(resolver_errors, captured_errors)

    def make_csp_header(self, nonce: str) -> str:
        """A stricter policy than Dagster's own, which lets in scripts of any site in an old browser."""
        return POLICY.format(nonce=nonce)

    def index_html_endpoint(self, request: Request) -> HTMLResponse:
        """The page, with who is logged in as a link to the account."""
        person, made = request.scope["person"], super().index_html_endpoint(request)
        body = made.body.decode().replace("</body>", f"{_link(person)}</body>")
        return HTMLResponse(body, headers={k: v for k, v in made.headers.items() if k != "content-length"})


def tags_of(person: Person) -> dict[str, str]:
    """The tags that say on a run who asked for it."""
    return {WHO: person.naam, **({WHERE: person.stad} if person.stad else {})}


def tagged(given: dict[str, Any], tags: dict[str, str]) -> None:
    """Put the tags on every run that a change launches, in the place of what somebody says of it himself."""
    for value in _values(given):
        for name in ("tags", "extraTags"):
            if isinstance(value, dict) and isinstance(value.get(name), list):
                value[name] = [t for t in value[name] if t["key"] not in (WHO, WHERE)]
    own = [{"key": key, "value": value} for key, value in tags.items()]
    for launched in (given.get("executionParams"), *given.get("executionParamsList", ())):
        if launched:
            said = launched.get("executionMetadata") or {}
            launched["executionMetadata"] = {**said, "tags": [*(said.get("tags") or []), *own]}
    if again := given.get("reexecutionParams"):
        again["extraTags"] = [*(again.get("extraTags") or []), *own]


def about(given: Any) -> Iterator[str]:
    """What a change is about, as `name=value`: jobs, assets, partitions and runs, never a configuration."""
    for value in _values(given):
        if isinstance(value, dict):
            for name in sorted(TOLD & value.keys()):
                found = value[name]
                parts = found if isinstance(found, list) else [found]
                if parts and all(isinstance(p, str | int | bool) for p in parts):
                    yield f"{name}={'/'.join(map(str, parts))}"[:200]


def _values(value: Any) -> Iterator[Any]:
    """A value of the arguments and all within it."""
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _values(inner)


def _permission(person: Person, permission: str) -> PermissionResult:
    enabled = any(permission in PERMISSIONS.get(role, ()) for role in person.roles())
    return PermissionResult(enabled=enabled, disabled_reason=None if enabled else "Je rol laat dit niet toe")


def _link(person: Person) -> str:
    told = html.escape(f"{person.naam} · {person.rol}")
    return (
        f'<a href="{ACCOUNT}" style="position:fixed;right:8px;bottom:8px;z-index:99;padding:2px 8px;'
        f'border-radius:8px;background:#163b36;color:#fff;font:12px sans-serif;text-decoration:none">{told}</a>'
    )
