"""`make proof`: SQL that tries to write or to break out, with and without the list of statements that are allowed, and
queries that never end or never have enough.

The short form runs in the suite (test_query.py).
"""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pipelines.config import Query
from pipelines.publish import query
from pipelines.publish.query import QueryError
from tests.helpers import ROOT, refreshed
from tests.homes import made_once

UNCHECKED = (
    "import pipelines.publish.answering as a, pipelines.publish.box as b; a.must_read = lambda *_: None; "
    "raise SystemExit(b.main())"
)
# A box at the other end of a socket: it gets what this process reads and writes, and this one ends as it does.
FORKED = (
    "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
    "socket.send_fds(s, [b'?'], [0, 1, 2]); sys.exit(int(s.recv(9)))"
)
LIMITS = Query(timeout_s=4, memory="512MB")
BROKE = "broke its process"
# {0}: a path that a query may have learned
WRITING = (
    "COPY mart.onderwerp TO '{0}'",
    "COPY (SELECT 1 AS a) TO '{0}' (FORMAT csv)",
    "COPY (SELECT 1 AS a) TO '{0}' (FORMAT parquet)",
    "COPY (SELECT 1 AS a) TO '{0}' (FORMAT json)",
    "COPY (SELECT 1 AS a) TO '{0}' (USE_TMP_FILE false)",
    "COPY (SELECT 1 AS a) TO '{0}' (APPEND true)",
    "EXPLAIN ANALYZE COPY mart.onderwerp TO '{0}'",
    "explain /* */ analyze copy (from mart.bron) to '{0}'",
    "EXPORT DATABASE '{0}'",
    "ATTACH '{0}' AS er",
    "ATTACH '{0}' AS er (READ_WRITE)",
    "PREPARE p AS COPY mart.bron TO '{0}'; EXECUTE p",
    "SELECT 1; COPY mart.bron TO '{0}'",
    "SELECT * FROM enable_logging(storage='file', storage_path='{0}')",
    "SELECT * FROM enable_logging(storage='file', storage_config={{'path': '{0}'}})",
    "CALL enable_logging(storage='file', storage_path='{0}')",
    "SELECT * FROM enable_profiling(save_location='{0}', format='json')",
    "SELECT * FROM query('COPY mart.bron TO ''{0}''')",
    "WITH a AS (SELECT 1) INSERT INTO obmi.mart.bron SELECT * FROM read_csv('{0}')",
    "SET temp_directory = '{0}'",
)
OTHER = (
    "CREATE TABLE obmi.mart.x AS SELECT 1",
    "CREATE OR REPLACE TABLE obmi.mart.bron AS SELECT 1 AS a",
    "CREATE TEMP TABLE x AS SELECT 1",
    "CREATE VIEW obmi.mart.v AS SELECT 1",
    "CREATE MACRO m(a) AS a",
    "CREATE TYPE t AS ENUM ('a'); SELECT 1",
    "CREATE SECRET s (TYPE s3)",
    "CREATE TABLE x AS PIVOT mart.onderwerp ON thema USING COUNT(*)",
    "INSERT INTO obmi.mart.bron SELECT * FROM obmi.mart.bron",
    "INSERT INTO obmi.mart.bron PIVOT mart.onderwerp ON thema USING COUNT(*)",
    "UPDATE obmi.mart.waarneming SET waarde = 0",
    "DELETE FROM obmi.mart.waarneming",
    "TRUNCATE obmi.mart.waarneming",
    "MERGE INTO obmi.mart.bron USING (SELECT 1 AS a) ON false WHEN NOT MATCHED THEN INSERT DEFAULT VALUES",
    "DROP TABLE obmi.mart.bron",
    "DROP SCHEMA obmi.mart CASCADE",
    "ALTER TABLE obmi.mart.bron RENAME TO x",
    "COMMENT ON TABLE obmi.mart.bron IS 'x'",
    "DETACH obmi",
    "USE memory",
    "CHECKPOINT",
    "FORCE CHECKPOINT obmi",
    "SELECT * FROM checkpoint('obmi')",
    "SELECT * FROM force_checkpoint('obmi')",
    "VACUUM",
    "ANALYZE",
    "BEGIN",
    "BEGIN; DELETE FROM obmi.mart.bron; COMMIT",
    "ROLLBACK",
    "LOAD spatial",
    "INSTALL httpfs",
    "INSTALL '/tmp/x.duckdb_extension'",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET lock_configuration",
    "SET memory_limit = '100GB'",
    "SET GLOBAL threads = 100",
    "SET VARIABLE a = 1",
    "PRAGMA enable_profiling",
    "PRAGMA enable_verification",
    "PRAGMA disable_checkpoint_on_shutdown",
    "PRAGMA profiling_output = '/tmp/box-profile.json'",
    "CALL enable_logging(storage='file')",
    "CALL pragma_version()",
    "CALL disable_logging()",
    "SELECT * FROM enable_logging('FileSystem', storage='stdout')",
    "SELECT write_log('x', level := 'FATAL')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/proc/self/environ')",
    "SELECT * FROM read_csv('/proc/self/cmdline')",
    "SELECT * FROM glob('/**')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM 'https://127.0.0.1/x.parquet'",
    "SELECT * FROM read_duckdb('/tmp/x.duckdb')",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM json_execute_serialized_sql('{}')",
    "SELECT nextval('x')",
    "IMPORT DATABASE '/tmp'",
    "COPY FROM DATABASE obmi TO memory",
    "COPY obmi.mart.bron FROM '/etc/passwd'",
    "SELECT 1; SELECT 2",
)
RUNAWAY = (
    "SELECT * FROM range(0, 2000000000)",
    "SELECT range(0, 2000000000)",
    "SELECT list_sort(range(0, 2000000000))",
    "SELECT list_sort(range(0, 30000000 + i)) FROM range(100) AS t(i)",
    "SELECT list_distinct(range(0, 100000000 + i)) FROM range(10) AS t(i)",
    "SELECT list_sum(list_transform(range(0, 100000000 + i), x -> x * 2)) FROM range(10) AS t(i)",
    "SELECT list_reduce(range(0, 20000000 + i), (x, y) -> x + y) FROM range(10) AS t(i)",
    "SELECT repeat('x', 2000000000)",
    "SELECT length(repeat('x', 200000000 + i)) FROM range(1000) AS t(i)",
    "SELECT string_agg(repeat('x', 1000000 + i), '') FROM range(10000) AS t(i)",
    "SELECT levenshtein(repeat('a', 300000), repeat('b', 300000))",
    "SELECT damerau_levenshtein(repeat('a', 50000), repeat('b', 50000))",
    "SELECT jaccard(repeat('ab', 100000000 + i), repeat('b', 100000000)) FROM range(100) AS t(i)",
    "SELECT regexp_matches(repeat('a', 30000000 + i), '(a|aa)+$b') FROM range(1000) AS t(i)",
    "SELECT regexp_extract_all(repeat('a', 100000000 + i), 'a') FROM range(100) AS t(i)",
    "SELECT string_split(repeat('a,', 100000000 + i), ',') FROM range(100) AS t(i)",
    "SELECT COUNT(*) FROM range(1000000) AS a, range(1000000) AS b, range(1000) AS c",
    "SELECT SUM(a.waarde * b.waarde) FROM mart.waarneming AS a, mart.waarneming AS b, mart.waarneming AS c",
    "SELECT * FROM mart.waarneming AS a, mart.waarneming AS b ORDER BY a.waarde + b.waarde",
    "SELECT COUNT(DISTINCT a.i * 1000000 + b.i) FROM range(100000) AS a(i), range(100000) AS b(i)",
    "SELECT a.i + b.i AS s, LIST(a.i) FROM range(100000) AS a(i), range(100000) AS b(i) GROUP BY s",
    "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT COUNT(*) FROM r",
    "WITH RECURSIVE r(t) AS (SELECT 'x' UNION ALL SELECT t || t FROM r) SELECT MAX(length(t)) FROM r",
    "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r), q AS (SELECT * FROM r, r AS s) SELECT * FROM q",
    "SELECT ROW_NUMBER() OVER (ORDER BY random()) FROM range(1000000000)",
    "SELECT MEDIAN(i) OVER (ORDER BY i ROWS BETWEEN 1000000 PRECEDING AND CURRENT ROW) FROM range(100000000) AS t(i)",
    "SELECT sleep_ms(1000000)",
    "SELECT * FROM repeat('x', 20000000000)",
    "SELECT bitstring('1', 2000000000)",
    "PIVOT (SELECT i, i % 9000 AS k FROM range(100000000) AS t(i)) ON k USING LIST(i)",
)


def paths(file: Path) -> list[str]:
    """The file as `duckdb_databases()` tells it, what lies beside it, and where one may try to write."""
    return [
        str(file),
        f"{file}.wal",
        f"{file}.tmp",
        str(file.with_name("manifest.json")),
        str(file.parent / "steden" / "gent.duckdb"),
        str(file.parent.parent / "new"),
        "new.csv",
    ]


def probes(file: Path) -> list[str]:
    """Two hundred statements, none of which may leave a trace."""
    return [sql.format(path) for path in paths(file) for sql in WRITING] + list(OTHER)


def traces(home: Path) -> str:
    """A hash of every name, size, moment and byte under a folder."""
    found = hashlib.sha256()
    for path in sorted(home.rglob("*")):
        status = path.lstat()
        found.update(f"{path} {status.st_mode} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}\n".encode())
        if path.is_file():
            found.update(path.read_bytes())
    return found.hexdigest()


def said(file: Path, sql: str, limits: Query = LIMITS) -> str:
    """What a query is answered, or the sentence that it is refused with."""
    try:
        return "".join(query.run(file, sql, "csv", limits))
    except QueryError as err:
        return f"refused: {err}"


def forking(place: str, listed: bool) -> None:
    """Fork a box for every question at a socket, of any statement where it is not to be `listed`. What a box loads is
    loaded here once, and before anything is closed: it may do no less than one that is started."""
    from pipelines.publish import answering, box

    if not listed:
        answering.must_read = lambda *_: None
    with socket.create_server(place, family=socket.AF_UNIX, backlog=9) as server:
        print("ready", flush=True)
        while True:
            asked, _ = server.accept()
            _, given, _, _ = socket.recv_fds(asked, 1, 3)
            if not (child := os.fork()):
                for number, fd in enumerate(given):
                    os.dup2(fd, number)
                    os.close(fd)
                os._exit(box.main())
            for fd in given:
                os.close(fd)
            asked.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())
            asked.close()


def forked(file: Path, listed: bool) -> list[tuple[str, str]]:
    """Every probe, and what it is answered in a box that is forked for it."""
    with tempfile.TemporaryDirectory() as folder:
        place = f"{folder}/box"
        told = [sys.executable, "-m", "tests.proof.box", "--forking", place, *(["--listed"] if listed else [])]
        env = {k: os.environ[k] for k in query.KEPT if k in os.environ} | query.FRUGAL | {"PYTHONPATH": str(ROOT)}
        with subprocess.Popen(told, env=env, stdout=subprocess.PIPE) as server:
            assert server.stdout.readline(), "it serves"
            query.BOX = [sys.executable, "-ISc", FORKED, place]
            answers = [(sql, said(file, sql)) for sql in probes(file)]
            server.kill()
    return answers


def runaways(file: Path) -> list[str]:
    """Every query that never ends or never has enough; those that were not stopped in time, and `memory` where one took
    too much of it."""
    wrong = []
    for sql in RUNAWAY:
        start = time.monotonic()
        told = said(file, sql)
        took = time.monotonic() - start
        late = took > 1.5 * LIMITS.timeout_s or not told.startswith("refused")
        print(f"{took:6.1f} s  {'WRONG' if late else told[9:60]}  {sql[:60]}", flush=True)
        wrong += [sql] if late else []
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(f"{len(RUNAWAY)} runaways, at most {peak / 1e6:.0f} MB of {LIMITS.memory}")
    return [*wrong, "memory"] if peak > 1.5 * LIMITS.memory_bytes else wrong


def main() -> int:
    """The probes twice, then the runaways in a process that has no other children, whose memory would count with
    theirs; returns how many went wrong."""
    if "--forking" in sys.argv:
        forking(sys.argv[2], "--listed" in sys.argv)
    if len(sys.argv) > 1:
        return len(runaways(Path(sys.argv[1])))
    work = Path(tempfile.mkdtemp(prefix="obmi-box-"))
    os.umask(0o027)
    home = Path(shutil.copytree(made_once("released", refreshed), work / "home", symlinks=True))
    os.chdir(work)
    file = home.resolve() / "current" / "obmi.duckdb"
    file = file.resolve()
    wrong = []
    before = traces(work)
    for listed, form in ((True, "allowed statements only"), (False, "any statement")):
        answers = forked(file, listed)
        broken = [sql for sql, told in answers if BROKE in told]
        written = traces(work) != before
        refused = sum(told.startswith("refused") for _, told in answers)
        print(f"{len(answers)} probes, {form}: {refused} refused, {len(broken)} aborts, written: {written}", flush=True)
        wrong += [written] if written else []
        wrong += broken if listed else []
    ended = subprocess.run([sys.executable, "-m", "tests.proof.box", str(file)], cwd=ROOT).returncode
    wrong += ["runaways"] * ended
    shutil.rmtree(work)
    print(f"wrong: {wrong or 0}")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
