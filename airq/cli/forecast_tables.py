"""Tables of ``airq forecast`` on a terminal.

Examples
--------
>>> import pandas as pd
>>> rounded(pd.DataFrame({"a": [0.12345, 12.345, float("nan")]}))["a"].tolist()
['0.123', '12.3', None]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from airq.cli.common import print_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SCORES", "day_table", "rounded", "show_more", "show_warning"]

_POLLUTANTS = ("pm25", "pm10", "so2", "no2", "co", "o3")
SCORES = {
    "horizon": "lead",
    "n": "n",
    "mae": "MAE",
    "rmse": "RMSE",
    "crps": "CRPS",
    "coverage_80": "cov80",
    "pit_p": "PIT p",
    "crpss_climatology": "skill vs climatology",
    "crpss_persistence": "vs persistence",
}
"""Columns of the main table of scores and their headings."""


def day_table(table: pd.DataFrame, targets: list[str]) -> pd.DataFrame:
    """Days with medians and intervals in one cell each."""
    import pandas as pd

    from airq.figures.forecast_words import share
    from airq.standards import category_name

    out = pd.DataFrame({"date": table["date"].dt.strftime("%Y-%m-%d"), "lead": table["horizon"]})
    # The index of some pollutants is no AQI; it is called what it is.
    whole = "aqi" in targets or set(_POLLUTANTS) <= set(targets)
    for name in dict.fromkeys([*targets, *(["aqi"] if "aqi" in table else [])]):
        if name not in table:
            continue
        digits = 2 if name == "co" else 0
        head = name if name != "aqi" or whole else f"index of {'+'.join(targets)}"
        out[f"{head} [80%]"] = [
            f"{m:.{digits}f} [{a:.{digits}f}–{b:.{digits}f}]" if m == m else None
            for m, a, b in zip(table[name], table[f"{name}_q10"], table[f"{name}_q90"], strict=True)
        ]
    if "category" in table:
        pairs = zip(table["category"], table["category_probability"], strict=True)
        head = "likeliest category" if whole else "its likeliest category"
        out[head] = [f"{category_name(int(k), 'en')} {share(p)}" if k == k else None for k, p in pairs]
    if "primary" in table and whole and "aqi" not in targets:
        pairs = zip(table["primary"], table["primary_probability"], strict=True)
        out["primary pollutant"] = [f"{k} {share(p)}" if k == k else None for k, p in pairs]
    return out


def rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Numbers with three decimals, or one from ten on."""
    import pandas as pd

    out = table.copy()
    for column in out.select_dtypes(include="float"):
        words = [None if v != v else f"{v:.3f}" if abs(v) < 10 else f"{v:.1f}" for v in out[column]]
        out[column] = pd.Series(words, out.index, dtype=object)  # as text pandas would make NaN of None
    return out


def show_more(found: Any, model: str) -> None:
    """Categories, events, episodes, tests and FAIRMODE, where there are any."""
    wanted = {
        "categories": ("horizon", "level_accuracy", "within_one", "under_two", "range_accuracy"),
        "category_rates": ("horizon", "level", "hit_rate", "false_alarm_ratio", "miss_rate"),
        "probabilities": ("horizon", "event", "n", "events", "brier", "bss_climatology", "bss_persistence"),
        "episodes": ("horizon", "event", "episodes", "episode_hit_rate", "episode_false_alarm_ratio", "onsets", "onset_hit_rate"),
        "tests": None,
        "fairmode": None,
    }  # fmt: skip
    for name, columns in wanted.items():
        table = getattr(found, name)
        if table is None or table.empty:
            continue
        if "model" in table:
            table = table[table["model"] == model]
        keep = [c for c in (columns or table.columns) if c in table and c != "model"]
        if table.empty or not keep:
            continue
        click.echo(name.replace("_", " "))
        print_table(rounded(table[keep]))


def show_warning(found: Any) -> None:
    """Probabilities of alerts by day, and what to warn of."""
    from airq.figures.forecast_words import lasting, share

    click.echo(f"alerts by {found.rule}: probability of the level or a higher one")
    wide = found.days.pivot_table(
        index=["site", "date"], columns="level", values="probability", sort=False
    ).reset_index()
    for level in (c for c in wide if c not in ("site", "date")):
        wide[level] = [share(p) for p in wide[level]]
    wide["date"] = wide["date"].dt.strftime("%Y-%m-%d")
    print_table(wide)
    for row in found.outlook.to_dict("records"):
        if row["warn"]:
            text = f"warn: {row['site']} {row['level']}, probability {share(row['probability'])} reaches {row['cost_loss']:g}"
            if row["duration_q50"] == row["duration_q50"]:
                text += f"; start {row['start_q50']:%Y-%m-%d}, lasting {lasting(row)} d"
                if row["open_share"] > 0:
                    text += f" (it outlasts the forecast with probability {share(row['open_share'])})"
            click.echo(text)
    for note in found.notes:
        click.echo(f"note: {note}")
    if not found.outlook["warn"].any():
        click.echo(
            f"no level reaches the cost-loss ratio of {found.outlook['cost_loss'].iloc[0]:g}: no warning."
        )
