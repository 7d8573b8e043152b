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
# # 目标定多少合适 · Which target is within reach
#
# 定目标之前先看它有多大把握：数值松一点、紧一点，趋势延续或不延续，措施再多降一点，概率各是多少。
#
# Before a target is set, see how likely it is: with an easier or a harder figure, with the trend going on or not, with
# measures that bring concentrations further down.

# %% tags=["parameters"]
lang = "zh"  # "zh" or "en"
place = "changji"  # id, name or code of a county
archive = ""  # folder; empty takes data/processed/archive
asof = ""  # such as "2026-09-30": nothing after it is used; empty takes the last day held
year = 0  # year that is judged; 0 takes that of the last day
kind = "good_days"  # "good_days", "heavy_days" or "mean" (PM2.5, µg/m³)
amount = 0.0  # days or µg/m³; 0 takes the figure of the year before
probability = 0.8  # how sure one wants to be
draws = 500  # simulated years
seed = 0  # the same seed gives the same numbers
sliders = True  # False leaves the controls out, for a report

# %%
from dataclasses import replace

from IPython.display import display

from airq.reports import target_playground as page

# %% [markdown]
# ## 往年 · Earlier years
# 目标从往年的数值出发。
#
# A target starts from the figures of earlier years.

# %%
ready = page.prepare(archive, place, asof, year, draws, seed)
display(*page.header(ready, lang))

# %%
display(*page.reference(ready, lang))

# %% [markdown]
# ## 自己选 · Choose yourself
# 选目标的种类和数值，再改趋势和措施，答案随之改变；控件只调用一个纯函数，笔记本、网页和测试得到同样的数。
#
# Choose a kind and an amount, then the trend and the measures, and the answer follows. The controls call one pure function,
# so that notebook, page and tests get the same numbers.

# %%
start = ready.first(kind)
ask = replace(start, amount=amount or start.amount)

# %% tags=["notebook-only"]
display(*page.controls(ready, ask, lang, sliders))

# %% [markdown]
# ## 答案 · The answer
# 概率由模拟的年份得出，抽样误差一并给出。
#
# The probability comes from simulated years, and the error of the draws is given with it.

# %%
display(*page.answer(ready, ask, lang))

# %% [markdown]
# ## 松一点，紧一点 · Easier and harder
# 同一组模拟的年份，换不同的数值；最后一句是有所要把握的最紧的目标。
#
# The same simulated years against other amounts; the sentence names the hardest target that is as sure as asked.

# %%
display(*page.amounts(ready, ask, lang))

# %%
display(*page.needed(ready, ask, lang, probability))

# %% [markdown]
# ## 趋势 · The trend
# 往年的改善是否延续，资料自己不能回答；三种假设下的概率并列。
#
# Whether the improvement of earlier years goes on cannot be read off the data; here is the probability under each of three
# assumptions.

# %%
display(*page.drifts(ready, ask, lang))

# %% [markdown]
# ## 措施 · Measures
# 从资料截止日起浓度再降一些会怎样。降幅的不确定性取它的一半，因为承诺的减排很少全部实现。60号笔记本从措施的吨数算出降幅。
#
# What a further fall of concentrations from that day on would do. Half of it is taken as its uncertainty, since what is
# promised rarely comes in full. Notebook 60 works out such a fall from the tonnes of measures.

# %%
display(*page.measures(ready, ask, lang))

# %% [markdown]
# ## 早些时候 · Earlier in the year
# 同一目标，只用当时已知的资料，概率是多少。
#
# The same target with what was known earlier in the year.

# %%
display(*page.dates(ready, ask, lang))

# %% [markdown]
# ## 限度 · Limits
# 没有发生过的事不在其中；沙尘天气未扣除。方法和检验见 docs/targets.md。
#
# What never happened is not in it, and dust days are not deducted. Method and tests are in docs/targets.md.

# %%
display(*page.notes(ready, ask, lang))
