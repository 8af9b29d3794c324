"""Writes statistics.json: reference values for the paired statistics of Reports, from SciPy and numpy.

Run as `python3 make-statistics.py > statistics.json`; made with SciPy 1.17.1. Values are multiples of 1/1024, so that
sums and differences are exact and ties are ties in SciPy too.
"""
import itertools
import json
import sys
import warnings

import numpy as np
import scipy
from scipy import special, stats

warnings.simplefilter("ignore")


def pairs(name, values, baseline):
    values, baseline = np.asarray(values, float), np.asarray(baseline, float)
    d = values - baseline
    n = len(d)
    t = stats.ttest_rel(values, baseline)
    w = stats.wilcoxon(values, baseline)
    positive, unequal = int((d > 0).sum()), int((d != 0).sum())
    sign = stats.binomtest(positive, unequal)
    m = n - 1
    dz = d.mean() / d.std(ddof=1)
    # Hedges' exact factor, for m > 1.
    factor = np.exp(special.gammaln(m / 2) - special.gammaln((m - 1) / 2)) / np.sqrt(m / 2) if m > 1 else None
    ranks = stats.rankdata(np.abs(d[d != 0]))
    signs = np.sign(d[d != 0])
    entry = {
        "name": name, "values": values.tolist(), "baseline": baseline.tolist(),
        "t": float(t.statistic), "tP": float(t.pvalue),
        "w": float(w.statistic), "wP": float(w.pvalue),
        "sign": positive, "signP": float(sign.pvalue),
        "cohen": float(dz), "hedges": None if factor is None else float(dz * factor),
        "biserial": float((ranks * signs).sum() / ranks.sum()),
    }
    return entry


def grid(generator, count, mean, spread, step=1024):
    return np.round(generator.normal(mean, spread, count) * step) / step


def plain(count, seed, shift):
    """No zeros, no ties: differences k/1024 with distinct |k|."""
    generator = np.random.default_rng(seed)
    sizes = generator.permutation(np.arange(1, 4 * count))[:count]
    signs = np.where(generator.random(count) < 0.5 + shift, 1, -1)
    baseline = grid(generator, count, 0.75, 0.05)
    return pairs(f"plain {count}", baseline + sizes * signs / 1024, baseline)


def tied(count, seed, zeros):
    generator = np.random.default_rng(seed)
    d = np.round(generator.normal(2, 3, count))
    d[d == 0] = 1
    d[:zeros] = 0
    baseline = grid(generator, count, 0.75, 0.05)
    return pairs(f"tied {count}, {zeros} zeros", baseline + d / 1024, baseline)


def zeros_only(count, zeros, seed):
    """Zeros, but no ties."""
    generator = np.random.default_rng(seed)
    d = generator.permutation(np.arange(1, count + 1)) * np.where(generator.random(count) < 0.7, 1, -1)
    d[:zeros] = 0
    baseline = grid(generator, count, 0.75, 0.05)
    return pairs(f"zeros {count}, {zeros} zeros", baseline + d / 1024, baseline)


def bca(d):
    """SciPy's BCa interval given all n^n resamples."""
    d = np.asarray(d, float)
    n = len(d)
    means = np.array([sum(r) / n for r in itertools.product(d.tolist(), repeat=n)])
    start = stats.bootstrap((d,), np.mean, n_resamples=9, vectorized=True, method="percentile", rng=1)
    start.bootstrap_distribution = means
    result = stats.bootstrap((d,), np.mean, n_resamples=0, vectorized=True, method="BCa", bootstrap_result=start)
    interval = result.confidence_interval
    return {"differences": d.tolist(), "low": float(interval.low), "high": float(interval.high)}


def bca_cases():
    generator = np.random.default_rng(7)
    cases = [[1, 2, 3], [1, 2, 6], [-1, 0, 0], [3, 3, 5], [1, 2, 4, 8], [-3, -1, 2, 9], [5, 5, 5, 6], [0, 0, 0, 1, 1],
             [1, 2, 3, 4, 100], [-7, 2, 3, 5, 8, 9]]
    cases = [[v / 1024 for v in case] for case in cases]
    for count in [3, 4, 5, 6, 6]:
        cases.append(grid(generator, count, 0.02, 0.02).tolist())
    return [bca(case) for case in cases]


def holm(p):
    p = np.asarray(p, float)
    order = np.argsort(p, kind="stable")
    stepped = np.minimum(1, np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order]))
    result = np.empty(len(p))
    result[order] = stepped
    return {"p": p.tolist(), "expected": result.tolist()}


def jain(x):
    x = np.asarray(x, float)
    return {"values": x.tolist(), "jain": float(x.sum() ** 2 / (len(x) * (x**2).sum())), "sd": float(x.std())}


def area(x, y):
    return {"x": list(map(float, x)), "y": list(map(float, y)),
            "expected": float(np.trapezoid(y, x) / (x[-1] - x[0]))}


generator = np.random.default_rng(3)
PROBABILITIES = [1e-300, 1e-100, 1e-20, 1e-8, 1e-4, 0.001, 0.0228, 0.025, 0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.49, 0.4999, 0.5,
                 0.5001, 0.51, 0.6, 0.74, 0.75, 0.76, 0.9, 0.95, 0.975, 0.99, 0.999, 0.9999, 1 - 1e-10]
POINTS = [-38, -30, -10, -5, -2.5, -1.96, -1, -0.3, -1e-9, 0, 1e-5, 0.2, 0.6745, 1, 1.5, 2, 4, 8]

fixture = {
    "normalQuantile": [{"p": p, "expected": float(special.ndtri(p))} for p in PROBABILITIES],
    "normalCumulative": [{"x": x, "expected": float(special.ndtr(x))} for x in POINTS],
    "coin": [{"n": n, "k": k, "cumulative": float(stats.binom.cdf(k, n, 0.5)), "p": float(stats.binomtest(k, n).pvalue)}
             for n in [1, 2, 3, 5, 10, 31, 60, 61, 100, 400] for k in sorted({0, 1, n // 3, n // 2, n - 1, n})],
    "pairs": [plain(n, n, shift) for n in [2, 3, 4, 5, 6, 8, 10, 13, 14, 20, 30, 49, 50, 51, 60] for shift in [0.1, 0.45]]
             + [tied(n, n, zeros) for n in [3, 5, 8, 12, 13, 14, 20, 50, 51, 60] for zeros in [0, 1, 2]]
             + [zeros_only(n, zeros, n) for n in [4, 7, 13, 14, 25, 50, 55] for zeros in [1, 2]],
    "bca": bca_cases(),
    "holm": [holm(p) for p in [[0.04], [0.01, 0.02], [0.03, 0.01, 0.04, 0.02], [0.5, 0.6, 0.9], [0.01, 0.01, 0.01],
                               [0.001, 0.4, 0.03, 0.03, 0.2, 0.0004], generator.random(12).tolist()]],
    "fairness": [jain(x) for x in [[1], [1, 1, 1], [1, 0, 0, 0], [0.9, 0.8, 0.2], [3, 1, 4, 1, 5, 9, 2, 6],
                                   generator.random(50).tolist()]],
    "area": [area([0, 1], [0.1, 0.3]), area([0, 5, 10, 12], [0.1, 0.5, 0.6, 0.9]),
             area(np.arange(21), generator.random(21)), area([3, 4, 9], [2.5, 1.25, 0.5])],
}


def line(entry):
    return "    " + json.dumps(entry)


body = ",\n".join(f'  "{key}": [\n' + ",\n".join(map(line, entries)) + "\n  ]" for key, entries in fixture.items())
sys.stdout.write('{\n  "scipy": ' + json.dumps(scipy.__version__) + ",\n" + body + "\n}\n")
