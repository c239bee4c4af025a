"""The job in polars, in wide frames so that each column is a unit of parallel work: one select a stage, every column an expression.

Choices: published values as Int32 steps of the last decimal, which rank in half the time of floats; missing cells as nulls, which rank(),
min(), mean_horizontal() leave out by themselves; targets that are not due are never computed. POLARS_MAX_THREADS holds the pool to a number of
threads.
"""

import numpy as np
import polars as pl
from common import BEHIND, MONTHS, NOT_COMPARABLE, NOT_DUE, NOT_REPORTED, UNDEFINED, main


def named(month, target):
    return f"{month}:{target['id']}"


class Data:
    """A frame of all that was reported and the expressions of what the targets ask."""

    def __init__(self, source):
        self.counties, self.targets, self.policy = source.counties, source.targets, source.policy
        keys = source.micros.keys()
        names = {key: f"{key[2]}:{key[0]}" if key[1] == source.year else f"last {key[2]}:{key[0]}" for key in keys}
        self.values = pl.DataFrame({names[key]: source.units(key) for key in keys}, nan_to_null=True)
        known = set(names.values())
        self.published, self.due, self.reasons = [], [], []
        for month in MONTHS:
            for target in source.targets:
                name = named(month, target)
                if name not in known:
                    continue
                column = pl.col(name)
                steps = (column.abs() * 10.0 ** target["decimals"] + 0.500001).floor() * column.sign()
                self.published.append(steps.cast(pl.Int32).alias(name))
                expected = source.expected(target, month)
                if expected is not None:
                    self.due.append((month, target["id"], name))
                    judged = self.against_season(target, month) if isinstance(expected, str) else against(name, source.steps(target, expected))
                    self.reasons.append(judged.fill_null(why_missing(target, month, known)).alias(name))
        others = [name for name in known if name not in {named(month, target) for month in MONTHS for target in source.targets}]
        self.others = others

    def of_month(self, month):
        return [name for at, _, name in self.due if at == month]

    def against_season(self, target, month):
        """A flow held against its number × last year's share of the same months, or of the months passed where that is not known."""
        then, year = (pl.col(f"last {at}:{target['amount']}") for at in (month, 12))
        share = pl.when((then > 0) & (year > 0)).then(then / year).otherwise(month / 12)
        unit = 10.0 ** max(target["decimals"], 1)
        expected = (share * float(target["number"]) * unit + 0.5 + 1e-9).floor() / unit
        margin = expected * (1 - float(self.policy["margin_percent_of_amount"]) / 100) - 1e-9
        value = pl.col(named(month, target)) / 10.0 ** target["decimals"]
        below = value < expected - 1e-9
        return below.cast(pl.Int8) * 2 + (below & (value < margin)).cast(pl.Int8)


def against(name, steps):
    """Two comparisons of three that hold mean behind within the margin; within the band is one."""
    column = pl.col(name)
    return (column < steps.met).cast(pl.Int8) + (column < steps.band).cast(pl.Int8) + (column < steps.margin).cast(pl.Int8)


def why_missing(target, month, known):
    instead = [f"{month}:{other}" for other in target["instead"] if f"{month}:{other}" in known]
    if not instead:
        return pl.lit(NOT_REPORTED, pl.Int8)
    last_year = [f"last {at}:{target['amount']}" for at in (month, 12)]
    reason = pl.lit(NOT_COMPARABLE, pl.Int8)
    if target["kind"] == "rate" and target["amount_kind"] == "flow" and all(name in known for name in last_year):
        none = pl.any_horizontal([(pl.col(name) <= 0).fill_null(False) for name in last_year])
        reason = pl.when(none).then(pl.lit(UNDEFINED, pl.Int8)).otherwise(reason)
    reported = pl.any_horizontal([pl.col(name).is_not_null() for name in instead])
    return pl.when(reported).then(reason).otherwise(pl.lit(NOT_REPORTED, pl.Int8))


def evaluate(data):
    published = data.values.select(*data.published, *data.others)
    reasons = published.select(data.reasons)
    places = published.select(pl.col(expression.meta.output_name()).rank("min", descending=True) for expression in data.published)
    return {"reasons": reasons, "places": places, "since": since(data, reasons), "lights": lights(data, reasons), **rank(data, published)}


def since(data, reasons):
    """By target: the month goes on from the last due month's where both are red."""
    frame = reasons.lazy()
    before = {}
    for month in MONTHS:
        columns = []
        for at, target, name in data.due:
            if at == month:
                start = pl.lit(month, pl.Int8)
                if target in before:
                    earlier = pl.col(before[target])
                    start = pl.when(earlier > 0).then(earlier).otherwise(start)
                columns.append(pl.when(pl.col(name) == BEHIND).then(start).otherwise(pl.lit(0, pl.Int8)).alias(f"since {name}"))
                before[target] = f"since {name}"
        frame = frame.with_columns(columns) if columns else frame
    return frame.select(f"since {name}" for *_, name in data.due).collect()


# Reasons of each light: green, yellow, red, grey, missing.
LIGHTS = [(0, 1), (2, 2), (3, 3), (8, 8), (6, 7)]


def lights(data, reasons):
    counts = []
    for month in MONTHS:
        due = data.of_month(month)
        for light, (first, last) in enumerate(LIGHTS):
            name, grey = f"{month}:{light}", len(data.targets) - len(due) if light == 3 else 0
            if due:
                of_light = [pl.col(one).is_between(first, last).cast(pl.Int8) for one in due]
                counts.append((pl.sum_horizontal(of_light) + grey).alias(name))
            else:
                counts.append(pl.repeat(grey, data.counties, dtype=pl.Int8).alias(name))
    return reasons.select(counts)


def rank(data, published):
    """Efficacy coefficients of the due targets, their mean, and places by it."""
    lowest, highest = data.policy["lowest"], data.policy["highest"]
    def efficacy(name):
        column = pl.col(name)
        least, most = column.min(), column.max()
        coefficient = (column - least) / (most - least) * (highest - lowest) + lowest
        return pl.when(most > least).then(coefficient).otherwise(column * 0.0 + highest).alias(name)
    normalised = published.select(efficacy(name) for *_, name in data.due)
    months = [month for month in MONTHS if data.of_month(month)]
    def score(month):
        due = data.of_month(month)
        covered = pl.sum_horizontal(pl.col(name).is_not_null() for name in due) * 100 >= data.policy["minimum_coverage"] * len(due)
        return pl.when(covered).then(hundredths(pl.mean_horizontal(due))).cast(pl.Int32).alias(str(month))
    steps = normalised.select(score(month) for month in months)
    ranks = steps.select(pl.all().rank("min", descending=True).cast(pl.Int32))
    ranked = [str(month) for month in months if ranks[str(month)].count()]
    movement = ranks.select((pl.col(one) - pl.col(other)).alias(other) for one, other in zip(ranked, ranked[1:]))
    order = ranks.select(pl.arg_sort_by(str(month), nulls_last=True, maintain_order=True).alias(str(month)) for month in months)
    return {"scores": steps.select(pl.all() / 100), "ranks": ranks, "movement": movement, "order": order}


def hundredths(score):
    """As printed: the tenth decimal is rounded first, so that sums taken in another order round alike."""
    return ((score * 1e10 + 0.5).floor() / 1e8 + 0.5).floor()


def result(data, outcome):
    """As `files.rs` reads it: by month, target, county."""
    def column(frame, name, absent):
        return frame[name].fill_null(absent).to_numpy() if name in frame.columns else np.full(data.counties, absent)
    def cells(frame, absent, prefix=""):
        return np.array([column(frame, prefix + named(month, target), absent) for month in MONTHS for target in data.targets])
    def months(frame, absent):
        return np.array([column(frame, str(month), absent) for month in MONTHS])
    order = outcome["order"]
    return {
        "reasons": cells(outcome["reasons"], NOT_DUE),
        "places": cells(outcome["places"], 0),
        "since": cells(outcome["since"], 0, "since "),
        "lights": np.array([np.column_stack([outcome["lights"][f"{month}:{light}"] for light in range(5)]) for month in MONTHS]),
        "scores": months(outcome["scores"], float("nan")),
        "ranks": months(outcome["ranks"], 0),
        "movement": months(outcome["movement"], -(2**31)),
        "order": np.array([order[str(month)] if str(month) in order.columns else np.arange(data.counties) for month in MONTHS]),
    }


if __name__ == "__main__":
    main(Data, evaluate, result)
