"""What a city has of its own, as an earlier version kept it."""

from pathlib import Path

from pipelines.home import Home
from pipelines.publish.own_file import OwnPart
from pipelines.transform.kept import Built


def test_a_part_that_was_kept_before_it_told_what_it_was_made_of_stops_no_release(tmp_path: Path) -> None:
    home = Home(tmp_path)
    OwnPart(home, Built(), ["v8801_wachtlijst"], {}).remember(tmp_path / "steden" / "gent.duckdb", {})
    assert not home.record.exists()
