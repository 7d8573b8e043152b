"""Reduction measures, emission factors and tonnes: what was cut, how many tonnes, and how sure that is.

Examples
--------
>>> import airq.inventory
>>> register = airq.inventory.load()
>>> register.total("boiler_coal", "台", "done")
688.0
>>> tonnes = register.done().emissions(draws=2000, years=(2021, 2025), pollutants=["PM25"])
>>> bool(tonnes.total.loc["PM25", "p5"] < 4400 < tonnes.total.loc["PM25", "p95"])
True
>>> row = airq.inventory.audit([{"id": "2023", "coal_t": 1_983_000, "so2_t": 2974.5, "pm_t": 19830}]).rows[0]
>>> row.factors, row.fingerprint
({'so2': 1.5, 'pm': 10.0}, 'uniform')
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from airq.inventory.auditing import Audit as Audit
    from airq.inventory.auditing import ClaimAudit as ClaimAudit
    from airq.inventory.auditing import audit as audit
    from airq.inventory.baseline import Baseline as Baseline
    from airq.inventory.claims import Claim as Claim
    from airq.inventory.claims import ClaimRejected as ClaimRejected
    from airq.inventory.costing import Carbon as Carbon
    from airq.inventory.costing import Costs as Costs
    from airq.inventory.costing import carbon as carbon
    from airq.inventory.costing import costs as costs
    from airq.inventory.factors import Factors as Factors
    from airq.inventory.factors import NeedsFactor as NeedsFactor
    from airq.inventory.intensities import Activities as Activities
    from airq.inventory.quantities import Quantity as Quantity
    from airq.inventory.quantities import parse as parse
    from airq.inventory.register import Register as Register
    from airq.inventory.register import RegisterRejected as RegisterRejected
    from airq.inventory.register import load as load
    from airq.inventory.results import Emissions as Emissions
    from airq.inventory.solution import Solution as Solution
    from airq.inventory.templates import template as template
    from airq.inventory.tonnes import emissions as emissions

_HOMES: Final = {
    "Activities": ("intensities", "Activities"),
    "Audit": ("auditing", "Audit"),
    "Baseline": ("baseline", "Baseline"),
    "Carbon": ("costing", "Carbon"),
    "Claim": ("claims", "Claim"),
    "ClaimAudit": ("auditing", "ClaimAudit"),
    "ClaimRejected": ("claims", "ClaimRejected"),
    "Costs": ("costing", "Costs"),
    "Emissions": ("results", "Emissions"),
    "Factors": ("factors", "Factors"),
    "NeedsFactor": ("factors", "NeedsFactor"),
    "Quantity": ("quantities", "Quantity"),
    "Register": ("register", "Register"),
    "RegisterRejected": ("register", "RegisterRejected"),
    "Solution": ("solution", "Solution"),
    "audit": ("auditing", "audit"),
    "carbon": ("costing", "carbon"),
    "costs": ("costing", "costs"),
    "emissions": ("tonnes", "emissions"),
    "load": ("register", "load"),
    "parse": ("quantities", "parse"),
    "template": ("templates", "template"),
}
"""Module and name of everything public, imported when it is first used. No module bears the name of a function here:
importing it would put the module in the function's place."""

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'airq.inventory' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(importlib.import_module(f"airq.inventory.{module}"), attribute)


def __dir__() -> list[str]:
    return sorted(_HOMES)
