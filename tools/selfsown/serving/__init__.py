"""Conversations with people and programs: one service behind the web page and the OpenAI-compatible endpoint."""
