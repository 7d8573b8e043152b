"""The ranking as a page shows it: where the place stands in sentences, then the tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from IPython.display import Markdown

from airq import places
from airq.analysis import CountyMonth
from airq.figures import labels
from airq.figures.labels import Language
from airq.reports import numbers, tables, text
from airq.reports.numbers import plain, rounded, signed, signed_share
from airq.reports.provenance import section_ref
from airq.reports.tables import Html, Number

__all__ = ["find", "ordinal", "own_row", "show", "standing"]

Part = Any
_WORDS: Final[dict[str, tuple[str, str]]] = {
    "heading": ("排名", "Ranking"),
    "text": (
        "位次由好到差，按印发值排列，数值相同的位次并列。六项污染物有效天数都足够的{members}参加排名。",
        "Rank 1 is the best; ranks rest on printed values and ties share a rank. Places with enough valid days of all six "
        "pollutants are ranked.",
    ),
    "compared": (
        "{name}没有统一的官方排名，下面按同样的办法比较其成员。",
        "There is no official ranking of {name}; its members are compared in the same way.",
    ),
    "outside": (
        "{name}不是{group}的县（市），不参加县（市）排名。",
        "{name} is no county of {group} and is not in the ranking of counties.",
    ),
    "outside_any": ("{name}不参加县（市）排名。", "{name} is not in the ranking of counties."),
    "beside": (
        "下面列出它在{group}各成员中的位置，供参考。",
        "Its place among the members of {group} is given for reference.",
    ),
    "own_apart": ("{name}本期不参加排名：{reason}", "{name} is not ranked in this period: {reason}"),
    "apart": ("不参加排名：{listed}", "Not ranked: {listed}"),
    "place": ("县（市）", "County"),
    "member": ("地区", "Member"),
    "rank": ("位次", "Rank"),
    "now": ("本期", "This period"),
    "better": ("同比变化和改善位次", "Change on last year, rank by improvement"),
    "composite": ("综合指数", "Composite index"),
    "good_days": ("优良天数 (天)", "Good days (d)"),
    "mean_pm25": ("PM₂.₅ (µg/m³)", "PM₂.₅ (µg/m³)"),
    "note": (
        "改善位次：综合指数按印发值的降幅，PM₂.₅按未修约值的降幅，优良天数按增加的天数，第1位改善最多；上年同期数据不足的不排改善位次。",
        "Improvement: by the fall in percent of the printed composite index and of the unrounded PM₂.₅, by days gained for "
        "good days; rank 1 improved most. Places without enough data last year have none.",
    ),
}
_CRITERIA: Final = ("composite", "good_days", "mean_pm25")


def _word(key: str, lang: Language, **values: object) -> str:
    return labels.pick(_WORDS[key], lang, **values)


def find(data: Mapping[str, Any], place: str) -> tuple[int, bool] | None:
    """Number of the ranking that a page of a place shows, and whether the place is in a ranking of counties.

    Parameters
    ----------
    data : mapping
        Of the section.
    place : str

    Returns
    -------
    tuple of int and bool, or None
        None if there is no ranking at all.
    """
    rankings = data["rankings"]
    counties = [i for i, r in enumerate(rankings) if r["official"] and place in (*r["members"], r["id"])]
    if counties:
        return counties[0], True
    beside = [i for i, r in enumerate(rankings) if place in (r["id"], *r["members"])]
    if beside:
        return beside[0], False
    return (0, False) if rankings else None


def own_row(part: Mapping[str, Any], place: str) -> dict[str, Any] | None:
    """Row of a place in the ranking under one standard."""
    return next((row for row in part["rows"] if row["place"] == place), None)


def show(data: Mapping[str, Any], result: CountyMonth, lang: Language) -> list[Part]:
    """Parts of the page.

    Parameters
    ----------
    data : mapping
    result : CountyMonth
    lang : {"zh", "en"}
    """
    found = find(data, result.place)
    if found is None:
        return []
    number, inside = found
    ranking = data["rankings"][number]
    said = _sentences(data, ranking, inside, result, lang)
    about = _word("text", lang, members="县（市）" if ranking["official"] else "成员")
    out: list[Part] = [Markdown(f"## {_word('heading', lang)}\n\n{about}")]
    out += [tables.paragraphs(said)] if said else []
    return out + [_table(ranking, number, k, result, lang) for k in range(len(ranking["standards"]))]


def _sentences(
    data: Mapping[str, Any], ranking: Mapping[str, Any], inside: bool, result: CountyMonth, lang: Language
) -> list[str]:
    name = result.about.name(lang)
    if result.is_group:
        return [] if inside else [_word("compared", lang, name=name)]
    out = []
    if not inside:
        county = next((r["id"] for r in data["rankings"] if r["official"] and r["id"]), "")
        group = places.get(county).name(lang) if county else ""
        out.append(_word("outside" if group else "outside_any", lang, name=name, group=group))
        if result.place not in ranking["members"]:
            return out
        out.append(_word("beside", lang, group=places.get(ranking["id"]).name(lang)))
    for part in ranking["standards"]:
        row = own_row(part, result.place)
        if row is None:
            why = next((a["reason"][lang] for a in part["apart"] if a["place"] == result.place), "")
            return [*out, _word("own_apart", lang, name=name, reason=why)]
        out.append(standing(ranking, part, row, result, lang))
    return out


def standing(
    ranking: Mapping[str, Any],
    part: Mapping[str, Any],
    row: Mapping[str, Any],
    result: CountyMonth,
    lang: Language,
) -> str:
    """Sentence on where a place stands under one standard.

    Parameters
    ----------
    ranking : mapping
        One of ``rankings``.
    part : mapping
        One of its ``standards``.
    row : mapping
        The place's row.
    result : CountyMonth
    lang : {"zh", "en"}
    """
    total = len(part["rows"])
    compared = sum(r["composite_change_rank"] is not None for r in part["rows"])
    group = places.get(ranking["id"]).name(lang) if ranking["id"] else ""
    name, rule = result.about.name(lang), labels.standard(part["standard"], lang)
    a, b, c = (int(row[f"{key}_rank"]) for key in _CRITERIA)
    rank, before = row["composite_change_rank"], row["composite_before_rank"]
    moved = _moved(row, lang)
    worse = rank is not None and row["composite_change"] > 0
    if lang == "zh":
        members = "县（市）" if ranking["official"] else "成员"
        out = f"按{rule}，{name}综合指数在{group}参加排名的{total}个{members}中由好到差列第{a}位"
        out += f"（上年同期第{before}位）" if before is not None else ""
        out += f"，优良天数列第{b}位，PM₂.₅浓度列第{c}位"
        by = "同比变化由好到差列" if worse else "改善幅度列"
        return out + (f"；{moved}，{by}{compared}个{members}的第{rank}位。" if rank is not None else "。")
    members = "counties" if ranking["official"] else "members"
    of = f" of {group}" if group else ""
    out = f"Under {rule}, {name} is {ordinal(a)} of the {total} {members}{of} by composite index, 1st being the best"
    out += f" ({ordinal(before)} last year)" if before is not None else ""
    out += f", {ordinal(b)} by good days and {ordinal(c)} by PM₂.₅"
    by = "by change, from best to worst" if worse else "by improvement"
    return out + (f"; {moved}, {ordinal(rank)} of {compared} {by}." if rank is not None else ".")


def _moved(row: Mapping[str, Any], lang: Language) -> str:
    """How the composite index changed against last year, in words."""
    shown = signed_share(row["composite_change"])
    size = shown.lstrip("+−")
    same, down = shown == size, shown.startswith("−")
    if lang == "zh":
        return "综合指数同比持平" if same else f"综合指数同比{'下降' if down else '上升'}{size}"
    return (
        "the index is unchanged on last year" if same else f"the index {'fell' if down else 'rose'} by {size}"
    )


def ordinal(number: int) -> str:
    """Rank in English.

    Examples
    --------
    >>> [ordinal(n) for n in (1, 2, 3, 4, 11, 22)]
    ['1st', '2nd', '3rd', '4th', '11th', '22nd']
    """
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _printed(row: Mapping[str, Any], name: str, standard: str) -> Any:
    value = row.get(f"{name}_printed")
    return (
        rounded(value, numbers.decimals(name.removesuffix("_before"), standard))
        if value is not None
        else None
    )


def _rank(value: Any) -> str:
    return numbers.DASH if value is None else str(value)


def _table(ranking: Mapping[str, Any], number: int, k: int, result: CountyMonth, lang: Language) -> Html:
    part = ranking["standards"][k]
    standard = part["standard"]
    header = [_word("place" if ranking["official"] else "member", lang)]
    for key in (*_CRITERIA, *_CRITERIA):
        header += [_word(key, lang), _word("rank", lang)]
    rows: list[list[object]] = []
    strong = []
    for i, row in enumerate(part["rows"]):
        if row["place"] == result.place:
            strong.append(i)
        rows.append([places.get(row["place"]).name(lang), *_cells(row, standard, (number, k, i))])
    groups = [("", 1), (_word("now", lang), 6), (_word("better", lang), 6)]
    when = labels.period(result.period, lang)
    caption = text.caption(lang, _word("heading", lang), when, text.named(result, standard, lang))
    listed = [
        f"{places.get(a['place']).name(lang)}{'：' if lang == 'zh' else ': '}{a['reason'][lang]}"
        for a in part["apart"]
    ]
    apart = (
        _word("apart", lang, listed="".join(listed) if lang == "zh" else " ".join(listed)) if listed else ""
    )
    note = f"{apart}{'' if lang == 'zh' or not apart else ' '}{_word('note', lang)}"
    return tables.table(header, rows, caption, note, strong=strong, groups=groups)


def _cells(row: Mapping[str, Any], standard: str, at: tuple[int, int, int]) -> list[object]:
    """Values and ranks, then changes and their ranks."""
    number, k, i = at

    def ref(column: str) -> str:
        return section_ref("ranking", "rankings", number, "standards", k, "rows", i, column)

    cells: list[object] = []
    for key in _CRITERIA:
        shown = plain(_printed(row, key, standard))
        cells += [Number(shown, ref(key)), Number(_rank(row[f"{key}_rank"]), ref(f"{key}_rank"))]
    for key in _CRITERIA:
        now, before = (_printed(row, name, standard) for name in (key, f"{key}_before"))
        shown = signed(now, before) if key == "good_days" else signed_share(row[f"{key}_change"])
        rank = row[f"{key}_change_rank"]
        cells += [Number(shown, ref(f"{key}_change") if rank is not None else "")]
        cells += [Number(_rank(rank), ref(f"{key}_change_rank") if rank is not None else "")]
    return cells
