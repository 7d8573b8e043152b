# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 离目标还有多少天 · Days to target
#
# 全年目标能不能完成，不能只看进度：冬季还没有来，往年的趋势也未必延续。这里由档案中的观测推算到年底，给出概率、余地和
# 达到的日期，并用往年检验这样的概率有多可信。
#
# Whether a target of the year will be met cannot be read off the progress so far: winter is still to come, and the trend of
# earlier years may not go on. From the observations in the archive this notebook projects the year to its end, gives the
# probability, what can still be afforded and the date, and tests such probabilities on earlier years.

# %% tags=["parameters"]
lang = "zh"  # "zh" or "en"
place = "changji"  # id, name or code; a group is judged by the city that represents it
archive = ""  # folder; empty takes data/processed/archive
asof = ""  # such as "2026-09-30": nothing after it is used; empty takes the last day held
year = 0  # year that is judged; 0 takes that of the last day
drift = "auto"  # trend from earlier years: "auto", "zero", "half", "full" or a log change a year
pollutant = "pm25"  # of the years of attainment
limits = "35,30,25"  # µg/m³, of the years of attainment
draws = 2000  # simulated years
seed = 0  # the same seed gives the same numbers

# %%
from IPython.display import display

from airq.observations import Archive
from airq.reports import target_page as page
from airq.reports import target_years as more
from airq.reports.target_panel import panel

# %% [markdown]
# ## 结论 · The answer
# 目标来自 `params/targets.yaml`，每一行都有出处，可自行添加；没有本年优良天数目标时以上年天数作参照。
#
# Targets come from `params/targets.yaml`, each row with its source, and rows may be added. Where it has none of good days
# for the year, the count of the year before stands in as a reference.

# %%
made = panel(Archive(archive or None), place, asof or None, year or None, drift=drift, draws=draws, seed=seed)
display(*page.sentences(made, lang))

# %% [markdown]
# ## 温度计 · The thermometer
# 蓝色为已有的天数，绿色为到年底可能落到的地方，红线为目标。
#
# Blue is what has been counted, green where the year may end, red what is asked.

# %%
display(*page.some(page.thermometer(made, lang)))

# %%
display(*page.some(page.rows(made, lang)))

# %% [markdown]
# ## 趋势是最大的不确定 · The trend is the main risk
# 往年在改善，今年是否继续，资料自己不能回答。三种假设下的概率都列出；差别大时，结论就建立在趋势能否延续之上。
#
# That earlier years improved does not tell whether this one will. The probability under each of three assumptions is given,
# and where they differ much the answer rests on the trend going on.

# %%
display(*page.some(more.drifts(made, lang)))

# %% [markdown]
# ## 余下的日子 · The days that are left
# 要完成目标，余下的日子最多还能有几天超标？与往年同期相比，这是常事还是从未有过？
#
# How many of the days that are left may be bad if the target is to be met? Against the same days of earlier years, is that
# usual, or has it never been?

# %%
display(*page.some(page.pace(made, lang)))

# %% [markdown]
# ## 两版标准 · Both standards
# 同一批日子，按旧标准和新标准分别数。新标准把更多的日子算作超标，跨年比较时必须用同一版。
#
# The same days counted under the old and under the new standard. The new one calls more days bad, so years may only be
# compared under one of them.

# %%
display(*more.both_standards(archive, place, year, asof, lang, seed))

# %% [markdown]
# ## 可信到什么程度 · How far to trust it
# 对往年每隔三十天，只用当时已知的资料，用同样的方法推算一次，再与结果对照：说七成的，应当十次里有七次做到。
#
# For earlier years, every thirty days, the same method with what was known then, set against what came: of what was given
# seventy percent, seven in ten should have happened.

# %%
frame = more.frame_of(archive, place, asof)
tested = more.past(frame, seed=seed)

# %%
display(*more.past_parts(tested, frame, place, lang))

# %% [markdown]
# ## 哪一年达标 · The year of attainment
# 年际波动约一成，五个点上画直线没有意义。这里的水平随机游走，趋势按往年的证据打折，所以概率上升得慢，而且不会到百分之百。
#
# Means vary by about a tenth from year to year, and a straight line through five points means nothing. Here the level
# wanders and the trend is discounted by how little the years tell, so that probabilities rise slowly and stay below one.

# %%
display(*more.years(frame, place, pollutant, limits, lang, seed))

# %% [markdown]
# ## 限度 · Limits
# - 余下的日子按往年的日子重排，没有发生过的事（新的大源、特大沙尘年）不在其中。
# - 计划中的措施只有声明了幅度和不确定度才计入，见 docs/targets.md 的 shift。
# - 不扣除沙尘天气；与官方公布值可能有差别。
#
# In English:
#
# - The days to come are rearranged from days of the past, so what never happened (a large new source, a year of great dust)
#   is not among them.
# - Planned measures count only where their size and doubt are declared, see shift in docs/targets.md.
# - Dust days are not deducted; published figures may differ.
