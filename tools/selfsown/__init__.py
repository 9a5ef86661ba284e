"""Selfsown: a git repository that grows its own training data.

The light half of the project: everything from a contribution to its merge. Nothing here imports torch; the heavy half
is `selfsown_train`, which only the verbs of `selfsown.cli` reach.
"""

__version__ = "0.1.0"
