"""From results to pages: validated parameters, papermill, HTML, an index and a manifest.

Nothing is computed here; the numbers come from :mod:`airq.analysis`.
"""
