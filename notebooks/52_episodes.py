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
# # 重污染过程：来龙去脉与天气 · Episodes: their course and their weather
#
# 一次重污染过程是一个事件：怎样积累、何时到顶、怎样清除，当时的天气与常年同期差多少，邻近地区是否同步，沙尘和烟花爆竹占多少。
# 最后看平常：一天之内、一周之内、一年之内怎样变化。区间都按整周或按过程推得，因为相邻的小时不是独立的证据。
#
# An episode is one event: how it grows, when it peaks, how it clears, how its weather differs from that of the season,
# whether the neighbours go along, what dust and fireworks have to do with it. Then the ordinary: the day, the week, the
# year. Intervals come from whole weeks or whole episodes, since hours that follow one another are no separate evidence.

# %% tags=["parameters"]
lang = "zh"  # "zh" or "en"
place = "changji"  # id, name or code; a group takes its stations together
pollutant = "pm25"  # whose course is followed
start = ""  # such as "2023-10"; empty takes all
end = ""
archive = ""  # folder; empty takes data/processed/archive
rules = "ALERT-2024"  # edition of the alert rule

# %%
from IPython.display import display

from airq import analysis
from airq.figures import episodes as figures
from airq.figures import everyday
from airq.figures import everyday_distribution as shapes
from airq.reports import episodes_page as page

# %% [markdown]
# ## 资料 · The data
# 捕获率按日历应测小时计：月末才开始的序列不能冒充整月。斜线处的均值不予统计。
#
# Capture is against the full calendar, so that a series which begins at the end of a month does not pass for the month.
# Means are withheld where it is hatched.

# %%
data = page.record(archive, place, start, end)
name = data.place.name(lang)
display(*page.header(data, lang))

# %% [markdown]
# ## 有哪些过程 · Which episodes
# 按预警规则用观测AQI判定：连续多少天、超过多少，应当达到哪一级。短于解除时间的间歇算在同一次过程里。
#
# Judged by the alert rule on the observed AQI: how long, how high, which level it calls for. A lull shorter than the time
# for lifting the alert belongs to the same episode.

# %%
found = analysis.find_episodes(data.frame, days=data.days, pollutant=pollutant, rules=rules)
display(*page.episodes(found, lang))

# %%
display(figures.overview(found, lang, name, data.simulated))

# %% [markdown]
# ## 过程的阶段 · The phases
# 积累、峰值和清除由浓度的24小时滑动平均定出，因此短于一天的变化不再区分；急升和急降另按小时值给出。
#
# Growth, peak and clearing come from the centred mean of 24 hours, so that nothing shorter than a day is told apart; the
# fastest rise and fall are taken from the hours themselves.

# %%
display(*page.course(found, lang, name, data.simulated))

# %% [markdown]
# ## 当时的天气 · The weather
# 各阶段的气象与同一时节、同一时刻的常年值相比：混合层是否偏低、风是否偏弱、空气是否偏湿。每次过程只算一个样本。
#
# Each stage against what is usual at this time of the year and of the day: is the mixing layer low, the wind weak, the
# air moist? An episode counts as one case, however many hours it has.

# %%
display(*page.weather(found, data, lang))

# %% [markdown]
# ## 邻近地区是否同步 · Do the neighbours go along
# 同一个冬季里，互不相干的两地也会偶然同日污染。所以把共同污染的天数与季节本身所能解释的天数相比，超出1的部分才是同步。
#
# In one winter two places that have nothing to do with each other are polluted on the same day now and then. The days
# together are therefore set beside those that the season explains; only what is above 1 is synchrony.

# %%
display(*page.synchrony(data, lang))

# %% [markdown]
# ## 静稳日 · Stagnant days
# 冬季盆地有两种日子：静稳的和通风的。用一个对数正态分布描述不了重污染天数，两种状态可以。静稳日的多少和静稳日有多重要分开看。
#
# A winter basin has two kinds of days, stagnant and ventilated. One log-normal cannot have the number of heavy days, two
# regimes can. How many stagnant days there are, and how heavy they are, are two questions.

# %%
display(*page.regimes(data, lang))

# %% [markdown]
# ## 沙尘 · Dust
# 按小时规则识别的沙尘过程，以及沙尘对PM₁₀均值的影响。没有官方确认名单时，剔除是模拟的，不是官方口径。
#
# Dust events by the hourly rule, and what they add to the mean of PM₁₀. Without a list of confirmed events the deduction
# is a simulated one and not official.

# %%
display(*page.dust(data, lang))

# %% [markdown]
# ## 烟花爆竹 · Fireworks
# 除夕、初五和元宵的夜间，与前后各30天普通夜晚相比，并用CO和NO₂扣除当夜天气的影响。普通夜晚的误差说明多大的增量才能与偶然区分。
#
# The nights of New Year's Eve, of the fifth day and of the Lantern Festival beside the ordinary nights of 30 days on either
# side, with CO and NO₂ standing for the weather of the night. The errors of ordinary nights tell what could be chance.

# %%
display(*page.fireworks(data, lang, pollutant))

# %% [markdown]
# ## 平常的变化 · The ordinary course
# 一天、一周、一年里的平均变化。两条色带重叠时，不能说两者不同；工作日与周末的差别尤其要看区间。
#
# The mean day, week and year. Where bands overlap nothing can be said to differ; weekdays and weekends need the interval
# most of all.

# %%
display(*page.variation(data, lang, pollutant))

# %%
heat = analysis.trend_level(data.frame, pollutant, x="month", y="hour", by=None)
display(everyday.level(heat, lang, name, data.simulated))

# %% [markdown]
# ## 分布与相关 · Distribution and correlation
# 采暖期与其余时间的分布；各项污染物与气象的秩相关，相近的排在一起，区间含零的用灰字。
#
# The distribution in the heating season and in the rest of the year; rank correlations of pollutants and weather, like
# beside like, grey where the interval holds nothing.

# %%
spread = analysis.distribution(data.frame, pollutant, by="heating", log=True)
display(shapes.distribution(spread, lang, name, data.simulated))

# %%
display(*page.correlations(data, lang))

# %% [markdown]
# ## 结论的限度 · Limits of this result
# - 静稳状态由浓度推断，减少了可能是天气也可能是减排，要用去除气象影响的序列区分。
# - 天气与浓度同时出现不等于因果；冬季里许多气象要素一起变化。
# - 少数几次过程的平均值很不确定，三次以下不予统计。
#
# In English:
#
# - Stagnation is told from concentrations: fewer such days may be weather or measures; a deweathered series tells which.
# - Weather that comes with an episode is not thereby its cause; in winter many variables move together.
# - The mean of a few episodes is uncertain, and below three it is withheld.
