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
# # 措施有没有效果 · Did it work
#
# 措施之后浓度下降，可能是天气、区域趋势或偶然。这里用三种方法估计一项措施的效果，每种方法都说明：能看出多小的变化，在没有措施的
# 日期上误判的比例，换用其他合理选择时估计的范围。达不到这些条件就不下结论。
#
# Concentrations may fall after a measure because of weather, a regional trend or chance. Three methods estimate what it
# did, and each says how small a change it can show, how often it finds an effect on dates without one, and what range
# other reasonable choices give. Where these are not met there is no verdict.

# %% tags=["parameters"]
lang = "zh"  # "zh" or "en"
place = "changji"  # id, name or code of the place of the measure
pollutant = "pm25"  # pm25, pm10, so2, no2, co or o3
date = "2020-10-15"  # first day of the measure
until = ""  # first day without it again; empty for good
donors = ""  # places without the measure, such as "shihezi, wujiaqu"; empty takes every other place
treated = ""  # places with a like measure, which are no donors
archive = ""  # folder; empty takes data/processed/archive
alerts = ""  # CSV of alerts issued: start, end; empty leaves that part out
forecasts = ""  # CSV of the forecasts they were called on: date, forecast

# %%
from IPython.display import display

from airq.reports import effect_page as page

# %% [markdown]
# ## 资料 · The data
# 评价点日均值，剔除质控标记值；措施前五年、后三年。浓度取对数，因为措施和天气都按比例起作用。天气的影响由岭回归扣除：只扣天气偏离
# 当季常态的部分，季节本身留下。
#
# Daily means of the evaluation stations without flagged values, five years before the measure and three after. Logarithms
# throughout, since measures and weather act by shares. Ridge regression takes out the weather's part: only its departure
# from its own season, so that the season of the series stays.

# %%
data = page.study(archive, place, pollutant, date, until, donors, treated)
display(*page.header(data, lang))

# %% [markdown]
# ## 能看出多小的变化 · How small a change can be seen
# 先于一切结论：按措施前各采暖季之间的起落，一个采暖季的平均要降多少，才能与天气和偶然区分开。比这更小的效果，再好的措施也看不出来。
#
# Before any verdict: given how seasons before the measure differ from one another, by how much must the mean of one
# heating season fall to be told from weather and chance. A smaller effect does not show, however good the measure.

# %%
display(*page.smallest(data, lang))

# %% [markdown]
# ## 中断时间序列 · Interrupted series
# 措施前后各两年：水平、趋势、季节，加上从措施日开始的一个台阶。误差容许任意自相关，并按没有措施的日期上的表现放宽。
#
# Two years on either side: level, trend, season, and a step at the date. Errors may depend on one another in any form and
# are widened to what the same regression finds on dates without a measure.

# %%
found = page.estimates(data)
display(*page.shown(data, found, "interrupted", lang))

# %% [markdown]
# ## 未观测成分模型 · Unobserved components
# 水平自己也会游走。模型把这种游走的快慢作为未知数积分，而不是定为最可能的值；游走越快，台阶的区间越宽。
#
# The level wanders by itself. How fast is integrated over and not fixed at its likeliest value; the faster it wanders,
# the wider the interval of the step.

# %%
display(*page.shown(data, found, "components", lang))

# %% [markdown]
# ## 合成对照 · Synthetic control
# 用没有这项措施的地方加权组合，代替“没有措施的本地”。权重非负、和为一，只用措施之前的资料确定。对照地在措施日自己有突变的会被剔除
# 并说明。措施若也惠及对照地，这里的效果偏小。
#
# A weighted mix of places without the measure stands for the place without it. Weights are not negative, add up to one and
# are learnt before the date only. A donor that jumps at the date itself is left out and named. If the measure also
# cleans the donors' air, the effect looks too small here.

# %%
display(*page.shown(data, found, "synthetic", lang))

# %% [markdown]
# ## 放在一起 · Side by side
# 实心点才是结论。空心点表示没有看到，或者条件不足而不下结论；没有看到不等于没有效果，只说明效果不大于灰块。
#
# Filled dots are verdicts. Open dots are effects not seen or verdicts withheld; not seen does not mean that there is none,
# only that it is hardly larger than the grey block.

# %%
display(*page.together(data, found, lang))

# %% [markdown]
# 表中是每个结论的全部依据。安慰剂误判的区间按相隔半年的日期计数，因为相近的日期共用资料。
#
# The table holds all that each verdict rests on. The interval of the placebo size counts dates half a year apart as one,
# since dates near one another share data.

# %%
display(*page.judgement(found, lang))

# %%
display(*page.choices(found, lang))

# %% [markdown]
# ## 重污染预警 · Heavy-pollution alerts
# 预警在预报高时发布，过程本来就会结束，所以单次预警不能评价。这里把多个冬季的预警合在一起，与同等预报而没有预警的日子相比。
#
# Alerts are called when forecasts are high, and episodes end by themselves, so that no single alert can be judged. Those of
# several winters are taken together and compared with days of the same forecast without an alert.

# %%
display(*page.alerts(data, alerts, forecasts, lang))

# %% [markdown]
# ## 结论的限度 · Limits of this result
# - 同一天开始的其他事情（新规、停产、仪器更换）与措施分不开。
# - 逐渐见效的措施会被低估；措施前的抢先行动也会。
# - 天气的扣除是简化的；要彻底，可把去天气后的序列代入各方法。
#
# In English:
#
# - What else began on the same day (a rule, a closure, a new instrument) cannot be told from the measure.
# - Measures that work little by little are underestimated, and so are those anticipated.
# - The adjustment for weather is a light one; a deweathered series may be given to every method instead.
