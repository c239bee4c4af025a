"""Writes vectors.json: what other implementations make of the same matrices.

    pip install pymcdm==1.4.0 scikit-criteria==0.10 numpy==2.4.6 scipy==1.17.1 pandas==3.1.1
    python make.py

Which package gives what:
- pymcdm: min-max, equal, entropy and CRITIC weights, TOPSIS, weighted sum (WSM), weighted product (WPM);
- scikit-criteria: z-score (StandarScaler), and min-max, weighted sum and TOPSIS once more, held against pymcdm here;
- scipy: rankdata(method="min") for places;
- pandas, numpy: the matrix with absent cells, which the packages above do not take (pairwise complete correlations are pandas').

Matrices (rows are counties, columns indicators, larger is better):
- small: 4 x 3, made up;
- constant: 6 x 4, made up, its third column the same for all;
- holes: 8 x 4, made up, with absent cells;
- counties: 67 x 13. Ten columns are the counties of ../../data/heilongjiang_county_2020.csv: amounts, GDP a head, part of urban people.
  The last three are drawn growth rates with one decimal, ties and negative values among them.
"""

import csv
import json
import pathlib
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd
import scipy.stats
import skcriteria
from pymcdm import methods, normalizations, weights
from skcriteria.agg import simple, topsis as sk_topsis
from skcriteria.preprocessing import scalers

HERE = pathlib.Path(__file__).parent
LOWEST, HIGHEST = 60.0, 100.0


def counties():
    table = {}
    with open(HERE / "../../data/heilongjiang_county_2020.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            table.setdefault(row["code"], {})[row["indicator"]] = float(row["value"])
    rng = np.random.default_rng(20250331)
    amounts = ["地区生产总值", "第一产业增加值", "第二产业增加值", "第三产业增加值", "一般公共预算收入", "一般公共预算支出",
               "年末金融机构各项贷款余额", "规模以上工业企业数"]
    rows = []
    for code in sorted(table):
        of = table[code]
        people = of["常住人口(七普)"]
        rows.append([of[name] for name in amounts]
                    + [round(of["地区生产总值"] / people, 2), round(100 * of["城镇人口(七普)"] / people, 1)])
    drawn = rng.normal([5.5, 4.5, 1.0], [1.5, 3.0, 6.0], size=(len(rows), 3)).round(1) + 0.0
    return np.hstack([np.array(rows), drawn])


def efficacy(column, cost=False):
    return LOWEST + normalizations.minmax_normalization(column) * (HIGHEST - LOWEST)


def positive(column):
    """What entropy weights are taken of: growth rates may be negative, so min-max moved to 0.01 ... 1."""
    return 0.01 + 0.99 * normalizations.minmax_normalization(column)


def places(column):
    return scipy.stats.rankdata(-column, method="min")


def rank(column, cost=False):
    return (len(column) - places(column)) / (len(column) - 1) * 100


def zscore(matrix):
    table = skcriteria.mkdm(matrix, [max] * matrix.shape[1])
    return scalers.StandarScaler(target="matrix").transform(table).matrix.to_numpy()


def by_column(matrix, function):
    return np.column_stack([function(column) for column in matrix.T])


def spread(matrix):
    """Columns that are not the same for all: constant ones weigh nothing, and pymcdm divides by their zero deviation."""
    return matrix.max(axis=0) > matrix.min(axis=0)


def on_spread(matrix, function):
    found = np.zeros(matrix.shape[1])
    found[spread(matrix)] = function(matrix[:, spread(matrix)])
    return found


def agree(one, other):
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


def whole(name, matrix, given):
    given = np.array(given) / np.sum(given)
    types = np.ones(matrix.shape[1])
    minmax, z = by_column(matrix, normalizations.minmax_normalization), zscore(matrix)
    topsis = methods.TOPSIS(normalizations.minmax_normalization)(matrix, given, types)
    weighted_sum = methods.WSM(normalizations.minmax_normalization)(matrix, given, types)
    if spread(matrix).all():
        scaled = scalers.MinMaxScaler(target="matrix").transform(skcriteria.mkdm(matrix, [max] * len(given), weights=given))
        agree(sk_topsis.TOPSIS().evaluate(scaled).e_.similarity, topsis)
        agree(simple.WeightedSumModel().evaluate(scaled).e_.score, weighted_sum)
    strict = matrix[:, (matrix > 0).all(axis=0) & spread(matrix)]
    return {
        "name": name, "columns": matrix.T, "given": given,
        "min_max": 100 * minmax.T, "z_score": z.T, "rank": by_column(matrix, rank).T, "efficacy": by_column(matrix, efficacy).T,
        "equal": weights.equal_weights(matrix),
        "critic": on_spread(matrix, weights.critic_weights),
        "entropy": on_spread(matrix, lambda m: weights.entropy_weights(by_column(m, positive))),
        "entropy_of_positive_columns": weights.entropy_weights(strict),
        "topsis": 100 * topsis,
        "topsis_z_score": 100 * methods.TOPSIS(lambda x, cost: (x - x.mean()) / (x.std() or 1.0))(matrix, given, types),
        "topsis_rank": 100 * methods.TOPSIS(rank)(matrix, given, types),
        "weighted_sum": 100 * weighted_sum,
        "weighted_sum_efficacy": methods.WSM(efficacy)(matrix, given, types),
        "weighted_product_efficacy": methods.WPM(efficacy)(matrix, given, types),
    }


def holes(name, matrix, given):
    given = np.array(given) / np.sum(given)
    here = ~np.isnan(matrix)

    def present(function):
        found = np.full(matrix.shape, np.nan)
        for number, column in enumerate(matrix.T):
            found[here[:, number], number] = function(column[here[:, number]])
        return found

    minmax, fits = present(normalizations.minmax_normalization), present(efficacy)
    own = here * given / (here * given).sum(axis=1, keepdims=True)
    critic = minmax.shape[1] - pd.DataFrame(minmax).corr().to_numpy().sum(axis=0)
    critic = np.nanstd(minmax, axis=0, ddof=1) * critic
    entropy = []
    for number, column in enumerate(matrix.T):
        part = positive(column[here[:, number]])
        entropy.append(1 - scipy.stats.entropy(part) / np.log(len(part)))
    best, worst = np.nanmax(minmax, axis=0), np.nanmin(minmax, axis=0)
    far, near = (np.sqrt(np.nansum((own * (minmax - ideal)) ** 2, axis=1)) for ideal in (worst, best))
    return {
        "name": name, "columns": matrix.T, "given": given,
        "min_max": 100 * minmax.T, "rank": present(rank).T, "efficacy": fits.T,
        "z_score": present(lambda x: (x - x.mean()) / x.std()).T,
        "equal": np.full(len(given), 1 / len(given)),
        "critic": critic / critic.sum(),
        "entropy": np.array(entropy) / np.sum(entropy),
        "topsis": 100 * far / (far + near),
        "weighted_sum": 100 * np.nansum(own * minmax, axis=1),
        "weighted_sum_efficacy": np.nansum(own * fits, axis=1),
        "weighted_product_efficacy": np.exp(np.nansum(own * np.log(fits), axis=1)),
    }


def plain(value):
    if isinstance(value, (np.ndarray, list)):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return value
    return None if np.isnan(value) else float(value)


def main():
    warnings.simplefilter("error")
    nan = np.nan
    small = np.array([[3.2, 71.0, -0.4], [5.5, 64.2, 1.1], [5.5, 80.0, 0.0], [7.9, 58.3, 2.6]])
    constant = np.array([[1.0, 9.0, 4.0, 2.2], [2.0, 8.0, 4.0, 3.1], [3.0, 7.5, 4.0, 0.4],
                         [4.0, 6.0, 4.0, 1.9], [5.0, 4.0, 4.0, 2.7], [6.5, 5.0, 4.0, 2.2]])
    absent = np.array([[5.1, 20.0, nan, 0.3], [4.8, nan, 7.0, -0.2], [6.0, 31.0, 9.0, 0.5], [nan, 12.0, 8.0, 0.0],
                       [5.5, 18.0, 6.5, 0.1], [3.9, 25.0, nan, nan], [6.6, 28.0, 9.5, -0.4], [5.5, nan, 5.0, 0.2]])
    cases = [whole("small", small, [0.5, 0.3, 0.2]), whole("constant", constant, [4, 3, 2, 1]),
             whole("counties", counties(), [10, 5, 5, 5, 8, 2, 6, 10, 12, 7, 15, 10, 5]), holes("holes", absent, [3, 1, 2, 4])]
    packages = {name: version(name) for name in ("pymcdm", "scikit-criteria", "numpy", "scipy", "pandas")}
    document = {"made_by": "make.py", "packages": packages,
                "cases": [{key: plain(value) for key, value in case.items()} for case in cases]}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace(',"', ',\n"')
    (HERE / "vectors.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
