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
# # 如果这样做 · What if
#
# 入冬之前要回答的问题：哪些措施、什么时候、哪些预警，能让本地达到目标，代价多大，有多大把握。从吨数到浓度，从浓度到天数，再到目标；
# 每一步都带区间，采取与不采取用同一组抽样和同样的气象年。
#
# The question before winter: which measures, by when, and which alerts bring a place to its target, at what cost, and how
# sure is that. From tonnes to concentrations, to days, to targets; every step with its interval, and the same draws and
# weather years with and without the measures.

# %% tags=["parameters"]
scenario = "plan-15fyp-box2"  # a file, or a name of params/scenarios
compare = "30-boilers-741-trucks, red-alert-5-days"  # scenarios beside it; empty for none
lang = "zh"  # "zh" or "en"
place = ""  # place of the controls; empty takes the one that stands for its prefecture
archive = ""  # folder; empty takes data/processed/archive
draws = 500  # draws of the tables
weather_years = 30  # past seasons first, the rest by resampling blocks of days
seed = 0
costs = {}  # yuan a year by measure id, where no document states them
target = ""  # a row of params/targets.yaml that the least-cost set is to reach; empty for none
probability = 0.8  # with which it is to be reached
sliders = True  # False leaves the controls out, for a report

# %%
from IPython.display import display

from airq.reports import whatif_page as page

# %% [markdown]
# ## 情景 · The scenario
# 气象年来自档案中过去的采暖季，按块重抽样补足，并按各地共同的趋势调到最近一季的水平；不用任何拟合分布。
#
# Weather years are the past heating seasons of the archive, more of them made by resampling blocks of days, all brought to
# the level of the last season by the trend that the places share; no fitted distribution is used.

# %%
ready = page.Prepared.of(scenario, archive, draws, weather_years, seed, place)
display(*page.header(ready, lang))

# %% [markdown] tags=["notebook-only"]
# ## 自己选 · Choose yourself
# 改变措施、完成比例、推迟时间、预警和气象年，图表随之改变。点为中位数，线为90%区间；灰块内的变化，观测看不出来。
#
# Change the measures, how much of them is done, the delay, the alert or the weather, and the figures follow. Dots are
# medians and lines 90 % intervals; observation cannot show a change within the grey block.

# %% tags=["notebook-only"]
display(*page.controls(ready, lang, sliders))

# %% [markdown]
# ## 各地的变化 · What changes where
# 下表用全部抽样和气象年。空心点：效果可能真实，但一个采暖季的观测看不出来。
#
# From here on with all draws and weather years. An open dot is an effect that may be real and still does not show in the
# observations of one heating season.

# %%
found = ready.full()
display(*page.result(found, lang))

# %% [markdown]
# ## 减多少吨 · How many tonnes
# 没有数量、系数或效率的措施不计，并说明缺什么。
#
# A measure without an amount, a factor or an efficiency counts nothing, and the table says what it lacks.

# %%
display(*page.measures(found, lang))

# %% [markdown]
# ## 目标 · Targets
# 同一组抽样下，采取与不采取时各项目标的实现概率。
#
# The probability of each target with and without the scenario, on the same draws.

# %%
display(*page.targets(found, lang))

# %% [markdown]
# ## 吨数怎样变成浓度 · From tonnes to concentrations
# 四种互不一致的依据合并为先验，再用观测到的变化更新。观测能说明的不多时，后验与先验接近，图下写明缩小了多少。
#
# Four kinds of evidence that do not agree are pooled into a prior, which the observed change updates. Where the observation
# says little the posterior stays near the prior, and the figure states by how much it shrank.

# %%
display(*page.basis_of(ready, lang))

# %% [markdown]
# ## 不确定性来自哪里 · Where the uncertainty comes from
# 占方差比例最大的几项；可以从最上面一项着手补资料。
#
# The inputs with the largest shares of the variance; data on the first of them would help most.

# %%
display(*page.causes(found, lang))

# %% [markdown]
# ## 预警 · Alerts
# 在各气象年最重的连续几天发布预警：平均、最高日和重污染天数的变化。单次预警不能从观测中评价。
#
# An alert on the worst days in a row of each weather year: what becomes of the mean, the worst day and the heavy days. A
# single alert cannot be judged from observations.

# %%
display(*page.alerts(ready, found, lang))

# %% [markdown]
# ## CO₂、健康与费用 · CO₂, health and money
# 四种健康函数并列，它们的差别本身就是不确定性。费用只计文件写明的。
#
# Four health functions stand side by side, since their spread is part of the answer. Only money that documents state is
# counted.

# %%
display(*page.rest(found, lang))

# %% [markdown]
# ## 情景比较 · Scenarios compared
# 同样的地方、气象年和抽样，所以差别只来自措施。
#
# The same places, weather years and draws, so that differences come from the measures alone.

# %%
display(*page.compared(ready, compare, lang))

# %% [markdown]
# ## 花钱怎样最值 · What money buys
# 先按达到1 µg/m³的费用给措施排序，区间重叠的并列；再列出费用、PM₂.₅和CO₂三者中没有别的组合更好的那些组合。给出目标（参数target），
# 则求以所给概率达到它的费用最低的组合；达不到时写明最多能到多少、受什么限制。没有费用的措施无法比较，可在参数costs中给出。
#
# Measures in order of what 1 µg/m³ costs with them, ties where intervals overlap, and the sets than which no other is better
# in cost, PM₂.₅ and CO₂. With a target (parameter target) the cheapest set that reaches it with the probability; where none
# does, the most that can be reached and what binds. A measure without a cost cannot be weighed; give it in the parameter costs.

# %%
display(*page.selection(ready, lang, costs, target, probability))

# %% [markdown]
# ## 结论的限度 · Limits of this result
# 浓度对吨数按线性处理，适用于不大的变化；二次颗粒物的权重为规划值。嵌入的气象为模拟且按官方数字校准时，页面标明“模拟数据”，
# 不能当作真实冬季。
#
# Concentrations follow tonnes linearly, which holds for changes that are not large; the weights of secondary particles are
# planning values. Where the embedded weather is simulated and calibrated to official figures the page says so, and it is
# no real winter.

# %%
display(*page.reservations(found, lang))
