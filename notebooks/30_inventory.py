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
# # 减排措施清单：削减了什么、多少吨、多大把握 · The inventory of measures: what was cut, how many tonnes, how sure
#
# 清单收录各文件所列的减排措施，由活动水平和排放因子抽样计算每年削减的吨数，给出中位数和第5—95百分位。已完成与计划始终分开；
# 文件之间包含、重复、矛盾的数字相互关联，从不相加；没有来源的因子不设默认值，措施写明“缺因子”。
#
# The register holds the measures of the documents. Tonnes a year are drawn from activities and emission factors and shown
# as a median with p5 and p95. What is done and what is planned stay apart, figures that contain, repeat or contradict one
# another are linked and never added, and a measure for which no factor with a source was found says so.

# %% tags=["parameters"]
lang = "zh"  # "zh" or "en"
place = "all"  # id, name or code of a place; a group takes its members; "all" every measure
register = ""  # a CSV or XLSX file in the layout of the template; empty takes data/raw/measures.csv
draws = 20000  # random draws
seed = 0  # the same seed gives the same numbers
years = ""  # such as "2021-2025": only what came into effect then; empty takes all

# %%
from IPython.display import display

from airq import inventory
from airq.figures import inventory as figures
from airq.reports import inventory_page as page

# %% [markdown]
# ## 清单 · The register
# 有错误的清单整份不采用，并逐行逐列说明。选县市时只取写明属于该地的措施，全州统一下达的措施不分摊。
#
# A register with errors is refused as a whole, each error with its row and column. For a county only measures stated for
# it are taken; what is stated for the whole prefecture is not shared out.

# %%
whole = inventory.load(register or None)
measures = page.choose(whole, place)
display(*page.header(measures, place, lang))

# %%
display(*page.counts(measures, lang))

# %% [markdown]
# ## 吨数 · The tonnes
# 每项措施的削减＝活动水平×因子×（1－原有治理）×到位率×在用比例，再扣除替代排放（已知时）。共用一个因子的措施一起变动，
# 合计逐次抽样相加，因此合计的区间不是各项区间之和。
#
# A cut is activity × factor × (1 − existing control) × penetration × share in use, less what takes its place where that
# is known. Measures that share a factor move together and sums are taken draw by draw, so that the interval of a sum is
# not the sum of the intervals.

# %%
tonnes = measures.emissions(draws, seed, years=page.span(years))
display(*page.totals(tonnes, lang))

# %% [markdown]
# ## 从基准到剩余 · From the baseline to what remains
# 默认基准只含文件点名的排放源，是下限，因此“剩余”接近零并不表示排放已经清零；换用完整的排放清单后，这一列才有意义。
# 灰底的类别没有吨数，不等于没有削减。
#
# The default baseline holds only the sources that documents name. It is a lower bound, so a remainder near zero does not
# mean that nothing is emitted; a full inventory in its place gives the column its meaning. Shaded categories have no
# tonnes, which is not to say that they cut nothing.

# %%
base = inventory.Baseline.load()
within = page.within(place)
display(figures.waterfall(tonnes, "PM25", "category", lang, baseline=base, within=within))

# %%
display(figures.waterfall(tonnes, "SO2", "county", lang, baseline=base, within=within))

# %% [markdown]
# ## 从类别到县市和污染物 · From category to county and pollutant
# 文件多按全州下达，只有少数写明县市；“未分县市”的部分不能摊到任何一个县。各污染物之间不能相加，所以第二张图画的是份额。
#
# Most measures are stated for the whole prefecture and few for a county; what is "not split" belongs to no single county.
# Pollutants do not add, so the second figure draws shares.

# %%
display(figures.flow(tonnes, "NOx", "county", lang))

# %%
display(figures.flow(tonnes, None, "pollutant", lang))

# %% [markdown]
# ## 逐年累计 · Year by year
# 没有逐年数字时，措施在其时段内均匀生效。实线为已完成，虚线和斜线为加上计划之后。
#
# Without figures by year a measure comes into effect evenly over its period. Solid is done, dashed and hatched with plans.

# %%
display(figures.cumulative(tonnes, ["PM25", "SO2", "NOx", "CO", "VOC", "CO2"], lang))

# %% [markdown]
# ## 把握有多大 · How sure
# 区间由少数几个因子和活动水平决定：先把这几个数测准，比增加任何别的数据都有用。
#
# A few factors and activities make the interval. To measure these is worth more than any other data.

# %%
display(figures.contributors(tonnes, ["PM25", "SO2", "NOx", "CO2"], 5, lang))

# %%
display(*page.lacking(tonnes, lang))

# %% [markdown]
# ## 官方说法站得住吗 · Do the official claims hold
# 把公布的吨数除以公布的煤量，就得到说法所用的系数。几种污染物的系数都是整齐的数，说明用的是系数表而不是实测清单；
# 颗粒物系数高出PM₂.₅可能达到的范围，说明公布的不是PM₂.₅。
#
# The stated tonnes over the stated coal give the factors of a claim. Where they are round for every pollutant, a table was
# multiplied and nothing was measured; particulate above what PM₂.₅ can reach is not PM₂.₅.

# %%
claims = inventory.audit(register=whole, draws=draws, seed=seed)
display(figures.claims(claims, lang=lang))

# %%
display(*page.verdicts(claims, lang))

# %% [markdown]
# ## 费用 · The money
# 只用文件写明的钱，没有的不编。上限为“∞”表示削减量的区间包含零。
#
# Only money that documents state, none invented. An upper end of ∞ means that the interval of the cut includes nothing.

# %%
display(*page.costs(inventory.costs(measures, draws, seed), lang))

# %% [markdown]
# ## 结论的限度 · Limits of this result
# - 削减吨数不是浓度的变化：气象、输送和二次生成都不在内。
# - 大多数措施没有可引用的因子，合计只覆盖有吨数的措施，是不完整的。
# - 未说明替代能源或产能去向的措施按毛削减计。
#
# In English:
#
# - Tonnes cut are no change of concentration: weather, transport and secondary formation are not in them.
# - Most measures have no factor that could be cited; totals cover those with tonnes and are incomplete.
# - Measures that do not say what takes their place count gross.
