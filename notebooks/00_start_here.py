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
# # 从这里开始 · Start here
#
# 十分钟看完全部：档案、指标、趋势、预报、目标、情景。依次运行各格即可（Shift+Enter），每一格都是一次可以单独使用的调用。
# 没有自己的数据时，会生成一份小的模拟档案，页面上都标明“模拟数据”。
#
# All of it in ten minutes: archive, indicators, trend, forecast, target, what-if. Run the cells one after the other
# (Shift+Enter); each is a call that can be made alone. Without data of your own a small simulated archive is made, and
# every page says that it is simulated.

# %% tags=["parameters"]
lang = "zh"  # "zh" or "en"
place = "changji"  # id, name or code; see params/counties.yaml
month = ""  # such as "2026-10"; empty takes the last complete month
archive = ""  # folder; empty takes data/processed/archive, else a small simulated one

# %%
from IPython.display import display

from airq.reports import start_page as page

# %% [markdown]
# ## 一、档案 · 1. The archive
# 监测数据用 `airq ingest 文件夹` 收进档案，格式自动识别，每个值都记得来自哪个文件。档案之外没有别的数据。
#
# `airq ingest FOLDER` takes observations into the archive, recognises their format and keeps where every value came from.
# Everything below reads the archive and nothing else.

# %%
begun = page.start(archive, place, month)
display(*page.archive(begun, lang))

# %% [markdown]
# 在 Python 中 `airq.open_archive()` 打开它，`.load()` 取出一个带时间和站点坐标的 xarray 数据集。
#
# In Python `airq.open_archive()` opens it, and `.load()` gives an xarray Dataset with its times and stations.

# %%
hours = begun.archive.load(place, start=begun.period.name, end=begun.period.name)

# %%
display(hours["pm25"].sizes)

# %% [markdown]
# ## 二、指标 · 2. Indicators
# 按 GB 3095、HJ 633 和 HJ 663 的条文逐条计算，新旧两版并列；整数运算，修约按 GB/T 8170。
#
# Computed clause by clause from GB 3095, HJ 633 and HJ 663, the old and the new edition side by side, in integers, rounded
# after GB/T 8170.

# %%
display(*page.indicators(begun, lang))

# %% [markdown]
# ## 三、趋势 · 3. Trend
# 几年的月均值能说明什么？斜率和它的区间一起看。
#
# What do the means of some years tell? Read the slope together with its interval.

# %%
display(*page.trend(begun, lang))

# %% [markdown]
# ## 四、预报 · 4. Forecast
# 今后十天以分位数给出，带子越宽越没有把握。没有天气预报时只靠历史和近况。
#
# The coming ten days as quantiles: the wider the band, the less is known. Without a weather forecast it rests on history
# and the last days.

# %%
display(*page.forecast(begun, lang))

# %% [markdown]
# ## 五、目标 · 5. Target
# 全年目标能否完成，用概率回答，而不是按进度外推。
#
# Whether a target of the year will be met is answered by a probability, not by extending the progress so far.

# %%
display(*page.target(begun, lang))

# %% [markdown]
# ## 六、情景 · 6. What if
# 淘汰30台锅炉和741辆货车，浓度会变多少？这里只用很少的抽样，正式计算见60号笔记本。
#
# What would 30 boilers and 741 trucks less change? With few draws here; notebook 60 does it in full.

# %%
display(*page.what_if(begun, lang))

# %% [markdown]
# ## 接下来 · Where to go on
# 每一本笔记回答一个问题；命令行做同样的事。文档由 `make docs` 生成。
#
# Each notebook answers a question, and a command does the same. `make docs` builds the documentation.

# %%
display(*page.more(lang))
