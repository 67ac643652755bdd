"""The files of an earlier release, packed: by themselves, or as what differs from the same file of the next release.

What is unpacked has every byte that it had. A file that differs names the release that it was held against; an empty
one says that the two are the same. Tables are compared as text, for one other row changes every byte that gzip writes
after it.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from backports import zstd

ALONE, AGAINST, GZ = ".zst", ".tegen-", ".gz"
# bytes that are compared at once, and in which the same is looked for in the same place; how far a row may have moved
# in the file, and how far it is looked for around a few bytes
CHUNK, STEP, AROUND, NEAR = 64 << 20, 1 << 18, 32 << 20, 2 << 20
SAME = bytes.fromhex("502a4d1808000000")  # of zstd: a frame of eight bytes that says something else
WINDOW = 28  # the power of two that holds a chunk and all that it is compared with
LEVEL, TEXT_LEVEL = 1, 4  # of zstd: a higher level takes twice the time to save a fifteenth
SMALLEST = 8  # bytes: what is less cannot be compared with
# fast where little differs; what differs by more than a hundredth is looked through once more, with a place for every
# few bytes, which makes it a fifth smaller
QUICK = {
    zstd.CompressionParameter.compression_level: 1,
    zstd.CompressionParameter.enable_long_distance_matching: 1,
    zstd.CompressionParameter.window_log: WINDOW,
    zstd.CompressionParameter.checksum_flag: 1,
}
LITTLE = 1 / 100
PLACES = 24  # the power of two of places that are remembered at most
ROOM = {zstd.DecompressionParameter.window_log_max: WINDOW}


class Unpackable(Exception):
    """A packed file that is gone or altered, or was held against one that is: which one."""


def gzipped(source: Path, target: Path) -> None:
    """Pack a text so that the same text gives the same bytes under the same name; DuckDB takes three times as long for
    files that are as large."""
    with source.open("rb") as text, gzip.GzipFile(target, "wb", TEXT_LEVEL, mtime=0) as packed:
        shutil.copyfileobj(text, packed, 1 << 20)


def pack_alone(path: Path, target: Path) -> None:
    """Pack a database by itself."""
    with path.open("rb") as source, zstd.open(target, "wb", level=LEVEL) as packed:
        shutil.copyfileobj(source, packed, 1 << 20)


def pack_against(path: Path, later: Path, target: Path) -> None:
    """Write down what differs in a file from a later one of the same name, which is another file."""
    own, other = (_text(p, target.with_name(f"{target.name}-{side}")) for p, side in ((path, "own"), (later, "later")))
    with own.open("rb") as source, other.open("rb") as base, target.open("wb") as packed:
        for start, chunk in _compared(source, base):
            if isinstance(chunk, bytes):
                packed.write(_against(chunk, _near(base, start, len(chunk))))
            else:
                packed.write(SAME + chunk.to_bytes(8, "little"))


def _compared(source: BinaryIO, base: BinaryIO) -> Iterator[tuple[int, bytes | int]]:
    """What lies in a file from where on: bytes, or how many that the other file has in the same place."""
    start = same = 0
    other = bytearray()
    while True:
        own = source.read(STEP)
        base.seek(start + same + len(other))  # who gets what is yielded reads elsewhere in it
        is_same = bool(own) and own == base.read(STEP)
        if same and not is_same:
            yield start, same
            start, same = start + same, 0
        if other and (is_same or not own or len(other) >= CHUNK):
            yield start, bytes(other)
            start, other = start + len(other), bytearray()
        if not own:
            break
        if is_same:
            same += len(own)
        else:
            other += own


def unpacked(releases: Path, release: str, name: str, folder: Path) -> Path:
    """A file of a release: in its place where it is whole, else unpacked in this folder. Raises Unpackable."""
    place, target = releases / release / name, folder / release / name
    if place.exists():
        return place
    packed = _packed(place)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not packed.stat().st_size:
        later = unpacked(releases, _later(packed, place), name, folder)
        shutil.copyfile(later, target)
        _let_go(later, folder)
        return target
    content = _content(releases, release, name, folder)
    if place.suffix == GZ:
        gzipped(content, target)
        content.unlink()
    return target


def _content(releases: Path, release: str, name: str, folder: Path) -> Path:
    """What is compared of a file, unpacked in a folder unless it lies in its place: of a packed table the text, which
    no release on the way needs to pack again."""
    place, target = releases / release / name, folder / release / name.removesuffix(GZ)
    target.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        return _text(place, target)
    packed = _packed(place)
    try:
        if packed == alone(place):
            with zstd.open(packed) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink, 1 << 20)
            return target
        later = _content(releases, _later(packed, place), name, folder)
        if not packed.stat().st_size:
            return later
        _apply(packed, later, target)
    except (zstd.ZstdError, EOFError, gzip.BadGzipFile) as err:
        raise Unpackable(packed) from err
    _let_go(later, folder)
    return target


def _packed(place: Path) -> Path:
    packed = packed_file(place)
    if packed is None:
        raise Unpackable(place)
    return packed


def _later(packed: Path, place: Path) -> str:
    """The release that a packed file was held against."""
    return packed.name[len(place.name + AGAINST) : -len(ALONE)]


def _let_go(path: Path, folder: Path) -> None:
    if path.is_relative_to(folder):
        path.unlink()


def _apply(packed: Path, later: Path, target: Path) -> None:
    with later.open("rb") as base, target.open("wb") as sink:
        rest = packed.read_bytes()
        while rest:
            start = sink.tell()
            if rest.startswith(SAME):
                base.seek(start)
                sink.write(base.read(int.from_bytes(rest[8:16], "little")))
                rest = rest[16:]
                continue
            near = _near(base, start, zstd.get_frame_info(rest).decompressed_size)
            frame = zstd.ZstdDecompressor(zstd_dict=_prefix(near), options=ROOM)
            sink.write(frame.decompress(rest))
            if not frame.eof:
                raise EOFError
            rest = frame.unused_data


def _near(base: BinaryIO, start: int, size: int) -> bytes:
    """What a chunk of so many bytes that starts here is compared with."""
    around = min(AROUND, max(size, NEAR))
    first = max(0, start - around)
    base.seek(first)
    return base.read(start + size + around - first)


def _prefix(near: bytes) -> Any:
    return zstd.ZstdDict(near, is_raw=True).as_prefix if len(near) >= SMALLEST else None


def _against(chunk: bytes, near: bytes) -> bytes:
    quick = zstd.compress(chunk, options=QUICK, zstd_dict=_prefix(near))
    if len(quick) <= LITTLE * len(chunk):
        return quick
    places = min(PLACES, max(10, (len(chunk) + len(near)).bit_length() - 2))
    thorough = {
        **QUICK,
        zstd.CompressionParameter.compression_level: 5,
        zstd.CompressionParameter.enable_long_distance_matching: 0,
        zstd.CompressionParameter.hash_log: places,
        zstd.CompressionParameter.chain_log: places,
    }
    return min(quick, zstd.compress(chunk, options=thorough, zstd_dict=_prefix(near)), key=len)


def _text(path: Path, place: Path) -> Path:
    """What is compared of a file: of a packed table the text, which is written to this place."""
    if path.suffix != GZ:
        return path
    with gzip.open(path) as packed, place.open("wb") as text:
        shutil.copyfileobj(packed, text, 1 << 20)
    return place


def packed_file(place: Path) -> Path | None:
    """What is kept of a file that is packed, or None; by itself where it is kept in both ways."""
    if alone(place).exists():
        return alone(place)
    return next(iter(sorted(place.parent.glob(f"{place.name}{AGAINST}*{ALONE}"))), None)


def of_packed(path: Path) -> str:
    """The name of the file that is packed in this one."""
    return path.name.removesuffix(ALONE).partition(AGAINST)[0]


def alone(place: Path) -> Path:
    """Where a file is kept that is packed by itself."""
    return place.with_name(place.name + ALONE)


def against(place: Path, later: str) -> Path:
    """Where is kept in what a file differs from that of a later release."""
    return place.with_name(f"{place.name}{AGAINST}{later}{ALONE}")
