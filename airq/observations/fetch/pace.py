"""Politeness: a rate for each host, growing waits after a fault, and the waits a server asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from airq.observations.fetch.clock import Clock

__all__ = ["LONGEST_WAIT", "Pace", "backoff", "retry_after"]

LONGEST_WAIT: Final = 600.0
"""Seconds. A server that asks for more is left alone for the rest of the run."""
_FIRST: Final = 1.0
_CAP: Final = 60.0


def backoff(attempt: int, chance: float) -> float:
    """Seconds to wait after a failed attempt: doubling, with jitter over the upper half.

    Parameters
    ----------
    attempt : int
        1 after the first failure.
    chance : float
        0…1.

    Examples
    --------
    >>> [backoff(n, 1.0) for n in (1, 2, 3, 10)], backoff(3, 0.0)
    ([1.0, 2.0, 4.0, 60.0], 2.0)
    """
    full = min(_FIRST * 2.0 ** (attempt - 1), _CAP)
    return full * (0.5 + 0.5 * chance)


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds asked for by a ``Retry-After`` header (RFC 9110, 10.2.3): a number or a date.

    Examples
    --------
    >>> retry_after("120", 0.0), retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 15.0), retry_after("soon", 0.0)
    (120.0, 45.0, None)
    """
    if not value:
        return None
    text = value.strip()
    if text.isdigit():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, when.timestamp() - now)


@dataclass
class Pace:
    """Keeps requests to one host apart.

    Attributes
    ----------
    rate : float
        Requests a second; 0 for no limit.
    clock : Clock
    closed : dict of str to str
        Hosts that are left alone for the rest of the run, with the reason.

    Examples
    --------
    >>> waits, now = [], [100.0]
    >>> pace = Pace(2.0, Clock(monotonic=lambda: now[0], sleep=waits.append))
    >>> pace.wait("a"), pace.wait("a"), pace.wait("b"), waits
    (None, None, None, [0.5])
    """

    rate: float
    clock: Clock
    closed: dict[str, str] = field(default_factory=dict)
    _free: dict[str, float] = field(default_factory=dict)

    def wait(self, host: str) -> None:
        """Sleep until the host may be asked again, then count the request."""
        now = self.clock.monotonic()
        due = self._free.get(host, now)
        if due > now:
            self.clock.sleep(due - now)
        self._free[host] = max(now, due) + (1.0 / self.rate if self.rate > 0 else 0.0)

    def hold(self, host: str, seconds: float) -> None:
        """Ask the host no sooner than after so many seconds."""
        self._free[host] = max(self._free.get(host, 0.0), self.clock.monotonic() + seconds)

    def close(self, host: str, reason: str) -> None:
        """Leave the host alone for the rest of the run."""
        self.closed[host] = reason
