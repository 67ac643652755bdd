"""The proof of killed downloads (tests/proof/download.py) sees what is not whole; what a kill leaves is cleaned."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proof import download as downloads

pytestmark = pytest.mark.proof


def test_the_proof_sees_an_object_that_is_not_whole(tmp_path: Path) -> None:
    """Shows that the zero beside this means something."""
    publisher = downloads.Publisher()
    with publisher.serving() as urls:
        home = downloads.Home(tmp_path / "home")
        downloads.download(home, urls[:1])
        proof = downloads.Proof(home, urls, publisher)
        try:
            (name,) = proof.check()
            path = proof.store.path(name)
            path.write_bytes(path.read_bytes()[:-1])
            with pytest.raises(AssertionError, match="partial objects"):
                proof.check()
            path.unlink()
            with pytest.raises(FileNotFoundError):
                proof.check()
        finally:
            proof.close()


def test_whatever_a_kill_leaves_behind_is_cleaned(tmp_path: Path) -> None:
    """The places where a download writes; what was remembered of a publisher was once forgotten here."""
    home = downloads.Home(tmp_path)
    for place in ("tmp/fetch-1.tmp", "raw/objects/.tmp-1", "raw/een/.tmp-1", "raw/een/hints/.tmp-1"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(b"half")
    (tmp_path / "raw" / "een" / "hints" / "web.json").write_text("{}")
    with home.lock():
        files = [str(p.relative_to(tmp_path)) for p in sorted(tmp_path.rglob("*")) if p.is_file()]
        assert files == ["formaat", "raw/een/hints/web.json", "refresh.lock"]
