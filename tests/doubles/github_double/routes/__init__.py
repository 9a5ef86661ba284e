"""The endpoints, one file per family. Importing a file registers its handlers."""

from __future__ import annotations

from importlib import import_module

from github_double.routes.graphql import Refusal, graphql_writes

FAMILIES = (
    "git_data",
    "actions",
    "stored",
    "rules",
    "accounts",
    "repositories",
    "pulls",
    "reviews",
    "line_comments",
    "issues",
    "labels",
    "statuses",
    "graphql",
    "contents",
)


def load_routes() -> None:
    """Register every handler, once."""
    for name in FAMILIES:
        import_module(f"github_double.routes.{name}")


__all__ = ["Refusal", "graphql_writes", "load_routes"]
