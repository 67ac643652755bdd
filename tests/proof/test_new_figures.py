"""From a sample file to figures in the mart with `obmi new`, `drop` and `refresh`: no SQL, no Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from pipelines.describe.specfile import ROOT
from tests.helpers import query
from tests.homes import linked
from tests.proof.test_causes import POVERTY, first
from tests.unit.described import ABOUT, areas, table

__all__ = ["first"]
PARTS = ("pipelines", "models", "sources", "expectations")


def test_a_new_dataset_reaches_the_mart_without_sql_or_python(first: Path, tmp_path: Path) -> None:
    """Synthetic: homes by kind in every Flemish municipality of 2024; they add up over kinds, and over mergers. The
    home has figures on poverty already."""
    checkout, home = tmp_path / "checkout", linked(first / "home", tmp_path / "home")
    for part in PARTS:
        shutil.copytree(ROOT / part, checkout / part, ignore=shutil.ignore_patterns("__pycache__"))
    (checkout / "obmi.toml").write_text(f'[refresh]\ndatasets = ["{POVERTY}"]\n', encoding="utf-8")
    (tmp_path / "antwoorden.yaml").write_text(
        yaml.safe_dump(
            {
                **ABOUT,
                "dimensies": {"soort": "som"},
                "kolommen": {"woningen": "aantal"},
                "naam_en": "homes",
                "eenheid": "woningen",
            }
        ),
        encoding="utf-8",
    )
    towns = areas("gemeente2024")
    rows = [
        f"{y};{c};{k};{y - 2000 + n}" for y in (2019, 2020, 2021) for c in towns for k, n in (("huis", 1), ("flat", 2))
    ]
    sample = table(tmp_path / "proef.csv", "jaar;nis;soort;woningen", rows)

    def obmi(*args: object) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.cli", *map(str, args)],
            cwd=checkout,
            env={
                **os.environ,
                "PYTHONPATH": str(checkout),
                "OBMI_HOME": str(home),
                "OBMI_CONFIG": str(checkout / "obmi.toml"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    before = {p.relative_to(checkout) for p in checkout.rglob("*") if p.suffix in (".sql", ".py")}
    obmi("new", "proef_woningen", "--from", sample, "--answers", tmp_path / "antwoorden.yaml", "--to", checkout)
    obmi("drop", "proef_woningen", sample)
    obmi("refresh")
    assert {p.relative_to(checkout) for p in checkout.rglob("*") if p.suffix in (".sql", ".py")} == before
    found = query(
        home,
        "SELECT gebied, periode, waarde FROM mart.waarneming WHERE onderwerp = 'v2299_woningen' "
        "AND (gebiedsniveau, gebied) IN (('gemeente', '71072'), ('gemeente', '44021'), ('gewest', '02000')) "
        "AND periode IN ('2019', '2021') ORDER BY ALL",
    )
    expected = {"02000": len(towns), "44021": 1, "71072": 2}
    assert found == [(area, str(y), n * (2 * (y - 2000) + 3)) for area, n in expected.items() for y in (2019, 2021)]
    ((name, unit, source),) = query(
        home, "SELECT naam, eenheid, bron FROM mart.onderwerp WHERE onderwerp = 'v2299_woningen'"
    )
    assert (name, unit) == ("woningen", "woningen")
    assert "proef_woningen" in str(source)
