"""Why a report could not be made, for its readers: a sentence in their language, without a path of the server.

The sentence of the terminal names files and settings; it is recognised by its own words, since it has crossed processes
as text.

Examples
--------
>>> said("/srv/a/observations/2026/2026-10-1b5.parquet: missing or damaged; run 'airq archive verify'.", "zh")
'2026年10月的档案文件缺失或损坏；请核对档案，重新导入该月数据后再运行。'
>>> said("/srv/data/list.csv: line 3: no number.", "en")
'list.csv: line 3: no number.'
"""

from __future__ import annotations

import errno
import re
from typing import Final

from airq.analysis.period import parse
from airq.errors import ParameterError
from airq.figures import labels
from airq.figures.labels import Language

__all__ = ["cure", "known", "said", "without_paths"]

_KINDS: Final = (
    (
        r"(?P<month>\d{4}-\d{2})[^/\\]*\.parquet: missing or damaged",
        "{month}的档案文件缺失或损坏；请核对档案，重新导入该月数据后再运行。",
        "The archive's file of {month} is missing or damaged; check the archive and ingest that month again.",
    ),
    (
        r"a cell ran longer than (?P<limit>[\d.e+]+) s",
        "报告中有一步运行超过{limit}秒，已终止；请提高参数文件中的时限timeout。",
        "A step of the report ran longer than {limit} s and was ended; raise 'timeout' in the settings.",
    ),
    (
        r"it took longer than (?P<limit>[\d.e+]+) s",
        "计算超过{limit}秒，已终止；请提高参数文件中的时限notebook_timeout。",
        "It took longer than {limit} s and was ended; raise 'notebook_timeout' in the settings.",
    ),
    (
        r"more (?:than \d+ MB of )?memory",
        "所需内存超过参数文件规定的上限；请提高memory的值，或减少同时运行的任务数jobs。",
        "It needs more memory than the settings allow; raise 'memory' or run fewer jobs at a time.",
    ),
    (
        r"kernel died|process ended with|kernel did not start|no process could be started|dask worker failed",
        "运行进程异常终止，多为内存不足；请减少同时运行的任务数后重新运行。",
        "Its process ended unexpectedly, most often for want of memory; run again with fewer jobs.",
    ),
    (r"the run was stopped", "运行被中止；请重新运行。", "The run was stopped; run again."),
    (
        r"No space left|Permission denied|Read-only file system|Disk quota|File too large",
        "磁盘空间不足、没有写入权限或文件大小受限；请排除后重新运行。",
        "The disk is full, cannot be written, or the size of files is limited; mend it and run again.",
    ),
)
_OTHER_ZH: Final = "运行中出现错误，具体原因见运行记录。"
_POSIX: Final = re.compile(r"(?<![\w./:<])(?:~|\.\.?)?/(?:[^\s/:;,'\"()]+/)+([^\s/:;,'\"()]+)")
_WINDOWS: Final = re.compile(r"\b[A-Za-z]:\\(?:[^\\:;,'\"()]+\\)*([^\\\s:;,'\"()]+)")


def without_paths(text: str) -> str:
    r"""Text with the names of files alone.

    Examples
    --------
    >>> without_paths(r"/a/b/c.csv and C:\data\d.csv: no data at https://example.org/a/b.")
    'c.csv and d.csv: no data at https://example.org/a/b.'
    """
    return _WINDOWS.sub(r"\1", _POSIX.sub(r"\1", text))


def known(reason: str, lang: Language) -> str:
    """Sentence of a failure of a known kind; empty for any other.

    Parameters
    ----------
    reason : str
        Sentence of the terminal.
    lang : {"zh", "en"}

    Examples
    --------
    >>> known("the kernel died; most often the memory was exhausted.", "zh")
    '运行进程异常终止，多为内存不足；请减少同时运行的任务数后重新运行。'
    >>> known("no data.", "zh")
    ''
    """
    for pattern, zh, en in _KINDS:
        if found := re.search(pattern, reason):
            values = dict(found.groupdict())
            if "month" in values:
                try:
                    values["month"] = labels.period(parse(values["month"]), lang)
                except ParameterError:
                    continue
            return (zh if lang == "zh" else en).format(**values)
    return ""


def said(reason: str, lang: Language) -> str:
    """Sentence of any failure.

    Parameters
    ----------
    reason : str
        Sentence of the terminal.
    lang : {"zh", "en"}

    Returns
    -------
    str
        On Chinese pages a failure of no known kind is said in general words; the run's own output says which.
    """
    return known(reason, lang) or (_OTHER_ZH if lang == "zh" else without_paths(reason))


def cure(error: OSError) -> str:
    """What to do about a file that could not be written or read.

    Examples
    --------
    >>> cure(OSError(errno.EFBIG, "File too large"))
    'raise the limit on the size of files (ulimit -f)'
    >>> cure(OSError(errno.ENOSPC, "No space left on device"))
    'make room or correct the rights'
    """
    if error.errno == errno.EFBIG:
        return "raise the limit on the size of files (ulimit -f)"
    return "make room or correct the rights"
