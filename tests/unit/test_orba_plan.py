"""The shape of a plan: what hangs on what, and what a city shares."""

from pipelines.orba.plan import (
    SHAPES,
    Actie,
    Actieplan,
    Bedrag,
    Doel,
    Indicator,
    Plan,
    Row,
    Streefwaarde,
    columns_of,
    type_of,
)


def made(*rows: Row) -> Plan:
    """An invented plan of Gent."""
    return Plan("gent", {t: {r.sleutel: r for r in rows if r.table == t} for t in SHAPES})


PLAN = made(
    Doel(sleutel="gent/1", titel="Wonen", gedeeld=True),
    Doel(sleutel="gent/2", titel="Personeel"),
    Actieplan(sleutel="gent/1/a", titel="Bouwen", doel="gent/1"),
    Actieplan(sleutel="gent/2/a", titel="Werven", doel="gent/2"),
    Actie(sleutel="gent/1/a/x", titel="Huizen", actieplan="gent/1/a"),
    Actie(sleutel="gent/2/a/x", titel="Mensen", actieplan="gent/2/a"),
    Indicator(sleutel="gent/2/a/x/i1", onderdeel="gent/2/a/x"),
    Streefwaarde(sleutel="gent/2/a/x/i1/1", indicator="gent/2/a/x/i1", waarde=3.0),
    Bedrag(sleutel="gent/1/a/x/2026", onderdeel="gent/1/a/x", jaar=2026),
)


def test_a_row_knows_the_goal_that_it_is_under() -> None:
    assert [row.sleutel for row in PLAN.path("gent/1/a/x")] == ["gent/1/a/x", "gent/1/a", "gent/1"]
    assert PLAN.goal_of("gent/2/a/x") == PLAN.rows["doel"]["gent/2"]
    assert PLAN.under("gent/1", "actieplan") == [PLAN.rows["actieplan"]["gent/1/a"]]
    assert [row.waarde for row in PLAN.under("gent/2/a/x/i1", "streefwaarde")] == [3.0]


def test_only_what_hangs_on_a_shared_goal_is_shared() -> None:
    shared = PLAN.shared()
    assert [row.sleutel for t in SHAPES for row in shared.of(t)] == [
        "gent/1",
        "gent/1/a",
        "gent/1/a/x",
        "gent/1/a/x/2026",
    ]


def test_every_column_says_what_it_means() -> None:
    for table, shape in SHAPES.items():
        assert (shape.__doc__ or "").partition(":")[2]
        for name, column in columns_of(table).items():
            assert column.metadata["meaning"].endswith("."), (table, name)
            assert type_of(table, name).__name__ in {"str", "int", "float", "Decimal", "date", "bool"}
            assert column.metadata["of"] in {"", "onderdeel", *SHAPES}
