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
# # 图集 · Gallery of figures
#
# 库中每一种图各画一次，用这里生成的小数据。图上方是函数名；每个函数返回图和图中的全部数值（`.frame`）。
#
# Every figure of the library once, over small data made here. The name above each is its function, which returns the figure and
# every number in it (`.frame`).

# %% tags=["parameters"]
lang = "zh"  # "zh" or "en"

# %%
from IPython.display import display

from airq.reports import gallery

# %%
display(*gallery.header(lang), *gallery.contents(lang))

# %% [markdown]
# ## 指标 · Indicators
# 月报中的图，以及换标准的影响。日历和级别用标准规定的颜色，并标出级别或数值。
#
# The figures of a monthly report, and what the change of standard does. Calendar and categories have the colours that the
# standard fixes, with a name or number besides.

# %%
display(*gallery.show("indicators", lang))

# %% [markdown]
# ## 地图 · Maps
# 离线绘制；没有审图号时印“内部示意图”。
#
# Drawn offline; without an approval number they say that they are internal sketch maps.

# %%
display(*gallery.show("maps", lang))

# %% [markdown]
# ## 趋势与天气 · Trends and weather
# 斜率、检验、断点、平滑曲线，以及扣除天气之后的变化，都带区间。
#
# Slopes, tests, breaks, smooth curves, and what changed without the weather, all with intervals.

# %%
display(*gallery.show("trends", lang))

# %% [markdown]
# ## 措施是否见效 · Did it work
# 实测与没有措施时的推算，以及观测能看出的最小变化。
#
# What was measured beside what would have been without the measure, and the least change that observation can show.

# %%
display(*gallery.show("effects", lang))

# %% [markdown]
# ## 风向与来源 · Where from
# 极坐标图、玫瑰图、相邻地区间的输送和后向轨迹。
#
# Polar plots, roses, transport between neighbours, and back trajectories.

# %%
display(*gallery.show("winds", lang))

# %% [markdown]
# ## 污染过程 · Episodes
# 过程怎样开始和结束，与静稳、沙尘和烟花的关系。
#
# How episodes begin and end, and what stagnation, dust and fireworks have to do with them.

# %%
display(*gallery.show("episodes", lang))

# %% [markdown]
# ## 日常分析 · Everyday analytics
# 日、周、年变化，分布，相关，捕获率，以及模型与观测的比较。
#
# Variation by hour, weekday and month, distributions, correlation, capture, and models against observations.

# %%
display(*gallery.show("everyday", lang))

# %% [markdown]
# ## 预报与目标 · Forecasts and targets
# 扇形图、级别概率、预警、检验，以及全年目标的概率和余地。
#
# Fans, probabilities of categories, warnings, verification, and what a target of the year still allows.

# %%
display(*gallery.show("future", lang))

# %% [markdown]
# ## 措施与吨数 · Measures and tonnes
# 由项目所带的措施清单画出；空心或灰色为不能计算的部分。
#
# From the register of measures that ships with the project; what cannot be worked out is said.

# %%
display(*gallery.show("measures", lang))

# %% [markdown]
# ## 情景 · What if
# 情景改变了什么，依据是什么，费用多少，方法怎样检验。
#
# What a scenario changes, what that rests on, what it costs, and how the method was tested.

# %%
display(*gallery.show("scenarios", lang))
