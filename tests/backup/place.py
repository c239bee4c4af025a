"""The four roles on databases in a place of their own: what they are asked to do, and what they know."""

import contextlib
import pathlib
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from letterbox import Mailbox
from reflection import Reflection, dictionary
from roles import ROLES, Roles, sending
from support import PLAN, check, wait_until

LEITAI = pathlib.Path(sys.argv[1]).resolve()
SETTINGS = {"LEITAI__NOTIFICATION__SERVICE__CHARTS": "false"}
REPORTS, CHANGES, FINDINGS = "leitai.ingestion.v1.ReportService", "leitai.ingestion.v1.ChangeService", "leitai.evaluation.v1.EvaluationService"
# Corrections before and after the copies, at least.
DURING = 20


class Place:
    """The four roles on databases in a place of their own, and where their letters go."""

    def __init__(self, stack, store, directory, urls=None):
        directory.mkdir()
        self.store, self.directory = store, directory
        self.mailbox = stack.enter_context(Mailbox())
        self.urls = urls or stack.enter_context(store.made(directory))
        self.roles = Roles(LEITAI, directory, self.urls, sending(self.mailbox.url) | SETTINGS)
        stack.callback(self.roles.end)
        self.read = 0

    def start(self, *roles):
        for role in roles or ROLES:
            self.roles.start(role)

    def stop(self, *roles):
        codes = self.roles.stop(*roles)
        check("SIGTERM ends every role with 0", set(codes.values()) == {0}, str(codes))

    def told(self, words):
        """Waits until the roles have said so in their log, after what was last waited for."""

        def found():
            at = (self.directory / "roles.log").read_text(errors="replace").find(words, self.read)
            self.read = max(self.read, at)
            return at >= 0

        wait_until(words, found)

    def month(self, path):
        self.submit(path)
        self.freeze(path.stem)

    def submit(self, path):
        self.roles.leitai("report", "submit", path, "--submitter", "模拟器", "--simulated", "--summary", "--request-id", path.stem)

    def freeze(self, period):
        self.roles.leitai("round", "freeze", "--plan", PLAN, "--period", period, "--request-id", f"freeze-{period}")

    def sent(self, months):
        periods = {path.stem for path in months}
        wait_until(f"{sorted(periods)} are issued and sent", lambda: self.roles.issued() == periods)

    @contextlib.contextmanager
    def foreign(self, service):
        with Reflection(self.roles.port(service)) as foreign:
            yield foreign

    def head(self):
        """The newest number of ingestion's log."""
        with self.foreign("ingestion") as foreign:
            request, call = foreign.method(CHANGES, "WatchChanges")
            stream = call(request(), timeout=10)
            head = next(stream).head_sequence
            stream.cancel()
            return head

    def observations(self, **of):
        with self.foreign("ingestion") as foreign:
            return foreign.pages(REPORTS, "ListObservations", "observations", plan_id=PLAN, **of)

    def findings(self, count):
        """The first frozen rounds as evaluation published them."""
        with self.foreign("evaluation") as foreign:
            request, call = foreign.method(FINDINGS, "WatchFindings")
            stream = call(request(), timeout=60)
            found = [dictionary(next(stream).round) for _ in range(count)]
            stream.cancel()
            return found

    def letters(self):
        """Bytes of every letter by its number."""
        rows = {row["number"]: row["letter_id"] for row in self.roles.rows("letters", "list", "--plan", PLAN)}
        return {number: self.roles.leitai("letters", "render", letter) for number, letter in rows.items()}


def corrections(place, numbers, answered=None, stop=None):
    """One value after the other, each its own request, until told to stop."""
    with place.foreign("ingestion") as foreign:
        for number in numbers:
            if stop is not None and stop.is_set():
                return
            row = f"division,indicator,period,value,unit\n230123,industry_growth,2025-M04,{number % 50 / 10 + 1},%\n"
            file = {"name": "correction.csv", "content": row.encode()}
            fields = {"plan_id": PLAN, "submitter": "模拟器", "simulated": True, "note": f"更正{number}", "file": file}
            answer = foreign.call(REPORTS, "SubmitReport", request_id=f"correction-{number}", **fields)
            if answered is not None:
                answered.append(answer["report"]["report_id"])


def begun(place, months, base):
    """A place with last year's values and these months, issued and sent."""
    place.start()
    place.roles.leitai("plan", "apply", PLAN)
    for path in base:
        place.submit(path)
    for path in months:
        place.month(path)
    place.sent(months)


def copied_under_load(place, month, copy):
    """Calls `copy` while values come and the month's letters are made; the reports that were answered before it, and all of them. What it is called
    with waits for one more value."""
    answered, stop = [], threading.Event()

    def more(count=1):
        wanted = len(answered) + count
        wait_until("more load", lambda: len(answered) >= wanted or load.done())

    with ThreadPoolExecutor(2) as pool:
        load = pool.submit(corrections, place, range(100_000), answered, stop)
        try:
            more(DURING)
            frozen = pool.submit(place.month, month)
            before = list(answered)
            copy(more)
            frozen.result()
            more(DURING)
        finally:
            stop.set()
        load.result()
    return before, answered


def letters_as_they_were(restored, original):
    """Starts notification alone, which makes no letter that is not in its store, and compares its letters."""
    restored.start("notification")
    kept, known = restored.letters(), original.letters()
    check(f"restored letters are the original's, byte for byte: {len(kept)}", kept.items() <= known.items() and len(kept) > 0)


def as_it_was(restored, original, before):
    """That what was restored is what the original was at a moment, and not earlier than the copies began."""
    head = restored.head()
    now, then = restored.observations(), original.observations(as_of_sequence=head)
    check("restored observations are the original's of the same moment", now == then and len(now) > 1000, f"{len(now)} and {len(then)} at {head}")
    reports = {row["report_id"] for row in restored.roles.rows("report", "list")}
    check("what was answered before the copies is there", set(before) <= reports, str(len(set(before) - reports)))
    rounds = restored.roles.rows("round", "list", "--state", "frozen")
    found, known = restored.findings(len(rounds)), original.findings(len(rounds))
    check(f"restored frozen rounds are the original's: {len(rounds)}", found == known and len(rounds) >= 1)
