"""Tell about a fault once: one alert per incident, one when it is over, one for many at once.

What could not be told waits in the home and is tried again at the next refresh; a sink never changes a run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipelines.config import Settings
from pipelines.home import Home, now, read_json, read_or_set_aside, write_json
from pipelines.landing.incidents import Incident

ONE_BY_ONE = 3
LISTED = 20
NEW, OVER, NEWS = "nieuw", "voorbij", "bericht"
FILE, WEBHOOK = "bestand", "webhook"


@dataclass(frozen=True)
class _Told:
    """What meldingen.json holds: the incidents that are open by key, the messages that wait, and why per sink."""

    open: dict[str, dict[str, Any]] = field(default_factory=dict)
    wachtend: list[dict[str, Any]] = field(default_factory=list)
    storing: dict[str, str] = field(default_factory=dict)


def tell(
    home: Home, settings: Settings, found: list[Incident], news: Sequence[str] = (), *, outside: bool = True
) -> None:
    """Write down what is new and what is over since the last time, and `news`, which is no fault and so is never over;
    hand it to the file and the webhook, or to the file alone where nothing of it may go `outside`."""
    before = read_or_set_aside(_path(home), _Told, _Told())
    current = {i.key: _as_told(i) for i in found}
    began = [told for key, told in current.items() if key not in before.open]
    over = [told for key, told in before.open.items() if key not in current]
    messages = [*_messages(NEW, began), *_messages(OVER, over)]
    at = now().isoformat(timespec="seconds")
    messages += [{"soort": NEWS, "op": at, "text": f"obmi: {text}", "incidenten": []} for text in news]
    webhook = (os.environ.get("OBMI_WEBHOOK") or settings.meldingen.webhook) if outside else ""
    sinks = [FILE, WEBHOOK] if webhook else [FILE]
    waiting = [*before.wachtend, *({"aan": sink, **message} for message in messages for sink in sinks)]
    still = {key: before.open.get(key, told) for key, told in current.items()}
    if waiting:
        # before anything is sent: a kill tells twice rather than never
        write_json(_path(home), asdict(_Told(still, waiting, before.storing)))
        write_json(_path(home), asdict(_Told(still, *_deliver(home, settings, webhook, waiting))))


def untold(home: Home) -> dict[str, str]:
    """Per sink that is down: how much waits for it, since when and why."""
    todo = "run obmi refresh, which keeps it under another name and tells again what is open"
    before = read_json(_path(home), _Told, todo, _Told())
    waiting = {sink: [m for m in before.wachtend if m["aan"] == sink] for sink in before.storing}
    return {
        sink: f"{len(waiting[sink])} not told since {waiting[sink][0]['op']}: {why}"
        for sink, why in before.storing.items()
    }


def _deliver(
    home: Home, settings: Settings, webhook: str, waiting: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Hand over in order, per sink until it refuses one; what still waits, and why."""
    from pipelines.ingest.web.webhook import Untold, post  # requests is slow to import

    left: list[dict[str, Any]] = []
    trouble: dict[str, str] = {}
    for entry in waiting:
        sink, message = entry["aan"], {k: v for k, v in entry.items() if k != "aan"}
        if sink == WEBHOOK and not webhook:
            continue  # the installation has none any more; the file holds it
        if sink not in trouble:
            try:
                if sink == FILE:
                    _append(Path(settings.meldingen.bestand or home.root / "meldingen.jsonl"), message)
                else:
                    post(webhook, message, settings.http.loopback)
                continue
            except (OSError, Untold) as err:
                trouble[sink] = str(err)
        left.append(entry)
    return left, trouble


def _append(path: Path, message: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(message, ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def _messages(kind: str, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One message each, or one for all when they are many. `text` is what a chat service shows."""
    if not told:
        return []
    groups = [told] if len(told) > ONE_BY_ONE else [[one] for one in told]
    at = now().isoformat(timespec="seconds")
    return [{"soort": kind, "op": at, "text": _text(kind, group), "incidenten": group} for group in groups]


def _text(kind: str, group: list[dict[str, Any]]) -> str:
    lines = [_line(told, kind == NEW) for told in group[:LISTED]]
    if len(group) > LISTED:
        lines.append(f"and {len(group) - LISTED} more: obmi status")
    if len(group) == 1:
        return f"obmi: {lines[0]}" if kind == NEW else f"obmi: over: {lines[0]}"
    head = f"{len(group)} faults at once" if kind == NEW else f"{len(group)} faults are over"
    return "\n".join([f"obmi: {head}", *(f"- {line}" for line in lines)])


def _line(told: dict[str, Any], whole: bool) -> str:
    where = ", ".join(told["steden"]) or told["gebied"]
    what = " · ".join(filter(None, (where, told["dataset"], f"check '{told['controle']}'")))
    if not whole:
        return what
    seen = f"observed {told['waargenomen']}" if told["waargenomen"] else told["reden"]
    expected = f", expected {told['verwacht'] or told['grens']}" if told["verwacht"] or told["grens"] else ""
    good = f"last good {told['laatste_goede']}" if told["laatste_goede"] else "no good version yet"
    return f"{what}: {seen}{expected}; {good}; next: {told['volgende_stap']}"


def _as_told(incident: Incident) -> dict[str, Any]:
    told = {
        **asdict(incident),
        "steden": list(incident.steden),
        "jaren": list(incident.jaren),
        "ook": list(incident.ook),
    }
    return {k: v for k, v in told.items() if k not in ("rijen", "delen")}  # rows are data


def _path(home: Home) -> Path:
    return home.root / "meldingen.json"
