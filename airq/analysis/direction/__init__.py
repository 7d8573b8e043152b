"""Where it comes from: polar surfaces, roses, conditional probability, clusters, transport between neighbours.

Examples
--------
>>> from airq.analysis.direction.winds import direction_step
>>> direction_step([10, 20, 360]), direction_step([22.5, 45.0, 360.0])
(10.0, 22.5)
"""
