"""Back trajectories: HYSPLIT files, source regions by PSCF, CWT and SQTBA, clusters, runs of the local wind.

Examples
--------
>>> from airq.analysis.trajectories.weights import cwt_weight, pscf_weight
>>> import numpy as np
>>> cwt_weight(np.array([5, 15, 50, 90])).tolist()
[0.05, 0.42, 0.7, 1.0]
"""
