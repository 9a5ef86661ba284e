"""How good a judge is: measured beside trivial judges on what people said, with intervals. Needs the extra `evaluate`."""
