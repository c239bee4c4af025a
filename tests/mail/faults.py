#!/usr/bin/env python3
"""Letters under faults: faults.py PATH-OF-LEITAI [SCENARIO...] [--letters 2844] [--without-alertmanager]

Scenarios: kills busy refused away cut many. Each runs Leitai's real roles as processes of their own against a recording mail server, and Debian's
Alertmanager on the same fault with as many groups. `kills` alone takes its own number of letters (--killed-letters 10000).
Prints a Markdown table; exits with 1 where a promise was broken: a letter lost, a duplicate that no fault explains or with other bytes."""

import argparse
import collections
import pathlib
import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import cluster
import peers
import support

PROMISES = []


def promise(what, kept):
    PROMISES.append((what, kept))
    if not kept:
        print(f"BROKEN: {what}", file=sys.stderr, flush=True)


class Mail:
    """What the mail server saw."""

    def __init__(self, directory, expected):
        lines = peers.recorded(directory)
        self.taken = [line for line in lines if line["reply"] in ("250", "cut")]
        self.refused = collections.Counter(line["reply"] for line in lines if line["reply"] in ("451", "550"))
        self.by_recipient = collections.defaultdict(list)
        for line in self.taken:
            self.by_recipient[line["rcpt"]].append(line)
        self.lost = expected - len(self.by_recipient)
        self.duplicates = sum(len(copies) - 1 for copies in self.by_recipient.values())
        # A copy after a cut is what SMTP asks for: the sender was never told.
        self.answered_twice = sum(max(0, sum(c["reply"] == "250" for c in copies) - 1) for copies in self.by_recipient.values())
        self.last = max((line["t"] for line in self.taken), default=0)

    def other_bytes(self):
        """Recipients whose copies differ in Message-ID or in a byte."""
        return sum(len({(copy["id"], copy["sha"]) for copy in copies}) > 1 for copies in self.by_recipient.values())


def as_stored(place, mail):
    """That what arrived is what notification stored, byte for byte."""
    stored = dict(place.ask("SELECT d.recipient, l.sha256 FROM deliveries d JOIN letters l ON l.letter_id = d.letter_id"))
    return all(copy["sha"] == stored[recipient] for recipient, copies in mail.by_recipient.items() for copy in copies)


def run_leitai(arguments, directory, letters, faults, workers=1, connections=20, away=0):
    """Sends all letters once under these faults of the server; the cluster's figures and the mail."""
    directory.mkdir()
    port = support.free_port()
    with cluster.Cluster(arguments.leitai, directory, port, letters, workers=workers, connections=connections, defaults=away > 0) as place:
        place.issue()
        begun = time.time()
        if away:
            for worker in place.workers:
                place.start(worker)
            time.sleep(away)
            begun = time.time()
        with peers.recording_sink(directory, port, *faults):
            for worker in place.workers if not away else ():
                place.start(worker)
            support.wait_until("everything is sent or set aside", lambda: place.unfinished() == 0, seconds=300)
        mail = Mail(directory, letters)
        promise("what arrives is what was stored", as_stored(place, mail))
        promise("every copy has the same Message-ID and bytes", mail.other_bytes() == 0)
        attempts = place.attempts()
        attempts["connecting"] = (directory / "leitai.log").read_text().count("the mail server is away")
        return mail, place.states(), attempts, mail.last - begun


def run_alertmanager(directory, letters, faults, quiet=45, away=0, nodes=1):
    """One mail a group under the same faults; waits until nothing has come for `quiet` seconds."""
    directory.mkdir()
    port, interval = support.free_port(), 30
    ports = [support.free_port() for _ in range(nodes)] if nodes > 1 else []
    started = []
    try:
        for number in range(nodes):
            own = [ports[number], *(p for p in ports if p != ports[number])] if ports else ()
            started.append(peers.Alertmanager(directory / f"am{number}", port, interval=interval, peers=own))
        if nodes > 1:
            time.sleep(20)  # The nodes find each other.
        found = peers.alerts(letters)
        if away:
            post_to_all(started, found)
            time.sleep(away + started[0].group_wait)
        begun = time.time()
        with peers.recording_sink(directory, port, *faults):
            if not away:
                post_to_all(started, found)
            wait_for_silence(directory, quiet)
        failed = sum(node.metric("alertmanager_notification_requests_failed_total") for node in started)
        return Mail(directory, letters), failed, begun
    finally:
        for node in started:
            support.end(node.child)


def post_to_all(nodes, found):
    """The same alerts to every node at once."""
    with ThreadPoolExecutor(len(nodes)) as pool:
        list(pool.map(lambda node: node.post(found), nodes))


def wait_for_silence(directory, quiet, most=240):
    end, before, since = time.monotonic() + most, -1, time.monotonic()
    while time.monotonic() < end:
        path = directory / "sink.jsonl"
        size = path.stat().st_size if path.exists() else 0
        if size != before:
            before, since = size, time.monotonic()
        elif time.monotonic() - since > quiet:
            return
        time.sleep(0.5)


def busy(arguments, directory):
    """451 at the final dot on 5 % of the messages."""
    faults = ("--busy", "0.05")
    mail, states, attempts, seconds = run_leitai(arguments, directory / "leitai", arguments.letters, faults)
    promise("no letter is lost to a 451", mail.lost == 0 and mail.duplicates == 0)
    ours = f"{mail.refused['451']} refused and sent again; lost {mail.lost}, duplicates {mail.duplicates}; {seconds:.0f} s"
    if arguments.without_alertmanager:
        return ours, "—"
    mail, failed, _ = run_alertmanager(directory / "am", arguments.letters, faults, quiet=75)
    return ours, f"{mail.refused['451']} refused; lost {mail.lost}, duplicates {mail.duplicates}; {failed:.0f} failures counted"


def refused(arguments, directory):
    """A permanent 550 for the agencies whose number ends in 7."""
    faults = ("--refuse", "7")
    mail, states, attempts, seconds = run_leitai(arguments, directory / "leitai", arguments.letters, faults)
    refusals = sum("7" == str(number)[-1] for number in range(100_000, 100_000 + arguments.letters))
    promise("a 550 is tried once and holds nobody back", mail.refused["550"] == refusals == states.get("failed", 0) == mail.lost)
    promise("the others are sent once", mail.duplicates == 0)
    ours = f"{refusals} set aside after 1 attempt each; the other {len(mail.by_recipient)} delivered in {seconds:.0f} s"
    if arguments.without_alertmanager:
        return ours, "—"
    mail, failed, _ = run_alertmanager(directory / "am", arguments.letters, faults, quiet=30)
    refusals = sum("7" == str(number)[-1] for number in range(arguments.letters))
    others = arguments.letters - refusals
    return ours, (f"{refusals} refused, {mail.refused['550']} attempts within 240 s and no end; "
                  f"the other {others}: lost {others - len(mail.by_recipient)}, duplicates {mail.duplicates}")


def away(arguments, directory):
    """The server does not listen for 60 s."""
    mail, states, attempts, seconds = run_leitai(arguments, directory / "leitai", arguments.letters, (), away=60)
    tried = attempts.get("temporary", 0)
    promise("all is delivered once the server is back", mail.lost == 0 and mail.duplicates == 0 and seconds <= 10)
    promise("at most 100 attempts while it is away", tried + attempts["connecting"] <= 100)
    ours = f"{tried} failed attempts recorded, {attempts['connecting']} more to connect; all delivered {seconds:.1f} s after its return; duplicates {mail.duplicates}"
    if arguments.without_alertmanager:
        return ours, "—"
    mail, failed, begun = run_alertmanager(directory / "am", arguments.letters, (), away=60, quiet=75)
    return ours, f"{failed:.0f} failed attempts; last mail {mail.last - begun:.1f} s after its return; lost {mail.lost}, duplicates {mail.duplicates}"


def cut(arguments, directory):
    """The connection is cut after DATA without an answer, for 5 % of the messages."""
    faults = ("--cut", "0.05")
    mail, states, attempts, seconds = run_leitai(arguments, directory / "leitai", arguments.letters, faults)
    cuts = sum(line["reply"] == "cut" for line in mail.taken)
    promise("a cut letter is sent again, and no other", mail.lost == 0 and mail.duplicates == cuts and mail.answered_twice == 0)
    ours = f"{cuts} cut; lost {mail.lost}; {mail.duplicates} sent again, each with the same Message-ID and bytes"
    if arguments.without_alertmanager:
        return ours, "—"
    mail, failed, _ = run_alertmanager(directory / "am", arguments.letters, faults)
    cuts = sum(line["reply"] == "cut" for line in mail.taken)
    return ours, f"{cuts} cut; lost {mail.lost}; {mail.duplicates} sent again, {mail.other_bytes()} of them with another Message-ID or bytes"


def many(arguments, directory):
    """Two and four senders, no fault."""
    ours = []
    for workers in (2, 4):
        mail, states, attempts, seconds = run_leitai(arguments, directory / f"leitai{workers}", arguments.letters, (), workers=workers)
        promise(f"{workers} workers send nothing twice", mail.lost == 0 and mail.duplicates == 0)
        ours.append(f"{workers} workers: lost {mail.lost}, duplicates {mail.duplicates}")
    if arguments.without_alertmanager:
        return "; ".join(ours), "—"
    mail, failed, _ = run_alertmanager(directory / "am", arguments.letters, (), nodes=2)
    return "; ".join(ours), f"2 nodes: lost {mail.lost}, duplicates {mail.duplicates}"


def kills(arguments, directory):
    """kill -9 of worker and notification in mid-send, and the server gone for 10 s."""
    ours = kill_leitai(arguments, directory / "leitai")
    return ours, "—" if arguments.without_alertmanager else kill_alertmanager(arguments, directory / "am")


def kill_leitai(arguments, directory):
    directory.mkdir()
    letters, draw, port, connections = arguments.killed_letters, random.Random(arguments.seed), support.free_port(), arguments.killed_connections
    roles, windows, between = collections.Counter(), [], set()
    faults = ("--delay-ms", str(arguments.delay_ms))
    with cluster.Cluster(arguments.leitai, directory, port, letters, indicators=1, connections=connections) as place:
        # The first kill falls while the round is issued.
        place.start("notification")
        time.sleep(draw.uniform(0.2, 0.6))
        place.kill("notification")
        roles["notification"] += 1
        place.issue()
        place.start("worker0")
        sink = peers.recording_sink(directory, port, *faults)
        sink.__enter__()
        away_at = arguments.kills // 2
        while sum(roles.values()) < arguments.kills or place.unfinished():
            if sum(roles.values()) >= arguments.kills:
                time.sleep(0.2)
                continue
            time.sleep(draw.uniform(0.2, 1.2))
            if not place.unfinished():
                break
            role = draw.choice(("worker0", "notification"))
            place.kill(role)
            roles[role.rstrip("0")] += 1
            if role == "worker0":
                # What was under way at the server and at notification ends; nothing is sent meanwhile.
                time.sleep(0.3)
                answered = {line["rcpt"] for line in peers.recorded(directory) if line["reply"] == "250"}
                new = answered - place.sent_recipients() - between
                windows.append(len(new))
                between |= new
            place.start(role)
            if sum(roles.values()) == away_at:
                sink.__exit__(None, None, None)
                time.sleep(10)
                sink = peers.recording_sink(directory, port, *faults)
                sink.__enter__()
        sink.__exit__(None, None, None)
        mail = Mail(directory, letters)
        promise("no letter is lost to a kill", mail.lost == 0 and place.states() == {"sent": letters})
        promise("no more duplicates than letters between 250 and record", mail.duplicates <= len(between))
        promise("at most one letter for each connection and kill", max(windows) <= connections)
        promise("every copy has the same Message-ID and bytes", mail.other_bytes() == 0)
        promise("what arrives is what was stored", as_stored(place, mail))
        promise("enough kills", sum(roles.values()) >= arguments.kills)
    return (f"{letters} letters, {sum(roles.values())} kills ({roles['worker']} of the worker, {roles['notification']} of notification), server gone for 10 s: "
            f"lost {mail.lost}; {sum(count > 0 for count in windows)} kills fell between a 250 and its record, with {len(between)} letters "
            f"({max(windows)} at most at once, {connections} connections); {mail.duplicates} duplicates, all with the same Message-ID and bytes")


def kill_alertmanager(arguments, directory):
    directory.mkdir()
    port, letters = support.free_port(), arguments.letters
    with peers.recording_sink(directory, port), peers.Alertmanager(directory / "am0", port) as node:
        found = peers.alerts(letters)
        node.post(found)
        support.wait_until("a third is sent", lambda: len(peers.recorded(directory)) > letters / 3)
        node.kill()
        time.sleep(1)
        node.start()
        wait_for_silence(directory, 30)
        before = Mail(directory, letters)
        node.post(found)
        wait_for_silence(directory, 45)
    mail = Mail(directory, letters)
    return (f"{letters} groups, 1 kill after a third: lost {before.lost} until the source repeats its alerts; then lost {mail.lost}, "
            f"{mail.duplicates} duplicates")


SCENARIOS = {scenario.__name__: scenario for scenario in (kills, busy, refused, away, cut, many)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("leitai", type=pathlib.Path)
    parser.add_argument("scenarios", nargs="*", choices=[[], *SCENARIOS])
    parser.add_argument("--letters", type=int, default=2844)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--killed-letters", type=int, default=10_000)
    parser.add_argument("--killed-connections", type=int, default=4)
    parser.add_argument("--delay-ms", type=float, default=20, help="of the server before its 250, where processes are killed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-alertmanager", action="store_true")
    arguments = parser.parse_args()
    print("| fault | Leitai | Alertmanager |\n|---|---|---|", flush=True)
    for name in arguments.scenarios or SCENARIOS:
        scenario = SCENARIOS[name]
        with tempfile.TemporaryDirectory(prefix=f"leitai-{name}.") as directory:
            ours, theirs = scenario(arguments, pathlib.Path(directory))
        print(f"| {scenario.__doc__} | {ours} | {theirs} |", flush=True)
    broken = [what for what, kept in PROMISES if not kept]
    print(f"\n{len(PROMISES) - len(broken)} of {len(PROMISES)} promises kept", flush=True)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
