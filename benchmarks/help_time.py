"""How long ``airq --help`` takes, against an empty Python and against ``import pandas``, in one run.

``python benchmarks/help_time.py``: median of ten processes each, taken in turn so that a busy moment meets all three.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "airq --help": ["-m", "airq", "--help"],
    "import pandas": ["-c", "import pandas"],
}


def seconds(arguments: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def main(rounds: int = 10) -> None:
    for arguments in COMMANDS.values():  # once unseen, so that compiled files are there
        seconds(arguments)
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, arguments in COMMANDS.items():
            taken[name].append(seconds(arguments))
    median = {name: statistics.median(values) for name, values in taken.items()}
    for name, value in median.items():
        print(f"{name:15s} {value * 1000:7.0f} ms")
    ours = median["airq --help"]
    print(f"airq --help / python -c pass: {ours / median['python -c pass']:.2f}")
    print(f"airq --help / import pandas:  {ours / median['import pandas']:.2f}")


if __name__ == "__main__":
    main()
