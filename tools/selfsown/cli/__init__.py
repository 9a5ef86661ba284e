"""The command line: one verb, one module, one return code.

The only place that prints, and the only one that reaches selfsown_train.
"""
