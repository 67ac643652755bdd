"""The words that the models share: SQLMesh macros, each a rule that occurs in more than one model."""

from __future__ import annotations

from sqlglot import exp
from sqlmesh.core.macros import MacroEvaluator, macro

from pipelines.transform.statuses import status_of_parts, status_of_sum
from pipelines.transform.sums import exact_sum

NORMAL = {"95": "1.959963984540054e0", "99.8": "3.090232306167813e0"}


@macro()
def normaal(evaluator: MacroEvaluator, certainty: exp.Expr) -> exp.Expr:
    """How many standard deviations the bounds of a two-sided interval of this many percent lie from the mean."""
    return evaluator.parse_one(NORMAL[certainty.sql()])


@macro()
def status_van_som(evaluator: MacroEvaluator, status: exp.Expr) -> exp.Expr:
    """The status of a sum over the rows of a group."""
    return evaluator.parse_one(status_of_sum(status.sql("duckdb")))


@macro()
def status_van_delen(evaluator: MacroEvaluator, *statuses: exp.Expr) -> exp.Expr:
    """The status of a figure that needs all of these parts."""
    return evaluator.parse_one(status_of_parts(*(s.sql("duckdb") for s in statuses)))


@macro()
def som(evaluator: MacroEvaluator, amount: exp.Expr) -> exp.Expr:
    """The sum over the rows of a group, whatever their order."""
    return evaluator.parse_one(exact_sum(f"({amount.sql('duckdb')})"))
