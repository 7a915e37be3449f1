"""Computes the released statistics once more, exactly and in the clear, from linked rows.

Shares no code with the programs: the definitions are those of agreements/statistics.h.
"""
import math
from fractions import Fraction

# output: the dimension of its table, its measure, the statistics it publishes
OUTPUTS = {"evaluation": ("pathway", "evaluation_score", ("mean", "sd")),
           "salary": ("school_level", "salary", ("mean",)),
           "clinical_hours": ("retained_3y", "clinical_hours", ("mean",))}
# min and scale of the agreement
STORED = {"evaluation_score": (1, Fraction(100)), "salary": (30000, Fraction(1, 100)),
          "clinical_hours": (0, Fraction(1))}


def values(rows, dimension, value, name):
    """The numbers of the rows with this value (or all), as the measure stores them."""
    least, scale = STORED[name]
    return [least + math.floor((Fraction(row[name]) - least) * scale + Fraction(1, 2)) / scale
            for row in rows if row[name] and value in (row[dimension], "ALL")]


def unit_of(size, least):
    """1, 2 or 5 times a power of ten: two digits of `size` at most, and not below `least`."""
    exponent = 0
    while Fraction(10) ** (exponent + 2) <= size:
        exponent += 1
    while Fraction(10) ** (exponent + 1) > size:
        exponent -= 1
    steps = [m * Fraction(10) ** e for e in range(exponent, exponent + 12) for m in (1, 2, 5)]
    return next(step for step in steps if step >= least)


def rounded(value, above_min, count):
    if value == 0:
        return Fraction(0)
    unit = unit_of(abs(value), max(abs(value), above_min) / count)
    return (1 if value > 0 else -1) * math.floor(abs(value) / unit + Fraction(1, 2)) * unit


def rounded_root(variance, count):
    if variance == 0:
        return Fraction(0)
    # A root to 40 decimals settles every rounding that is not a tie, and a root is rational or no tie.
    root = Fraction(math.isqrt(math.floor(variance * 10 ** 80)), 10 ** 40)
    unit = unit_of(root, root / count)
    return math.floor(root / unit + Fraction(1, 2)) * unit


def statistic(stat, numbers, least):
    count, total = len(numbers), sum(numbers)
    mean = Fraction(total) / count
    if stat == "mean":
        return rounded(mean, mean - least, count)
    return rounded_root(sum((n - mean) ** 2 for n in numbers) / (count - 1), count)


def compare(table, dimension, name, stats, rows):
    """Counts the statistics that `table` publishes; raises when one is not that of the rows."""
    compared = 0
    for row in table:
        numbers = values(rows, dimension, row[dimension], name)
        if row[f"{name}_n_status"] == "F":
            assert int(row[f"{name}_n"]) == len(numbers), (name, row, len(numbers))
        for stat in stats:
            if row[f"{name}_{stat}_status"] != "F":
                continue
            expected = statistic(stat, numbers, STORED[name][0])
            assert Fraction(row[f"{name}_{stat}"]) == expected, (name, stat, row, float(expected))
            compared += 1
    return compared
