"""What outlooks say of themselves and why they refuse, in English and Chinese.

Examples
--------
>>> say("in_hand")[0]
'The target is met already, whatever the rest of the year brings.'
>>> days(1), days(21)
('1 day', '21 days')
>>> in_chinese(refused("none_in_year", site="A", year=2018, first="2015-01-01", last="2017-12-31"))
'A在2018年没有有效数据（数据自2015-01-01至2017-12-31）。'
"""

from __future__ import annotations

from typing import Final

from airq.errors import AirqError, MissingData

__all__ = ["Refused", "Said", "days", "in_chinese", "refused", "say"]

Said = tuple[str, str]
"""A sentence in English and in Chinese."""

_SENTENCES: Final[dict[str, Said]] = {
    # Reservations of an outlook.
    "gap_days": (
        "{n} of the days so far {have} no value: {they} neither way; coming days are taken to be valid.",
        "至今有{n}天没有有效值，两边都不计；余下各天按均有效推算。",
    ),
    "gap_days_of_a_year": (
        "{n} of the days of {year} {have} no value: {they} neither way.",
        "{year}年有{n}天没有有效值，两边都不计。",
    ),
    "silent": (
        "The last observation is of {last}, {days} before the day of issue; the days since are simulated.",
        "最后一次观测在{last}，早于起报日{n}天，其后各天按模拟计。",
    ),
    "silent_end": (
        "The last observation of {year} is of {last}; the {days} after it {are} simulated.",
        "{year}年最后一次观测在{last}，其后{n}天按模拟计。",
    ),
    "insufficient": ("The {days} that {are} left {do} not suffice.", "余下的{n}天已不足以完成目标。"),
    "in_hand": (
        "The target is met already, whatever the rest of the year brings.",
        "无论余下的日子如何，目标已经完成。",
    ),
    "lost": (
        "The target is missed already, whatever the rest of the year brings.",
        "无论余下的日子如何，目标已经不能完成。",
    ),
    "shipped_drift": (
        "There is no year with another before it, so the drift rests on the shipped table alone.",
        "没有连续的两个年份，趋势只取自随附的系数表。",
    ),
    "not_begun": (
        "{year} is not begun: its level is the greater part of the doubt.",
        "{year}年尚未开始，其水平是不确定的主要来源。",
    ),
    "all_still": (
        "Every known value of {names} is the same, as of a stuck monitor: the figures are not to be relied on.",
        "{names}的全部已知值都相同，像是仪器卡住，结果不可依据。",
    ),
    "still": (
        "{name} is {value:g} on all {days} with a value from {first} to {last}, as of a stuck monitor: the figures are "
        "not to be relied on.",
        "{name}自{first}至{last}的{n}个有效日都是{value:g}，像是仪器卡住，结果不可依据。",
    ),
    "thin_year": (
        "{year} has {days} with a value: the outlook rests on the other years.",
        "{year}年只有{n}天有值，推算依据其他年份。",
    ),
    "thin_base": (
        "The base year {year} has {number} valid days and {judged} {has} {other}: the two are not like for like.",
        "基准年{year}年有{number}个有效日，{judged}年为{other}个，两者不可直接比较。",
    ),
    "index_simulated": (
        "The AQI itself is simulated, for the frame lacks pollutants that make it.",
        "数据缺少构成AQI的污染物，余下各天直接模拟AQI。",
    ),
    "index_of_few": (
        "Only {names} enter the AQI of the coming days.",
        "余下各天的AQI只由{names}计算。",
    ),
    "index_of_too_few": (
        "Only {names} {enter} the AQI, of past days too: {lacking} may add bad days, so that nothing is certain.",
        "AQI（包括已过去的日子）只由{names}计算；{lacking}可能带来更多污染天，因此没有确定的结论。",
    ),
    "other_edition": (
        "The frame's AQI is of another edition; past days are counted from the concentrations.",
        "数据中的AQI属于另一版本，已过去的日子按浓度重新计算。",
    ),
    "other_edition_as_given": (
        "The frame's AQI may be of another edition than the one asked for, and there are no concentrations to compute "
        "it from: its days are counted as given.",
        "数据中的AQI可能属于另一版本，又没有浓度可以重新计算，各日按所给的AQI计。",
    ),
    "withheld": (
        "HJ 663 would withhold the mean of {year}: {why}.",
        "按HJ 663，{year}年均值有效性不足：{why_zh}。",
    ),
    "shared_luck": (
        "The sites share the days that are drawn and the luck of the year, so their chances go together.",
        "各地抽取相同的日子和年度偶然性，因此完成与否彼此相关。",
    ),
    # What a frame held.
    "below_zero": (
        "{name}: {n} value{s} of zero or below count{v} as missing.",
        "{name}：{n}个零或负值按缺测计。",
    ),
    "too_high": (
        "{name}: {n} value{s} above {top:g} count{v} as missing.",
        "{name}：{n}个大于{top:g}的值按缺测计。",
    ),
    "twice": (
        "{days} stood more than once; the mean of their values is taken.",
        "{n}天有重复记录，取各记录的均值。",
    ),
    # Years of attainment.
    "short_year": (
        "{year} has {days} of the {least} that a mean needs; it is left out.",
        "{year}年有{n}个有效日，不足{least}天，其均值不用。",
    ),
    "one_year": (
        "One annual mean only: no drift is known, the years ahead are that level with its noise.",
        "只有一个年均值，趋势未知；以后各年按同一水平加年际波动推算。",
    ),
    "simulated_year": (
        "{year} is simulated from its {days} of observations up to {last}, with {drift} drift.",
        "{year}年由截至{last}的{n}天观测推算，采用{drift_zh}。",
    ),
    # Refusals.
    "none_in_year": (
        "site '{site}' has no valid day in {year}; its data begin on {first} and end on {last}, choose a target year "
        "among them.",
        "{site}在{year}年没有有效数据（数据自{first}至{last}）。",
    ),
    "few_in_year": (
        "site '{site}' has {days} in {year}, too few to judge the year; give the missing ones.",
        "{site}在{year}年只有{n}个有效日，不足以判断全年。",
    ),
    "none_in_base": (
        "site '{site}' has no valid day in the base year {year}; give change.base, its figure.",
        "{site}在基准年{year}年没有有效数据，请给出基准值。",
    ),
    "few_in_base": (
        "site '{site}' has {days} in the base year {year}, too few to compare with; give change.base, its figure.",
        "{site}在基准年{year}年只有{n}个有效日，不足以作为比较的基准。",
    ),
    "long_silence": (
        "the last observation of site '{site}' is of {last}, {days} before {asof}; choose an earlier asof or give newer "
        "data.",
        "{site}最后一次观测在{last}，早于{asof}{n}天，相隔太久，无法推算。",
    ),
    "unknown_days": (
        "site '{site}' is not judged in {year}: {days} {have} no value and could change the verdict; give the missing "
        "ones.",
        "{site}{year}年有{n}天没有有效值，足以改变结论，因此不作判断。",
    ),
    "few_before": (
        "site '{site}' has {days} with a value before {year}, too few to say anything of the rest of the year; give a "
        "frame that holds at least the year {before}.",
        "{site}在{year}年以前只有{n}天有值，不足以推算全年余下的日子。",
    ),
    "no_index": (
        "site '{site}' has no AQI, and without {lacking} its {kind} days cannot be counted; give a frame with aqi, or "
        "with pm25, pm10 and o3.",
        "{site}没有AQI，又缺少{lacking}，无法统计{kind_zh}天数。",
    ),
    "index_of_other_edition": (
        "site '{site}' has an AQI of another edition and no concentrations to compute the AQI of {standard}; give them, "
        "or leave out the standard.",
        "{site}的AQI属于另一版本，又没有浓度，无法按{standard}计算。",
    ),
    "no_annual_mean": (
        "attainment needs at least one annual mean; give a year with a figure.",
        "没有有效的年均值，无法推算达标年份。",
    ),
    "three_years": (
        "a three-year mean of {year} needs the annual means of {first} and {second}; give both.",
        "{year}年的三年平均需要{first}年和{second}年的年均值。",
    ),
}


class Refused(MissingData):
    """A refusal with its Chinese form, for pages.

    Attributes
    ----------
    zh : str
    """

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.zh = zh


def days(number: int, what: str = "day") -> str:
    """A number of days in English.

    Examples
    --------
    >>> days(1, "valid day")
    '1 valid day'
    """
    return f"{number} {what}{'' if number == 1 else 's'}"


def say(key: str, **values: object) -> Said:
    """A sentence in both languages.

    Examples
    --------
    >>> say("not_begun", year=2019)[1]
    '2019年尚未开始，其水平是不确定的主要来源。'
    """
    en, zh = _SENTENCES[key]
    return en.format(**values), zh.format(**values)


def refused(key: str, **values: object) -> Refused:
    """A refusal in both languages."""
    return Refused(*say(key, **values))


def in_chinese(error: AirqError) -> str:
    """Chinese sentence of a refusal, for a page; what kind it is where it has none of its own.

    Examples
    --------
    >>> in_chinese(MissingData("no value.")), in_chinese(AirqError("wrong."))
    ('数据不足，无法推算。', '目标或参数写法有误，无法推算。')
    """
    if isinstance(error, Refused):
        return error.zh
    return "数据不足，无法推算。" if isinstance(error, MissingData) else "目标或参数写法有误，无法推算。"
