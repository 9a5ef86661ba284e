"""From a judge's answers to the probability that people accept a conversation, and to what may be decided without them.

`record`, `acceptance`, `bands`, `doubt` and `audit` are arithmetic that needs no library; `fit` and `picture` need the
extra `evaluate`.
"""
