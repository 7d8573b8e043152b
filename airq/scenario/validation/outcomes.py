"""What a validation test returns: one number with its interval, beside the figure asked for.

Examples
--------
>>> one = share("T3", "placebo_alerts", hits=21, n=400, most=0.07)
>>> one.value, round(one.low, 3), round(one.high, 3), one.passed
(0.0525, 0.033, 0.079, True)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import beta

from airq.texts import items

__all__ = ["Outcome", "Validation", "binomial", "ratio", "share"]

Array = npt.NDArray[np.float64]
_RESAMPLES = 2000
_LONG = ("rows", "effects", "counties", "species", "archive")


@dataclass(frozen=True)
class Outcome:
    """One number of a test.

    Attributes
    ----------
    test : str
        ``T1`` to ``T7``.
    name : str
        What was measured.
    value, low, high : float
        The number and its 95 % interval (binomial for shares; NaN where none applies).
    n : int
        Cases behind it.
    least, most : float
        Figure asked for, ends included; NaN where none is asked.
    detail : str
        What the number stands beside, such as a naive answer in the same run.
    """

    test: str
    name: str
    value: float
    low: float
    high: float
    n: int
    least: float = float("nan")
    most: float = float("nan")
    detail: str = ""

    @property
    def passed(self) -> bool | None:
        """Whether the number lies within what is asked; None where nothing is."""
        if np.isnan(self.least) and np.isnan(self.most):
            return None
        below = np.isnan(self.least) or self.value >= self.least
        return bool(below and (np.isnan(self.most) or self.value <= self.most))


@dataclass(frozen=True, eq=False)
class Validation:
    """All tests of one run.

    Attributes
    ----------
    outcomes : tuple of Outcome
    tables : dict of str to pandas.DataFrame
        What stands behind them: ``priors`` (T5), ``scores`` (T2), ``rows`` and ``effects`` (each hindcast), ``counties``
        (T4), ``species`` (T6), ``official`` (city figures); of an archive of one's own ``archive``, ``archive_scores``,
        ``archive_species``.
    seconds : dict of str to float
        Processor time of each test.
    quick : bool
        Fewer cases than the figures ask for: shows that everything runs, not that it is met.
    seed : int
    official : OfficialHindcast or None
        Hindcast on the official city figures, whose notes go with it.
    """

    outcomes: tuple[Outcome, ...]
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    quick: bool = False
    seed: int = 0
    official: Any = None

    @property
    def passed(self) -> bool | None:
        """Whether no number misses what is asked of it; None after a quick run, which has too few cases to judge."""
        return None if self.quick else not any(o.passed is False for o in self.outcomes)

    def notes(self, lang: str = "en") -> tuple[str, ...]:
        """What must stand beside the numbers, in Chinese or English."""
        seconds = f"{sum(self.seconds.values()):.0f}"
        zh = [f"处理器用时{seconds}秒，种子{self.seed}。"]
        en = [f"{seconds} s of processor time, seed {self.seed}."]
        if self.quick:
            zh.insert(0, "快速运行：样本数少于要求，只表明各项能运行，不表明达到要求。")
            en.insert(0, "A quick run with fewer cases than asked for: it shows that everything runs, not that the figures are met.")  # fmt: skip
        zh.append("模拟序列与模拟档案由本软件生成，真值已知；校准所用的官方数字未进入任何预测。")
        en.append("The series and archives are simulated with known truth; no figure that the simulation is calibrated to enters what foretells them.")  # fmt: skip
        if "archive" in self.tables:
            own = self.tables["archive"]
            places, seasons = own["place"].nunique(), own["season"].nunique()
            zh.append(f"所给档案：{places}地、{seasons}个采暖季，各地天气相同，数目太少，不作技巧声明。")
            en.append(f"The archive given has {places} places and {seasons} seasons, which they share: too few to claim skill.")  # fmt: skip
            if not any(o.name == "archive_effect_coverage" for o in self.outcomes):
                zh.append("措施取自清单，清单只列昌吉州的措施，邻近城市自身的措施不在其中。")
                en.append("The measures are the register's, which holds those of the prefecture alone and none of its neighbours.")  # fmt: skip
        more = tuple(self.official.notes(lang)) if self.official is not None else ()
        return (*(zh if lang == "zh" else en), *more)

    def to_frame(self) -> pd.DataFrame:
        """One row a number: test, name, value, low, high, n, least, most, passed, detail."""
        rows = [{k: v for k, v in vars(o).items() if k != "detail"} | {"passed": None if self.quick else o.passed, "detail": o.detail} for o in self.outcomes]  # fmt: skip
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "passed": self.passed,
            "quick": self.quick,
            "seed": self.seed,
            "outcomes": self.to_frame().to_dict("records"),
            "tables": {k: v.to_dict("records") for k, v in self.tables.items() if k not in _LONG},
            "seconds": self.seconds,
            "notes": list(self.notes()),
        }

    def _repr_html_(self) -> str:
        table: str = self.to_frame().round(3).to_html(index=False, na_rep="–")
        return f"{table}<ul>{items(self.notes())}</ul>"


def binomial(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share (Clopper & Pearson 1934).

    Examples
    --------
    >>> tuple(round(v, 3) for v in binomial(20, 20)), tuple(round(v, 3) for v in binomial(0, 20))
    ((0.832, 1.0), (0.0, 0.168))
    """
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, hits, n - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return low, high


def share(
    test: str, name: str, hits: int, n: int, least: float = np.nan, most: float = np.nan, detail: str = ""
) -> Outcome:
    """A share of cases with its binomial interval."""
    low, high = binomial(int(hits), n)
    return Outcome(test, name, float(hits) / n, low, high, n, least, most, detail)


def ratio(
    test: str,
    name: str,
    above: Array,
    below: Array,
    groups: npt.NDArray[np.int64] | None = None,
    offset: float = -1.0,
    sign: float = 1.0,
    least: float = np.nan,
    most: float = np.nan,
    detail: str = "",
) -> Outcome:
    """``sign`` × (Σ above / Σ below + ``offset``), whole groups resampled for its interval.

    Parameters
    ----------
    test, name : str
    above, below : array (case,)
        Estimates and truths for a bias; scores of a method and of a naive one for a skill (``sign`` −1).
    groups : int array (case,), optional
        Cases of one group (a simulated world) stand or fall together; each its own by default.
    offset, sign : float
    least, most, detail
        As :class:`Outcome`.

    Examples
    --------
    >>> one = ratio("T2", "skill", np.array([1.0, 2, 1]), np.array([2.0, 4, 2]), sign=-1)
    >>> one.value, one.low, one.high, one.n
    (0.5, 0.5, 0.5, 3)
    """
    names, at = np.unique(np.arange(len(above)) if groups is None else groups, return_inverse=True)
    top, bottom = (np.bincount(at, np.asarray(v, dtype=np.float64), len(names)) for v in (above, below))
    rng = np.random.default_rng(5)
    drawn = rng.integers(0, len(names), (_RESAMPLES, len(names)))
    values = sign * (top[drawn].sum(axis=1) / bottom[drawn].sum(axis=1) + offset)
    low, high = np.quantile(values, (0.025, 0.975))
    value = sign * (top.sum() / bottom.sum() + offset)
    return Outcome(test, name, float(value), float(low), float(high), len(names), least, most, detail)
