"""Sums that are the same to the last digit whatever the order of their rows, as SQL."""

from __future__ import annotations


def exact_sum(amount: str) -> str:
    """The sum of amounts over rows: whole numbers add up exactly, and so do the decimals of what has any."""
    rest = f"({amount} - TRUNC({amount}))"
    decimals = f"SUM(CASE WHEN {rest} <> 0 THEN {rest}::DECIMAL(38, 18) END)"
    return f"(SUM(TRUNC({amount})) + COALESCE({decimals}::DOUBLE, 0))"
