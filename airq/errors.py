"""Every refusal of airq: one sentence that says where, what is wrong and what to do.

A message names the file, then the line or column, then the fault, then the cure. The command line
prints it as it is; nothing but ``--debug`` shows a traceback.
"""

from __future__ import annotations

__all__ = [
    "AirqError",
    "ArchiveError",
    "FileRejected",
    "MissingData",
    "ParameterError",
    "ReportError",
    "UnitError",
]


class AirqError(Exception):
    """Root of all refusals; its text is one sentence for a person."""


class ParameterError(AirqError, ValueError):
    """A parameter, name, date or value that a user gave cannot be used."""


class UnitError(AirqError, ValueError):
    """A unit is missing, of the wrong kind, or contradicted by the values."""


class FileRejected(AirqError):
    """A file cannot be read at all, or not safely; nothing was taken from it."""


class MissingData(AirqError, LookupError):
    """The data that a calculation needs is not there."""


class ArchiveError(AirqError):
    """The archive is locked, damaged, of another version, or not an archive."""


class ReportError(AirqError):
    """A report could not be rendered."""
