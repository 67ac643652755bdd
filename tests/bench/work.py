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

    judge, judging = accept.check_delivery, []

    def timed(*args: Any) -> Any:
        began = time.perf_counter()
        verdict = judge(*args)
        judging.append(time.perf_counter() - began)
        return verdict

    accept.check_delivery = timed
    started = time.perf_counter()
    report = refresh(load_home(), load_settings(), "voorbeeld", None, None, lambda who, text: None)
    seconds = time.perf_counter() - started
    if report.exit_code or report.release is None:
        raise SystemExit(f"the refresh did not publish: {report}")
    print(json.dumps({"seconds": seconds, "stages": {**report.seconds, "gate": sum(judging)}}))


if __name__ == "__main__":
    main()
