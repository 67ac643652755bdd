"""obmi.toml: what one installation sets differently from the sources' own specs."""

from __future__ import annotations

import ipaddress
import os
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.describe.specfile import ROOT
from pipelines.home import Home, Problem


class ConfigError(Problem):
    """A configuration that cannot be used: one sentence with file, key and what to do."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSetting(_Section):
    """Where one dataset comes from here: other addresses, or local files (paths or globs)."""

    url: list[str] = []
    files: list[str] = []


class Http(_Section):
    """Limits of downloads; seconds and bytes."""

    allowed_hosts: list[str] = []
    loopback: bool = False
    deadline_s: float = 600
    max_bytes: int = 2_000_000_000
    attempts: int = Field(5, ge=1, le=5)


class Gate(_Section):
    """`timeout_s` bounds all checks of one delivery; `max_share` is the share of areas that may be held
    back one by one before the whole delivery is."""

    timeout_s: float = 300
    max_share: float = 0.1


class Query(_Section):
    """Bounds of `obmi query`."""

    timeout_s: float = Field(60, gt=0)
    memory: str = Field("1GB", pattern=r"^[1-9]\d*[KMG]B$")
    threads: int = Field(2, ge=1)

    @property
    def memory_bytes(self) -> int:
        """`memory` as a number of bytes."""
        return int(self.memory[:-2]) * 1000 ** ("KMG".index(self.memory[-2]) + 1)


class Refresh(_Section):
    """`datasets` are those that a refresh brings in by itself; all of the profile when empty."""

    datasets: list[str] = []


class Releases(_Section):
    """`keep` is how many releases stay on disk; `groups` is who may read the file of a city, and of `alles`."""

    keep: int = Field(30, ge=2)
    groups: dict[str, str] = {}


class Alerts(_Section):
    """Where alerts go: an address that takes JSON by POST (OBMI_WEBHOOK where it is a secret), and a file, which is
    meldingen.jsonl in the home when left out."""

    webhook: str = ""
    bestand: str = ""


class Serve(_Section):
    """How `make serve` is reached: the address and port that it listens on, the `names` that a browser knows it by, the
    files of its certificate and key, and after how many minutes unused and hours in all a session ends."""

    host: str = "127.0.0.1"
    port: int = Field(3000, ge=1, le=65535)
    names: list[str] = []
    certificate: str = ""
    key: str = ""
    idle_min: float = Field(30, gt=0)
    hours: float = Field(12, gt=0)


class Oidc(_Section):
    """The OpenID provider that people of `make serve` log in with: the claims that hold their name, roles and city, and
    which role a value among the roles stands for here. Its secret is OBMI_OIDC_SECRET."""

    issuer: str = ""
    client_id: str = ""
    scope: str = "openid profile"
    name: str = "preferred_username"
    role: str = "roles"
    city: str = ""
    roles: dict[str, Literal["lezer", "analist", "beheerder"]] = {}


class Settings(_Section):
    """Everything obmi.toml may say."""

    http: Http = Http()
    refresh: Refresh = Refresh()
    gate: Gate = Gate()
    query: Query = Query()
    releases: Releases = Releases()
    meldingen: Alerts = Alerts()
    serve: Serve = Serve()
    oidc: Oidc = Oidc()
    sources: dict[str, SourceSetting] = {}

    def brings_in(self, dataset: str) -> bool:
        """True when a refresh may start with this dataset without being asked for it."""
        return not self.refresh.datasets or dataset in self.refresh.datasets


def is_loopback(host: str) -> bool:
    """Whether an address or name is of this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load_settings(root: Path = ROOT) -> Settings:
    """Read the file named in OBMI_CONFIG, or obmi.toml beside the sources where there is one."""
    named = os.environ.get("OBMI_CONFIG")
    path = Path(named) if named else root / "obmi.toml"
    if not path.exists():
        if named:
            raise ConfigError(f"OBMI_CONFIG names {path}, which does not exist; correct the path or unset it")
        return Settings()
    try:
        return Settings(**tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as err:
        raise ConfigError(f"{path} is not valid TOML ({err}); mend it and try again") from err
    except ValidationError as err:
        first = err.errors()[0]
        key = ".".join(str(p) for p in first["loc"])
        raise ConfigError(f"{path}: {key}: {first['msg']}; mend the key and try again") from err


def load_home(root: Path = ROOT) -> Home:
    """The home in OBMI_HOME, or warehouse/ in the checkout. Raises ConfigError, or Damaged if later code wrote it."""
    home = Home(Path(os.environ.get("OBMI_HOME") or root / "warehouse"))
    if "," in str(home.root):  # DuckDB would read it as two folders
        raise ConfigError(f"OBMI_HOME is {home.root}, and a comma cannot be in it; choose a folder without one")
    home.refuse_later()
    return home
