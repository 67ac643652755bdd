"""The process that answers one query, started by query.py: closed for writing before it loads what could write."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from pipelines.home import Problem
from pipelines.publish.closed import stop_writing


def main() -> int:
    """Read the question from stdin; answer on stdout, or on stderr with one sentence and its code."""
    asked = json.load(sys.stdin)
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # DuckDB logs there when a query tells it to
    path = Path(asked.pop("path"))
    try:
        stop_writing(path, asked.pop("seconds"))
        from pipelines.publish.answering import answer  # starts threads, which must be closed too

        answer(path, sink, **asked)
    except Problem as err:
        os.write(2, str(err)[:4000].encode())
        return err.code
    return 0


if __name__ == "__main__":
    sys.exit(main())
