"""Unpacking: what is in an archive comes out complete under our own names, and nothing hostile comes out at all.

All data is synthetic.
"""

import gzip
import io
import random
import stat
import struct
import sys
import zipfile
from pathlib import Path

import pytest

from pipelines.ingest.read.archive import CHUNK, LOCAL_HEADER_BYTES, Limits, members, refuse_unsafe_workbook
from pipelines.ingest.read.errors import ParseError
from tests.unit.raw_server import peak_bytes

CSV = b"nis_code;jaar;waarde\n99991;2023;12\n"
ZIP = "gegevens.zip"


def packed(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with these files under exactly these names."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo()
            info.filename, info.compress_type = name, compression  # set here, or it is cut at NUL
            archive.writestr(info, data)
    return target.getvalue()


def directory(data: bytes, number: int = 0) -> int:
    """Where the central entry of a member begins."""
    at = -1
    for _ in range(number + 1):
        at = data.index(b"PK\x01\x02", at + 1)
    return at


def patched(data: bytes, at: int, value: bytes) -> bytes:
    return data[:at] + value + data[at + len(value) :]


class Folder:
    """An archive beside a folder to unpack in, with a file next to both that nothing may touch."""

    def __init__(self, root: Path) -> None:
        self.root, self.into, self.path = root, root / "into", root / "delivered"
        self.into.mkdir()
        self.into.joinpath("sibling.csv").write_bytes(b"mine")
        root.joinpath("sibling.csv").write_bytes(b"mine")

    def unpack(self, data: bytes, wanted: str | None = None, name: str = ZIP, **limits: int) -> dict[str, bytes]:
        self.path.write_bytes(data)
        found = members(self.path, name, self.into, wanted, Limits(**limits))
        assert {m.path.parent for m in found} <= {self.into}
        assert sorted(p.name for p in self.into.iterdir()) == sorted(["sibling.csv", *(m.path.name for m in found)])
        return {m.name: m.path.read_bytes() for m in found}

    def refused(self, data: bytes, said: str, wanted: str | None = None, name: str = ZIP, **limits: int) -> str:
        """Demand a refusal in one sentence that leaves every other file as it was, and nothing new."""
        self.path.write_bytes(data)
        with pytest.raises(ParseError, match=said) as caught:
            members(self.path, name, self.into, wanted, Limits(**limits))
        files = {p: p.read_bytes() for p in self.root.rglob("*") if p.is_file() and p != self.path}
        assert files == {self.into / "sibling.csv": b"mine", self.root / "sibling.csv": b"mine"}
        told = str(caught.value)
        assert name in told
        assert "; " in told, "what to do"
        assert told.isprintable()
        return told


@pytest.fixture
def folder(tmp_path) -> Folder:
    return Folder(tmp_path)


# --- what must come out


def test_all_data_files_come_out_under_names_of_our_own(folder):
    files = {f"map/{n}": CSV + n.encode() for n in ("a.TXT", "b.csv", "c.tsv", "d.json", "e.geojson", "f.parquet")}
    other = {"leesmij.pdf": b"%PDF", "map/": b"", "__MACOSX/map/._b.csv": b"\0\5", "nota.docx": b"x"}
    assert folder.unpack(packed(files | other)) == files
    names = [p.name for p in folder.into.iterdir() if p.name != "sibling.csv"]
    assert all(name.startswith("member-") for name in names)
    assert {Path(name).suffix for name in names} == {".txt", ".csv", ".tsv", ".json", ".geojson", ".parquet"}


def test_what_is_wanted_comes_out_whatever_its_suffix(folder):
    files = {"2024/cijfers.dat": CSV, "2024/uitleg.csv": b"no", "toelichting.zip": packed({"a": b"b"})}
    assert folder.unpack(packed(files), r"^cijfers\.") == {"2024/cijfers.dat": CSV}


def test_a_sole_file_without_a_suffix_is_the_data(folder):
    assert folder.unpack(packed({"TF_CIJFERS": CSV, "__MACOSX/._TF_CIJFERS": b"x"})) == {"TF_CIJFERS": CSV}
    assert [p.suffix for p in folder.into.iterdir() if p.name != "sibling.csv"] == [""]


def test_a_workbook_in_a_zip_is_a_file_and_no_archive(folder):
    book = packed({"[Content_Types].xml": b"<Types/>"})
    assert folder.unpack(packed({"cijfers.xlsx": book})) == {"cijfers.xlsx": book}


@pytest.mark.parametrize(("name", "inside"), [("a.csv.gz", "a.csv"), ("a.tsv.GZ", "a.tsv"), ("download", "download")])
def test_a_gzip_file_comes_out_whole(folder, name, inside):
    data = gzip.compress(CSV) + gzip.compress(CSV)
    assert folder.unpack(data, name=name) == {inside: CSV * 2}


def test_a_highly_repetitive_small_file_is_no_bomb(folder):
    zeros = b"0;" * 400_000
    data = packed({"a.csv": zeros})
    assert len(data) * 200 < len(zeros)
    assert folder.unpack(data) == {"a.csv": zeros}


# --- damage

NOISE = random.Random(1).randbytes(5000)
WHOLE = packed({"a.csv": CSV, "b.csv": NOISE})
STORED = packed({"a.csv": CSV, "b.csv": CSV[::-1]}, zipfile.ZIP_STORED)
NAMED = packed({"\u00e9.csv": CSV})
DAMAGED = {
    "half": WHOLE[: len(WHOLE) // 2],
    "without its end": WHOLE[:-5],
    "without a middle": WHOLE[:2000] + WHOLE[2500:],
    "zeroed": patched(WHOLE, 1000, bytes(512)),
    "one bit": patched(STORED, STORED.index(CSV) + 3, b"X"),
    "directory": patched(WHOLE, directory(WHOLE), b"PK\x09\x09"),
    "local header": patched(WHOLE, LOCAL_HEADER_BYTES, b"z"),
    "crc in the directory": patched(WHOLE, directory(WHOLE) + 16, b"\0\0\0\0"),
    "name that is no utf-8": patched(patched(NAMED, 30, b"\xff"), directory(NAMED) + 46, b"\xff"),
    "declared shorter": patched(STORED, directory(STORED) + 24, struct.pack("<I", 5)),
    "declared longer": patched(WHOLE, directory(WHOLE) + 24, struct.pack("<I", 5000)),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=list(DAMAGED))
def test_a_damaged_zip_leaves_nothing(folder, data):
    folder.refused(data, "damaged or incomplete|not as long as|overlaps")


def test_damage_in_the_last_member_takes_the_first_away(folder):
    data = patched(STORED, STORED.index(CSV[::-1]), b"X")
    folder.refused(data, "damaged or incomplete .*CRC")
    assert folder.unpack(data, r"^a") == {"a.csv": CSV}


GZ = gzip.compress(CSV, mtime=0)
DAMAGED_GZ = {
    "half": GZ[:-20],
    "without its length": GZ[:-4],
    "crc": patched(GZ, len(GZ) - 8, b"\0\0\0\0"),
    "rest behind it": GZ + b"rest",
    "body": patched(GZ, 15, b"\xff\xff\xff\xff"),
    "magic alone": GZ[:4],
}


@pytest.mark.parametrize("data", DAMAGED_GZ.values(), ids=list(DAMAGED_GZ))
def test_a_damaged_gzip_leaves_nothing(folder, data):
    folder.refused(data, "damaged or incomplete", name="a.csv.gz")


def test_random_damage_ends_in_a_sentence_or_in_whole_files(folder):
    chance = random.Random(20261124)
    refused = 0
    for _ in range(400):
        data = bytearray(chance.choice((WHOLE, STORED)))
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(4, len(data))] = chance.randrange(256)
        folder.path.write_bytes(data[: chance.choice((len(data), chance.randrange(5, len(data))))])
        try:
            found = members(folder.path, ZIP, folder.into, None, Limits())
        except ParseError:
            refused += 1
        else:
            for member in found:
                assert member.path.read_bytes() in (CSV, CSV[::-1], NOISE), "a damaged member came out"
                member.path.unlink()
        assert [p.name for p in folder.into.iterdir()] == ["sibling.csv"]
    assert refused > 300


def test_what_is_no_archive_is_said_to_be_none(folder):
    folder.refused(b"Rar!\x1a\x07\x01\0", "neither a zip nor a gzip", name="a.rar")


# --- hostile


def linked() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        info = zipfile.ZipInfo("a.csv")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return target.getvalue()


NAMES = {
    "up": ("../sibling.csv", "leads out"),
    "up inside": ("map/../../sibling.csv", "leads out"),
    "only up": ("..", "leads out"),
    "absolute": ("/tmp/sibling.csv", "leads out"),
    "drive": ("C:\\sibling.csv", "leads out"),
    "drive with slash": ("c:/sibling.csv", "leads out"),
    "backslash": ("..\\sibling.csv", "has a backslash"),
    "nul": ("a.csv\0.txt", "has a backslash or NUL"),
    "mac": ("__MACOSX/../../sibling.csv", "leads out"),
    "folder": ("../map/", "leads out"),
    "terminal": ("../\x1b[2J\u202e.csv", "leads out"),
    "long": ("../" + "x" * 5000, "leads out"),
}


@pytest.mark.parametrize(("entry", "said"), NAMES.values(), ids=list(NAMES))
def test_a_name_that_leads_elsewhere_is_refused(folder, entry, said):
    told = folder.refused(packed({"goed.csv": CSV, entry: b"evil"}), said)
    assert len(told) < 300
    folder.refused(packed({"goed.csv": CSV, entry: b"evil"}), said, r"^goed")


def test_a_link_is_refused(folder):
    folder.refused(linked(), "a.csv is a link")


DOUBLES = {"same": "a.csv", "case": "A.CSV", "accent": "cafe\u0301.csv"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", DOUBLES.values(), ids=list(DOUBLES))
def test_a_name_that_stands_in_it_twice_is_refused(folder, name):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for entry in ("a.csv", "caf\u00e9.csv", name):
            archive.writestr(entry, CSV)
    folder.refused(target.getvalue(), "stands in it twice")


@pytest.mark.parametrize("bit", [0x01, 0x40], ids=["password", "strong"])
def test_a_password_is_said_to_be_needed(folder, bit):
    data = patched(WHOLE, 6, bytes([bit]))
    folder.refused(patched(data, directory(data) + 8, bytes([bit])), "a.csv is protected by a password")


@pytest.mark.parametrize("method", [1, 9, 12, 14, 99])
def test_other_ways_of_packing_are_refused(folder, method):
    folder.refused(patched(WHOLE, directory(WHOLE) + 10, bytes([method])), "packed in a way that cannot be read")


def test_entries_that_share_bytes_are_refused(folder):
    same = patched(WHOLE, directory(WHOLE, 1) + 42, bytes(4))
    folder.refused(same, "overlaps another")
    folder.refused(patched(WHOLE, directory(WHOLE) + 20, struct.pack("<I", len(CSV) + 60)), "overlaps another")
    folder.refused(patched(WHOLE, directory(WHOLE, 1) + 20, struct.pack("<I", 9000)), "overlaps another|damaged")


def test_a_file_of_overlapping_entries_does_not_unpack_without_end(folder):
    """As published by Fifield: every entry points at the one kernel."""
    kernel = packed({"0.csv": bytes(2_000_000)})
    local, entry = kernel[: directory(kernel)], kernel[directory(kernel) : kernel.rindex(b"PK\x05\x06")]
    many = b"".join(entry.replace(b"0.csv", b"%d.csv" % n) for n in range(10))
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 10, 10, len(many), len(local), 0)
    folder.refused(local + many + end, "overlaps another")


def test_a_bomb_is_capped_while_it_unpacks(folder):
    bomb = packed({"a.csv": bytes(50_000_000)})
    assert len(bomb) * 900 < 50_000_000
    assert peak_bytes(lambda: folder.refused(bomb, "unpacks to more than 200 times its size")) < 3_000_000
    squeezed = gzip.compress(bytes(50_000_000))
    told = "unpacks to more than 200 times its size"
    assert peak_bytes(lambda: folder.refused(squeezed, told, name="a.csv.gz")) < 3_000_000


def test_a_bomb_that_says_it_is_small_is_no_smaller(folder):
    bomb = packed({"a.csv": bytes(50_000_000)})
    folder.refused(patched(bomb, directory(bomb) + 24, struct.pack("<I", 30_000_000)), "200 times")
    folder.refused(patched(bomb, directory(bomb) + 24, struct.pack("<I", 100)), "damaged")


def test_the_byte_cap_counts_all_members(folder):
    data = packed({"a.csv": bytes(600), "b.csv": bytes(600)})
    folder.refused(data, "unpacks to more than 1199 bytes", max_bytes=1199)
    assert len(folder.unpack(data, max_bytes=1200)) == 2
    for path in folder.into.glob("member-*"):
        path.unlink()
    folder.refused(gzip.compress(bytes(1200)), "more than 1199 bytes", name="a.csv.gz", max_bytes=1199)


NESTED = {
    "by suffix": ({"a.csv": CSV, "meer.zip": WHOLE}, "holds the archive meer.zip"),
    "disguised": ({"a.csv": WHOLE}, "holds another archive, a.csv"),
    "disguised gzip": ({"a.csv": GZ}, "holds another archive, a.csv"),
    "without suffix": ({"data": WHOLE}, "holds another archive, data"),
    "seven": ({"meer.7z": b"7z"}, "holds the archive meer.7z"),
}


@pytest.mark.parametrize(("files", "said"), NESTED.values(), ids=list(NESTED))
def test_an_archive_in_an_archive_is_refused(folder, files, said):
    folder.refused(packed(files), said)


def test_an_archive_in_a_gzip_is_refused_and_so_is_one_that_is_wanted(folder):
    folder.refused(gzip.compress(WHOLE), "holds another archive", name="a.csv.gz")
    folder.refused(gzip.compress(GZ), "holds another archive", name="a.csv.gz")
    folder.refused(gzip.compress(b"x"), "holds the archive a.tar", name="a.tar.gz")
    folder.refused(packed({"meer.zip": WHOLE}), "holds another archive, meer.zip", "meer")


def test_what_is_inside_is_listed_when_it_is_not_what_was_looked_for(folder):
    told = folder.refused(packed({"leesmij.pdf": b"%PDF", "map/nota.docx": b"x"}), "is a data file")
    assert "it holds leesmij.pdf, map/nota.docx;" in told
    told = folder.refused(packed({f"{n}.csv": CSV for n in range(12)}), "matches 2025", "2025")
    assert "it holds 0.csv, 1.csv" in told
    assert "9.csv ...;" in told
    folder.refused(packed({}), "it holds no files")
    folder.refused(GZ, "nothing in a.csv.gz matches", "^b", name="a.csv.gz")
    folder.refused(packed({"a": b"1", "b": b"2"}), "it holds a, b")


def test_a_folder_that_cannot_be_written_is_not_taken_for_damage(folder):
    folder.path.write_bytes(WHOLE)
    with pytest.raises(FileNotFoundError):
        members(folder.path, ZIP, folder.root / "nowhere")


# --- workbooks

SHEET = "<?xml version='1.0' encoding='UTF-8'?><sheet><c>7</c></sheet>"
LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><sheet>&b;</sheet>"


def book(sheet: bytes | str, part: str = "xl/worksheets/sheet1.xml") -> bytes:
    data = sheet.encode() if isinstance(sheet, str) else sheet
    return packed({"[Content_Types].xml": b"<Types/>", part: data})


def test_a_sound_workbook_is_let_through(tmp_path):
    import openpyxl

    path = tmp_path / "a.xlsx"
    made = openpyxl.Workbook()
    made.active.append(["nis_code", "DOCTYPE", "<!DOCTYPE x>", "é"])
    made.active["A2"].hyperlink = "https://example.org/?a=1&b=2"
    made.save(path)
    refuse_unsafe_workbook(path, "a.xlsx")
    for data in (book(SHEET), book(SHEET.replace("UTF-8", "UTF-16").encode("utf-16")), packed({"mimetype": b"ods"})):
        path.write_bytes(data)
        refuse_unsafe_workbook(path, "a.xlsx")


SPLIT = "<sheet>" + "x" * (CHUNK - 12) + "<!DOCTYPE x>"
UNSAFE = {
    "doctype": (book("<!DOCTYPE sheet><sheet/>"), "defines or includes XML entities"),
    "lower case": (book("<!doctype sheet><sheet/>"), "defines or includes"),
    "entity": (book("<sheet><!ENTITY x 'y'></sheet>"), "defines or includes"),
    "laughs": (book(LAUGHS), "sheet1.xml defines or includes"),
    "utf-16": (book(LAUGHS.encode("utf-16")), "defines or includes"),
    "utf-16-be": (book(LAUGHS.encode("utf-16-be")), "defines or includes"),
    "utf-32": (book(LAUGHS.encode("utf-32")), "defines or includes"),
    "between chunks": (book(SPLIT), "defines or includes"),
    "in relations": (book(LAUGHS, "_rels/.rels"), "defines or includes"),
    "under another suffix": (book(LAUGHS, "xl/sheet1.bin"), "defines or includes"),
    "ods": (packed({"mimetype": b"ods", "content.xml": LAUGHS.encode()}), "content.xml defines"),
    "xinclude": (book("<s xmlns:x='http://www.w3.org/2001/XInclude'><x:include/></s>"), "defines or includes"),
    "utf-7": (book("<?xml version='1.0' encoding='UTF-7'?>+ADwAIQ-DOCTYPE x+AD4-"), "an encoding that workbooks"),
    "bomb": (book(b"<a>" + bytes(20_000_000)), "unpacks to more than 200 times"),
    "no workbook": (WHOLE, "is a zip and not a workbook"),
    "name": (packed({"[Content_Types].xml": b"", "../x.xml": b""}), "leads out"),
    "half": (book(SHEET)[:-30], "damaged or incomplete"),
    "no zip": (b"\xd0\xcf\x11\xe0 synthetic", "damaged or incomplete"),
}


@pytest.mark.parametrize(("data", "said"), UNSAFE.values(), ids=list(UNSAFE))
def test_an_unsafe_workbook_is_refused(tmp_path, data, said):
    path = tmp_path / "a.xlsx"
    path.write_bytes(data)
    with pytest.raises(ParseError, match=said) as caught:
        refuse_unsafe_workbook(path, "a.xlsx")
    assert str(caught.value).startswith("a.xlsx")
    assert [p.name for p in tmp_path.iterdir()] == ["a.xlsx"]


@pytest.mark.allow_hosts(["127.0.0.0/8"])
def test_a_workbook_that_points_elsewhere_reads_nothing_there(serve, tmp_path):
    server, canary = serve(b"HTTP/1.1 200 OK\r\n\r\ncanary"), tmp_path / "canary.txt"
    canary.write_text("canary-content")
    opened = []
    watching = [True]  # a hook stays for good
    sys.addaudithook(lambda event, args: opened.append(str(args[0])) if watching and event == "open" else None)
    path = tmp_path / "a.xlsx"
    for target in (server.url, canary.as_uri()):
        for sheet in (
            f"<!DOCTYPE s [<!ENTITY x SYSTEM '{target}'>]><s>&x;</s>",
            f"<!DOCTYPE s SYSTEM '{target}'><s/>",
            f"<!DOCTYPE s [<!ENTITY % p SYSTEM '{target}'> %p;]><s/>",
        ):
            path.write_bytes(book(sheet))
            with pytest.raises(ParseError) as caught:
                refuse_unsafe_workbook(path, "a.xlsx")
            assert "canary-content" not in str(caught.value)
    watching.clear()
    assert server.connections == 0
    assert str(path) in opened
    assert [name for name in opened if "canary" in name] == []
