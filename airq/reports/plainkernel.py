"""A kernel that is started and not forked: sets its memory limit, then is the kernel of IPython.

Run with ``python -m airq.reports.plainkernel -f CONNECTION_FILE``; see :mod:`airq.reports.kernels`.
"""

from __future__ import annotations

import os
from typing import Final

__all__ = ["MEMORY", "main"]

MEMORY: Final = "AIRQ_KERNEL_MEMORY"
"""Environment variable with the limit in MB."""


def main() -> None:
    """Limit the memory and run the kernel."""
    from airq.reports.forkserver import limit_memory

    limit = os.environ.get(MEMORY, "")
    limit_memory(int(limit) if limit.isdigit() else 0)
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()


if __name__ == "__main__":
    main()
