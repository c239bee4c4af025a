"""The job in pandas, written to be fast without leaving the library for a compiler of its own (no numba).

Choices, each measured against its alternative at 40,000 counties:
- wide frames, counties down and (month, target) across: the long frame with groupby().rank() and pivots takes several times as long;
- whole frames at once for rounding, comparing and normalising, so that pandas works on one block of floats in column order;
- published values as whole steps of the last decimal, so that comparisons, ties and thresholds are exact in floats;
- light codes by adding comparisons to int8 rather than by np.select, which builds every branch;
- places from value_counts: published values repeat, so counting them and mapping back takes half the time of Series.rank(). Where counties
  are few, DataFrame.rank() in one call has less overhead and is taken;
- missing cells are looked at one by one column, only in the rows where they are;
- targets that are not due are never computed: their verdict is a constant, filled in after measuring.
bottleneck and numexpr are installed, as pandas' manual advises.
"""

import numpy as np
import pandas as pd
from common import BEHIND, LIGHT, MONTHS, NOT_COMPARABLE, NOT_DUE, NOT_REPORTED, UNDEFINED, main

# From this many counties on, counting values is faster than sorting them.
MANY = 3000


class Data:
    """Frames of what was reported, and rows of what the targets ask, by (month, target)."""

    def __init__(self, source):
        self.counties, self.targets, self.policy = source.counties, source.targets, source.policy
        self.numbers = {target["id"]: number for number, target in enumerate(source.targets)}
        own = {(month, t["id"]): source.units((t["id"], source.year, month)) for month in MONTHS for t in source.targets}
        self.values = pd.DataFrame({key: column for key, column in own.items() if column is not None})
        self.scale = pd.Series({key: 10.0 ** source.targets[self.numbers[key[1]]]["decimals"] for key in self.values})
        self.due, self.instead, self.base, self.seasonal, steps = [], {}, {}, {}, {}
        for month, name in self.values:
            target = source.targets[self.numbers[name]]
            expected = source.expected(target, month)
            if expected is None:
                continue
            key = (month, name)
            self.due.append(key)
            instead = [source.units((other, source.year, month)) for other in target["instead"]]
            self.instead[key] = pd.DataFrame({place: column for place, column in enumerate(instead) if column is not None}, index=self.values.index)
            last_year = [source.units((target["amount"], source.year - 1, at)) for at in (month, 12)]
            if target["amount_kind"] == "flow" and all(column is not None for column in last_year):
                self.base[key] = pd.DataFrame({"then": last_year[0], "year": last_year[1]})
            if isinstance(expected, str):
                self.seasonal[key] = month
            else:
                steps[key] = source.steps(target, expected)
        self.steps = pd.DataFrame(steps, index=["met", "band", "margin"]).astype(float)


def evaluate(data):
    published = as_published(data)
    reasons = judge(data, published)
    lights = pd.DataFrame(LIGHT[reasons.to_numpy()], columns=reasons.columns)
    return {
        "reasons": reasons,
        "places": places(published, data.counties),
        "since": behind_since(data, reasons),
        "lights": count_lights(data, lights),
        **rank(data, published[data.due]),
    }


def as_published(data):
    """Whole steps of the last decimal, half away from zero. The millionth covers what 8.15 × 10 lacks of 81.5: reports end at the sixth decimal."""
    scaled = data.values * data.scale
    return (scaled.abs() + 0.500001).floordiv(1) * np.sign(scaled)


def judge(data, published):
    fixed = published[data.steps.columns]
    steps = data.steps
    reasons = fixed.lt(steps.loc["met"]).astype("int8") + fixed.lt(steps.loc["band"]).astype("int8") + fixed.lt(steps.loc["margin"]).astype("int8")
    # Two comparisons of three that hold mean behind within the margin; within the band is one.
    for key, month in data.seasonal.items():
        reasons[key] = against_season(data, key, month, published[key])
    reasons = reasons[data.due]
    for key in data.due:
        rows = np.flatnonzero(published[key].isna())
        if rows.size:
            reasons.iloc[rows, reasons.columns.get_loc(key)] = why_missing(data, key, rows)
    return reasons


def against_season(data, key, month, published):
    """A flow held against its number × last year's share of the same months, or of the months passed where that is not known."""
    target, policy = data.targets[data.numbers[key[1]]], data.policy
    base = data.base[key]
    share = (base["then"] / base["year"]).where((base["then"] > 0) & (base["year"] > 0)).fillna(month / 12)
    unit = 10.0 ** max(target["decimals"], 1)
    expected = np.floor(share * float(target["number"]) * unit + 0.5 + 1e-9) / unit
    margin = expected * (1 - float(policy["margin_percent_of_amount"]) / 100) - 1e-9
    value = published / 10.0 ** target["decimals"]
    below = value < expected - 1e-9
    return below.astype("int8") * 2 + (below & (value < margin)).astype("int8")


def why_missing(data, key, rows):
    instead, base = data.instead[key].iloc[rows], data.base.get(key)
    reported = instead.notna().any(axis=1).to_numpy()
    reasons = np.where(reported, NOT_COMPARABLE, NOT_REPORTED)
    if base is not None and data.targets[data.numbers[key[1]]]["kind"] == "rate":
        reasons[reported & (base.iloc[rows] <= 0).any(axis=1).to_numpy()] = UNDEFINED
    return reasons.astype("int8")


def places(published, counties):
    if counties < MANY:
        return published.rank(ascending=False, method="min")
    return pd.DataFrame({key: counted_places(column) for key, column in published.items()})


def counted_places(column):
    counts = column.value_counts(sort=False).sort_index(ascending=False)
    return column.map(counts.cumsum() - counts + 1)


def behind_since(data, reasons):
    """By target: the month goes on from the last due month's where both are red."""
    since = {}
    red = reasons.eq(BEHIND)
    for target in data.targets:
        before = None
        for month, name in (key for key in data.due if key[1] == target["id"]):
            now = red[month, name].to_numpy()
            start = month if before is None else np.where(before > 0, before, month)
            before = np.where(now, start, 0).astype("int8")
            since[month, name] = before
    return pd.DataFrame(since)[data.due]


def count_lights(data, lights):
    """Of each month: counties × five lights; what is not due is grey."""
    counted = {}
    for month in MONTHS:
        due = lights[[key for key in data.due if key[0] == month]].to_numpy()
        counts = {light: (due == light).sum(axis=1, dtype="int8") for light in range(5)}
        counts[3] = counts[3] + np.int8(len(data.targets) - due.shape[1])
        counted[month] = pd.DataFrame(counts)
    return counted


def rank(data, published):
    """Efficacy coefficients of the due targets, their mean, and places by it."""
    policy = data.policy
    lowest, highest = policy["lowest"], policy["highest"]
    least, most = published.min(), published.max()
    width = (most - least).where(most > least)
    normalised = (published - least) / width * (highest - lowest) + lowest
    for key in width.index[width.isna()]:
        normalised[key] = published[key].where(published[key].isna(), highest)
    scores, ranks, movement, order, before = {}, {}, {}, {}, None
    for month in MONTHS:
        of_month = normalised[[key for key in data.due if key[0] == month]]
        covered = of_month.count(axis=1) * 100 >= policy["minimum_coverage"] * of_month.shape[1]
        scores[month] = hundredths(of_month.mean(axis=1).where(covered))
        ranks[month] = counted_places(scores[month]) if data.counties >= MANY else scores[month].rank(ascending=False, method="min")
        movement[month] = before - ranks[month] if before is not None else pd.Series(np.nan, ranks[month].index)
        order[month] = np.argsort(ranks[month].to_numpy(), kind="stable")
        before = ranks[month] if ranks[month].notna().any() else before
    return {"scores": pd.DataFrame(scores), "ranks": pd.DataFrame(ranks), "movement": pd.DataFrame(movement), "order": pd.DataFrame(order)}


def hundredths(score):
    """As printed: the tenth decimal is rounded first, so that sums taken in another order round alike."""
    return np.floor(np.floor(score * 1e10 + 0.5) / 1e8 + 0.5) / 100


def result(data, outcome):
    """As `files.rs` reads it: by month, target, county."""
    def cells(frame, absent):
        columns = {key: frame[key].to_numpy() for key in frame}
        nothing = np.full(data.counties, absent)
        return np.array([columns.get((month, target["id"]), nothing) for month in MONTHS for target in data.targets])
    return {
        "reasons": cells(outcome["reasons"], NOT_DUE),
        "places": np.nan_to_num(cells(outcome["places"], np.nan)),
        "since": cells(outcome["since"], 0),
        "lights": np.array([outcome["lights"][month].to_numpy() for month in MONTHS]),
        "scores": outcome["scores"].to_numpy().T,
        "ranks": outcome["ranks"].fillna(0).to_numpy().T,
        "movement": outcome["movement"].fillna(-(2**31)).to_numpy().T,
        "order": outcome["order"].to_numpy().T,
    }


if __name__ == "__main__":
    main(Data, evaluate, result)
