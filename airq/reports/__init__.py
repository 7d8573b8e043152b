"""From results to pages: validated parameters, papermill, HTML, an index and a manifest.

Nothing is computed here; the numbers come from :mod:`airq.analysis`.
"""

import sys


def _spare_a_grammar() -> None:
    """Import jsonschema without its check of international addresses.

    nbformat needs jsonschema, which compiles a grammar of addresses at import: two seconds in every process, for a
    check that no notebook asks for.
    """
    name = "rfc3987_syntax"
    if "jsonschema" in sys.modules or name in sys.modules:
        return
    sys.modules[name] = None  # type: ignore[assignment]  # what makes an import fail
    try:
        import jsonschema  # noqa: F401
    finally:
        del sys.modules[name]


_spare_a_grammar()
