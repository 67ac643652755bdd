"""A cell as a person wrote it, as the value that its column asks; what may mean two things is refused."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pipelines.orba.plan import columns_of, type_of

BLANKS = re.compile(r"[ \t\u00a0\u202f\u2009]+")
NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
GROUPED = re.compile(r"-?\d{1,3}(?:[. ]\d{3})+(?:,\d+)?")  # 1.250.000,50 or 1 250 000
AMBIGUOUS = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")  # 1.250: twelve hundred and fifty, or one and a quarter
DAYS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y/%m/%d")
MONTHS = ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober")
MONTHS += ("november", "december")
EPOCH, FIRST, LAST = date(1899, 12, 30), date(2000, 1, 1), date(2100, 12, 31)
YES, NO = {"ja", "j", "true", "waar", "x"}, {"nee", "n", "neen", "false", "onwaar"}
LONGEST = 32_000  # characters; a cell of Excel holds 32,767


class WrongCell(ValueError):
    """A cell that is no value of its column: why, and what to do, as the end of a Dutch sentence."""


class Formula(str):
    """A cell with a formula in it, as it stands there."""

    __slots__ = ()


def value_of(table: str, column: str, given: Any) -> Any:
    """What a cell says, in the type of its column; the default where it is empty. Raises WrongCell."""
    said, kind = columns_of(table)[column], type_of(table, column)
    if isinstance(given, Formula):
        raise WrongCell("bevat een formule; kies ‘plakken als waarden’")
    if isinstance(given, str) and re.fullmatch(r"#[A-ZÀ-Ý/!?0]+[!?]?", given.strip()):
        raise WrongCell(f"bevat de fout {given.strip()}; verbeter de cel of maak ze leeg")
    if given is None or (isinstance(given, str) and not given.strip()):
        return said.default
    value = READERS[kind](given)
    if choices := said.metadata["choices"]:
        same = [choice for choice in choices if choice.casefold() == str(value).casefold()]
        if not same:
            raise WrongCell(f"is ‘{value}’; kies uit {', '.join(choices)}")
        return same[0]
    return value


def _text(given: Any) -> str:
    if isinstance(given, bool):
        return "ja" if given else "nee"
    if isinstance(given, datetime | date):
        return f"{given:%Y-%m-%d}"
    if isinstance(given, float) and given.is_integer():
        return str(int(given))
    text = clean(str(given))
    if len(text) > LONGEST:
        raise WrongCell(f"is langer dan {LONGEST} tekens; kort de tekst in")
    return text


def clean(text: str) -> str:
    """A text without what a spreadsheet adds: other line ends, blanks at the ends of lines, characters that steer."""
    lines = BLANKS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join("".join(c for c in line if c.isprintable()).strip() for line in lines).strip()


def _number(given: Any) -> float:
    if isinstance(given, bool | datetime | date):
        raise WrongCell("is een datum of ja/nee; schrijf een getal")
    if isinstance(given, int | float | Decimal):
        if not math.isfinite(given):
            raise WrongCell("is geen getal; schrijf een getal")
        return float(given)
    plain = BLANKS.sub(" ", str(given)).strip().removeprefix("€").removesuffix("€").strip()
    if AMBIGUOUS.fullmatch(plain):
        raise WrongCell(f"is ‘{plain}’, wat twee getallen kan zijn; schrijf het zonder punt of met twee decimalen")
    if GROUPED.fullmatch(plain):
        plain = re.sub(r"[. ]", "", plain)
    if not NUMBER.fullmatch(plain):
        raise WrongCell(f"is ‘{plain[:40]}’; schrijf een getal zonder tekst erbij")
    return float(plain.replace(",", "."))


def _whole(given: Any) -> int:
    number = _number(given)
    if not number.is_integer():
        raise WrongCell(f"is {number:g}; schrijf een geheel getal")
    return int(number)


def _euro(given: Any) -> Decimal:
    number = Decimal(str(_number(given)))
    if number != round(number, 2) or abs(number) >= 10**15:
        raise WrongCell(f"is {number}; schrijf een bedrag met hoogstens twee decimalen")
    return round(number, 2)


def _day(given: Any) -> date:
    if isinstance(given, bool):
        raise WrongCell("is ja of nee; schrijf een dag als 31/12/2027")
    if isinstance(given, datetime | date):
        found = given.date() if isinstance(given, datetime) else given
    elif isinstance(given, int | float):  # the number of a day, where its format was lost
        found = EPOCH + timedelta(int(given)) if (FIRST - EPOCH).days <= given <= (LAST - EPOCH).days else None
    else:
        found = _written_day(clean(str(given)).casefold())
    if found is None:
        raise WrongCell(f"is ‘{str(given)[:40]}’; schrijf een dag als 31/12/2027")
    if not FIRST <= found <= LAST:
        raise WrongCell(f"is {found:%d/%m/%Y}; schrijf een dag tussen 2000 en 2100")
    return found


def _written_day(text: str) -> date | None:
    words = re.fullmatch(r"(\d{1,2}) ([a-z]+) (\d{4})", text)
    if words and words[2] in MONTHS:
        text = f"{words[1]}/{MONTHS.index(words[2]) + 1}/{words[3]}"
    for written in DAYS:
        try:
            return datetime.strptime(text, written).date()
        except ValueError:
            continue
    return None


def _yes(given: Any) -> bool:
    if isinstance(given, bool):
        return given
    text = clean(str(given)).casefold()
    if text in YES | NO:
        return text in YES
    raise WrongCell(f"is ‘{text[:40]}’; schrijf ja of nee")


READERS: dict[type, Callable[[Any], Any]] = {
    str: _text,
    int: _whole,
    float: _number,
    Decimal: _euro,
    date: _day,
    bool: _yes,
}
