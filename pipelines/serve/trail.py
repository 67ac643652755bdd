"""Who did what, when and from where: one JSON object a line, and never a secret."""

from __future__ import annotations

import json
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from pipelines.home import now
from pipelines.serve.roles import Person

MOST_BYTES, MOST_FILES = 10_000_000, 50
TOLD = "audit.jsonl"


class _Strict(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """What cannot be written down is not done."""
        raise


class Audit:
    """The log in a folder. Full files are kept beside it as audit.jsonl.1 to .50, the oldest last, by the one process
    that `turns` them. Raises OSError when it cannot be written."""

    def __init__(self, folder: Path, turns: bool = True) -> None:
        most = MOST_BYTES if turns else 0
        self._handler = _Strict(folder / TOLD, maxBytes=most, backupCount=MOST_FILES, encoding="utf-8")

    def tell(self, what: str, who: Person | None, address: str, outcome: str, **facts: object) -> None:
        """Write down one thing."""
        line = {"op": f"{now():%Y-%m-%dT%H:%M:%S.%f}Z", "wie": who.naam if who else None}
        if who:
            line |= {"rol": who.rol, "stad": who.stad}
        line |= {"van": address, "wat": what, "uitslag": outcome, **facts}
        text = json.dumps(line, ensure_ascii=True)
        self._handler.handle(logging.makeLogRecord({"msg": "%s", "args": (text,)}))

    def close(self) -> None:
        """Close the file."""
        self._handler.close()
