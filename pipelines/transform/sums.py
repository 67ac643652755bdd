"""Sums that are the same to the last digit whatever the order of their rows, as SQL."""

from __future__ import annotations


def exact_sum(amount: str) -> str:
    """The sum of amounts over rows: whole numbers add up exactly, and so do decimals."""
    return f"(SUM(TRUNC({amount})) + SUM(({amount} - TRUNC({amount}))::DECIMAL(38, 18))::DOUBLE)"
