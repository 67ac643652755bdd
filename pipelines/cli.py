"""The `obmi` command: its subjects, and how an error is told."""

from __future__ import annotations

import argparse
import atexit
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable

from pipelines.commands import ask, decide, life, plans, supply, users
from pipelines.commands.common import EIGEN, NOTHING, OK, Failure
from pipelines.home import PRIVATE, Problem, was_interrupted
from pipelines.plain import PlainOutput

OF_A_CITY = ("drop", "status", "quarantaine", "accept", "reject", "sources", "herkomst", "rebuild", "orba")
STOPPED = 128 + signal.SIGINT

atexit.register(gc.freeze)  # or the end of a process looks once more through all that it imported: half a second


def parser() -> argparse.ArgumentParser:
    """Every command and its options."""
    top = argparse.ArgumentParser(prog="obmi", description="City indicators that a city can defend.")
    top.add_argument("--debug", action="store_true", help="show the traceback of an error")
    top.add_argument("--eigen", metavar="STAD", default="", help=f"of a city's own data: {', '.join(OF_A_CITY)}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    for subject in (supply, decide, ask, plans, life, users):
        subject.commands(add)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run a command; errors are one sentence on stderr, a traceback only with --debug."""
    os.umask(PRIVATE)
    with contextlib.redirect_stdout(PlainOutput(sys.stdout)), contextlib.redirect_stderr(PlainOutput(sys.stderr)):
        return _run(parser().parse_args(argv))


def _run(args: argparse.Namespace) -> int:
    token = EIGEN.set(args.eigen)
    try:
        if args.eigen and args.command not in OF_A_CITY:
            raise Failure(f"obmi --eigen goes with {', '.join(OF_A_CITY)}; a city's file is asked with --city")
        return args.run(args)
    except BrokenPipeError:
        return OK
    except (KeyboardInterrupt, RuntimeError) as err:
        if args.debug or not was_interrupted(err):
            raise
        print(
            "obmi: stopped; the last release stays as it was, and the next refresh goes on from here", file=sys.stderr
        )
        return STOPPED
    except Problem as err:
        if args.debug:
            raise
        print(f"obmi: {err}", file=sys.stderr)
        return err.code
    except (OSError, *_of_the_disk()) as err:
        if args.debug:
            raise
        named = isinstance(err, OSError) and err.filename
        what = f"{err.filename}: {err.strerror}" if named else str(err).splitlines()[0]
        print(f"obmi: {what}; free space or mend the rights, the last release stays as it was", file=sys.stderr)
        return NOTHING
    finally:
        EIGEN.reset(token)


def _of_the_disk() -> tuple[type[Exception], ...]:
    """What DuckDB raises where the disk or the memory fails it."""
    import duckdb  # slow, and not every command needs it

    return duckdb.IOException, duckdb.TransactionException, duckdb.OutOfMemoryException


if __name__ == "__main__":
    sys.exit(main())
