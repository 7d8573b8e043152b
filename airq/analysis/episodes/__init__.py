"""Episodes: heavy pollution by the alert rule, its weather, regions that go together, dust, fireworks, stagnation.

Examples
--------
>>> from airq.analysis.episodes.phases import PHASES
>>> PHASES
('growth', 'peak', 'clearing')
"""
