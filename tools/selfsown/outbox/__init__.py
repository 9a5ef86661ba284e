"""Conversations on their way from a chat to a pull request, kept on this machine so that nothing is lost or sent twice."""
