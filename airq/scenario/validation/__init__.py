"""Whether the scenarios may be believed: tests T1 to T7 on simulated truth, and hindcasts of what is known.

``airq whatif --validate`` runs them all.
"""
