"""Questions in SQL: what a query may do, what it is answered, and that its process could not write if it wanted."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from pipelines.config import Query
from pipelines.publish import query
from pipelines.publish.answering import NoAnswer, must_read
from tests.helpers import obmi
from tests.proof.box import OTHER, RUNAWAY, UNCHECKED, paths, probes, said, traces

READING = (
    "SELECT 1",
    "FROM t",
    "VALUES (1)",
    "TABLE t",
    "DESCRIBE t",
    "SHOW TABLES",
    "SUMMARIZE t",
    "WITH a AS (SELECT 1) SELECT * FROM a;",
    "PIVOT t ON b USING SUM(a)",
    "WITH q AS (FROM t) PIVOT q ON b USING SUM(a)",
    "SELECT * FROM (PIVOT t ON b IN ('x') USING SUM(a))",
    "UNPIVOT t ON a INTO NAME n VALUE v",
    "EXPLAIN SELECT 1",
    "/* é */ explain analyze (SELECT 1)",
    "EXPLAIN (FORMAT json) SELECT 1",
    "PRAGMA table_info('t')",
)
# tried in a closed process, where each must fail
NATIVE = """
import os, socket, sys
from pathlib import Path
from pipelines.publish.closed import read_only_one, stop_writing
file, other = Path(sys.argv[1]), Path(sys.argv[2])
stop_writing(file, 10)
read_only_one(file, 100_000_000)
acts = {
    "write": lambda: os.open(file, os.O_WRONLY),
    "append": lambda: os.open(file, os.O_RDWR | os.O_APPEND),
    "empty": lambda: os.truncate(file, 0),
    "empty by reading": lambda: os.open(file, os.O_RDONLY | os.O_TRUNC),
    "create": lambda: os.open(other / "new", os.O_WRONLY | os.O_CREAT),
    "folder": lambda: os.mkdir(other / "new"),
    "link": lambda: os.symlink("x", other / "new"),
    "second name": lambda: os.link(file, other / "new"),
    "remove": lambda: os.unlink(file),
    "rename": lambda: os.rename(file, other / "new"),
    "read another": lambda: os.open("/etc/passwd", os.O_RDONLY),
    "list": lambda: os.listdir("/"),
    "connect": lambda: socket.create_connection(("127.0.0.1", 9)),
    "program": lambda: os.execv("/bin/true", ["true"]),
}
for name, act in acts.items():
    try:
        act()
        print("DONE", name)
    except PermissionError:
        print("denied")
print(len(file.read_bytes()) > 0)
"""


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("CREATE TABLE t AS SELECT 1 AS a, 'x' AS b")
    return con


@pytest.fixture
def file(at_released: Path) -> Path:
    return (at_released / "current" / "obmi.duckdb").resolve()


@pytest.fixture
def own_file(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in a copy of its own: another test that links to a file changes the moment of its status."""
    return shutil.copytree(file.parent, tmp_path_factory.mktemp("own") / file.parent.name) / file.name


@pytest.mark.parametrize("sql", READING)
def test_what_reads_is_allowed(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    must_read(con, sql)


def test_what_does_anything_else_is_refused(con: duckdb.DuckDBPyConnection) -> None:
    """Every probe is refused by its kind, or is a SELECT, which can only do what its process can."""
    let = []
    for sql in probes(Path("/data/obmi.duckdb")):
        try:
            must_read(con, sql)
            let.append(sql)
        except (NoAnswer, duckdb.Error):
            continue
    assert [sql for sql in let if not sql.upper().startswith(("SELECT", "PRAGMA"))] == []
    assert len(let) < len(probes(Path("/data/obmi.duckdb"))) / 3


@pytest.mark.parametrize("sql", ["", ";", "-- nothing", "SELECT 1; SELECT 2"])
def test_one_statement_at_a_time(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    with pytest.raises(NoAnswer, match="one SQL statement at a time"):
        must_read(con, sql)


def test_a_closed_process_writes_nothing_and_reads_one_file(own_file: Path, tmp_path: Path) -> None:
    before = traces(own_file.parent)
    done = subprocess.run(
        [sys.executable, "-c", NATIVE, str(own_file), str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, **query.FRUGAL},
    )
    assert done.stdout.split() == ["denied"] * 14 + ["True"], done.stdout + done.stderr
    assert (traces(own_file.parent), list(tmp_path.iterdir())) == (before, [])


def test_without_landlock_only_who_cannot_write_may_ask(file: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from pipelines.publish import closed; "
        "closed._landlock_version = lambda: -1; closed.stop_writing(Path(sys.argv[1]), 10); print('reader')"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True)
    if os.geteuid() == 0:
        assert done.stdout == "reader\n", done.stderr
    else:
        assert "has no Landlock, so a query could write to" in done.stderr


def test_a_query_that_is_let_through_still_cannot_write(own_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the list of statements had a hole."""
    monkeypatch.setattr(query, "BOX", [sys.executable, "-P", "-c", UNCHECKED])
    before = traces(own_file.parent)
    for path in paths(own_file)[:2]:
        assert said(own_file, f"COPY mart.bron TO '{path}'").startswith("refused")
    assert traces(own_file.parent) == before


def test_a_query_has_no_secret_to_tell(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OBMI_KEY_TEST", "canary")
    seen = "import os, sys; sys.stdout.write(repr(dict(os.environ)))"
    monkeypatch.setattr(query, "BOX", [sys.executable, "-c", seen])
    assert "canary" not in said(file, "SELECT 1")


@pytest.mark.parametrize("sql", [RUNAWAY[2], RUNAWAY[7]])
def test_a_query_that_never_has_enough_is_refused(file: Path, sql: str) -> None:
    assert said(file, sql, Query(memory="200MB")).startswith("refused: the query")


@pytest.mark.parametrize("sql", [RUNAWAY[10], RUNAWAY[26]])
def test_a_query_that_never_ends_is_stopped(file: Path, sql: str) -> None:
    assert "took longer than 1 seconds" in said(file, sql, Query(timeout_s=1))


@pytest.mark.proof
def test_an_answer_has_a_largest_size(file: Path) -> None:
    told = said(file, "SELECT * FROM range(1000000)", Query(memory="1MB"))
    assert told.startswith("refused")
    told = said(file, "SELECT repeat('x', 500) FROM range(700000)", Query(memory="300MB"))
    assert "the answer is larger than 300MB" in told


def test_pivot_explain_and_describe_are_answered(at_released: Path) -> None:
    told = obmi("query", "PIVOT mart.onderwerp ON soort USING COUNT(*) GROUP BY thema", "--format=csv")
    assert told.out.splitlines()[0].startswith("thema,")
    assert "column_name" in obmi("query", "DESCRIBE mart.gebied").out
    plan = obmi("query", "EXPLAIN SELECT 1").out.splitlines()
    assert len(plan) > 5, "a line of the table for each line of the cell"


def test_a_statement_that_writes_is_refused_in_one_sentence(at_released: Path) -> None:
    told = obmi("query", OTHER[0])
    assert (told.code, told.out, len(told.err.splitlines())) == (30, "", 1)
    assert "a query only reads" in told.err


def test_columns_of_one_name_are_told_apart(at_released: Path) -> None:
    asked = 'SELECT 1 AS waarde, 2 AS waarde, 3 AS "Waarde", 4 AS waarde_2'
    told = obmi("query", asked, "--format=csv")
    assert told.out == "waarde,waarde_3,Waarde_4,waarde_2\n1,2,3,4\n"
    assert json.loads(obmi("query", asked, "--format=json").out) == [
        {"waarde": 1, "waarde_3": 2, "Waarde_4": 3, "waarde_2": 4}
    ]
    assert obmi("query", asked).out.split()[:4] == ["waarde", "waarde_3", "Waarde_4", "waarde_2"]


def test_numbers_in_json_are_numbers(at_released: Path) -> None:
    told = obmi(
        "query",
        "SELECT 1.50::DECIMAL(9, 2) AS d, 9007199254740993 AS i, 170141183460469231731687303715884105727 AS h, "
        "0.1 + 0.2::DOUBLE AS f, 'inf'::DOUBLE AS o, [1.5] AS l, {'a': 2.5::DECIMAL(3, 1)} AS s, true AS b, "
        "NULL AS n, DATE '2021-01-01' AS dag, '\\xAA'::BLOB AS x",
        "--format=json",
    )
    (row,) = json.loads(told.out)
    assert (row["d"], row["i"], row["h"]) == (1.5, 9007199254740993, 170141183460469231731687303715884105727)
    assert (row["o"], row["l"], row["s"], row["b"], row["n"]) == ("inf", [1.5], {"a": 2.5}, True, None)
    assert (row["dag"], row["x"]) == ("2021-01-01", "aa")


def test_a_heading_is_no_formula(at_released: Path) -> None:
    told = obmi("query", "SELECT 1 AS \"=cmd()\", -1 AS \"@b\", '=1+1' AS t, '-5' AS m, -5 AS n", "--format=csv")
    assert list(csv.reader(io.StringIO(told.out))) == [
        ["'=cmd()", "'@b", "t", "m", "n"],
        ["1", "-1", "'=1+1", "'-5", "-5"],
    ]


@pytest.mark.proof
@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_what_steers_a_terminal_is_written_out(at_released: Path, form: str) -> None:
    told = obmi("query", "SELECT chr(27) || '[2J' || chr(155) || chr(8238) || chr(13) AS a", f"--format={form}")
    assert set(told.out) & {"\x1b", "\x9b", "\u202e", "\r"} == set()
    assert "\\u001b[2J\\u009b\\u202e\\u000d" in told.out or (form == "json" and json.loads(told.out))
    told = obmi("query", "SELECT error(chr(27) || '[2J')")
    assert "\\u001b[2J" in told.err


def test_a_column_that_cannot_be_shown_is_named(at_released: Path) -> None:
    told = obmi("query", "SELECT ROW(1, 2) AS paar")
    assert (told.code, told.out) == (30, "")
    assert "column 'paar'" in told.err
    assert obmi("query", "SELECT ROW(1, 2)::TEXT AS paar").code == 0
