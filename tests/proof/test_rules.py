"""What of the publishers may not be in the repository."""

import hashlib
import subprocess
from pathlib import Path

from pipelines.describe.specfile import ROOT


def test_no_file_of_a_publisher_is_in_the_repository(shared: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    ours = {ROOT / name for name in tracked.decode().split("\0") if name}
    theirs = {p.stat().st_size: p for p in (shared / "data").rglob("*") if p.is_file()}
    hashes = {digest(p): p.name for p in (shared / "data").rglob("*") if p.is_file()}
    assert len(ours) > 50
    assert len(theirs) > 50
    assert {p: hashes.get(digest(p)) for p in ours if p.is_file() and hashes.get(digest(p))} == {}


def digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
