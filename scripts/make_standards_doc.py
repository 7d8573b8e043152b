"""Write docs/standards.md from the tables of airq/standards; ``--check`` only says whether it is up to date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from airq import standards  # noqa: E402
from airq.standards import Edition  # noqa: E402
from airq.variables import POLLUTANTS, VARIABLES  # noqa: E402

OTHERS = {"tsp": "TSP", "nox": "NOx", "pb": "Pb", "bap": "BaP"}
TARGET = PROJECT / "docs" / "standards.md"

HEAD = """# Standards: what airq computes, by which edition, with what certainty

This page is written by `python scripts/make_standards_doc.py` from `airq/standards/tables/*.toml`; edit the tables,
not the page. The same rows are printed by `airq standards`, `airq standards --edition GB3095-2026` and
`airq standards --open`.

Marks: **P** read in the standard's own text; **C** confirmed in a named secondary source; **B nn%** background
knowledge with how sure it is; **U** one unverified claim, never a rule; **NF** not found, so the value is a stated
choice.

## How to replace a value

Write a TOML file that names the edition and holds only what differs, and put it into `params/standards/`, name it in
the environment variable `AIRQ_STANDARDS`, or give it to `airq.standards.load_edition(path)`:

```toml
id = "HJ663-2013"
kind = "evaluation"
based_on = "HJ663-2013"
[coverage]
share_percent = { value = 80, mark = "C", source = "letter of the provincial office" }
```

With a new `id` the file adds an edition instead. Numbers are whole numbers or texts such as `"0.5"`, so that no binary
fraction enters a rule. A file that cannot be used is refused with its name and the entry at fault.

## Decisions worth knowing

| question | choice | where |
|---|---|---|
| Seventh daily indicator of HJ 633-2012 (O3 daily maximum 1 h) | left out of station-days and city-days; `aqi()` takes it when `o3_1h` is given | `HJ633-2012: days.o3_1h` |
| A pollutant is missing | 2012: AQI from the others; 2026: NA unless above 100 (5.3.1) | `missing.*` |
| City value | mean of the valid evaluation stations, then the index; a group is the mean of its members' city-days | `HJ663-*: coverage.*` |
| A station without data | counts in the share of valid stations, unless silent for 60 days up to the start or from the end of the record, or outside its `valid_from` and `valid_to` | `coverage.silent_days` |
| Negative hourly value | not valid; sentinels and imputed values never count | `HJ663-*: hours.negative` |
| Rounding | once, half to even, from the exact integer sum; attainment compares printed values | `rounding.*`, `attainment.compare` |
| Composite index | from unrounded concentrations, printed with two decimals | `composite.*` |
| Part of a month | needs days in proportion to 27 (February 25) | `validity.part_month` |
| Calendar year 2026 | no rule found: `straddling(days, 2026)` gives both standards and `by-date` | `GB3095-2026: force.mixed_year` |
| Period under GB3095-2026 before March 2026 | restated under the transition limits, and said so in `note` | `phases` |
| Dust | detected events only under the label 模拟剔除，非官方口径; day counts keep dust days | `DUST-2016` |
| Alerts | `ALERT-2024`; Xinjiang lifts below 150 for 36 h; the local plan of 2023 is not in the tables | `ALERT-*` |

Exactness: hourly values become integers of a thousandth of their unit; sums are integers; a mean is one division. The
float64 in a days Dataset times `exact_denominator` (or `<name>_denominator`) is again a whole number, from which every
later mean, percentile, index and rounding is computed.
"""


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_cell(v) for v in value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} {_cell(v)}" for k, v in value.items()) + "}"
    return str(value).replace("|", "\\|")


def _limits() -> list[str]:
    names = [n for n in standards.standards() if standards.standard_of(n).name == n]
    lines = ["## Limits", "", "Class 1 / class 2, µg/m³; CO mg/m³.", ""]
    lines += ["| pollutant | averaging | " + " | ".join(names) + " |", "|---|---|" + "---|" * len(names)]
    for pollutant in (*POLLUTANTS, *OTHERS):
        for averaging in ("annual", "season", "24h", "8h", "1h"):
            chosen = [standards.standard_of(n) for n in names]
            pairs = [[s.limit(pollutant, averaging, c) for c in (1, 2)] for s in chosen]
            if pairs[0][0] is None:
                continue
            label = OTHERS.get(pollutant) or VARIABLES[pollutant].symbol
            shown = " | ".join(" / ".join(str(v) for v in pair) for pair in pairs)
            lines.append(f"| {label} | {averaging} | {shown} |")
    return [*lines, ""]


def _breakpoints(e: Edition) -> list[str]:
    columns = {k: v for k, v in e.need("breakpoints").items() if k != "iaqi"}
    index = e.need("breakpoints.iaqi")
    lines = [f"### Breakpoints of {e.id}", "", "| IAQI | " + " | ".join(columns) + " |"]
    lines.append("|---|" + "---|" * len(columns))
    for row, level in enumerate(index):
        cells = [c["values"][row] if row < len(c["values"]) else "" for c in columns.values()]
        lines.append(f"| {level} | " + " | ".join(cells) + " |")
    lines.append("| above | " + " | ".join(str(c["above"]) for c in columns.values()) + " |")
    return [*lines, ""]


def _levels() -> list[str]:
    lines = [
        "## AQI levels (HJ 633-2026)",
        "",
        "| AQI | level | zh | en | colour | advice |",
        "|---|---|---|---|---|---|",
    ]
    for c in standards.categories("2026"):
        lines.append(
            f"| {c.aqi_from}–{c.aqi_to} | {c.level_zh} | {c.zh} | {c.en} | {c.hex} | {c.advice_en} |"
        )
    return [*lines, ""]


def _editions() -> list[str]:
    lines = [
        "## Editions",
        "",
        "| id | kind | title | in force | entries | below P |",
        "|---|---|---|---|---|---|",
    ]
    for e in standards.editions().values():
        force = f"{e.get('force.first', '')} – {e.get('force.last', '')}".strip(" –")
        open_rows = len(standards.open_points(e.id))
        lines.append(f"| {e.id} | {e.kind} | {e.title('zh')} | {force} | {len(e.entries)} | {open_rows} |")
    return [*lines, ""]


def _open() -> list[str]:
    lines = [
        "## Open points: every entry below P",
        "",
        "| edition | entry | value | mark | source |",
        "|---|---|---|---|---|",
    ]
    for row in standards.open_points():
        lines.append(
            f"| {row.edition} | `{row.entry}` | {_cell(row.value)} | {row.mark} | {_cell(row.source)} |"
        )
    return [*lines, ""]


def page() -> str:
    """Text of the page."""
    blocks = [HEAD, *_editions(), *_limits(), *_levels(), "## Breakpoints", ""]
    for e in standards.editions("aqi").values():
        blocks += _breakpoints(e)
    return "\n".join([*blocks, *_open()]).rstrip() + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    text = page()
    if parser.parse_args().check:
        current = TARGET.read_text(encoding="utf-8") if TARGET.exists() else ""
        if current != text:
            print("docs/standards.md is not up to date; run python scripts/make_standards_doc.py")
            return 1
        return 0
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, encoding="utf-8")
    print(f"wrote {TARGET.relative_to(PROJECT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
