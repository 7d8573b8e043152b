"""Settings of the documentation: ``make docs`` builds it offline into data/processed/docs."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import airq  # noqa: E402  # after its folder is on the path

project = "airq"
author = "The airq developers"
copyright = f"2026, {author}"
version = release = airq.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
root_doc = "index"
language = "en"

html_theme = "furo"
html_title = f"airq {version}"
html_static_path = ["_static", "../airq/figures/fonts"]  # Chinese shows where no such font is installed
html_show_sphinx = False
html_css_files = ["airq.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {"footer_icons": [], "navigation_with_keys": True}
# Nothing is fetched: the theme's own files and fonts of the system, no formula renderer from elsewhere.

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
myst_url_schemes = ("http", "https", "mailto")
# Links to files of the project that are no page of the documentation stay as they are.
suppress_warnings = ["myst.xref_missing", "myst.header", "misc.highlighting_failure", "ref.python"]

autodoc_member_order = "groupwise"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": False}
napoleon_google_docstring = False
napoleon_numpy_docstring = True
napoleon_use_rtype = False
add_module_names = False
python_use_unqualified_type_names = True
