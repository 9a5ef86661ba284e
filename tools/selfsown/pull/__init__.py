"""A pull request reviewed on a code host: found, read, judged, and the wanted state of the host reconciled with its own."""
