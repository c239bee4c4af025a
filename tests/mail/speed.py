#!/usr/bin/env python3
"""The mail benchmark: speed.py PATH-OF-LEITAI [--repeats 3] [--letters 2844] [--connections 1,4,20] [--servers smtp-sink,sink.py,postfix]

One round's findings become letters and reach a mail server: by Leitai, by smtp-source with as many messages of the same size over as many
connections, and by Alertmanager, which is given one alert a finding and mails them grouped by county. Every repeat runs all of them in turn, so
that what else the machine does falls on all alike. Prints medians, ranges and ratios as a Markdown table.

Needs Debian's postfix and prometheus-alertmanager, and root: smtp-sink and Postfix change their user."""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import peers
import support

INDICATORS = 13


def leitai(arguments, port, connections):
    command = [arguments.leitai, "bench", "mail", "--smtp", f"smtp://127.0.0.1:{port}", "--connections", str(connections), "--format", "json"]
    command += ["--divisions", str(arguments.letters)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=900)
    return json.loads(done.stdout)[0]


def alertmanager(arguments, directory, port):
    """Seconds from the alerts' arrival to the last mail without the wait that is configured, and peak memory."""
    with peers.Alertmanager(directory, port) as node:
        found = peers.alerts(arguments.letters, INDICATORS)
        begun = time.monotonic()
        node.post(found)
        support.wait_until("all mails", lambda: node.done() >= arguments.letters, seconds=600, pause=0.1)
        return time.monotonic() - begun - node.group_wait, peers.peak_mib(node.child.pid)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("leitai", type=pathlib.Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--letters", type=int, default=2844)
    parser.add_argument("--connections", default="1,4,20")
    parser.add_argument("--servers", default="smtp-sink,sink.py,postfix")
    parser.add_argument("--without-alertmanager", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path, help="add every single figure to this file, a JSON line each")
    arguments = parser.parse_args()
    figures = {}

    def note(server, who, what, value):
        figures.setdefault((server, who, what), []).append(value)
        if arguments.keep:
            with open(arguments.keep, "a") as keep:
                keep.write(json.dumps([server, who, what, value]) + "\n")

    with tempfile.TemporaryDirectory(prefix="leitai-mail.") as temporary, contextlib.ExitStack() as stack:
        directory = pathlib.Path(temporary)
        servers = {"smtp-sink": peers.smtp_sink, "sink.py": peers.python_sink, "postfix": peers.postfix}
        running = {name: stack.enter_context(servers[name](directory)) for name in arguments.servers.split(",")}
        counts = [int(count) for count in arguments.connections.split(",")]
        for repeat in range(arguments.repeats):
            for server, (port, settle) in running.items():
                for count in counts:
                    row = leitai(arguments, port, count)
                    settle()
                    for what, value in row.items():
                        note(server, f"Leitai, {count}", what, value)
                    note(server, f"Leitai, {count}", "whole", row["findings_to_letters_s"] + row["letters_to_250_s"])
                    source = peers.smtp_source(port, count, arguments.letters, row["letter_bytes"])
                    settle()
                    note(server, f"smtp-source, {count}", "letters_to_250_s", source)
                    note(server, f"Leitai, {count}", "ratio", row["letters_to_250_s"] / source)
                if not arguments.without_alertmanager:
                    seconds, mib = alertmanager(arguments, directory / f"am-{server}-{repeat}", port)
                    settle()
                    note(server, "Alertmanager", "whole", seconds)
                    note(server, "Alertmanager", "notification_peak_mib", mib)
    show(figures, list(running), counts, arguments)


def show(figures, servers, counts, arguments):
    def cell(server, who, what, digits=2):
        values = figures.get((server, who, what))
        if not values:
            return "—"
        middle, low, high = statistics.median(values), min(values), max(values)
        return f"{middle:.{digits}f}" if digits == 0 or low == high else f"{middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"

    size = statistics.median(figures[servers[0], f"Leitai, {counts[0]}", "letter_bytes"])
    load = os.getloadavg()[0]
    print(f"{arguments.letters} letters of {size:.0f} bytes on average from {arguments.letters * INDICATORS} findings; "
          f"median (least–most) of {arguments.repeats} runs; load at the end {load:.1f}\n")
    print("| server | sender, connections | findings to letters, s | letters to 250, s | × smtp-source | both, s | letters/s | peak MiB |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    for server in servers:
        for count in counts:
            who = f"Leitai, {count}"
            memory = f"{cell(server, who, 'notification_peak_mib', 0)} + {cell(server, who, 'worker_peak_mib', 0)}"
            print(f"| {server} | {who} | {cell(server, who, 'findings_to_letters_s')} | {cell(server, who, 'letters_to_250_s')} "
                  f"| {cell(server, who, 'ratio')} | {cell(server, who, 'whole')} | {cell(server, who, 'letters_per_s', 0)} | {memory} |")
            source = f"smtp-source, {count}"
            seconds = figures[server, source, "letters_to_250_s"]
            print(f"| {server} | {source} | — | {cell(server, source, 'letters_to_250_s')} | 1 | — "
                  f"| {arguments.letters / statistics.median(seconds):.0f} | — |")
        if (server, "Alertmanager", "whole") in figures:
            print(f"| {server} | Alertmanager | — | — | — | {cell(server, 'Alertmanager', 'whole')} | — "
                  f"| {cell(server, 'Alertmanager', 'notification_peak_mib', 0)} |")


if __name__ == "__main__":
    main()
