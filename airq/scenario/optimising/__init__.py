"""The least-cost set of measures that reaches a target, what it rests on, and what is possible at most."""
