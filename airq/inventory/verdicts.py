"""The verdict on a claim in one sentence, Chinese and English, from what the audit found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airq.inventory import bands
from airq.inventory.activity import defaults

if TYPE_CHECKING:
    from airq.inventory.auditing import ClaimAudit
    from airq.inventory.comparison import Ratio

__all__ = ["verdict"]

_NAMES: Final = {
    "so2": ("二氧化硫", "SO2"),
    "nox": ("氮氧化物", "NOx"),
    "pm": ("颗粒物", "particulate"),
    "voc": ("VOC", "VOC"),
    "co2": ("二氧化碳", "CO2"),
}


def _number(value: float) -> str:
    return f"{value:.4f}" if 0.01 <= abs(value) < 1000 else f"{value:.4g}"


def _percent(chance: float) -> str:
    if chance < 1e-5:
        return "0.001 %"
    return f"{100 * chance:.0f} %" if chance >= 0.1 else f"{100 * chance:.2g} %"


def _draws(share: float) -> tuple[str, str]:
    if share == 0:
        return "没有一次抽样达到", "is as high in none of the draws"
    return f"只有{_percent(share)}的抽样达到", f"is as high in {_percent(share)} of the draws"


def verdict(row: ClaimAudit) -> tuple[str, str]:
    """Sentences of a claim.

    Parameters
    ----------
    row : ClaimAudit
        With everything but its verdict.

    Returns
    -------
    (str, str)
        Chinese and English, the judgement first.
    """
    tell = (_origin, _particulate, _outside, _carbon, _estimate, _share, _contribution, _money, _solved)
    parts = [p for t in tell if (p := t(row))]
    if not parts:
        return (
            "没有可核算的吨数，只作为说法保存。",
            "It states no tonnes that could be checked and is kept as a statement only.",
        )
    en = "; ".join(p[1] for p in parts)
    return "；".join(p[0] for p in parts) + "。", f"{en[0].upper()}{en[1:]}."


def _listed(row: ClaimAudit) -> tuple[str, str]:
    shown = [(p, v) for p, v in row.factors.items() if p != "co2"]
    zh = "、".join(f"{_NAMES[p][0]}{_number(v)}" for p, v in shown)
    en = ", ".join(f"{_NAMES[p][1]} {_number(v)}" for p, v in shown)
    return zh, en


def _origin(row: ClaimAudit) -> tuple[str, str] | None:
    zh, en = _listed(row)
    if row.fingerprint == "uniform":
        less, under = ("不到", "less than") if row.chance < 1e-5 else ("约", "about")
        coarse = row.evidence.coarse_chance
        doubt_zh, doubt_en = (f"，末尾的零若为取整则为{_percent(coarse)}", f", {_percent(coarse)} if the zeros at the end are rounding") if coarse > 0.05 else ("", "")  # fmt: skip
        return (
            f"是系数表而不是清单：每吨煤{zh}千克都是整齐的数乘同一煤量（偶然如此的概率{less}{_percent(row.chance)}{doubt_zh}）",
            f"a table and no inventory: {en} kg per t are round numbers times the same coal (by accident with a chance of {under} {_percent(row.chance)}{doubt_en})",
        )
    if row.fingerprint == "plausible":
        return (
            f"可能出自统一系数表，但所给位数不足以断定：每吨煤{zh}千克（偶然概率{_percent(row.chance)}）",
            f"it may come from one table of factors, but the digits given cannot settle it: {en} kg per t of coal (chance by accident {_percent(row.chance)})",
        )
    if en:
        single = len([p for p in row.factors if p != "co2"]) == 1
        why = ("只有一种污染物，看不出规律", "a single pollutant shows no pattern") if single else ("没有统一系数表的痕迹", "with no sign of one table of factors")  # fmt: skip
        return f"每吨煤{zh}千克，{why[0]}", f"{en} kg per t of coal, {why[1]}"
    if any(f"{p}_t" in row.claim.figures for p in _NAMES) and not row.factors:
        if row.claim.value("coal_t") == 0:
            return "煤量为零，无法求出系数", "its coal is zero, so no factor can be formed"
        return "未给出煤量，无法求出系数", "it states no coal, so no factor can be formed"
    return None


def _particulate(row: ClaimAudit) -> tuple[str, str] | None:
    if row.pm_can_be_pm25 is not False or row.pm25_chance is None:
        return None
    counted = bool(row.claim.value("homes") or row.claim.value("boilers"))
    zh, en = (
        ("这些农户和锅炉", "for these homes and boilers")
        if counted
        else ("最脏的散煤炉具", "even for raw coal in stoves")
    )
    value = _number(row.factors["pm"])
    seldom = _draws(row.pm25_chance)
    return (
        f"每吨煤{value}千克的颗粒物不可能是PM2.5，至多是总尘（{zh}的PM2.5系数{seldom[0]}）",
        f"{value} kg of particulate per t cannot be PM2.5, at most total dust (the PM2.5 factor {en} {seldom[1]})",
    )


def _outside(row: ClaimAudit) -> tuple[str, str] | None:
    """Factors that neither stoves nor boilers have."""
    named = {"so2": "SO2", "nox": "NOx", "pm": "TSP"}
    found = []
    for key, pollutant in named.items():
        limits = [b["bands"][pollutant] for b in bands.load()["factor"] if b["id"] in ("home_coal", "boiler_coal") and pollutant in b["bands"]]  # fmt: skip
        value = row.factors.get(key, 0.0)
        low, high = min(v[0] for v in limits), max(v[1] for v in limits)
        if value and not low <= value <= high:
            found.append((f"{_NAMES[key][0]}{_number(value)}（{low:g}至{high:g}）", f"{_NAMES[key][1]} {_number(value)} ({low:g} to {high:g})"))  # fmt: skip
    if not found:
        return None
    return (
        f"超出炉具和锅炉可能的范围：{'、'.join(f[0] for f in found)}千克/吨",
        f"outside what stoves and boilers can emit: {', '.join(f[1] for f in found)} kg per t",
    )


def _carbon(row: ClaimAudit) -> tuple[str, str] | None:
    if row.co2_per_coal is None:
        return None
    value = _number(row.co2_per_coal)
    table = defaults()["coal"]
    raw = f"{table['standard_coal']} × {table['co2_per_standard_coal']}"
    if row.co2_match == "raw coal":
        return (
            f"二氧化碳每吨煤{value}吨，即{raw}的折标默认值，未扣替代能源",
            f"CO2 of {value} t per t is the default {raw} and leaves out the energy that takes the coal's place",
        )
    if row.co2_match == "standard coal":
        return (
            f"二氧化碳每吨煤{value}吨，是标准煤的系数{table['co2_per_standard_coal']}用在了原煤上",
            f"CO2 of {value} t per t is the factor {table['co2_per_standard_coal']} of standard coal put on raw coal",
        )
    if row.co2_per_coal and not 1.5 <= row.co2_per_coal <= 2.6:
        return (
            f"二氧化碳每吨煤{value}吨，超出1.5至2.6",
            f"CO2 of {value} t per t of coal is outside 1.5 to 2.6",
        )
    return f"二氧化碳每吨煤{value}吨", f"CO2 is {value} t per t of coal"


def _estimate(row: ClaimAudit) -> tuple[str, str] | None:
    """Where the claim lies outside the own estimate; what lies inside is named without numbers."""
    shown = [r for r in row.ratios if r.what not in ("PM10", "TSP")]
    if not shown:
        return None
    off = [r for r in shown if not r.low <= 1 <= r.high]
    fits = [r for r in shown if r.low <= 1 <= r.high]
    zh, en = [], []
    if off:
        zh.append("与本库估算之比" + "、".join(f"{_zh(r)} {_times(r)}" for r in off))
        en.append("over the own estimate " + ", ".join(f"{_en(r)} {_times(r)}" for r in off))
    if fits:
        zh.append("、".join(_zh(r) for r in fits) + "在本库估算的区间内")
        en.append(" and ".join(_en(r) for r in fits) + " within the own estimate")
    return "，".join(zh), ", ".join(en)


def _times(r: Ratio) -> str:
    return f"{r.ratio:.2g} [{r.low:.2g}–{r.high:.2g}]"


def _zh(r: Ratio) -> str:
    return {"coal": "煤", "PM25": "颗粒物对PM2.5"}.get(r.what, r.what)


def _en(r: Ratio) -> str:
    return {"PM25": "particulate to PM2.5"}.get(r.what, r.what)


def _share(row: ClaimAudit) -> tuple[str, str] | None:
    if not row.shares:
        return None
    zh = "、".join(f"{_NAMES[p][0]}占{100 * v:.0f} %" for p, v in row.shares.items())
    en = ", ".join(f"{_NAMES[p][1]} {100 * v:.0f} %" for p, v in row.shares.items())
    return f"在所公布的“十四五”总减排量中{zh}", f"of the stated totals of 2021–2025 it is {en}"


def _contribution(row: ClaimAudit) -> tuple[str, str] | None:
    if not row.disagreements:
        text = row.claim.texts.get("share_text", "")
        if "%" not in text and "％" not in text:
            return None
        return (
            f"“{text}”是贡献率而不是吨数，只作为说法保存",
            f"'{text}' is a contribution and no tonnes, kept as a statement",
        )
    other, ratio = max(row.disagreements.items(), key=lambda d: max(d[1], 1 / d[1]))
    return (
        f"按每户计的贡献率是“{other}”的{ratio:.2g}倍，两种说法不能并存",
        f"its contribution per home is {ratio:.2g} times that of '{other}', so the two do not agree",
    )


def _money(row: ClaimAudit) -> tuple[str, str] | None:
    if row.yuan_per_home is None:
        return None
    return f"每户{row.yuan_per_home:,.0f}元", f"{row.yuan_per_home:,.0f} yuan a home"


def _solved(row: ClaimAudit) -> tuple[str, str] | None:
    done = [s for s in row.solutions if not s.refused]
    if len(done) != 1:
        return None
    s = done[0]
    other = s.claims[1] if s.claims[0] == row.id else s.claims[0]
    return (
        f"与“{other}”联立得每户{s.per_home:.2f}吨煤、每台锅炉{s.per_boiler:,.0f}吨煤",
        f"solved together with '{other}' it gives {s.per_home:.2f} t of coal per home and {s.per_boiler:,.0f} t per boiler",
    )
