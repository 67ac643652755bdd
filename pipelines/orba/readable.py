"""A text of a plan as a person reads it: without the headings of the form that it was typed in."""

from __future__ import annotations

import re

# what the reporting tools of cities put before a text; with nothing behind it the text is empty
HEADINGS = (
    "Commentaar|Publieke info|Kwalitatieve omschrijving|Kwantitatieve omschrijving|Uitgebreide omschrijving"
    "|Volledige benaming van (?:de actie|het actieplan|de doelstelling)"
)
HEADING = re.compile(rf"^[ \"]*(?:{HEADINGS}) ?:[ \t]*", re.MULTILINE)
LEVEL = re.compile(r"^(?:AC|AP|OD|PO|PR|SD|BD) ?\. ?(?=\w)")  # "AC.Ondersteunen van …"


def readable(text: str) -> str:
    """The same words: one blank where there were several, at most one empty line, no quotes around the whole."""
    plain = re.sub(r"[ \t\u00a0\u202f\u2009]+", " ", text.replace("\r\n", "\n").replace("\r", "\n"))
    plain = LEVEL.sub("", HEADING.sub("", plain).strip())
    if len(plain) > 1 and plain[0] == plain[-1] == '"' and plain.count('"') == 2:
        plain = plain[1:-1]
    lines = [line.strip() for line in plain.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
