"""Computes stored drift scores again with numpy and scipy. Usage: statistics.py FILE; prints one JSON object of counts and differences."""
import json
import sys

import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon

SIDES = ["missing", "non_finite", "below_min", "above_max", "unseen"]
given = json.load(open(sys.argv[1]))
differences = []
checked = {}


def check(case, name, own, stored, rel=1e-7, floor=1e-12):
    checked[name] = checked.get(name, 0) + 1
    if own is None or stored is None:
        same = own is None and stored is None
    else:
        same = abs(own - stored) <= rel * abs(own) + floor
    if not same:
        differences.append(f"{case['detector']} {case['subject']} {case['windowFromMs']} {name}: stored {stored}, scipy {own}")


def statistic(a, b):
    """T and its degrees of freedom, by scipy's Jensen-Shannon distance in nats."""
    n, m = a.sum(), b.sum()
    divergence = float(np.nan_to_num(jensenshannon(a / n, b / m))) ** 2
    return 8 * divergence / (1 / n + 1 / m), int(((a + b) > 0).sum()) - 1, divergence


def cells(layout, values):
    """Counts by known cell of raw values; those out of range, missing or never seen are left out."""
    if layout["kind"] == "category":
        names = layout["values"]
        place = {name: index for index, name in enumerate(names)} | {name: len(names) for name in layout["rare"]}
        found = [place[str(value)] for value in values if value is not None and str(value) in place]
        return np.bincount(found, minlength=len(names) + 1).astype(float)
    x = known(layout, values)
    return np.bincount(np.searchsorted(layout["edges"], x, side="left"), minlength=len(layout["edges"]) + 1).astype(float)


def finite(values):
    return np.array([value for value in values if isinstance(value, (int, float)) and np.isfinite(value)], dtype=float)


def known(layout, values):
    x = finite(values)
    return x[(x >= layout["min"]) & (x <= layout["max"])]


def distance_moved(layout, a, b):
    """The area between the two distribution functions: steps of few values, else straight lines between the edges."""
    bounds = np.array([layout["min"], *layout["edges"], layout["max"]])
    p, q = a / a.sum(), b / b.sum()
    if layout.get("isDiscrete"):
        return stats.wasserstein_distance(bounds[1:], bounds[1:], p, q)
    fine = np.unique(np.concatenate([np.linspace(low, high, 2001) for low, high in zip(bounds, bounds[1:])]))
    keep = np.concatenate([[True], np.diff(bounds) > 0])
    gap = np.interp(fine, bounds[keep], np.concatenate([[0], np.cumsum(p)])[keep]) - np.interp(
        fine, bounds[keep], np.concatenate([[0], np.cumsum(q)])[keep]
    )
    return float(np.trapezoid(np.abs(gap), fine))


def one(case):
    """Checks one score; answers its p and whether it is among the largest of its baseline."""
    numbers, data = case["numbers"], case["input"]
    layout, calibration, parameters = data["layout"], data["calibration"], data["parameters"]
    a, b = (np.array(data[side]["known"], dtype=float) for side in ("baseline", "current"))
    n, m = a.sum(), b.sum()
    if n == 0 or m == 0:
        check(case, "value", None, case["value"])
        return None
    t, freedom, divergence = statistic(a, b)
    chance = (1 / n + 1 / m) / 8
    phi = 1 + calibration["excess"] / chance if "excess" in calibration else calibration["phi"]
    check(case, "js", np.sqrt(divergence / np.log(2)), numbers["js"], floor=1e-7)
    check(case, "statistic", t, numbers["statistic"], floor=1e-7)
    check(case, "freedom", freedom, numbers["freedom"])
    check(case, "phi", phi, numbers["phi"])
    half = (a + 0.5) / (n + len(a) / 2), (b + 0.5) / (m + len(b) / 2)
    check(case, "psi", stats.entropy(*half) + stats.entropy(*half[::-1]), numbers["psi"], floor=1e-10)
    check(case, "l_infinity", np.abs(a / n - b / m).max(), numbers["l_infinity"])
    least = max(parameters["leastRows"], np.ceil(parameters["rowsPerCell"] * np.exp(stats.entropy(a)) - 1e-6))
    enough = n >= least and m >= least
    size = np.sqrt(max(0, divergence - phi * freedom * chance) / np.log(2))
    check(case, "value", size if enough else None, case["value"], rel=1e-6, floor=1e-6)
    if layout["kind"] == "number":
        gap = np.abs(np.cumsum(a / n - b / m)).max()
        check(case, "ks_lower", gap, numbers["ks_lower"], floor=1e-10)
        if numbers["wasserstein"] is not None and numbers["deviation_before"]:
            own = distance_moved(layout, a, b) / numbers["deviation_before"]
            check(case, "wasserstein", own, numbers["wasserstein"], rel=2e-3, floor=1e-6)
    if not enough:
        check(case, "p", None, numbers["p"])
        return None
    windows = calibration["windows"]
    if freedom == 0:
        p = 1.0
    elif calibration["isCalibrated"]:
        p = float(stats.f.sf(t / (freedom * phi), freedom, (windows - 1) * freedom))
    else:
        p = float(stats.chi2.sf(t / phi, freedom))
    check(case, "p", p, numbers["p"], rel=1e-6, floor=1e-280)
    if windows < parameters["rankWindows"]:
        return p, True
    above = sum(1 for one in calibration["largest"] if one >= t)
    rank = None if above == len(calibration["largest"]) and above < windows else (1 + above) / (windows + 1)
    check(case, "rank_p", rank, numbers["rank_p"])
    return p, rank is not None and rank <= max(parameters["rankShare"], 1 / (windows + 1))


def families():
    """What stands of each family, by scipy's adjusted p values."""
    groups = {}
    for case in given["cases"]:
        found = one(case)
        if found is not None:
            groups.setdefault((case["detector"], case["windowFromMs"]), []).append((case, *found))
        elif case["isSignificant"] is not None:
            differences.append(f"{case['subject']} was not judged and is significant or not")
    for family in groups.values():
        adjusted = stats.false_discovery_control([p for _, p, _ in family], method="bh")
        for (case, _, among), share in zip(family, adjusted):
            stands = share <= case["input"]["parameters"]["falseDiscoveryRate"] and among
            check(case, "isSignificant", int(stands), int(case["isSignificant"]))


def raw():
    """The same from the values that were sent: counts, mean, deviation, the distance of two samples, and phi."""
    for case in given["cases"]:
        sent = given["production"].get(str(case["windowFromMs"]))
        if case["detector"] != "drift" or sent is None or case["numbers"]["blocks"] != 1 or case["subject"].startswith("$"):
            continue
        layout, numbers, feature = case["input"]["layout"], case["numbers"], case["subject"]
        values = sent[feature]
        check(case, "counts", 0, float(np.abs(cells(layout, values) - case["input"]["current"]["known"]).sum()))
        history = [window[feature] for window in given["reference"].values()]
        if case["windowFromMs"] == given["cases"][0]["windowFromMs"]:
            calibrated(case, layout, history)
        if layout["kind"] != "number" or numbers["mean_now"] is None:
            continue
        x, deviation = finite(values), numbers["deviation_before"] or 0
        check(case, "mean", x.mean(), numbers["mean_now"], rel=1e-9, floor=deviation / 50)
        if len(x) > 50:
            check(case, "deviation", x.std(ddof=1), numbers["deviation_now"], rel=0.01, floor=deviation / 100)
        before = known(layout, [value for window in history for value in window])
        now = known(layout, values)
        if len(now) > 0:
            d = stats.ks_2samp(before, now).statistic
            inside = numbers["ks_lower"] - 1e-9 <= d <= numbers["ks_upper"] + 1e-9
            check(case, "ks_interval", 1, int(inside))


def calibrated(case, layout, history):
    counts = [cells(layout, values) for values in history]
    parameters, calibration = case["input"]["parameters"], case["input"]["calibration"]
    counts = [each for each in counts if each.sum() >= parameters["leastRows"]]
    whole = sum(counts)
    ratios, excess = [], []
    for each in counts:
        t, freedom, _ = statistic(whole - each, each)
        ratio = t / max(1, int((whole > 0).sum()) - 1)
        ratios.append(ratio)
        excess.append((ratio - 1) * (1 / (whole - each).sum() + 1 / each.sum()) / 8)
    check(case, "calibration windows", len(counts), calibration["windows"])
    check(case, "calibration phi", max(1, np.mean(ratios)), calibration["phi"], rel=1e-6)
    check(case, "calibration excess", max(0, np.mean(excess)), calibration["excess"], rel=1e-5, floor=1e-9)


families()
raw()
print(json.dumps({"cases": len(given["cases"]), "checked": checked, "differences": differences[:50]}))
