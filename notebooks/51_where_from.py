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
# # 污染从哪里来：风向、输送与轨迹 · Where it comes from: direction, transport, trajectories
#
# 浓度随风变化，说明污染从哪一侧来；邻区之间顺风与否的对照，说明有没有输送；轨迹再把来向延伸到远处。每一步都给出不确定性：
# 样本太少的地方打斜线或不予评价，区间由整周重抽样得到，因为一次污染过程是一个事件，不是几十个独立小时。
#
# Concentrations change with the wind, which tells the side they come from; hours along the wind against the others tell
# whether neighbours exchange air; trajectories carry the direction further. Each step shows what it does not know: thin
# places are hatched or withheld, and intervals draw whole weeks anew, since an episode is one event and not many hours.

# %% tags=["parameters"]
lang = "zh"  # "zh" or "en"
place = "changji"  # id, name or code; a group takes the mean of its stations
pollutant = "pm25"  # pm25, pm10, so2, no2, co or o3
start = ""  # such as "2024-01"; empty takes all
end = ""
archive = ""  # folder; empty takes data/processed/archive
network = "corps"  # "belt" (五家渠–米东–甘泉堡–阜康) or "corps" (乌–昌–石 and the Corps)
tdump = ""  # HYSPLIT files, a pattern or a folder; empty follows the station's own wind
hours = 24  # length of these runs of the wind
cell = 0.1  # degrees of a cell on the maps; 1 suits HYSPLIT files of several days

# %%
from IPython.display import display

from airq import analysis
from airq.figures import direction as figures
from airq.figures import direction_roses as roses
from airq.figures import direction_transport as links
from airq.figures import trajectories as maps
from airq.reports import direction_page as page

# %% [markdown]
# ## 资料 · The data
# 评价点平均，剔除质控标记值；风取同一地区的气象站。风向0与360都是正北，静风没有方向，999等代码不参与统计并计数。
#
# Mean of the evaluation stations with flagged values left out, and the wind of the place's own weather. Directions 0 and
# 360 are both north, calms have none, codes such as 999 are left out and counted.

# %%
data = page.hours(archive, place, pollutant, start, end)
name = data.place.name(lang)
display(*page.header(data, lang))

# %% [markdown]
# ## 风从哪里来 · Where the wind comes from
# 先看风本身：污染玫瑰里某个方向多，可能只是风常从那里来，所以右图另给各扇区的平均浓度和静风时的平均。
#
# First the wind itself. A sector may fill a pollution rose only because the wind often comes from there; the panel on the
# right therefore gives the mean of each sector, and of calms.

# %%
winds = analysis.wind_rose(data.frame)
display(roses.rose(winds, lang, name, data.simulated), *page.notes(winds, lang))

# %%
loads = analysis.pollution_rose(data.frame, pollutant)
display(roses.rose(loads, lang, name, data.simulated), *page.notes(loads, lang))

# %% [markdown]
# ## 高值从哪里来 · Where high values come from
# 条件概率是某一扇区中高于全部小时第90百分位的小时占比。深色扇区的区间整个高于平均，浅色的不能下结论。
#
# The conditional probability is the share of a sector's hours above the 90th percentile of all hours. Dark sectors have
# their whole interval above the average; light ones allow no conclusion.

# %%
levels = analysis.percentile_rose(data.frame, pollutant)
display(roses.percentiles(levels, lang, name, data.simulated), *page.notes(levels, lang))

# %%
chances = analysis.conditional_probability(data.frame, pollutant)
display(roses.probability(chances, lang, name, data.simulated), *page.notes(chances, lang))

# %% [markdown]
# ## 风速和风向一起看 · Wind speed and direction together
# 极坐标图：离圆心越远风速越大。近处的源在小风时高；远处的源和扬尘在大风时高。斜线处区间太宽，不要解读。
#
# The farther from the middle, the stronger the wind. Sources nearby show in light winds, distant ones and dust in strong
# winds. Where it is hatched the interval is too wide to be read.

# %%
surface = analysis.polar_surface(data.frame, pollutant, uncertainty="bootstrap", draws=60)
display(figures.polar(surface, lang, name, data.simulated), *page.notes(surface, lang))

# %%
groups = analysis.polar_clusters(data.frame, pollutant)
display(figures.clusters(groups, lang, name, data.simulated), *page.clusters(groups, lang))

# %% [markdown]
# ## 随时刻和季节 · By hour and season
# 同一风向在不同时刻、不同月份浓度不同：采暖期和逆温让同样的风带来更多。
#
# The same wind brings more or less by hour and month: in the heating season and under inversions it brings more.

# %%
by_hour = analysis.polar_annulus(data.frame, pollutant, period="hour")
by_season = analysis.polar_annulus(data.frame, pollutant, period="season")
rings = [by_hour, by_season]
display(figures.annulus(rings, lang, name, data.simulated), *page.notes(rings, lang))

# %% [markdown]
# ## 前后变化 · Before and after
# 把时段分成前后两半（够长时在年初分开），比较同样的风下浓度变了多少。斜线处变化与零无法区分。季节和其他天气的差别没有扣除：
# 不足两年时前后两半季节不同，只能看作冬夏之别，不能看作治理的效果。
#
# The period in two halves, cut at a new year if it is long enough: how much the same wind brings less or more. Where it
# is hatched the change cannot be told from none. Season and other weather are not taken out: in less than two years the
# halves differ in season, and show winter against summer, not the effect of any measure.

# %%
change = analysis.polar_difference(*data.halves, pollutant)
display(figures.difference(change, lang, name, data.simulated), *page.notes(change, lang))

# %% [markdown]
# ## 邻区输送 · Transport between neighbours
# 对每一对地区，风从甲吹向乙时，甲先前的浓度能否预示乙此刻的浓度（已扣除乙自身的持续性和区域共同变化），并与不顺风的小时对照。
# 两者之差就是指数。区间在零以上才说“有输送”；指数不是贡献率，贡献率要用传输模式。
#
# For each pair: does the earlier level at A foretell the level at B when the wind blows from A to B, given B's own
# persistence and what the region shares, and more so than in the other hours? The difference is the index. Only an
# interval above 0 counts as transport, and the index is no share of the concentration: that takes a transport model.

# %%
nearby = page.neighbours(archive, network, pollutant, start, end)
exchange = analysis.transport_index(nearby, pollutant, network)
display(links.transport(exchange, lang, "", data.simulated, network))

# %%
display(*page.transport(exchange, lang))

# %% [markdown]
# ## 轨迹与潜在源区 · Trajectories and source regions
# 给出HYSPLIT的tdump文件时用后向轨迹；没有时用本站风外推的风程，只在数十公里内有意义，看不见地形和高度，不能用来指认远处的源。
#
# With HYSPLIT's tdump files these are back trajectories. Without, the station's own wind is followed backwards, which
# means something over some tens of kilometres only, is blind to terrain and height, and must not be used to name a
# distant source.

# %%
tracks = page.trajectories(tdump, data, hours)
ways = analysis.trajectory_clusters(tracks, data.frame, pollutant, clusters=5)
display(maps.ways(ways, lang, name, data.simulated, page.map_approval()), *page.notes(ways, lang))

# %%
regions = (
    analysis.pscf(tracks, data.frame, pollutant, cell=cell),
    analysis.cwt(tracks, data.frame, pollutant, cell=cell),
    analysis.sqtba(tracks, data.frame, pollutant, cell=cell),
)
drawn = maps.source_map(regions, lang, name, data.simulated, approval=page.map_approval())
display(drawn, *page.regions(regions, lang))

# %% [markdown]
# ## 结论的限度 · Limits of this result
# - 来向不等于来源：一个方向上的高值也可能是那里的天气（小风、逆温）造成的。
# - 一个站的风不能代表山前复杂地形上的气流。
# - 多对比较中会有个别偶然越过区间，表下注明可能的个数。
#
# In English:
#
# - A direction is not a source: high values from one side may be made by the weather that comes with it.
# - The wind of one station does not stand for the flow over the complex ground before the mountains.
# - Among many pairs some pass their interval by chance; the table says how many to expect.
