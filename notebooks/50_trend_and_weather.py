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
# # 浓度变了多少，其中多少是天气 · How much has changed, and how much of it is weather
#
# 一两个暖冬可以让浓度降下来，也可以让治理的成效被掩盖。这里先看观测值的趋势和它的可靠程度，再去掉气象的影响，看剩下的趋势。
# 相邻月份彼此相关，区间因此按成块重抽样得到，否则会把偶然当作趋势。
#
# One or two mild winters can lower concentrations, or hide what measures did. First comes the trend of what was
# observed and how sure it is, then the trend of what is left without the weather. Months depend on their neighbours, so
# that intervals draw blocks of months anew; without that, chance looks like a trend.

# %% tags=["parameters"]
lang = "zh"  # "zh" or "en"
place = "changji"  # id, name or code; a group takes the mean of its stations
pollutant = "pm25"  # pm25, pm10, so2, no2, co or o3
start = ""  # such as "2019-01"; empty takes all
end = ""
archive = ""  # folder; empty takes data/processed/archive
step = "hours"  # "days" is quicker and loses the hour of the day
samples = 300  # draws of weather; 50 suffice for months
model = "ensemble"  # "additive" is quicker and coarser
seed = 0  # the same seed gives the same numbers

# %%
from IPython.display import display

from airq import analysis
from airq.figures import trend as figures
from airq.figures import trend_curves as curves
from airq.reports import trend_page as page

# %% [markdown]
# ## 资料和捕获率 · The data and its capture
# 评价点平均，剔除质控标记值。月均值要求全月75%以上的时次有值；分母是日历上的全月，不是文件里的行数，
# 因此月底才开始的序列没有当月均值。
#
# Mean of the evaluation stations with flagged values left out. A monthly mean needs values in 75 % of the whole month
# by the calendar, not of the rows in a file, so that a series that begins at the end of a month has no mean for it.

# %%
data = page.record(archive, place, pollutant, start, end, step)
name = data.place.name(lang)
display(*page.header(data, lang))

# %%
means = analysis.period_means(data.frame, pollutant)
display(curves.capture(means, lang, name, data.simulated), *page.withheld(means, lang))

# %% [markdown]
# ## 趋势 · The trend
# 斜率是所有两两斜率的中位数（Theil–Sen），先去除季节；缺的月份由其他年份同月的直线补上并标出，补值不是观测。
#
# The slope is the median of the slopes of all pairs of months (Theil-Sen) after the season is taken out. Missing months
# are filled by a line through the same month of other years and marked; they are no observations.

# %%
trend = analysis.theil_sen(means, True, seed=seed)
display(figures.line(trend, lang, name, data.simulated), *page.notes(trend.notes, lang))

# %% [markdown]
# ## 各种检验放在一起 · Every test beside the others
# 官方方法是年均值的Spearman秩相关（HJ 663），它没有斜率，年数少时难以显著。Mann–Kendall检验列出原式和三种修正，
# 结论不一致时，以计入前后月相关的为准。
#
# The official test is Spearman's rank correlation of annual means (HJ 663); it has no slope and hardly becomes
# significant with few years. Mann-Kendall stands in its plain form and with three corrections. Where they disagree, the
# ones that reckon with neighbouring months hold.

# %%
display(*page.methods(means, lang, name, data.simulated, seed))

# %% [markdown]
# ## 变化的快慢和转折 · Fast and slow, and turns
# 平滑曲线显示何时变快、何时停滞。转折点逐个由模拟检验，模拟的序列有同样的前后相关；区间很宽时不要给出确切的月份。
#
# The smooth curve shows when change was fast and when it paused. Each break is tested by series simulated with the same
# memory; where its interval is wide no month should be named.

# %%
display(*page.smooth(means, lang, name, data.simulated))

# %%
display(*page.breaks(means, lang, name, data.simulated, seed))

# %% [markdown]
# ## 不同的时间尺度 · Different scales
# KZ滤波把序列分成天气尺度、季节尺度和长期变化。灰底处滤波窗口不完整，两端的长期变化不要解读。
#
# The KZ filter parts the series into weather, season and long term. Where it is grey the window is cut; do not read the
# long term there.

# %%
display(*page.scales(data, lang, name))

# %% [markdown]
# ## 去掉天气之后 · Without the weather
# 用气象和时间学出浓度，再让每个时次换上同季节、同时刻的其他天气，取平均。这一步先要看是否可信：对没有见过的周的解释能力、
# 平均值是否保持、抽到的天气有没有超出已知范围。
#
# A model learns the concentration from weather and time; then every hour is given other weather of its season and time
# of day, and the mean is taken. First comes whether this can be trusted: weeks that the model has not seen, whether the
# mean is kept, and whether the drawn weather lies within what is known.

# %%
calm = page.deweathered(data, samples, model, seed)
display(*page.honesty(calm, lang))

# %% [markdown]
# ## 原始趋势与去除气象影响后的趋势 · Raw and deweathered trend side by side
# 两条趋势用同样的月份。差值就是天气造成的部分；如果去除气象影响后的区间包含零，不能说排放有变化。
#
# Both trends use the same months. Their difference is what the weather did. If the interval of the deweathered trend
# holds 0, no change of emissions can be claimed.

# %%
display(*page.side(calm, lang, name, data.simulated, seed))

# %% [markdown]
# ## 结论的限度 · Limits of this result
# - 趋势不说明原因：转折点前后发生的事，不一定是它的原因。
# - 气象与季节同时变化时，去除气象影响会偏；上面的提示要先看。
# - 一周左右的临时措施会被低估，请看“有没有效果”一册。
#
# In English:
#
# - A trend names no cause: what happened about a break need not have made it.
# - Where weather and season go together, deweathering is biased; the warnings above come first.
# - Interventions of a week or so are underestimated; the notebook on whether it worked is about them.
