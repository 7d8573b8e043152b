"""An independent, slow and plain reading of the rules with fractions; shares no code with the library."""

import math
from fractions import Fraction

LEVELS = (0, 50, 100, 150, 200, 300, 400, 500)
COMMON = {
    "so2_24h": (0, 50, 150, 475, 800, 1600, 2100, 2620),
    "so2_1h": (0, 150, 500, 650, 800),
    "no2_24h": (0, 40, 80, 180, 280, 565, 750, 940),
    "no2_1h": (0, 100, 200, 700, 1200, 2340, 3090, 3840),
    "co_24h": (0, 2, 4, 14, 24, 36, 48, 60),
    "co_1h": (0, 5, 10, 35, 60, 90, 120, 150),
    "o3_8h": (0, 100, 160, 215, 265, 800),
    "o3_1h": (0, 160, 200, 300, 400, 800, 1000, 1200),
}
TABLES = {
    "2012": {
        **COMMON,
        "pm10_24h": (0, 50, 150, 250, 350, 420, 500, 600),
        "pm25_24h": (0, 35, 75, 115, 150, 250, 350, 500),
    },
    "2026": {
        **COMMON,
        "pm10_24h": (0, 50, 120, 250, 350, 420, 500, 600),
        "pm25_24h": (0, 35, 60, 115, 150, 250, 350, 500),
    },
}
ABOVE = {
    ("2012", "so2_1h"): None,
    ("2026", "so2_1h"): 200,
    ("2012", "o3_8h"): None,
    ("2026", "o3_8h"): 300,
}
COLUMN = {
    "24h": {
        "pm25": "pm25_24h",
        "pm10": "pm10_24h",
        "so2": "so2_24h",
        "no2": "no2_24h",
        "co": "co_24h",
        "o3": "o3_8h",
    },
    "1h": {
        "pm25": "pm25_24h",
        "pm10": "pm10_24h",
        "so2": "so2_1h",
        "no2": "no2_1h",
        "co": "co_1h",
        "o3": "o3_1h",
    },
}
ORDER = ("pm25", "pm10", "so2", "no2", "co", "o3")


def half_even(value: Fraction, decimals: int) -> Fraction:
    power = 10**decimals
    low = math.floor(value * power)
    rest = value * power - low
    if rest > Fraction(1, 2) or (rest == Fraction(1, 2) and low % 2):
        low += 1
    return Fraction(low, power)


def iaqi(pollutant, value, averaging, edition):
    """IAQI of an exact value; None without an index."""
    value = Fraction(value)
    if edition == "2026":
        value = half_even(value, 1 if pollutant == "co" else 0)
    column = COLUMN[averaging][pollutant]
    points = TABLES[edition][column]
    if value > points[-1]:
        return ABOVE.get((edition, column), 500)
    for low, high, a, b in zip(points, points[1:], LEVELS, LEVELS[1:], strict=False):
        if value <= high:
            return math.ceil(Fraction(b - a, high - low) * (value - low) + a)
    raise AssertionError


def aqi(values, averaging, edition):
    """AQI (None is NA), primary pollutants and indices of exact values; None is missing."""
    index = {p: None if values.get(p) is None else iaqi(p, values[p], averaging, edition) for p in ORDER}
    held = [v for v in index.values() if v is not None]
    if not held:
        return None, "", index
    top = max(held)
    if edition == "2026" and len(held) < 6 and top <= 100:
        return None, "", index
    primary = ",".join(p for p in ORDER if index[p] == top) if top > 50 else ""
    return (max(top, 1) if edition == "2026" else top), primary, index


def percentile(values, percent):
    ranked = sorted(Fraction(v) for v in values)
    k = 1 + (len(ranked) - 1) * Fraction(percent, 100)
    s = int(k)
    upper = ranked[min(s, len(ranked) - 1)]
    return ranked[s - 1] + (upper - ranked[s - 1]) * (k - s)


def mda8(hours):
    """MDA8 of 24 hourly values (None is missing) by HJ 663, 6.1.2; None where withheld."""
    means = []
    for end in range(8, 25):
        window = [Fraction(v) for v in hours[end - 8 : end] if v is not None]
        if len(window) >= 6:
            means.append(sum(window) / len(window))
    if not means or (len(means) < 14 and max(means) <= 160):
        return None
    return max(means)


def mean24(hours):
    held = [Fraction(v) for v in hours if v is not None]
    return sum(held) / len(held) if len(held) >= 20 else None
