"""Time and chance as one object, so that waiting can be tested without waiting."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

__all__ = ["Clock"]


@dataclass(frozen=True)
class Clock:
    """Where the fetcher gets the time from and how it waits.

    Attributes
    ----------
    now : callable
        Seconds since 1970.
    monotonic : callable
        Seconds of a clock that is never set back.
    sleep : callable
        Waits for seconds.
    chance : callable
        Uniform number in 0…1, for jitter.

    Examples
    --------
    >>> Clock(now=lambda: 0.0).stamp()
    '1970-01-01T00:00:00Z'
    """

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def utc(self) -> datetime:
        """The time as an aware datetime."""
        return datetime.fromtimestamp(self.now(), UTC)

    def stamp(self) -> str:
        """The time as text, to the second."""
        return self.utc().strftime("%Y-%m-%dT%H:%M:%SZ")
