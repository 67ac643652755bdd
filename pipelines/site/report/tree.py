"""From Markdown with marks to a report without its looks: blocks and lines that a page and a PDF are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from pipelines.describe.reports import ReportFault, ReportFile
from pipelines.site.report.functions import Block, Figure, Missing, Tree
from pipelines.site.report.text import MARK, Marks, whole_sentences

WEB = re.compile(r"https?://(?!.*%EE%80)\S+$")  # and no mark in it, as Markdown writes one in an address
LEVELS = range(2, 5)  # of a heading; the title of the report is the first


def blocks(file: ReportFile, text: str, marks: Marks) -> list[Tree]:
    """The blocks of a report. Raises ReportFault with the paragraph."""
    made = MarkdownIt("commonmark", {"html": False}).enable("table").disable("inline")
    return _with_ids(_filled(_beside(_Maker(file, made, marks).blocks(SyntaxTreeNode(made.parse(text)).children))))


class _Maker:
    """One report on its way from Markdown to blocks."""

    def __init__(self, file: ReportFile, made: MarkdownIt, marks: Marks) -> None:
        self._file, self._marks = file, marks
        self._inline = MarkdownIt("commonmark", {"html": False})

    def blocks(self, nodes: Iterable[SyntaxTreeNode]) -> list[Tree]:
        """Blocks of nodes; what has become empty is left out."""
        return [tree for node in nodes if (tree := self._block(node)) is not None]

    def _block(self, node: SyntaxTreeNode) -> Tree | None:
        match node.type:
            case "heading":
                return self._heading(node)
            case "paragraph":
                return self._paragraph(node.children[0].content)
            case "bullet_list" | "ordered_list":
                items = [c for item in node.children if (c := self.blocks(item.children))]
                return {"t": "list", "ordered": node.type == "ordered_list", "items": items} if items else None
            case "blockquote":
                return {"t": "quote", "c": inner} if (inner := self.blocks(node.children)) else None
            case "table":
                return self._table(node)
            case "hr":
                return None
        return {"t": "p", "c": self._line(node.content)}

    def _heading(self, node: SyntaxTreeNode) -> Tree:
        level, content = int(node.tag[1]), node.children[0].content
        if level not in LEVELS:
            raise self._fault(content, "een titel begint met ##, ### of ####; de naam van het rapport is de enige #")
        if any(not isinstance(asked, str) for asked in self._marks.of(content)):
            raise self._fault(content, "in een titel kan geen cijfer; zet het in de alinea eronder")
        return {"t": "h", "level": level, "c": self._line(content)}

    def _paragraph(self, content: str) -> Tree | None:
        alone = MARK.fullmatch(content.strip())
        if alone and isinstance(asked := self._marks.asked[int(alone[1])], Block):
            return asked.tree
        whole = whole_sentences(content, self._marks)
        return {"t": "p", "c": self._line(whole)} if whole.strip() else None

    def _table(self, node: SyntaxTreeNode) -> Tree:
        rows = [
            [self._line(cell.children[0].content if cell.children else "") for cell in row.children]
            for part in node.children
            for row in part.children
        ]
        head = ["".join(piece.get("s", "") for piece in cell) for cell in rows[0]]
        body = [{"own": False, "cells": [_one(cell) for cell in row]} for row in rows[1:]]
        return {"t": "table", "caption": [], "head": head, "rows": body}

    def _line(self, content: str) -> list[Tree]:
        parsed = self._inline.parseInline(content)[0]
        return self._lines(SyntaxTreeNode([parsed]).children[0].children, content)

    def _lines(self, nodes: Iterable[SyntaxTreeNode], near: str) -> list[Tree]:
        found: list[Tree] = []
        for node in nodes:
            match node.type:
                case "text" | "code_inline":
                    found += [self._piece(piece, near) for piece in self._marks.pieces(node.content)]
                case "softbreak":
                    found.append({"t": "text", "s": " ", "code": ""})
                case "hardbreak":
                    found.append({"t": "br"})
                case "strong" | "em":
                    found.append({"t": node.type, "c": self._lines(node.children, near)})
                case "link":
                    if not WEB.match(href := str(node.attrs["href"])):
                        raise self._fault(near, "een link gaat naar een volledig adres; begin met https://")
                    found.append({"t": "link", "href": href, "c": self._lines(node.children, near)})
                case _:
                    raise self._fault(near, "een afbeelding kan niet; teken een cijfer met {{ grafiek('…') }}")
        return found

    def _piece(self, piece: Any, near: str) -> Tree:
        match piece:
            case Figure():
                return {"t": "text", "s": piece.said, "code": piece.code}
            case Missing():
                return {"t": "text", "s": piece.reason, "code": ""}
            case Block():
                what = "een tabel of grafiek staat alleen; laat er een lege regel voor en na"
                raise self._fault(near, what)
        return {"t": "text", "s": piece, "code": ""}

    def _fault(self, near: str, what: str) -> ReportFault:
        said = " ".join(MARK.sub("…", near).split())
        return ReportFault(f"{self._file.file}, bij ‘{said[:50]}’: {what}")


def _one(cell: list[Tree]) -> Tree:
    """A cell of a table is one piece, and several in a row where it has more."""
    return cell[0] if len(cell) == 1 else {"t": "span", "c": cell}


def _beside(trees: list[Tree]) -> list[Tree]:
    """Charts that follow each other, as one block of charts."""
    found: list[Tree] = []
    for tree in trees:
        if tree["t"] != "chart":
            found.append(tree)
        elif found and found[-1]["t"] == "charts":
            found[-1]["items"].append(tree)
        else:
            found.append({"t": "charts", "items": [tree]})
    return found


def _filled(trees: list[Tree]) -> list[Tree]:
    """Without the headings that nothing stands below."""
    found: list[Tree] = []
    below = 1  # the level of the heading that comes next; a heading of that level or deeper has nothing
    for tree in reversed(trees):
        if tree["t"] == "h":
            if tree["level"] >= below:
                continue
            below = tree["level"]
        else:
            below = 9
        found.append(tree)
    return found[::-1]


def _with_ids(trees: list[Tree]) -> list[Tree]:
    """With an id on every heading, and none deeper than the one above it by more than one."""
    above = 1
    for i, tree in enumerate(trees):
        if tree["t"] == "h":
            tree |= {"level": min(tree["level"], above + 1), "id": f"deel-{i}"}
            above = tree["level"]
    return trees
