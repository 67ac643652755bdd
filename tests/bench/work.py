"""The refresh without its imports: everything is imported first, then the clock starts."""

from __future__ import annotations

import importlib
import json
import time
from typing import Any

HEAVY = ["pandas", "pyarrow", "duckdb", "pipelines.gate.gx", "pipelines.transform.render", "pipelines.refresh"]


def main() -> None:
    """Refresh the home in OBMI_HOME and print seconds, in all, per stage, and of the gate in landing."""
    for name in HEAVY:
        importlib.import_module(name)
    from pipelines import accept
    from pipelines.config import load_home, load_settings
    from pipelines.refresh import refresh

    judge, judged = accept.check_delivery, []

    def timed(*args: Any) -> Any:
        began = time.perf_counter()
        verdict = judge(*args)
        judged.append((began, time.perf_counter()))
        return verdict

    accept.check_delivery = timed
    started = time.perf_counter()
    report = refresh(load_home(), load_settings(), "voorbeeld", None, None, lambda who, text: None)
    seconds = time.perf_counter() - started
    if report.exit_code or report.release is None:
        raise SystemExit(f"the refresh did not publish: {report}")
    print(json.dumps({"seconds": seconds, "stages": {**report.seconds, "gate": covered(judged)}}))


def covered(spans: list[tuple[float, float]]) -> float:
    """Seconds in which at least one of these spans of time goes on: two deliveries may be judged at once."""
    seconds, until = 0.0, 0.0
    for began, ended in sorted(spans):
        seconds += max(0.0, ended - max(began, until))
        until = max(until, ended)
    return seconds


if __name__ == "__main__":
    main()
