"""From the bytes of a delivery to typed tables: unpack, parse, and see that no two files hold the same."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.describe.specs import Dataset
from pipelines.home import Home, now, quoted
from pipelines.ingest.raw import Altered, Delivery, RawFile, RawStore, told_of
from pipelines.ingest.read.cast import named
from pipelines.ingest.read.errors import ParseError
from pipelines.ingest.read.parse import ParsedTable, parse
from pipelines.ingest.read.table import Table
from pipelines.ingest.read.tables import open_tables
from pipelines.ingest.unforeseen import unforeseen


@dataclass(frozen=True)
class ReadDelivery:
    """One delivery, parsed `as_of` a moment: its tables, and one sentence per file that could not be read. Rows under
    an embargo are in none; `until` is when the first of them may be published."""

    delivery: Delivery
    tables: list[ParsedTable]
    errors: list[str]
    as_of: datetime
    until: datetime | None = None

    @property
    def waits(self) -> bool:
        """True where all of it is under an embargo: as if it had not come yet."""
        return self.until is not None and not self.tables and not self.errors

    @property
    def notes(self) -> dict[str, list[str]]:
        """What was seen while reading, per check that tells it."""
        found: dict[str, list[str]] = {}
        for table in self.tables:
            for check, said in table.notes.items():
                found.setdefault(check, []).extend(said)
        return found


def read_delivery(
    con: duckdb.DuckDBPyConnection, spec: Dataset, delivery: Delivery, home: Home, as_of: datetime | None = None
) -> ReadDelivery:
    """Parse every file of a delivery as of a moment or now, unpacking the next one meanwhile; a bad file, whatever is
    wrong with it, does not stop the others. Needs the register of areas in the connection, as parse does."""
    tables: list[ParsedTable] = []
    errors: list[str] = []
    store, as_of = RawStore(home), as_of or now().replace(microsecond=0)
    work = home.tmp / f"{spec.id}-{delivery.id}"
    shutil.rmtree(work, ignore_errors=True)  # it may have been read before
    work.mkdir()

    def unpack(files: list[RawFile], folder: Path) -> list[Table]:
        folder.mkdir(parents=True)
        arrived = datetime.fromisoformat(files[0].origin.get("at", delivery.arrived))
        return open_tables(spec, [(store.verified(f), f.name) for f in files], folder, arrived)

    with ThreadPoolExecutor(1) as pool:
        # by its number: two addresses may give the same bytes
        waiting = [
            (f, work / f"{n}", pool.submit(unpack, f, work / f"{n}" / "uitgepakt"))
            for n, f in enumerate(delivery.parts)
        ]
        for files, folder, unpacked in waiting:
            try:
                table = parse(con, spec, unpacked.result(), told_of(files), folder, as_of)
                _refuse_twice(con, spec, tables, table)
            except (ParseError, Altered) as err:
                errors.append(str(err))
            except Exception as err:  # noqa: BLE001 (whatever stands in it, one bad file stops one file)
                errors.append(unforeseen(home, f"{files[0].name} cannot be read", err))
            else:
                tables.append(table)
            finally:
                shutil.rmtree(folder / "uitgepakt", ignore_errors=True)
    until = min((t.until for t in tables if t.until), default=None)
    shown = [t for t in tables if t.rows or not t.until]
    return ReadDelivery(delivery, shown, errors, as_of, until)


def _refuse_twice(con: duckdb.DuckDBPyConnection, spec: Dataset, tables: list[ParsedTable], table: ParsedTable) -> None:
    """Two files of a delivery that hold the same would replace each other. Raises ParseError."""
    columns = ", ".join(named(c) for c in spec.replaces)
    for other in tables:
        if not set(other.years) & set(table.years):
            continue
        both = con.execute(
            f"SELECT {columns} FROM {quoted(other.path)} INTERSECT SELECT {columns} FROM {quoted(table.path)} "
            "ORDER BY ALL LIMIT 1"
        ).fetchone()
        if both:
            held = " ".join(str(v) for v in both)
            raise ParseError(
                f"{table.file} and {other.file} both hold {held}; hand over one file per {' and '.join(spec.replaces)}"
            )
