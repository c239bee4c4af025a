"""What the Python sides share: the input, the targets' numbers, and how a job is measured.

    python JOB.py INPUT_FOLDER REPEATS OUTPUT_FOLDER

prints one line of JSON: seconds of each repeat, and the peak memory of the first run beyond what the process held before it. The first run is
not timed. With an output folder the result is written there, after all measuring.
"""

import gc
import json
import pathlib
import sys
import time
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import NamedTuple

import numpy as np

MET, WITHIN_BAND, WITHIN_MARGIN, BEHIND, NOT_DUE, NOT_APPLICABLE, NOT_REPORTED, NOT_COMPARABLE, UNDEFINED = range(9)
# Light of each reason: green, yellow, red, grey, missing.
LIGHT = np.array([0, 0, 1, 2, 3, 3, 4, 4, 3], dtype=np.int8)
MONTHS = range(1, 13)


class Steps(NamedTuple):
    """Least whole number of last published decimals that is met, within the band, and behind within the margin; never rising."""

    met: int
    band: int
    margin: int


class Input:
    """A year's values in units (NaN where absent) by (indicator, year, month), with the targets and the policy."""

    def __init__(self, folder):
        page = json.loads((folder / "input.json").read_text())
        self.counties, self.year = page["counties"], page["year"]
        self.targets, self.policy = page["targets"], page["policy"]
        raw = np.fromfile(folder / "values", dtype="<i8").reshape(-1, self.counties)
        keys = [(column["indicator"], column["year"], column["month"]) for column in page["columns"]]
        self.micros = dict(zip(keys, raw))

    def units(self, key):
        """A column as floats, None where it was never reported."""
        if key not in self.micros:
            return None
        raw = self.micros[key]
        return np.where(raw == self.policy["absent"], np.nan, raw / 1e6)

    def expected(self, target, month):
        """What the pace expects: None before it is due, "seasonal" where it differs from county to county."""
        number, baseline = Decimal(target["number"]), target["baseline"]
        pace, part = target["pace"], Decimal(month) / 12
        if month not in target["due"] or (pace == "year_end" and month < 12):
            return None
        if pace == "seasonal":
            return "seasonal"
        if pace in ("constant", "year_end"):
            return shown(target, number)
        if target["kind"] == "level":
            return shown(target, Decimal(baseline) + (number - Decimal(baseline)) * month / 12)
        return shown(target, number * month / 12)

    def steps(self, target, expected):
        """Where the band and the margin below an expected value end."""
        policy, number = self.policy, Decimal(target["number"])
        if target["in_points"]:
            band = number * Decimal(policy["band_percent_of_rate"]) / 100
            margin = Decimal(policy["margin_change_points" if target["kind"] == "change" else "margin_rate_points"])
        else:
            band = expected * Decimal(policy["band_percent_of_amount"]) / 100
            base = Decimal(target["baseline"] or 0) if target["kind"] == "level" else 0
            margin = abs(expected - base) * Decimal(policy["margin_percent_of_amount"]) / 100
        unit = Decimal(10) ** target["decimals"]
        met = whole(expected * unit)
        if target["comparator"] == "more_than" and met == expected * unit:
            met += 1
        band = min(met, whole((expected - band) * unit)) if target["comparator"] == "about" else met
        return Steps(met, band, min(band, whole((expected - margin) * unit)))


def shown(target, value):
    return value.quantize(Decimal(1).scaleb(-max(target["decimals"], 1)), ROUND_HALF_UP)


def whole(value):
    return int(value.to_integral_value(ROUND_CEILING))


def memory(name):
    """VmRSS or VmHWM in KiB."""
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def main(prepare, evaluate, result):
    folder, repeats, output = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    data = prepare(Input(folder))
    gc.collect()
    pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before = memory("VmRSS")
    outcome = evaluate(data)
    peak = memory("VmHWM") - before
    seconds = []
    for _ in range(repeats):
        del outcome
        start = time.perf_counter()
        outcome = evaluate(data)
        seconds.append(time.perf_counter() - start)
    print(json.dumps({"seconds": seconds, "peak_kib": peak}))
    if output:
        write(pathlib.Path(output[0]), result(data, outcome))


TYPES = {"reasons": "u1", "places": "<u4", "since": "u1", "lights": "u1", "scores": "<f8", "ranks": "<u4", "movement": "<i4", "order": "<u4"}


def write(folder, columns):
    folder.mkdir(parents=True, exist_ok=True)
    for name, kind in TYPES.items():
        np.ascontiguousarray(columns[name]).astype(kind).tofile(folder / name)
