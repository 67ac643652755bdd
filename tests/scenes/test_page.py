"""Dagster's page as `make ui` serves it, asked over HTTP what a browser asks of an asset."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import dagster as dg
import pytest
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from dagster_webserver.app import create_app_from_workspace_process_context

from pipelines.describe.specfile import ROOT
from pipelines.desk.labels import key_of
from pipelines.serve.door import behind_the_door
from tests.proof.ui import EVIL, free_port
from tests.visitors import Visitor, listening

POVERTY = "landing.statbel_armoederisico"
ASKED = """query { assetNodeOrError(assetKey: {path: ["landing", "statbel_armoederisico"]}) { ... on AssetNode {
  description groupName kinds isMaterializable owners { ... on TeamAssetOwner { team } }
  assetMaterializations(limit: 1) { tags { key value } } assetChecksOrError { ... on AssetChecks { checks { name } } }
} } }"""


@pytest.fixture
def page() -> Iterator[Visitor]:
    """Somebody before the page, whose history knows one landing."""
    origin = InProcessCodeLocationOrigin(
        LoadableTargetOrigin(
            executable_path=sys.executable, module_name="pipelines.definitions", working_directory=str(ROOT)
        )
    )
    with dg.instance_for_test() as instance:
        tags = {"dagster/data_version": "v1"}
        instance.report_runless_asset_event(dg.AssetMaterialization(key_of(POVERTY), tags=tags))
        with WorkspaceProcessContext(instance, InProcessWorkspaceLoadTarget(origin)) as workspace:
            port = free_port()
            with listening(behind_the_door(create_app_from_workspace_process_context(workspace), port)):
                yield Visitor(f"http://127.0.0.1:{port}")


def test_an_analyst_asks_the_page_of_an_asset(page: Visitor) -> None:
    shown = page.client.get("/assets/landing/statbel_armoederisico")
    assert shown.status_code == 200
    script = re.search(r'src="(/[^"]+\.js)"', shown.text)
    assert page.client.get(script[1]).headers["content-type"].startswith(("text/javascript", "application/javascript"))
    asset = page.ask(ASKED).json()["data"]["assetNodeOrError"]
    assert asset["description"].startswith("Administratief inkomen")
    assert (asset["groupName"], asset["isMaterializable"]) == ("3_landing/inkomen_en_armoede", True)
    assert {"team": "statbel"} in asset["owners"]
    assert {"key": "dagster/data_version", "value": "v1"} in asset["assetMaterializations"][0]["tags"]
    assert {"sleutel", "dekking"} <= {check["name"] for check in asset["assetChecksOrError"]["checks"]}
    assert page.ask(ASKED, Origin=EVIL).status_code == 403
