"""Stands before the real pip: see __main__."""
