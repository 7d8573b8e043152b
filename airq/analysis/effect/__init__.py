"""Did a measure work: interrupted series, unobserved components, synthetic controls, pooled alert episodes.

Each method prints how small an effect it could have seen, how often it is wrong on dates without a measure, and the
range over reasonable choices, and gives no verdict below them.
"""
