"""What every task of a run needs, as plain values that travel to another process or machine.

Examples
--------
>>> job = Job("archive", "2026-10", {}, "stage", "final", "store", "book.ipynb", "2026-11-01 08:00", ("zh",))
>>> Job(**job.to_dict()) == job
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import airq
from airq import places
from airq.analysis import period as periods
from airq.analysis.period import Period
from airq.figures import labels
from airq.figures.labels import Language
from airq.reports import names
from airq.reports.parameters import Settings
from airq.reports.results import code_digest

if TYPE_CHECKING:
    from airq.observations import Archive
    from airq.reports.html import PageInfo

__all__ = ["Job"]


@dataclass(frozen=True)
class Job:
    """One run.

    Attributes
    ----------
    archive, period : str
    settings : dict
        Of :class:`airq.reports.parameters.Settings`.
    stage, final, store : str
        Folders: where files are made, where those of the last run are, where computed parts are kept.
    notebook : str
        File.
    stamp : str
        When the run began, Beijing time.
    languages : sequence of str
    forked : bool
        Fork kernels where a server is there.
    """

    archive: str
    period: str
    settings: dict[str, Any]
    stage: str
    final: str
    store: str
    notebook: str
    stamp: str
    languages: Sequence[Language]
    forked: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"languages": tuple(self.languages)}

    @cached_property
    def source(self) -> Archive:
        """The archive."""
        from airq.observations import Archive

        return Archive(self.archive)

    @cached_property
    def when(self) -> Period:
        """The period."""
        return periods.parse(self.period)

    @cached_property
    def chosen(self) -> Settings:
        """The settings."""
        return Settings(**self.settings)

    def results_file(self, place: str) -> Path:
        """Results of a place in the new folder."""
        return Path(self.stage) / names.file_name(place)

    def info(self, place: str, lang: Language) -> PageInfo:
        """Title, links and footer of a page."""
        from airq.reports.html import PageInfo

        name = places.get(place).name(lang)
        when = labels.period(self.when, lang)
        title = f"{name}{when}环境空气质量报告" if lang == "zh" else f"Air quality of {name}, {when}"
        other = [one for one in self.languages if one != lang]
        links = [(("目录" if lang == "zh" else "All places"), names.index_name(lang))]
        links += [("English" if one == "en" else "中文", names.page_name(place, one)) for one in other]
        return PageInfo(title, lang, links, self.footer(lang), f"{place}.rows.{lang}.html")

    def footer(self, lang: Language) -> str:
        """Who issues it, generation time and version."""
        issuer = getattr(self.chosen.organisation, lang)
        if lang == "zh":
            text = f"生成时间：{self.stamp}（北京时间）；软件：airq {airq.__version__}；算法摘要 {code_digest()[:12]}"
            return f"编制单位：{issuer}；{text}" if issuer else text
        text = f"Made {self.stamp} Beijing time by airq {airq.__version__}; digest of the rules {code_digest()[:12]}"
        return f"Issued by {issuer}. {text}" if issuer else text
