"""From results to pages: validated parameters, papermill, HTML, an index and a manifest.

Nothing is computed here; the numbers come from :mod:`airq.analysis`.
"""

import sys
from importlib.abc import MetaPathFinder


class _SparesAGrammar(MetaPathFinder):
    """Lets jsonschema be imported without its check of international addresses.

    nbformat needs jsonschema, which asks for a grammar of addresses while it is imported and does without where there
    is none. Compiling it takes two seconds in every process, for a check that no notebook asks for. Whoever else
    imports the grammar gets it.
    """

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "rfc3987_syntax" and "jsonschema" in sys.modules:
            sys.meta_path.remove(self)
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


if "jsonschema" not in sys.modules:
    sys.meta_path.insert(0, _SparesAGrammar())
