#!/usr/bin/env python3
"""Reports as files, from outside: run.py PATH-OF-LEITAI [--whole-year]

1. A template is what a clerk needs, survives what a clerk does to it, and is refused where it must be (openpyxl, LibreOffice).
2. SDMX-CSV goes to pysdmx and comes back.
3. The simulated year through templates: two periods, or all of them with --whole-year.
Prints `N passed, M failed` and exits with 1 where anything failed."""

import pathlib
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))

import exchange
import templates
import year
from ingestion import Ingestion
from support import PLAN, check, finish, part

LEITAI = pathlib.Path(sys.argv[1]).resolve()
# No monthly figures are published for January.
PERIODS = [f"2025-M{month:02}" for month in (range(2, 13) if "--whole-year" in sys.argv else (2, 3))]


def files(ingestion, check, directory):
    ingestion.leitai("plan", "apply", PLAN)
    ingestion.leitai("simulate", directory / "year")
    ingestion.leitai("report", "submit", directory / "year/2025-M03.csv", "--submitter", "模拟", "--simulated", "--summary")
    templates.look(ingestion, check, directory)


def values(ingestion, check, directory):
    ingestion.leitai("plan", "apply", PLAN)
    ingestion.leitai("simulate", directory / "year")
    for period in ("2024-M06", "2025-M05", "2025-M06"):
        ingestion.leitai("report", "submit", directory / f"year/{period}.csv", "--submitter", "模拟", "--simulated", "--summary")
    exchange.both_ways(ingestion, check, directory)


def whole(ingestion, check, directory):
    year.run(ingestion, check, directory, PERIODS)


def main():
    with tempfile.TemporaryDirectory(prefix="leitai-collection-") as directory:
        for one in (files, values, whole):
            with part(one.__name__, pathlib.Path(directory)) as place, Ingestion(LEITAI, place) as ingestion:
                one(ingestion, check, place)
    finish()


main()
