"""Text that a terminal shows as it is: what would steer it, or turn the order of letters around, is written out."""

from __future__ import annotations

import io
import re
from typing import TextIO

_STEERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """The text with every such character as `\\u001b`, which is also what JSON writes."""
    return _STEERS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class PlainOutput(io.TextIOBase):
    """A stream that writes plain text to another one."""

    def __init__(self, to: TextIO) -> None:
        self._to = to

    def write(self, text: str) -> int:
        """Write it plain."""
        self._to.write(plain(text))
        return len(text)

    def flush(self) -> None:
        """What was written is out."""
        self._to.flush()
