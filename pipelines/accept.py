"""What is accepted of a dataset: its deliveries judged one after another, each by those of earlier periods.

It follows from the deliveries, the description and what a person decided, whatever the order in which the deliveries
came and the refreshes between them (docs/adr/0040). What is the same as at the last refresh is not judged again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from pipelines.config import Settings
from pipelines.gate.judge import check_delivery
from pipelines.home import now, quoted
from pipelines.ingest.raw import Delivery, told_of
from pipelines.ingest.reading import ReadDelivery
from pipelines.ingest.unforeseen import unforeseen
from pipelines.landing.beside import Areas, beside, lay_out_others
from pipelines.landing.compose import compose
from pipelines.landing.due import is_described_anew, tried
from pipelines.landing.landings import Landings
from pipelines.landing.parts import Part, PartKey, lies_in
from pipelines.landing.receipt import Outcome, Why
from pipelines.landing.stand_in import taken_over
from pipelines.landing.state import NOT_ASKED, UNDER_EMBARGO, Accepted, Refusal, State, Turn, Unread
from pipelines.landing.trial import on_trial

Units = set[tuple[str, str]]
ACCEPTED = ("accepted", "partial")
ROUNDS = 4  # what one releases may release another


class Acceptance:
    """The deliveries of one dataset in one refresh, each read once."""

    def __init__(
        self,
        landings: Landings,
        areas: Areas,
        dataset: str,
        settings: Settings,
        read: Callable[[Delivery], ReadDelivery],
        say: Callable[[str], None],
    ) -> None:
        self._landings, self._areas, self._landing = landings, areas, landings[dataset]
        self._gate, self._get, self._say = settings.gate, read, say
        self._old = self._landing.state
        self._standing = self._landing.standing
        self._by_id = {d.id: d for d in self._standing}
        self._takes_over = self._landing.stands_in
        self._got: dict[str, ReadDelivery] = {}
        self._turns = {t.delivery: t.at for t in self._old.turns}
        self._became = dict(self._old.processed)
        self._refusals = {r.delivery: r for r in self._old.refusals}
        self._made: set[str] = set()
        self._seen: dict[str, str | None] = {}  # beside which version each was judged last

    def settle(self, judged: list[Delivery]) -> None:
        """Judge these deliveries, and those after them in order, and write down what is accepted then."""
        moment = now().isoformat(timespec="seconds")
        waiting = {d.id for d in self._landing.pending}
        for one in self._standing:
            self._turns[one.id] = moment if one.id in waiting else self._turns.get(one.id, one.arrived)
        for one in judged:
            self._read(one.id)
        self._turns |= {d: self._got[d].as_of.isoformat() for d in waiting & self._got.keys()}
        again = {d.id for d in judged}
        real = [d.id for d in self._standing if not d.stand_in]
        order, in_turn, before = self._judge_in_order(real, again)
        if in_turn.version is None:
            order, in_turn, before = self._judge_in_order([d for d in self._by_id if d not in real], again)
        accepted = self._judge_what_is_left(order, in_turn)
        if wrong := self._wrong(accepted):
            self._keep_the_old(*wrong)
            return
        self._write_down(order, accepted, in_turn, before)

    def settle_for(self, judged: list[Delivery], only: Units) -> None:
        """Take the news of these deliveries for some (gebiedsniveau, unit) alone; they stay pending for the others."""
        accepted, moment = self._old.accepted, now().isoformat(timespec="seconds")
        for one in judged:
            got = self._read(one.id)
            if got.tables:
                accepted = self._judge(accepted, got, only)
            else:
                self._left_out(got)
        refused = {d for d, became in self._became.items() if became == "refused"}
        state = replace(
            self._old,
            **vars(accepted),
            again=True,
            checked_at=moment,
            processed=self._old.processed | dict.fromkeys(refused, "refused"),
            turns=[*self._old.turns, *(Turn(d, moment) for d in refused - {t.delivery for t in self._old.turns})],
            refusals=[*self._refusals.values()],
        )
        self._landing.settle(state)

    def _read(self, delivery: str) -> ReadDelivery:
        if delivery not in self._got:
            self._got[delivery] = got = self._get(self._by_id[delivery])
            if got.tables:
                with self._areas.beside(self._landing.spec.id) as con:
                    self._landing.scopes.note(con, delivery, [t.path for t in got.tables])
        return self._got[delivery]

    def _is_readable(self, delivery: str) -> bool:
        got = self._got.get(delivery)
        return bool(got.tables) if got else self._landing.scopes.known(delivery)

    def _judge_in_order(self, deliveries: list[str], again: set[str]) -> tuple[list[str], Accepted, Accepted | None]:
        """Judge deliveries, given as they came, from the first one on that is not as it was: their order, what is
        accepted then, and what was before the last of them."""
        for one in deliveries:
            if self._became.get(one) in ACCEPTED and not self._landing.scopes.known(one):
                self._read(one)  # what it holds was lost
            if one in self._got and not self._got[one].tables:
                self._left_out(self._got[one])
        order = self._landing.scopes.in_order([d for d in deliveries if self._is_readable(d)])
        old, same = self._old.order, 0
        while same < min(len(old), len(order)) and order[same] == old[same] and order[same] not in again:
            same += 1
        accepted, before = Accepted(), None
        if self._old.again or is_described_anew(self._landing):
            same = 0
        elif same == len(old):
            accepted, before = self._old.in_turn or accepted, self._old.before
        elif same == len(old) - 1 and self._old.before is not None:
            accepted = self._old.before
        else:
            same = 0
        for one in order[same:]:
            before = accepted
            accepted = self._judge(accepted, self._read(one))
            self._seen[one] = accepted.version
        return order, accepted, before

    def _judge_what_is_left(self, order: list[str], accepted: Accepted) -> Accepted:
        """What is accepted after deliveries that were refused or hold something are judged once more beside all that is
        accepted, of later periods too, until that changes nothing: it releases, and holds nothing more."""
        if accepted is self._old.in_turn:
            accepted = self._old.accepted
            self._seen = {d: accepted.version for d in order} | self._seen
        for _ in range(ROUNDS):
            before = accepted
            for one in order:
                waiting = {h.key for h in accepted.held if h.levering == one}
                left = waiting or self._became[one] == "refused"
                if left and self._seen.get(one, "") != accepted.version and not self._is_given_again(one):
                    accepted = self._judge_once_more(one, accepted, waiting, order)
                    self._seen[one] = accepted.version
            if accepted is before:
                break
        return accepted

    def _judge_once_more(self, delivery: str, accepted: Accepted, waiting: set[PartKey], order: list[str]) -> Accepted:
        became, refusals = self._became[delivery], dict(self._refusals)
        new = self._judge(accepted, self._read(delivery), waiting=waiting if became in ACCEPTED else None)
        if became in ACCEPTED and (new is accepted or waiting <= {h.key for h in new.held}):
            self._became[delivery], self._refusals = became, refusals
            return accepted
        if new is not accepted and accepted.last in order and order.index(accepted.last) > order.index(delivery):
            new = replace(new, checks=accepted.checks, last=accepted.last)
        return new

    def _judge(
        self, accepted: Accepted, got: ReadDelivery, only: Units | None = None, waiting: set[PartKey] | None = None
    ) -> Accepted:
        """What is accepted after a delivery that could be read, as of its turn: with `only`, of some units; with what
        is `waiting` of it, the rest as it is. Whatever judging ends with, it stops this dataset alone."""
        try:
            return self._judged(accepted, got, only, waiting)
        except Exception as err:  # noqa: BLE001
            what = f"{got.tables[0].file} cannot be judged"
            self._refuse(got.delivery.id, unforeseen(self._landings.home, what, err), [])
            return accepted

    def _judged(
        self, accepted: Accepted, got: ReadDelivery, only: Units | None, waiting: set[PartKey] | None
    ) -> Accepted:
        landing, delivery = self._landing.at(accepted), got.delivery.id
        moment = datetime.fromisoformat(self._turns[delivery]) if delivery in self._turns else now()
        with self._areas.beside(landing.spec.id) as con:
            paths = ", ".join(quoted(t.path) for t in got.tables)
            con.execute(f"CREATE VIEW kandidaat AS SELECT * FROM read_parquet([{paths}])")
            judge = Accepted() if got.delivery.stand_in else accepted  # no table of ours judges another
            con.execute(f"CREATE VIEW vorige AS SELECT * FROM {landing.at(judge).relation()}")
            lay_out_others(con, self._landings, landing.spec.id)
            self._say(f"checking {sum(t.rows for t in got.tables):,} rows")
            limits, decided = (self._gate.timeout_s, self._gate.max_share), landing.let_through(moment)
            verdict = check_delivery(con, landing.spec, *limits, got.notes, decided, moment.date())
            verdict = on_trial(con, landing, got.delivery, verdict)
            if verdict.refused:
                self._refuse(delivery, f"{got.tables[0].file}: {verdict.refused}; {verdict.todo}", verdict.outcomes)
                return accepted
            held: dict[Part, Why] = {**verdict.held}
            if only is not None:
                units = con.execute(f"SELECT DISTINCT gebiedsniveau, {landing.spec.unit} FROM kandidaat").fetchall()
                held = {(level, unit, ()): NOT_ASKED for level, unit in set(units) - only} | held
            if waiting is not None:
                held = {part: why for part, why in held.items() if any(lies_in(key, part) for key in waiting)}
            there = {folder.name for folder in landing.root.iterdir()} if landing.root.exists() else set()
            new = compose(con, landing, got.tables, held, delivery, self._landings.home.tmp)
        self._made |= {new.version} - there
        if waiting is not None:
            new = replace(new, held=[h for h in new.held if h.levering != delivery or h.key in waiting])
        self._refusals.pop(delivery, None)
        if got.errors and delivery not in self._old.waived:
            self._refuse(delivery, got.errors[0], verdict.outcomes)
        self._became[delivery] = "partial" if held or got.errors else "accepted"
        checks = [*verdict.outcomes]
        if self._takes_over and not got.delivery.stand_in and accepted.version is None:
            checks.append(taken_over(self._old.parts, got.tables))
            self._say(checks[-1].omschrijving)
        return accepted.joined(new, checks, delivery)

    def _refuse(self, delivery: str, reason: str, checks: list[Outcome]) -> None:
        self._refusals[delivery] = Refusal(delivery, now().isoformat(timespec="seconds"), reason, checks)
        self._became[delivery] = "refused"

    def _left_out(self, got: ReadDelivery) -> None:
        """What becomes of a delivery of which nothing was read."""
        if not got.waits:
            self._refuse(got.delivery.id, got.errors[0], [])
        else:
            self._became[got.delivery.id] = UNDER_EMBARGO

    def _wrong(self, accepted: Accepted) -> tuple[str, str] | None:
        """The delivery because of which what is accepted must stay as it was, and why: where the description changed,
        one that is refused by it; else one whose bytes are no longer there."""
        if self._old.version is None:
            return None
        there = {told_of(files) for d in self._standing for files in d.parts}
        if self._got and (gone := [p for p in self._old.parts if p.raw_sha256 not in there]) and not self._takes_over:
            said = f"{gone[0].file} was accepted, and what was written down of its delivery is gone; hand it over again"
            return self._old.order[-1] if self._old.order else "", said
        anew = is_described_anew(self._landing)
        for one, became in self._old.processed.items():
            if became not in ACCEPTED or self._became[one] != "refused" or (self._is_readable(one) and not anew):
                continue
            if not self._landing.scopes.known(one) or not self._is_given_again(one):
                return one, self._refusals[one].reason
        first = next(iter(self._refusals.values()), None)
        return (first.delivery, first.reason) if first and accepted.version is None else None

    def _is_given_again(self, delivery: str) -> bool:
        """Whether an accepted delivery that came later holds something of this one; where nobody knows what this one
        holds, whether there is a later one."""
        turns = list(self._turns)
        own = {d.id for d in self._standing if d.city == self._by_id[delivery].city}
        later = [d for d in turns[turns.index(delivery) + 1 :] if self._became.get(d) in ACCEPTED and d in own]
        if not self._landing.scopes.known(delivery):
            return bool(later)
        return self._landing.scopes.given_again(delivery, later)

    def _keep_the_old(self, delivery: str, reason: str) -> None:
        """What was accepted stays, by the description that it was read by."""
        if is_described_anew(self._landing):
            reason = f"the description was changed, and by it what was accepted is refused: {reason}; the figures that "
            reason += "were read before stay: correct the description in sources/, or hand over a new file"
        unread = Unread(tried(self._landings, self._landing), delivery, reason)
        self._landing.settle(replace(self._old, unread=unread, again=True))
        self._landing.forget(self._made)

    def _write_down(self, order: list[str], accepted: Accepted, in_turn: Accepted, before: Accepted | None) -> None:
        for one in self._got:
            if not self._is_readable(one):
                self._landing.scopes.forget(one)
        left = [d for d in [*order, *(d for d in self._turns if d not in order)] if d in self._refusals]
        known = {h.key: h for h in self._old.held}
        held = [
            replace(h, sinds=known[h.key].sinds, aanvaard_op=known[h.key].aanvaard_op) if h.key in known else h
            for h in accepted.held
        ]
        since = self._old.accepted_at if accepted.version == self._old.version else accepted.accepted_at
        accepted = replace(accepted, held=held, accepted_at=since)
        state = State(
            **vars(accepted),
            dataset=self._landing.spec.id,
            checked_at=now().isoformat(timespec="seconds"),
            order=order,
            in_turn=in_turn,
            before=before,
            processed=self._became,
            turns=[Turn(d, at) for d, at in self._turns.items()],
            refusals=[self._refusals[d] for d in left if not self._is_given_again(d)],
            waived=self._old.waived,
            embargo={d: at for d, at in self._old.embargo.items() if d not in self._got}
            | {d: got.until.isoformat() for d, got in self._got.items() if got.until},
            rules=self._landing.spec.rules,
            description=self._landing.spec.deciding,
            beside=beside(self._landings, self._landing),
            **self._old.reached,
        )
        self._landing.settle(state)
        self._landing.forget(self._made)
