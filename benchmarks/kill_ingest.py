"""Kill -9 at random moments of an ingest, then run it again: the archive must equal the uninterrupted one.

    python benchmarks/kill_ingest.py [--times 200]

Baseline in the same run: the uninterrupted ingest of the same files. Needs a system with fork.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
import time
from pathlib import Path

from national_ingest import write_files

from airq.observations import Archive


def content(archive: Archive) -> tuple[str, list[str]]:
    return archive.digest(), archive.verify()


def ingest(folder: Path, days: Path) -> None:
    # Small batches, so that there are several commits to interrupt.
    from airq.observations.ingest import Writer

    Writer.OPEN_BYTES = 1_000_000  # type: ignore[misc]
    Archive(folder).ingest([days], workers=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    args = parser.parse_args()
    random.seed(0)
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        days = root / "days"
        days.mkdir()
        write_files(days, 45, 60, distinct=5)
        ingest(root / "warm", days)
        start = time.perf_counter()
        ingest(root / "whole", days)
        whole_time = time.perf_counter() - start
        whole = content(Archive(root / "whole"))
        equal = interrupted = sound = 0
        for k in range(args.times):
            folder = root / f"killed{k}"
            child = os.fork()
            if child == 0:
                ingest(folder, days)
                os._exit(0)
            time.sleep(random.random() * whole_time)
            os.kill(child, signal.SIGKILL)
            interrupted += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
            sound += Archive(folder).verify() == []
            ingest(folder, days)
            equal += content(Archive(folder)) == whole
    print(f"uninterrupted ingest: {whole_time:.2f} s")
    print(
        f"killed while running: {interrupted} of {args.times}; sound right after the kill: {sound} of {args.times}"
    )
    print(f"equal to the uninterrupted archive after a restart: {equal} of {args.times}")


if __name__ == "__main__":
    main()
