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
# # 今后几天的空气质量 · The air of the coming days
#
# 由档案中的观测给出今后1至10天的预报：每个数都是分布，不是一个值。先看预报本身和预警概率，再看同样的方法过去一年做得怎么样：
# 准到什么程度，哪一天以后就不比气候态强。
#
# From the observations in the archive this notebook forecasts the next one to ten days, every number as a distribution and
# not as a value. First come the forecast and the probability of alerts, then how the same method did over the last year:
# how good it is, and from which day on it is no better than climatology.

# %% tags=["parameters"]
lang = "zh"  # "zh" or "en"
place = "changji"  # id, name or code; see params/counties.yaml
archive = ""  # folder; empty takes data/processed/archive
target = "pm25"  # what is drawn and verified: a pollutant or "aqi"
targets = "all"  # what is forecast; "all" is needed for categories and alerts
weather = ""  # a file with the weather of the coming days; empty forecasts without
issued = ""  # such as "2026-11-18"; empty takes the last day with data
horizons = "1-10"  # days
hours = "1-48"  # hours; empty leaves them out
test_days = 365  # days on which the method is tested
cost_loss = 0.2  # cost of a warning over the loss that it prevents
model = "auto"  # or climatology, persistence, damped_ar1, ridge, boosting
seed = 0  # the same seed gives the same numbers

# %%
from IPython.display import display

from airq import forecast
from airq.reports import coming
from airq.reports import forecast_page as page
from airq.reports.forecast_data import span_of

# %% [markdown]
# ## 资料 · The data
# 每天一行：六项污染物、AQI和气象。起报日及以前的资料都可用，其后的只有给定的气象预报可用。
#
# One row a day with six pollutants, the AQI and weather. Everything up to the day of issue may be used, and of what comes
# later only a weather forecast that is given.

# %%
frame = page.frame_of(archive, place, issued)
given = page.weather_of(weather, place)

# %%
made = coming.coming(
    frame, page.targets_of(targets), span_of(horizons), given, issued or None, model=model, seed=seed
)
display(*page.header(made, place, lang))

# %% [markdown]
# ## 预报 · The forecast
# 扇形越往后越宽，这是诚实的：远处的天气没有人知道。底色是各级别的浓度范围。
#
# The fan widens with the lead, which is honest: nobody knows the weather that far ahead. The background is the range of
# each category.

# %%
display(*page.fans(made, place, lang, target))

# %%
display(page.day_table(made, place, lang))

# %%
display(*page.categories(made, place, lang))

# %% [markdown]
# ## 预警概率 · Probability of alerts
# 由AQI的联合路径逐条按预警规则判断，路径保留了污染物之间、日与日之间的相关。概率达到费用损失比才值得预警：费用损失比由使用者给定。
#
# Joint paths of the AQI, which keep the dependence of pollutants and days on one another, are judged one by one after the
# rules of alerts. A warning pays where the probability reaches the ratio of its cost to the loss it prevents, which the
# user states.

# %%
found = forecast.warning(made.paths, place, cost_loss=cost_loss)
display(*page.alerts(found, place, lang))

# %% [markdown]
# ## 今后几小时 · The coming hours
# 小时预报用同一套观测，时效以小时计；底色按小时浓度断点。
#
# The hourly forecast rests on the same observations, its lead is in hours and its background is that of hourly values.

# %%
display(*page.hours(archive, place, target, hours, lang, seed, model, issued))

# %% [markdown]
# ## 可信到什么程度 · How far to trust it
# 用最后一年做检验：每一天只用当时已知的资料。参照是气候态（往年同期的分布）和持续性（明天同今天）。技巧为零或负的时效，
# 预报并不比参照好，默认组合在这些时效退回气候态。
#
# The last year is the test, each day forecast from what was known then. The references are climatology, the distribution
# of the season in other years, and persistence, tomorrow as today. Where the skill is nothing or below, the forecast is no
# better than its reference, and the default combination falls back on climatology there.

# %%
tested = coming.verified(made.frame, target, (1, 3, 7), None, test_days, model, seed)
display(page.scores(tested, lang))

# %%
display(page.skill(tested, place, lang))

# %% [markdown]
# 全年平均掩盖冬季，而重污染正在冬季，所以按季节分开看。
#
# A mean over the year hides the winter, when heavy pollution comes, so the seasons are shown apart.

# %%
display(page.seasons(tested, lang), page.events(tested, lang))

# %% [markdown]
# 概率说多少，就应当发生多少（可靠性）；实况落在预报分布的各处应当一样多（PIT）。两头高说明区间太窄，中间高说明太宽。
#
# What is given a probability of so much should come so often (reliability), and observations should fall evenly over their
# forecasts (PIT): high at both ends is too narrow, high in the middle too wide.

# %%
display(*page.reliability(tested, place, lang), page.pit(tested, place, lang))

# %% [markdown]
# ## 气象预报值多少 · What a weather forecast is worth
# 用每天的实测气象重做同样的检验，得到上限：真实的气象预报介于两图之间。
#
# The same test with the observed weather of each day gives an upper bound: a real weather forecast lies between the two.

# %%
display(*page.with_weather(made.frame, target, place, lang, test_days, model, seed))

# %% [markdown]
# ## 什么在起作用 · What it hangs on
# 用状态空间模型解释近几年的逐日浓度：气象、周末、趋势各占多少，附区间。它用来解释，不用来预报；相关不等于因果。
#
# A structural model explains the days of the last years: how much hangs on weather, weekend and trend, with intervals. It
# explains and does not forecast, and what goes together need not cause one another.

# %%
display(*page.explained(made.frame, target, lang))

# %% [markdown]
# ## 限度 · Limits
# - 没有气象预报时，两三天以后主要是气候态；沙尘、烟花、临时管控等事前看不见的事件不在其中。
# - 检验的是过去一年，换一个反常的冬季结果会不同。
# - 模拟数据上的技巧不能代表真实站点。
#
# In English:
#
# - Without a weather forecast the days beyond the second or third are mainly climatology. Dust, fireworks and sudden
#   measures are not foreseen.
# - One past year was tested, and another, unusual winter will differ.
# - Skill on simulated data says nothing of real stations.
