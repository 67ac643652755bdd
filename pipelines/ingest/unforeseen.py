"""A fault that nobody foresaw while one delivery was fetched, read or judged: one sentence, and its traceback kept."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Callable

import duckdb

from pipelines.home import Home, Problem, now, was_interrupted

LOG = "storingen.log"
# what a file may make of a call; every other fault of one (no room, no rights, another disk) the next file meets too
_OF_A_FILE = (None, errno.EINVAL, errno.ENAMETOOLONG, errno.EILSEQ, errno.EOVERFLOW)


FILE = "hand over a corrected file, or withdraw this one"


def unforeseen(home: Home, what: str, err: Exception, todo: str = FILE, hide: Callable[[str], str] = str) -> str:
    """What to say of an exception that says `what` could not be done; its traceback stands in the log of the home, and
    `hide` takes out of both what nobody may read. What has a sentence of its own, what is the machine's and Ctrl-C are
    raised again: it is no fault of one file."""
    of_the_machine = isinstance(err, OSError) and err.errno not in _OF_A_FILE
    if of_the_machine or was_interrupted(err) or isinstance(err, (Problem, duckdb.IOException)):
        raise err
    log = home.root / LOG
    told = hide("".join(traceback.format_exception(err)))
    with log.open("a", encoding="utf-8", errors="backslashreplace") as stream:
        stream.write(f"{now().isoformat(timespec='seconds')} {what}\n{told}\n")
    said = " ".join([f"{type(err).__name__}:", *hide(str(err)).split()]).rstrip(":")[:200]
    return f"{what} (unexpected: {said}; {log} has the traceback); {todo}"
