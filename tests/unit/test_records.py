"""Reading JSON answers: every number as written, nothing lost, nothing guessed. All data is made up."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from pipelines.ingest.read.cube import jsonstat_table
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.records import records_table, sos_table


def put(tmp_path: Path, text: str | bytes | dict) -> Path:
    path = tmp_path / "answer.json"
    data = json.dumps(text) if isinstance(text, dict) else text
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_cells_are_what_the_publisher_wrote(tmp_path: Path) -> None:
    body = """{"facts": [
        {"a": 1.50, "b": 12345678901234567890.10, "c": -0, "d": 1E5, "e": null, "f": true, "g": false, "h": ""},
        {"a": "1,5", "b": {"lon": 3.70, "tag": "caf\\u00e9", "n": null}, "i": [1.0, "x", {"y": 2.50}]}
    ]}"""
    columns, rows = records_table(put(tmp_path, body), "facts")
    assert columns == ["a", "b", "c", "d", "e", "f", "g", "h", "i"]
    assert list(rows) == [
        ["1.50", "12345678901234567890.10", "-0", "1E5", "", "true", "false", "", ""],
        ["1,5", '{"lon":3.70,"tag":"café","n":null}', "", "", "", "", "", "", '[1.0,"x",{"y":2.50}]'],
    ]


@pytest.mark.parametrize(
    ("records", "body"),
    [("", '[{"a": 1.0}]'), ("a.b", '{"a": {"b": [{"a": 1.0}]}}'), (".", '\ufeff{"a": 1.0}\r\n\r\n')],
    ids=["whole", "dotted", "lines"],
)
def test_where_the_list_is(tmp_path: Path, records: str, body: str) -> None:
    columns, rows = records_table(put(tmp_path, body), records)
    assert (columns, list(rows)) == (["a"], [["1.0"]])


def test_lines_end_at_line_feeds_alone_and_share_their_columns(tmp_path: Path) -> None:
    path = put(tmp_path, '{"a": "x\u2028y"}\n{"b": 2.50}\n')
    columns, rows = records_table(path, ".")
    assert (columns, list(rows)) == (["a", "b"], [["x\u2028y", ""], ["", "2.50"]])


@pytest.mark.proof
def test_lines_are_read_without_holding_the_file(tmp_path: Path) -> None:
    path = put(tmp_path, "".join(f'{{"n": {n}, "text": "{"made up " * 20}"}}\n' for n in range(20_000)))
    tracemalloc.start()
    try:
        _, rows = records_table(path, ".")
        assert sum(1 for _ in rows) == 20_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < path.stat().st_size / 4


@pytest.mark.parametrize(
    ("records", "body", "match"),
    [
        ("value", b'{"value": [{"a": 1}', r"not JSON"),
        ("value", b'{"value": [{"a": 1, "a": 2}]}', r"key 'a' stands in an object twice"),
        ("value", b'{"value": [{"a": NaN}]}', r"NaN is no number"),
        ("value", b'{"value": [1]}', r"record 1: not an object"),
        ("value", b'{"value": {}}', r"no list at 'value'"),
        ("value", b'{"error": {"message": "stop"}}', r"no list at 'value'.*it has error"),
        ("a.b", b'{"a": [1]}', r"no list at 'a.b'"),
        (".", b'{"a": 1}\n{"a": \n', r"line 2: not JSON"),
        ("value", b'{"value": [{"a": "\xff"}]}', r"byte 18: not UTF-8"),
        (".", b'{"a": "\xff"}', r"not UTF-8"),
        ("", b"[" * 100_000, r"nested too deep|not JSON"),
    ],
    ids=["cut", "twice", "nan", "number", "object", "error", "path", "line", "bytes", "line-bytes", "deep"],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, records: str, body: bytes, match: str) -> None:
    with pytest.raises(ParseError, match=rf"^bron\.json.*{match}.*;"):
        records_table(put(tmp_path, body), records, "bron.json")


def test_an_odata_page_loses_its_annotations_alone(tmp_path: Path) -> None:
    rows = [{"@odata.id": "x", "ExternalCode": "11002", "ValueString": text} for text in ("?", "x", "12.50")]
    columns, found = records_table(put(tmp_path, {"@odata.context": "m", "value": rows}), "value")
    assert columns == ["ExternalCode", "ValueString"]
    assert list(found) == [["11002", "?"], ["11002", "x"], ["11002", "12.50"]]


def test_reports_of_sensors(tmp_path: Path) -> None:
    report = '{"status_code": 200, "report": [{"date": "2026-01-01T00:00:00.000Z", "uptime": 0.750, "car": null}]}'
    columns, rows = records_table(put(tmp_path, report), "report")
    assert (columns, list(rows)) == (["date", "uptime", "car"], [["2026-01-01T00:00:00.000Z", "0.750", ""]])
    points = '{"timestamp": 1767225600000, "value": 20.50}, {"timestamp": 1767229200000, "value": null}'
    values = '{"7029": {"values": [' + points + "]}}"
    columns, rows = sos_table(put(tmp_path, values))
    assert columns == ["series", "timestamp", "value"]
    assert list(rows) == [["7029", "1767225600000", "20.50"], ["7029", "1767229200000", ""]]
    with pytest.raises(ParseError, match="series 7029: no list of values with a timestamp"):
        sos_table(put(tmp_path, '{"7029": {"values": [{"value": 1}]}}'))
    with pytest.raises(ParseError, match="no series with measurements"):
        sos_table(put(tmp_path, '{"values": []}'))


# --- cubes


def cube(**changes: object) -> dict:
    """A made-up cube of 2 cities and 3 years: values at 0, 1 and 4, statuses at 1 and 5."""
    index = {"BE002C": 1, "BE001C": 0}
    base = {
        "class": "dataset",
        "updated": "2026-06-01",
        "id": ["cities", "time"],
        "size": [2, 3],
        "dimension": {
            "cities": {"category": {"index": index}},
            "time": {"category": {"index": ["2022", "2023", "2024"]}},
        },
        "value": {"0": 10, "4": 1.5, "1": None},
        "status": {"1": "c", "5": ":"},
    }
    return {**base, **changes}


ROWS = [
    ["BE001C", "2022", "10", ""],
    ["BE001C", "2023", "", "c"],
    ["BE002C", "2023", "1.5", ""],
    ["BE002C", "2024", "", ":"],
]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"value": [10, None, None, None, 1.5, None]},
        {"status": [None, "c", None, None, "", ":"]},
    ],
    ids=["objects", "value-list", "status-list"],
)
def test_a_cube_gives_a_row_per_cell_with_a_value_or_a_status(tmp_path: Path, changes: dict) -> None:
    columns, rows = jsonstat_table(put(tmp_path, cube(**changes)))
    assert (columns, list(rows)) == (["cities", "time", "value", "status"], ROWS)


def test_one_status_for_all_goes_to_the_cells_that_are_there(tmp_path: Path) -> None:
    _, rows = jsonstat_table(put(tmp_path, cube(value={"0": 10, "4": 1.5}, status="p")))
    assert list(rows) == [["BE001C", "2022", "10", "p"], ["BE002C", "2023", "1.5", "p"]]


def test_a_dimension_of_one_code_needs_no_index(tmp_path: Path) -> None:
    body = cube(id=["unit"], size=[1], dimension={"unit": {"category": {"label": {"NR": "Number"}}}}, value=[7])
    _, rows = jsonstat_table(put(tmp_path, {**body, "status": {}}))
    assert list(rows) == [["NR", "7", ""]]


def test_cube_values_are_text_as_written(tmp_path: Path) -> None:
    text = json.dumps(cube()).replace('"4": 1.5', '"4": 1.500').replace('"0": 10', '"0": 1E1')
    _, rows = jsonstat_table(put(tmp_path, text))
    assert [row[2] for row in rows] == ["1E1", "", "1.500", ""]


def test_a_large_sparse_cube_is_never_laid_out(tmp_path: Path) -> None:
    """A million million cells, three of them filled."""
    side = [str(n) for n in range(10_000)]
    dimension = {name: {"category": {"index": side}} for name in "abc"}
    body = cube(
        id=list("abc"), size=[10_000] * 3, dimension=dimension, value={"0": 1, str(10**12 - 1): 2}, status={"5": "c"}
    )
    path = put(tmp_path, body)
    tracemalloc.start()
    try:
        _, rows = jsonstat_table(path)
        assert [row[:3] for row in rows] == [["0"] * 3, ["0", "0", "5"], ["9999"] * 3]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30_000_000


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"value": {"6": 1}}, r"value has a cell 6 where the sizes make 6 cells"),
        ({"value": {"-1": 1}}, r"value has '-1' for a position"),
        ({"value": {"1": 1, "01": 2}}, r"value names a cell twice"),
        ({"value": [1, 2]}, r"2 entries of value where the sizes make 6"),
        ({"status": {"9": "p"}}, r"status has a cell 9"),
        ({"status": ["p"]}, r"1 entries of status"),
        ({"size": [2, 4]}, r"dimension time has size 4 and 3 codes"),
        ({"size": [3, 2]}, r"dimension cities has size 3 and 2 codes"),
        ({"size": [2]}, r"2 dimensions \(cities, time\) with 1 sizes"),
        ({"size": [2, "x"]}, r"the size of time has 'x'"),
        ({"dimension": {"cities": {"category": {"index": {"A": 0, "B": 0}}}, "time": {}}}, r"cities has size 2"),
        ({"dimension": {}}, r"dimension cities has no category"),
        ({"class": "x", "error": [{"status": 400, "label": "INVALID"}]}, r"no table but the message.*INVALID"),
        ({"warning": {"status": 413, "label": "treated asynchronously"}}, r"treated asynchronously"),
    ],
    ids=["beyond", "negative", "twice", "short", "status-beyond", "status-short", "size", "swapped", "sizes",
         "no-size", "position-twice", "no-dimension", "error", "warning"],
)  # fmt: skip
def test_a_cube_that_does_not_fit_is_refused(tmp_path: Path, changes: dict, match: str) -> None:
    with pytest.raises(ParseError, match=rf"^bron: .*{match}.*; fetch it again"):
        jsonstat_table(put(tmp_path, cube(**changes)), "bron")
