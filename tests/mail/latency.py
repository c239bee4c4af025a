#!/usr/bin/env python3
"""From an accepted report to the mail server's 250: latency.py PATH-OF-LEITAI

All roles in one process, the simulated year of 67 counties. Each month's report is submitted, and once it is accepted its round is frozen at once;
every letter of the round is timed from the moment `report submit` has its answer to the 250 for it. The time of the second command is in it."""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import peers
import roles
import support


def main():
    leitai = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="leitai-latency.") as temporary:
        directory, port = pathlib.Path(temporary), support.free_port()
        ports = {role: support.free_port() for role in roles.SERVICES}
        environment = os.environ | {
            "LEITAI__LOG__FILTER": "warn",
            **roles.placed(ports, roles.sqlite(directory)),
            "LEITAI__WORKER__TRANSPORT__KIND": "smtp",
            "LEITAI__WORKER__TRANSPORT__SMTP_URL": f"smtp://127.0.0.1:{port}",
            **peers.NO_LIMITS,
        }

        def call(*arguments):
            subprocess.run([leitai, *map(str, arguments)], env=environment, check=True, capture_output=True, timeout=120)

        serve = [leitai, "serve"]
        with peers.recording_sink(directory, port), support.process(serve, directory / "leitai.log", env=environment):
            for role in roles.SERVICES:
                support.wait_until(f"{role} listens", lambda: support.listens(ports[role]))
            call("plan", "apply", support.PLAN)
            call("simulate", directory / "year")
            waits, last = [], []
            for report in sorted((directory / "year").glob("*.csv")):
                before = len(peers.recorded(directory))
                call("report", "submit", report, "--submitter", "省统计局", "--simulated", "--summary")
                accepted = time.time()
                if not report.stem.startswith("2025"):
                    continue  # Last year's amounts: the plan has no round for them.
                call("round", "freeze", "--period", report.stem)
                # A round's letters go out together: half a second without one is its end.
                support.wait_until("a letter", lambda: len(peers.recorded(directory)) > before, seconds=30)
                count = 0
                while len(peers.recorded(directory)) != count:
                    count = len(peers.recorded(directory))
                    time.sleep(0.5)
                times = [line["t"] - accepted for line in peers.recorded(directory)[before:] if line["reply"] == "250"]
                waits += times
                last.append(max(times))
    waits.sort()
    print(f"{len(waits)} letters of {len(last)} rounds: median {statistics.median(waits):.2f} s, 95th percentile "
          f"{waits[int(len(waits) * 0.95)]:.2f} s, last letter of a round: median {statistics.median(last):.2f} s, most {max(last):.2f} s")


if __name__ == "__main__":
    main()
