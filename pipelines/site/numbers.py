"""Numbers, units and periods as a Flemish reader writes them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from pipelines.describe.units import unit_of

NARROW, HARD, MINUS = "\u202f", "\u00a0", "\u2212"  # narrow no-break space, no-break space, minus sign
LARGE = ((Decimal(10) ** 9, "miljard"), (Decimal(10) ** 6, "miljoen"))
NEARLY = Decimal("0.9995")  # 999.9 million is a billion in three figures
FROM_LARGE = 10_000_000  # below this a number is still read digit by digit
MANY = 200_000  # figures that are written once for all pages and cities that show them
MONTHS = ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober")
MONTHS += ("november", "december")


@lru_cache(MANY)
def rounded(value: float, decimals: int) -> Decimal:
    """A number rounded half away from zero."""
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def digits(exact: Decimal) -> str:
    """A rounded number with a decimal comma, its thousands apart: `1 234,5`, `−0,3`."""
    whole, _, rest = f"{abs(exact):,f}".partition(".")
    sign = MINUS if exact < 0 else ""
    return sign + whole.replace(",", NARROW) + (f",{rest}" if rest else "")


@lru_cache(MANY)
def number(value: float, decimals: int) -> str:
    """A number rounded and written."""
    return digits(rounded(value, decimals))


def comma(value: float) -> str:
    """A number for a spreadsheet, whole and unrounded: decimal comma, no separator of thousands."""
    return f"{Decimal(repr(value)).normalize():f}".replace(".", ",")


def measured(value: float, decimals: int, unit: str | None) -> str:
    """A number with its unit: `16,5 %`, `€ 25 456`, `1 persoon`, `4,39 miljard kWh`."""
    said = number(value, decimals)
    for size, word in LARGE:
        if abs(value) >= max(FROM_LARGE, size * NEARLY) and decimals == 0:
            shares = Decimal(repr(value)) / size
            said = number(float(shares), min(2, max(0, 2 - shares.adjusted()))) + HARD + word
            break
    unit = unit_of(value, unit or "")
    if unit == "€" or unit.startswith("€ "):
        return "€" + HARD + said + unit[1:]
    return said + (HARD if len(unit) < 4 else " ") + unit if unit else said  # a long word may go to the next line


def in_unit(unit: str | None) -> str:
    """The unit as the end of a heading: `, in %`, `, per 1.000`."""
    return "" if not unit else f", {unit}" if unit.startswith("per ") else f", in {unit}"


def step(value: float, decimals: int, unit: str | None) -> str:
    """A difference without its sign; of a percentage it is counted in points."""
    return measured(abs(value), decimals, "procentpunt" if unit == "%" else unit)


def between(low: float, high: float, decimals: int) -> str:
    """Two limits: `16,4 tot 16,7`."""
    return f"{number(low, decimals)} tot {number(high, decimals)}"


def ordinal(place: int) -> str:
    """`1e`, `12e`."""
    return f"{place}e"


def day(moment: object) -> str:
    """A date or time as `28 november 2026`."""
    year, month, day_ = str(moment)[:10].split("-")
    return f"{int(day_)} {MONTHS[int(month) - 1]} {year}"
