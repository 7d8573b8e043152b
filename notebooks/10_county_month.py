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

# %% [markdown] tags=["notebook-only"]
# # 县（市）空气质量报告 · The air of a county
#
# 给定地区、时段（月、季、半年、年）和语言，由档案算出两版标准下的全部指标并逐节展示。修改下一格的参数后运行全部即可；
# `airq report` 用同一本笔记生成网页、Word、PDF 等各种格式。
#
# Given a place, a period (month, quarter, half-year, year) and a language, this notebook shows every indicator under both
# standards, computed from the archive. Change the parameters below and run all; `airq report` makes the pages, Word, PDF
# and the other formats from this same notebook.

# %% tags=["parameters"]
place = "changji"  # id, name or code; see params/counties.yaml
month = (
    ""  # such as "2026-10", "2026Q3", "2026H1", "2026"; empty takes the last complete month of the archive
)
lang = "zh"  # "zh" or "en"
archive = ""  # folder; empty takes data/processed/archive
results = ""  # a JSON file for the numbers; empty writes none

# %% tags=["notebook-only"]
from IPython.display import display

from airq.reports import months_page, page, sections, target_page
from airq.reports.results import obtain_bundle

# %% [markdown] tags=["notebook-only"]
# ## 结果 · The numbers
# 全部数字一次算好；后面各格只做展示。 All numbers are computed here; the cells below only show them.

# %% tags=["notebook-only"]
bundle = obtain_bundle(archive, place, month, results)
result, goals = bundle.result, bundle.targets

# %%
display(*page.header(result, lang))

# %%
display(*sections.show("first_page", bundle, lang))

# %%
display(*page.headline(result, lang))
display(*page.counties(result, lang))

# %%
display(*sections.show("ranking", bundle, lang))

# %%
display(*sections.show("map", bundle, lang))

# %%
display(*months_page.months(result, lang))

# %%
display(*page.calendar(result, lang))

# %%
display(*page.comparison(result, lang))
display(*months_page.annual(result, lang))

# %%
display(*page.counts(result, lang))
display(*page.year_to_date(result, lang))

# %%
display(*target_page.targets(goals, lang))

# %%
display(*sections.show("outlook", bundle, lang))

# %%
display(*sections.show("measures", bundle, lang))

# %%
display(*sections.show("deweathered", bundle, lang))

# %%
display(*sections.show("whatif", bundle, lang))

# %%
display(*page.capture(result, lang))

# %%
display(*page.hourly(result, lang))

# %%
display(*page.masks(result, lang))

# %%
display(*page.methods(result, lang))
