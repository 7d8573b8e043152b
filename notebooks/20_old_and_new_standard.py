# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 新标准改变了什么 · What the new standard changes
#
# 2026年3月1日起，GB 3095—2026和HJ 633—2026取代2012年版：颗粒物的年、日限值分两步收紧（过渡阶段至2030年底，最终限值自2031年起），
# AQI达到100所对应的PM₂.₅、PM₁₀浓度随之降低，浓度先按GB/T 8170修约再计算，缺项时不再照发AQI。
# 空气没有变，天数会变。本笔记用同一批城市日均值分别按两版标准评价，把“标准的变化”和“空气的变化”分开。
#
# From 1 March 2026, GB 3095-2026 and HJ 633-2026 replace the editions of 2012. The limits of particles fall in two steps
# (transition to the end of 2030, final limits from 2031), the concentrations of PM₂.₅ and PM₁₀ at which the AQI reaches
# 100 fall with them, concentrations are rounded after GB/T 8170 before the index, and an incomplete day is no longer
# published as if it were complete. The counts change although the air does not. This notebook judges the same city-days
# by both editions, so that a change of the standard is not taken for a change of the air.

# %% tags=["parameters"]
place = "all"  # id, name or code of a place; a group gives its members; "all" every county of the archive
start = ""  # first year or month, such as "2017" or "2017-01"; empty takes the first of the archive
end = ""  # last year or month; empty takes the last
lang = "zh"  # "zh" or "en"
archive = ""  # folder; empty takes data/processed/archive

# %%
from IPython.display import display

from airq import options, standards
from airq.reports import standards_page as page
from airq.reports.parameters import open_archive

# %% [markdown]
# ## 数据 · The data
# 小时值先成为各评价点的有效日均值，再平均为城市日均值（对照点不参与）。`"by-date"`表示每天的AQI按当日现行版本计算；
# 后面的比较会用浓度重新计算两版AQI，与此处无关。
#
# Hours become valid daily values of each evaluation station, then city-days (background stations stay out). `"by-date"`
# gives each day the AQI of the edition in force; the comparison below computes both indices anew from concentrations.

# %%
source = open_archive(archive or options.archive_dir())
chosen = page.chosen_places(source, place)
hours = source.load(place=chosen, start=start or None, end=end or None)
days = standards.place_daily(hours, chosen, "by-date")
about = page.describe(days, lang)

# %%
display(*page.header(source, days, about))

# %% [markdown]
# ## 限值并列 · The limits side by side
# 只有加粗的行有变化。过渡阶段只动颗粒物，2031年起SO₂、NO₂也收紧；CO和O₃不变。
#
# Only the rows in bold change: particles in the transition, SO₂ and NO₂ as well from 2031; CO and O₃ stay.

# %%
display(*page.limits(about))

# %% [markdown]
# ## 同一天，两个AQI · One day, two indices
# 改动下一格的浓度即可试算（O₃为日最大8小时平均）。两版分段表只在IAQI为100处不同，因此IAQI在50与150之间的日子受影响，
# 115 µg/m³以上的PM₂.₅和250 µg/m³以上的PM₁₀两版一致，重污染天数几乎不变。
#
# Change the concentrations in the next cell to try other days (O₃ is MDA8). The two tables of breakpoints differ only at
# IAQI 100, so that days between 50 and 150 are touched; above 115 µg/m³ of PM₂.₅ and 250 µg/m³ of PM₁₀ they are the
# same, and heavily polluted days hardly change.

# %%
day = {"pm25": 68, "pm10": 135, "so2": 12, "no2": 45, "co": 1.1, "o3": 88}
display(*page.calculator(day, about))

# %% [markdown]
# ### 缺一项时：HJ 633—2026，5.3.1 · A pollutant missing: rule 5.3.1
# 新版规定：某项缺测时用其余各项计算，AQI大于100照常发布，不大于100则只发布浓度和IAQI，AQI、首要污染物和级别均为NA
# （不在监测方案中的项目另有5.3.2）。下面两天都缺O₃：第一天旧版为良而新版为NA，第二天两版都发布。
# 缺项的好天因此退出统计，缺项的坏天仍计为超标，优良天数比率的分母也随之变小。旧版没有这一条，照惯例取其余各项的最大值[B 85%]。
#
# The new edition: with a pollutant missing the index is computed from the others; above 100 it is published, at or below
# 100 only concentrations and IAQIs are, and AQI, primary pollutant and level are NA (5.3.2 exempts what is not in the
# monitoring plan). Both days below lack O₃: the first is good under the old rule and NA under the new, the second is
# published by both. Incomplete good days leave the statistics, incomplete bad days stay, and the ratio has fewer days to
# divide by. The old edition has no such clause; practice takes the greatest of the others [B 85%].

# %%
display(*page.calculator({**day, "pm25": 48, "pm10": 95, "o3": None}, about))
display(*page.calculator({**day, "o3": None}, about))

# %% [markdown]
# ## 每年的天数 · The days of each year
# 浅色为旧标准，深色为新标准，年份下为有AQI的天数。两个优良天数之差由三部分组成：不再优良的天数、因5.3.1不发布的优良天，
# 以及极少数因先修约而变为优良的天。重污染天数的细小差别只来自修约：PM₂.₅为150.4 µg/m³时，旧版不修约，IAQI为201；
# 新版先修约为150，IAQI为200。
#
# Light is the old standard, dark the new, and below each year stand the days with an AQI. The two counts of good days
# differ by the days lost, by good days left unpublished under 5.3.1, and by the rare day that rounding makes good. Small
# differences in heavily polluted days come from rounding alone: 150.4 µg/m³ of PM₂.₅ has IAQI 201 under the old edition,
# which does not round, and 200 under the new, which rounds to 150 first.

# %%
result = standards.restate(days)
display(*page.years(result, about))

# %%
display(*page.incomplete(result, about))

# %% [markdown]
# ## 失去的优良天 · The days lost
# 旧标准优良而新标准超过100的日子，按季节和污染物分。冬季由PM₂.₅、春季由PM₁₀造成的是两类不同的治理任务：
# 前者多与采暖和二次颗粒物有关，后者多与沙尘有关。两种污染物同日超过的各计一次，“仅此一项”列可看出单独作用。
#
# Days that were good and now exceed 100, by season and pollutant. Winter losses by PM₂.₅ and spring losses by PM₁₀ are
# different tasks: mostly heating and secondary particles the one, mostly dust the other. A day above by both counts for both;
# the column "alone" shows what one pollutant does by itself.

# %%
display(*page.lost(result, days, about))

# %% [markdown]
# ## PM₂.₅年均值与三个限值 · Annual PM₂.₅ against the three limits
# 图下三行数字是年均值（按GB/T 8170修约）与各限值之差，正数为超过，负数为余量。有效天数不足的年份用空心点和括号表示，
# 不作年度评价（GB 3095表4：全年324天，每月27天，2月25天）。
#
# The three rows below the figure are the annual mean, rounded after GB/T 8170, minus each limit: positive is too high,
# negative is room. Years with too few valid days have open points and brackets and are not evaluated (GB 3095, table 4:
# 324 days, 27 in each month, 25 in February).

# %%
display(*page.means(result, about))

# %%
display(*page.first_years(result, about))

# %% [markdown]
# ## 跨标准的2026年 · 2026, the year of two standards
# 1—2月适用旧标准，3月起适用新标准。这一年按哪版作年度评价，没有找到规定[NF]，所以三种读法全部列出：
# 全年按旧标准、全年按新标准、各日按当日现行标准。引用其中任何一个都应写明口径。全年未完时只列至最后一个月，不作年度评价。
#
# January and February fall under the old standard, the rest under the new. By which the year as a whole is judged was not
# found [NF], so all three readings are given: old throughout, new throughout, each day by the edition in force. Whoever
# quotes one should name it. Before the year is over its months so far are shown, and no annual verdict is given.

# %%
display(*page.straddling(standards.straddling(days, page.shared_year(days, 2026)), about))

# %% [markdown]
# ## 含沙尘与剔除沙尘 · With and without dust
# 国家在考核中扣除沙尘过程的颗粒物浓度，天数不扣。本软件没有国家认定的过程清单，只能按小时PM₁₀自动识别，
# 结果一律标为“模拟剔除，非官方口径”；有清单时用`confirmed=`给出，即可代替识别。
#
# In assessment the state deducts the particle concentrations of dust events and keeps the day counts. Without the list of
# confirmed events they are detected from hourly PM₁₀, and every such figure is labelled "simulated deduction, not
# official". A list given as `confirmed=` replaces the detection.

# %%
dusty = standards.summary_without_dust(hours, page.last_year(days), "GB3095-2026", place=chosen)
display(*page.dust(dusty, about))

# %% [markdown]
# ## 一个冬季的预警 · The alerts of one winter
# 预警看的是AQI大于150、200、300，两版AQI在那里相同；改变预警次数的是预警规则本身。下表对最近一个完整的冬季逐版计算。
# 2024年起黄色预警门槛降低（大于200一天，或大于150两天），新疆和昌吉州执行口径的解除条件为低于150持续36小时。
#
# Alerts look at an AQI above 150, 200 and 300, where both editions agree; what changes their number is the alert rules.
# The table applies each edition of them to the last complete winter. Since 2024 yellow starts sooner (above 200 for one
# day or above 150 for two), and Xinjiang and Changji lift an alert after 36 h below 150.

# %%
display(*page.alerts(days, page.last_winter(days), about))

# %% [markdown]
# ## 哪些还不确定 · What is not yet certain
# HJ 663—2026全文、沙尘小时判据和跨标准年度的评价办法尚未读到原文，相应条目带有标记，可在不改程序的情况下替换。
#
# The full text of HJ 663-2026, the hourly criteria of dust and the rule for the shared year have not been read in the
# original. Their entries carry a mark and can be replaced without touching code.

# %%
display(*page.open_points(about))

# %% [markdown]
# ## 结论的限度 · Limits of this result
# - 回算不是历史公报：2026年3月1日以前的新标准数字、以后的旧标准数字都只供比较。
# - 数据为档案中的原始接收值，未经国家审核，天数未扣除沙尘；模拟档案的数字不是监测结果。
# - 2018年9月1日前的气态污染物按273 K状态发布，其后按298.15 K；未经重算的旧数据会使更早年份的气体浓度偏高约9%[B 80%]，颗粒物不受此换算影响。
# - “首次达到”只看PM₂.₅年均值，不等于城市达标；城市达标要求六项的年、日评价全部符合。
# - 最终限值（2031年起）用于今天的浓度只说明差距，不预测将来。
# - 评价点的增减会使不同年份的城市均值不完全可比。
#
# In English:
#
# - A restatement is no bulletin: new-standard figures before 1 March 2026 and old-standard figures after it only compare.
# - Data are as received in the archive, without national review, and day counts keep dust; figures of a simulated archive
#   are no measurement.
# - Gases were published at 273 K before 1 September 2018 and at 298.15 K since; where old files were not recomputed, the
#   gases of earlier years stand about 9 % high [B 80%]. Particles are not touched by this conversion.
# - "First attained" looks at the annual mean of PM₂.₅ alone; a city attains only with all six pollutants, by year and day.
# - The final limits of 2031 against today's concentrations show a distance and forecast nothing.
# - Stations that open or close make the means of different years less than fully comparable.
