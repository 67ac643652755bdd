"""A fault that nobody foresaw while one delivery was read or judged: told in one sentence, its traceback kept."""

from __future__ import annotations

import errno
import traceback

import duckdb

from pipelines.home import Home, Problem, now, was_interrupted

LOG = "storingen.log"
# disk full, no rights, a broken disk, no handles left: no fault of a file, and every other one meets it too
_OF_THE_MACHINE = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO),
    *(errno.EMFILE, errno.ENFILE),
)


def unforeseen(home: Home, what: str, err: Exception) -> str:
    """What to say of an exception that says `what` could not be done; its traceback stands in the log of the home. What
    has a sentence of its own, what is the machine's and Ctrl-C are raised again: it is no fault of one file."""
    of_the_machine = isinstance(err, OSError) and err.errno in _OF_THE_MACHINE
    if of_the_machine or was_interrupted(err) or isinstance(err, (Problem, duckdb.IOException)):
        raise err
    log = home.root / LOG
    told = "".join(traceback.format_exception(err))
    with log.open("a", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(f"{now().isoformat(timespec='seconds')} {what}\n{told}\n")
    said = " ".join([f"{type(err).__name__}:", *str(err).split()]).rstrip(":")[:200]
    todo = "hand over a corrected file, or withdraw this one"
    return f"{what} (unexpected: {said}; {log} has the traceback); {todo}"
