#!/usr/bin/env python3
"""Reports as files, from outside: run.py PATH-OF-LEITAI [--whole-year]

1. A template is what a clerk needs, survives what a clerk does to it, and is refused where it must be (openpyxl, LibreOffice).
2. SDMX-CSV goes to pysdmx and comes back.
3. The simulated year through templates: two periods, or all of them with --whole-year.
Prints `N passed, M failed` and exits with 1 where anything failed."""

import pathlib
import sys
import tempfile

import exchange
import templates
import year
from ingestion import Ingestion

LEITAI = pathlib.Path(sys.argv[1]).resolve()
PLAN = "heilongjiang-county-economy-2025"
# No monthly figures are published for January.
PERIODS = [f"2025-M{month:02}" for month in (range(2, 13) if "--whole-year" in sys.argv else (2, 3))]
RESULTS = {"passed": 0, "failed": 0}


def check(what, good, detail=""):
    RESULTS["passed" if good else "failed"] += 1
    print(("ok      " if good else "FAILED  ") + what + (f": {detail}" if detail and not good else ""), flush=True)


def files(ingestion, check, directory):
    ingestion.run("plan", "apply", PLAN)
    ingestion.run("simulate", directory / "year")
    ingestion.run("report", "submit", directory / "year/2025-M03.csv", "--submitter", "模拟", "--simulated", "--summary")
    templates.look(ingestion, check, directory)


def values(ingestion, check, directory):
    ingestion.run("plan", "apply", PLAN)
    ingestion.run("simulate", directory / "year")
    for period in ("2024-M06", "2025-M05", "2025-M06"):
        ingestion.run("report", "submit", directory / f"year/{period}.csv", "--submitter", "模拟", "--simulated", "--summary")
    exchange.both_ways(ingestion, check, directory)


def whole(ingestion, check, directory):
    year.run(ingestion, check, directory, PERIODS)


def main():
    with tempfile.TemporaryDirectory(prefix="leitai-collection-") as directory:
        for part in (files, values, whole):
            place = pathlib.Path(directory) / part.__name__
            place.mkdir()
            try:
                with Ingestion(LEITAI, place) as ingestion:
                    part(ingestion, check, place)
            except Exception as error:  # A part that cannot go on has failed; the others still run.
                check(part.__name__, False, repr(error))
                print((place / "ingestion.log").read_text()[-3000:])
    print(f"{RESULTS['passed']} passed, {RESULTS['failed']} failed")
    sys.exit(RESULTS["failed"] > 0)


main()
