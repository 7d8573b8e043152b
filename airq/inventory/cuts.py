"""From a measure to the tonnes it cuts, as products of random inputs.

cut = activity × factor × (1 − existing control) × penetration × share in use × efficiency, less what takes its place.

Nothing is drawn here: a cut is a sum of terms, each a number times the draws of some inputs. Measures that share an
intensity or a factor share its draws, and sums of terms stay sums draw by draw.

Examples
--------
>>> from airq.inventory.register import load
>>> rows = load().table.set_index("measure_id", drop=False)
>>> table = Tables.load()
>>> found = cut(rows.loc["15fyp-home-01"].to_dict(), "PM25", table)
>>> [(round(c), [i.id for i in inputs]) for inputs, c in found.gross.items()]
[(858, ['coal-per-home', 'stove-raw-pm25'])]
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from airq.errors import ParameterError
from airq.inventory import schema
from airq.inventory.activity import Amount, amounts, defaults, yearly
from airq.inventory.factor_rows import ratings
from airq.inventory.factors import Factor, Factors
from airq.inventory.intensities import Activities, Input
from airq.texts import Note, spoken

__all__ = ["Cut", "Missing", "Tables", "Terms", "add", "cut", "cuts", "scaled"]

Terms = dict[tuple[Input, ...], float]
"""Tonnes a year as products: the inputs whose draws are multiplied, and the number in front."""

_PARTICLES: Final = ("PM25", "PM10", "TSP")
_NAN: Final = float("nan")
_DEFAULT_RATING: Final = "C"  # a user's own factor without a spread


@dataclass(frozen=True)
class Tables:
    """Factors and intensities that a calculation uses.

    Attributes
    ----------
    factors : Factors
    activities : Activities
    swap_share : float or None
        Share of closed capacity that runs on elsewhere (``leakage`` capacity_swap); None if not known.
    """

    factors: Factors
    activities: Activities
    swap_share: float | None = None

    @classmethod
    def load(
        cls,
        factors: Factors | None = None,
        activities: Activities | None = None,
        swap_share: float | None = None,
    ) -> Tables:
        """The project's tables, or those given.

        Raises
        ------
        ParameterError
            If the swapped share is not within 0 to 1.
        """
        if swap_share is not None and not 0 <= swap_share <= 1:
            raise ParameterError(f"the swapped share {swap_share} is not within 0 to 1; give a fraction.")
        return cls(factors or Factors.load(), activities or Activities.load(), swap_share)


@dataclass(frozen=True)
class Cut:
    """What one measure cuts of one pollutant.

    Attributes
    ----------
    measure_id, pollutant : str
    gross : Terms
        Before anything takes its place.
    net : Terms
        Less what takes its place, where that is known; else as ``gross``.
    basis : str
        ``net``, or why it is gross.
    efficiency : float
        Share taken away, for measures that act one after the other.
    """

    measure_id: str
    pollutant: str
    gross: Terms = field(default_factory=dict)
    net: Terms = field(default_factory=dict)
    basis: str = "net"
    efficiency: float = 1.0


@dataclass(frozen=True)
class Missing:
    """Why a measure has no tonnes of a pollutant.

    Attributes
    ----------
    measure_id, pollutant : str
    needs : str
        ``a factor``, ``an activity``, ``an efficiency``, ``a technology``.
    sentence : str
    """

    measure_id: str
    pollutant: str
    needs: str
    sentence: str


def add(*several: Mapping[tuple[Input, ...], float]) -> Terms:
    """Sum of terms."""
    out: Terms = {}
    for terms in several:
        for inputs, number in terms.items():
            out[inputs] = out.get(inputs, 0.0) + number
    return out


def scaled(terms: Mapping[tuple[Input, ...], float], by: float) -> Terms:
    """Terms times a number."""
    return {inputs: number * by for inputs, number in terms.items()} if by else {}


def _factor_input(factor: Factor) -> tuple[float, Input | None]:
    if factor.distribution == "fixed":
        return factor.value, None
    if factor.distribution == "lognormal":
        return factor.value, Input(factor.factor_id, factor.draws_as, "lognormal", factor.gsd, kind="factor")
    made = Input(
        factor.factor_id, factor.draws_as, "triangular", 1.0, factor.value, factor.low, factor.high, "factor"
    )
    return 1.0, made


def _own_factor(row: Mapping[str, Any], pollutant: str) -> tuple[float, str, Input | None] | None:
    """A user's own factor: value, unit, and the draws that rows with the same factor share."""
    value = row.get(f"ef_{pollutant.lower()}", float("nan"))
    if value != value:
        return None
    gsd = row.get("ef_gsd", float("nan"))
    gsd = gsd if gsd == gsd else ratings()[_DEFAULT_RATING]
    # Sizes of particles from one source move together, so that a draw keeps PM2.5 within PM10.
    kind = "PM" if pollutant in _PARTICLES else pollutant
    name = f"own:{row['category']}:{row.get('technology_before', '')}:{kind}"
    return (
        float(value),
        str(row["ef_unit"]),
        None if gsd == 1 else Input(name, name, "lognormal", gsd, kind="factor"),
    )


def _product(amount: Amount, factor_unit: str, value: float, source: Input | None) -> Terms | None:
    """Tonnes a year of an amount and a factor, or None if their units do not meet."""
    size = yearly(amount, factor_unit)
    if size is None:
        return None
    inputs = (*amount.inputs, *([source] if source else []))
    return {tuple(sorted(inputs, key=lambda i: (i.kind, i.id))): size * value}


def _meeting(found: list[Amount], factor_unit: str) -> Amount | None:
    return next((a for a in found if yearly(a, factor_unit) is not None), None)


def _share(row: Mapping[str, Any], column: str, otherwise: float) -> float:
    value = row.get(column, otherwise)
    return otherwise if value is None or value != value else float(value)


def cuts(
    row: Mapping[str, Any], pollutants: Iterable[str], tables: Tables
) -> tuple[list[Cut], list[Missing]]:
    """What a measure cuts of several pollutants, and what is missing.

    A measure without tonnes of any pollutant has one entry among the missing, of pollutant ``all``.

    Examples
    --------
    >>> row = {"measure_id": "a", "category": "kiln", "technology_before": "lime_kiln", "count": 2.0, "count_unit": "座"}
    >>> found, missing = cuts(row, ["PM25", "SO2"], Tables.load())
    >>> len(found), [(m.pollutant, m.needs) for m in missing]
    (0, [('all', 'a factor')])
    """
    names = tuple(pollutants)
    own = any(row.get(c, _NAN) == row.get(c, _NAN) for c in schema.OWN_FACTORS)
    if not own and not any(tables.factors.find(row["category"], row.get("technology_before", ""), row.get("fuel") or None, p) for p in names):  # fmt: skip
        made: list[Cut | Missing] = [_no_factor(row, p) for p in names[:1]]
    else:
        known = amounts(row, tables.activities)
        made = [cut(row, p, tables, known) for p in names]
    found = [c for c in made if isinstance(c, Cut)]
    missing = [c for c in made if isinstance(c, Missing)]
    if found or not missing:
        return found, missing
    # A factor without an activity says more than a pollutant without a factor.
    order = ("an efficiency", "an activity", "a factor", "a technology")
    first = min(missing, key=lambda m: order.index(m.needs))
    one = first.pollutant
    sentence = first.sentence
    if first.needs not in order[:2]:
        column, columns = f"ef_{one.lower()}", "ef_pm25, ef_so2 …"
        en = sentence.replace(f"a factor of {one}", "factors").replace(column, columns).replace("your own factor in", "your own in")  # fmt: skip
        zh = spoken(sentence, "zh").replace(f"{one}的因子", "因子").replace(f"的{one}因子", "的因子").replace(column, columns)  # fmt: skip
        sentence = Note(en, zh)
    return [], [Missing(first.measure_id, "all", first.needs, sentence)]


def cut(
    row: Mapping[str, Any], pollutant: str, tables: Tables, known: list[Amount] | None = None
) -> Cut | Missing:
    """What a measure cuts of a pollutant.

    Parameters
    ----------
    row : mapping
        A row of the register.
    pollutant : str
        One of :data:`airq.inventory.schema.POLLUTANTS`.
    tables : Tables
    known : list of Amount, optional
        Its activities, if they are at hand.

    Returns
    -------
    Cut or Missing
    """
    name, technology = row["measure_id"], row.get("technology_before", "")
    own = _own_factor(row, pollutant)
    factor = (
        None if own else tables.factors.find(row["category"], technology, row.get("fuel") or None, pollutant)
    )
    if own:
        value, text, source = own
    elif factor is not None:
        text = factor.unit
        value, source = _factor_input(factor)
    else:
        return _no_factor(row, pollutant)
    known = amounts(row, tables.activities) if known is None else known
    amount = _meeting(known, text)
    if amount is None:
        return _no_activity(row, pollutant, text, known)
    efficiency = _share(row, "efficiency", float("nan"))
    if efficiency != efficiency:
        if row["category"] not in defaults()["ends"]["categories"]:
            what = schema.word("category", row["category"])
            return Missing(name, pollutant, "an efficiency", Note(f"'{name}' needs an efficiency: a measure of {what.en} takes a share of the emission away; fill in the column efficiency.", f"“{name}”缺效率：{what.zh}的措施去除排放的一部分；请填写efficiency列。"))  # fmt: skip
        efficiency = 1.0
    whole = _share(row, "penetration", 1.0) * _share(row, "active_share", 1.0) * efficiency
    whole *= 1 - _share(row, "control", 0.0)
    whole *= -1.0 if row["category"] == "growth" else 1.0
    gross = scaled(_product(amount, text, value, source) or {}, whole)
    replaced, basis = _replacement(row, pollutant, known, tables, gross, whole)
    return Cut(
        name, pollutant, gross, add(gross, scaled(replaced, -1.0)) if replaced else gross, basis, efficiency
    )


def _no_factor(row: Mapping[str, Any], pollutant: str) -> Missing:
    name, technology = row["measure_id"], row.get("technology_before", "")
    if not technology:
        return Missing(name, pollutant, "a technology", Note(f"'{name}' needs a factor of {pollutant}: it does not say which technology ends; give your own factor in the columns ef_unit and ef_{pollutant.lower()}.", f"“{name}”缺{pollutant}的因子：没有说明淘汰的是什么技术；请在ef_unit和ef_{pollutant.lower()}列给出自己的因子。"))  # fmt: skip
    return Missing(name, pollutant, "a factor", Note(f"'{name}' needs a factor of {pollutant} for {technology}: none with a source is on file; give your own in the columns ef_unit and ef_{pollutant.lower()}.", f"“{name}”缺{technology}的{pollutant}因子：没有带来源的因子；请在ef_unit和ef_{pollutant.lower()}列给出自己的。"))  # fmt: skip


def _no_activity(row: Mapping[str, Any], pollutant: str, text: str, known: list[Amount]) -> Missing:
    name = row["measure_id"]
    stated = ", ".join(dict.fromkeys(str(a.size.unit) for a in known))
    return Missing(name, pollutant, "an activity", Note(f"'{name}' needs an activity for a factor in {text}: it states {stated or 'no amount'}; fill in activity and activity_unit.", f"“{name}”缺活动量（因子单位为{text}）：只写了{stated or '零个数量'}；请填写activity和activity_unit列。"))  # fmt: skip


def _replacement(
    row: Mapping[str, Any], pollutant: str, known: list[Amount], tables: Tables, gross: Terms, whole: float
) -> tuple[Terms, str]:
    """What takes the place of the emission that ends, and on what basis the cut then stands."""
    after, leakage = row.get("technology_after", ""), row.get("leakage", "none")
    if leakage == "capacity_swap":
        if tables.swap_share is None:
            return {}, "gross: the share of capacity that runs on elsewhere is not known"
        return scaled(gross, tables.swap_share), "net"
    if not after and leakage == "replacement_vehicle":
        given = defaults()["replacement_vehicle"]
        if pollutant in given["same"]:
            return gross, "net"
        after = given.get(row.get("technology_before", ""), "")
    if not after:
        said = {"replacement_energy": "gross: what gives the heat now is not stated", "replacement_vehicle": "gross: the replacing vehicle is not known"}  # fmt: skip
        return {}, said.get(leakage, "net")
    factor = tables.factors.find(row["category"], after, None, pollutant)
    if factor is None:
        return {}, f"gross: {after} needs a factor of {pollutant}"
    amount = _meeting(known, factor.unit)
    if amount is None:
        return {}, f"gross: no activity for the factor of {after} in {factor.unit}"
    value, source = _factor_input(factor)
    terms = _product(amount, factor.unit, value, source) or {}
    efficiency = _share(row, "efficiency", 1.0)
    return scaled(terms, whole / efficiency if efficiency else 0.0), "net"
