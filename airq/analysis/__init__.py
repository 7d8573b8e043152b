"""Results from observations: the county month of the reports, trends, deweathering, direction, episodes.

Names are imported on first use.

Examples
--------
>>> from airq.analysis.period import parse
>>> parse("2026Q3").days
92
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from airq import lazy

if TYPE_CHECKING:
    from airq.analysis.averaging import PeriodMeans as PeriodMeans
    from airq.analysis.averaging import period_means as period_means
    from airq.analysis.county_month import CountyMonth as CountyMonth
    from airq.analysis.county_month import county_month as county_month
    from airq.analysis.deweathering.emission_trend import EmissionTrend as EmissionTrend
    from airq.analysis.deweathering.normalising import deweather as deweather
    from airq.analysis.deweathering.result import Deweathered as Deweathered
    from airq.analysis.direction.annulus import PolarAnnulus as PolarAnnulus
    from airq.analysis.direction.annulus import polar_annulus as polar_annulus
    from airq.analysis.direction.clusters import PolarClusters as PolarClusters
    from airq.analysis.direction.clusters import polar_clusters as polar_clusters
    from airq.analysis.direction.difference import PolarDifference as PolarDifference
    from airq.analysis.direction.difference import polar_difference as polar_difference
    from airq.analysis.direction.roses import Rose as Rose
    from airq.analysis.direction.roses import pollution_rose as pollution_rose
    from airq.analysis.direction.roses import wind_rose as wind_rose
    from airq.analysis.direction.sectors import ConditionalProbability as ConditionalProbability
    from airq.analysis.direction.sectors import PercentileRose as PercentileRose
    from airq.analysis.direction.sectors import conditional_probability as conditional_probability
    from airq.analysis.direction.sectors import percentile_rose as percentile_rose
    from airq.analysis.direction.surface import PolarSurface as PolarSurface
    from airq.analysis.direction.surface import polar_surface as polar_surface
    from airq.analysis.direction.transport import Transport as Transport
    from airq.analysis.direction.transport import transport_index as transport_index
    from airq.analysis.effect.alert_model import AlertEffect as AlertEffect
    from airq.analysis.effect.components import unobserved_components as unobserved_components
    from airq.analysis.effect.detectable import DetectableEffect as DetectableEffect
    from airq.analysis.effect.detectable import minimum_detectable_effect as minimum_detectable_effect
    from airq.analysis.effect.episodes import alert_effect as alert_effect
    from airq.analysis.effect.interrupted import interrupted_series as interrupted_series
    from airq.analysis.effect.model import PolicyEffect as PolicyEffect
    from airq.analysis.effect.synthetic import synthetic_control as synthetic_control
    from airq.analysis.episodes.aggregates import AggregateRegimes as AggregateRegimes
    from airq.analysis.episodes.aggregates import regimes_from_counts as regimes_from_counts
    from airq.analysis.episodes.conditions import EpisodeWeather as EpisodeWeather
    from airq.analysis.episodes.conditions import episode_weather as episode_weather
    from airq.analysis.episodes.conditions import inversion_strength as inversion_strength
    from airq.analysis.episodes.dusty_days import DustRecord as DustRecord
    from airq.analysis.episodes.dusty_days import dust_record as dust_record
    from airq.analysis.episodes.finding import Episodes as Episodes
    from airq.analysis.episodes.finding import find_episodes as find_episodes
    from airq.analysis.episodes.fireworks_effect import Fireworks as Fireworks
    from airq.analysis.episodes.fireworks_effect import fireworks as fireworks
    from airq.analysis.episodes.regimes import Regimes as Regimes
    from airq.analysis.episodes.regimes import lognormal_ceiling as lognormal_ceiling
    from airq.analysis.episodes.regimes import stagnation_regimes as stagnation_regimes
    from airq.analysis.episodes.synchrony import Synchrony as Synchrony
    from airq.analysis.episodes.synchrony import regional_synchrony as regional_synchrony
    from airq.analysis.everyday.availability import DataCapture as DataCapture
    from airq.analysis.everyday.availability import data_capture as data_capture
    from airq.analysis.everyday.correlation import CorrelationMatrix as CorrelationMatrix
    from airq.analysis.everyday.correlation import correlation_matrix as correlation_matrix
    from airq.analysis.everyday.diagrams import FairmodeTarget as FairmodeTarget
    from airq.analysis.everyday.diagrams import TaylorNumbers as TaylorNumbers
    from airq.analysis.everyday.diagrams import fairmode_target as fairmode_target
    from airq.analysis.everyday.diagrams import taylor_numbers as taylor_numbers
    from airq.analysis.everyday.distributions import ConditionalQuantiles as ConditionalQuantiles
    from airq.analysis.everyday.distributions import Distribution as Distribution
    from airq.analysis.everyday.distributions import QuantilePairs as QuantilePairs
    from airq.analysis.everyday.distributions import conditional_quantiles as conditional_quantiles
    from airq.analysis.everyday.distributions import distribution as distribution
    from airq.analysis.everyday.distributions import quantile_pairs as quantile_pairs
    from airq.analysis.everyday.level import TrendLevel as TrendLevel
    from airq.analysis.everyday.level import trend_level as trend_level
    from airq.analysis.everyday.scores import ModelStatistics as ModelStatistics
    from airq.analysis.everyday.scores import model_statistics as model_statistics
    from airq.analysis.everyday.variation import TimeVariation as TimeVariation
    from airq.analysis.everyday.variation import time_variation as time_variation
    from airq.analysis.trajectories.model import Trajectories as Trajectories
    from airq.analysis.trajectories.paths import TrajectoryClusters as TrajectoryClusters
    from airq.analysis.trajectories.paths import trajectory_clusters as trajectory_clusters
    from airq.analysis.trajectories.runs import wind_runs as wind_runs
    from airq.analysis.trajectories.sources import SourceMap as SourceMap
    from airq.analysis.trajectories.sources import cwt as cwt
    from airq.analysis.trajectories.sources import pscf as pscf
    from airq.analysis.trajectories.sources import sqtba as sqtba
    from airq.analysis.trajectories.tdump import read_tdump as read_tdump
    from airq.analysis.trend.breaks import Breakpoints as Breakpoints
    from airq.analysis.trend.breaks import breakpoints as breakpoints
    from airq.analysis.trend.comparison import SideBySide as SideBySide
    from airq.analysis.trend.comparison import TrendTests as TrendTests
    from airq.analysis.trend.comparison import annual_means as annual_means
    from airq.analysis.trend.comparison import side_by_side as side_by_side
    from airq.analysis.trend.comparison import trend_tests as trend_tests
    from airq.analysis.trend.filters import Filtered as Filtered
    from airq.analysis.trend.filters import kz_filter as kz_filter
    from airq.analysis.trend.kendall import MannKendall as MannKendall
    from airq.analysis.trend.kendall import mann_kendall as mann_kendall
    from airq.analysis.trend.season import Deseasonalised as Deseasonalised
    from airq.analysis.trend.season import deseasonalise as deseasonalise
    from airq.analysis.trend.slopes import TheilSen as TheilSen
    from airq.analysis.trend.slopes import theil_sen as theil_sen
    from airq.analysis.trend.smoothing import SmoothTrend as SmoothTrend
    from airq.analysis.trend.smoothing import smooth_trend as smooth_trend

_HOMES: Final[dict[str, str]] = {
    "AggregateRegimes": "episodes.aggregates",
    "AlertEffect": "effect.alert_model",
    "Breakpoints": "trend.breaks",
    "ConditionalProbability": "direction.sectors",
    "ConditionalQuantiles": "everyday.distributions",
    "CorrelationMatrix": "everyday.correlation",
    "CountyMonth": "county_month",
    "DataCapture": "everyday.availability",
    "Deseasonalised": "trend.season",
    "DetectableEffect": "effect.detectable",
    "Deweathered": "deweathering.result",
    "Distribution": "everyday.distributions",
    "DustRecord": "episodes.dusty_days",
    "EmissionTrend": "deweathering.emission_trend",
    "EpisodeWeather": "episodes.conditions",
    "Episodes": "episodes.finding",
    "FairmodeTarget": "everyday.diagrams",
    "Filtered": "trend.filters",
    "Fireworks": "episodes.fireworks_effect",
    "MannKendall": "trend.kendall",
    "ModelStatistics": "everyday.scores",
    "PercentileRose": "direction.sectors",
    "PeriodMeans": "averaging",
    "PolarAnnulus": "direction.annulus",
    "PolarClusters": "direction.clusters",
    "PolarDifference": "direction.difference",
    "PolarSurface": "direction.surface",
    "PolicyEffect": "effect.model",
    "QuantilePairs": "everyday.distributions",
    "Regimes": "episodes.regimes",
    "Rose": "direction.roses",
    "SideBySide": "trend.comparison",
    "SmoothTrend": "trend.smoothing",
    "SourceMap": "trajectories.sources",
    "Synchrony": "episodes.synchrony",
    "TaylorNumbers": "everyday.diagrams",
    "TheilSen": "trend.slopes",
    "TimeVariation": "everyday.variation",
    "Trajectories": "trajectories.model",
    "TrajectoryClusters": "trajectories.paths",
    "Transport": "direction.transport",
    "TrendLevel": "everyday.level",
    "TrendTests": "trend.comparison",
    "alert_effect": "effect.episodes",
    "annual_means": "trend.comparison",
    "breakpoints": "trend.breaks",
    "conditional_probability": "direction.sectors",
    "conditional_quantiles": "everyday.distributions",
    "correlation_matrix": "everyday.correlation",
    "county_month": "county_month",
    "cwt": "trajectories.sources",
    "data_capture": "everyday.availability",
    "deseasonalise": "trend.season",
    "deweather": "deweathering.normalising",
    "distribution": "everyday.distributions",
    "dust_record": "episodes.dusty_days",
    "episode_weather": "episodes.conditions",
    "fairmode_target": "everyday.diagrams",
    "find_episodes": "episodes.finding",
    "fireworks": "episodes.fireworks_effect",
    "interrupted_series": "effect.interrupted",
    "inversion_strength": "episodes.conditions",
    "kz_filter": "trend.filters",
    "lognormal_ceiling": "episodes.regimes",
    "mann_kendall": "trend.kendall",
    "minimum_detectable_effect": "effect.detectable",
    "model_statistics": "everyday.scores",
    "percentile_rose": "direction.sectors",
    "period_means": "averaging",
    "polar_annulus": "direction.annulus",
    "polar_clusters": "direction.clusters",
    "polar_difference": "direction.difference",
    "polar_surface": "direction.surface",
    "pollution_rose": "direction.roses",
    "pscf": "trajectories.sources",
    "quantile_pairs": "everyday.distributions",
    "read_tdump": "trajectories.tdump",
    "regimes_from_counts": "episodes.aggregates",
    "regional_synchrony": "episodes.synchrony",
    "side_by_side": "trend.comparison",
    "smooth_trend": "trend.smoothing",
    "sqtba": "trajectories.sources",
    "stagnation_regimes": "episodes.regimes",
    "synthetic_control": "effect.synthetic",
    "taylor_numbers": "everyday.diagrams",
    "theil_sen": "trend.slopes",
    "time_variation": "everyday.variation",
    "trajectory_clusters": "trajectories.paths",
    "transport_index": "direction.transport",
    "trend_level": "everyday.level",
    "trend_tests": "trend.comparison",
    "unobserved_components": "effect.components",
    "wind_rose": "direction.roses",
    "wind_runs": "trajectories.runs",
}
"""Module of each public name, imported when it is first used."""

__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy.names(__name__, _HOMES, ("capture", "frames", "period"))
