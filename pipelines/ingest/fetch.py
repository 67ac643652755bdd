"""Get a dataset's bytes: from its address, from the built-in figures, or from a person's hands."""

from __future__ import annotations

import glob
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipelines.config import Settings
from pipelines.home import Home, Problem, now, read_json, write_json
from pipelines.ingest.raw import Delivery, RawFile, RawStore
from pipelines.specs import ROOT, Dataset


class SourceError(Problem):
    """Bytes that could not be had: one sentence with what, where, and what to do."""


def fetch(spec: Dataset, profile: str, home: Home, settings: Settings) -> Delivery | None:
    """Bring in what is new for one dataset; None where nothing changed.

    A dataset without an address of its own (protocol `drop`) starts from the built-in figures in every
    profile. Raises SourceError.
    """
    store = RawStore(home)
    local = settings.sources.get(spec.id)
    if local and local.files:
        paths = [p for pattern in local.files for p in sorted(glob.glob(pattern))]
        return _from_files(store, spec, paths, profile, ", ".join(local.files))
    if profile == "live" and (spec.protocol == "http_file" or (local and local.url)):
        return _from_web(store, spec, (local.url if local else []) or spec.url, home, settings)
    paths = [str(p) for p in sorted((ROOT / "sources" / "voorbeeld").glob(spec.voorbeeld))]
    return _from_files(store, spec, paths, profile, f"sources/voorbeeld/{spec.voorbeeld}")


def drop(spec: Dataset, paths: list[Path], home: Home) -> Delivery:
    """Take over files that a person hands over; they enter the next refresh through the same gate."""
    store = RawStore(home)
    if missing := [p for p in paths if not p.is_file()]:
        raise SourceError(f"{missing[0]} is not a file; name the file that you want to hand over")
    delivery = store.deliver(spec.id, "drop", [_keep(store, p, {"path": p.name}) for p in paths])
    if delivery is None:
        raise SourceError(f"no file was named for {spec.id}; name at least one")
    return delivery


def _keep(store: RawStore, path: Path, origin: dict[str, str]) -> RawFile:
    with path.open("rb") as stream:
        return store.keep(stream, path.name, {**origin, "at": now().isoformat(timespec="seconds")})


def _from_files(store: RawStore, spec: Dataset, paths: list[str], profile: str, wanted: str) -> Delivery | None:
    if not paths:
        raise SourceError(f"{spec.id}: no file matches {wanted}; restore the files or correct the pattern")
    return store.deliver(spec.id, profile, [_keep(store, Path(p), {"path": Path(p).name}) for p in paths])


def _from_web(store: RawStore, spec: Dataset, urls: list[str], home: Home, settings: Settings) -> Delivery | None:
    from pipelines.ingest.connect import FetchError, HttpSettings, NotFound, safe_url
    from pipelines.ingest.http import fetch as download

    hosts = {urlsplit(url).hostname or "" for url in urls} | set(settings.http.allowed_hosts)
    limits = HttpSettings(
        allowed_hosts=frozenset(hosts),
        allow_loopback=settings.http.loopback,
        deadline_s=settings.http.deadline_s,
        max_bytes=settings.http.max_bytes,
        attempts=settings.http.attempts,
    )
    hints_path = store.root / spec.id / "hints" / "etag.json"
    hints = read_json(hints_path, {})
    files, failed = [], []
    for url, optional in _expand(spec, urls):
        try:
            got = download(url, home.tmp, limits, etag=hints.get(url, {}).get("etag"))
        except NotFound as err:
            if not optional:
                failed.append(str(err))
            continue
        except FetchError as err:
            failed.append(str(err))
            continue
        if got is None:
            continue
        try:
            name = Path(unquote(urlsplit(got.final_url).path)).name or "download"
            origin = {
                "url": safe_url(url),
                "final_url": safe_url(got.final_url),
                "status": str(got.status),
                **got.headers,
            }
            kept = _keep(store, got.path.rename(got.path.with_name(name)), origin)
        finally:
            (got.path.with_name(name)).unlink(missing_ok=True)
        files.append(kept)
        if etag := got.headers.get("etag"):
            hints[url] = {"etag": etag, "sha256": kept.sha256}
    delivery = store.deliver(spec.id, "live", files) if files else None
    write_json(hints_path, hints)
    if failed:
        raise SourceError("; ".join(failed))
    return delivery


def _expand(spec: Dataset, urls: list[str]) -> list[tuple[str, bool]]:
    """Addresses per year for `{jaar}`; this year's may not be published yet and is optional."""
    this_year = now().year
    return [
        (url.format(jaar=year), year == this_year)
        for url in urls
        for year in (range(spec.dekking.vanaf, this_year + 1) if "{jaar}" in url else [None])
    ]
