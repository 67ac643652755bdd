"""Pages from templates: what is not a template's own is escaped, and a name that is not given is an error."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

NOT_IN_A_PAGE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
WEB = re.compile(r"https?://[^\s]+$")


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("pipelines.site"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
    )
    made.tests["web"] = lambda text: bool(text and WEB.match(text))
    return made


def _clean(value: Any) -> Any:
    """Text without the characters that no page may hold; what was made as markup holds none."""
    return cleaned(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def cleaned(text: str) -> str:
    """A text without the characters that no page may hold."""
    return text if text.isprintable() else NOT_IN_A_PAGE.sub("", text)


@lru_cache(20_000)
def safe(text: str) -> Markup:
    """A text for in markup that is made without a template."""
    return escape(cleaned(text))


def page(template: str, **given: Any) -> str:
    """One page. Raises jinja2.UndefinedError for a name that the template needs and was not given."""
    return _templates().get_template(f"{template}.html.jinja").render(given)
