"""Commands in comments: read, decided over, answered once, written down, and the ratings that come of them."""
