"""Taking back what was published: found with its copies, taken out of the tree by one commit, kept from coming back.

`find` reads the corpus, `decide` makes the commits from it, `deliver` opens their pull requests, `kept` looks through the
outbox, and `told` says it all.
"""
