"""Which handler answers which path. Templates are GitHub's own, so that its OpenAPI description can be asked about them.

`needs` is what a token with permissions must have (any one of them), `role` what a person must be in the repository.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from github_double.wire import Answer, Call

Handler = Callable[[Call], Answer]
LONG = frozenset({"ref", "path", "basehead", "branch"})


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    template: str
    pattern: re.Pattern[str]
    handler: Handler
    needs: tuple[str, ...]
    level: str
    role: str
    mutates: bool


ROUTES: list[Route] = []


def _pattern(template: str) -> re.Pattern[str]:
    def group(match: re.Match[str]) -> str:
        name = match[1]
        if name.endswith(("_number", "_id")) and name != "workflow_id":
            return rf"(?P<{name}>\d+)"
        return rf"(?P<{name}>.+)" if name in LONG else rf"(?P<{name}>[^/]+)"

    return re.compile(re.sub(r"\{(\w+)\}", group, template))


def route(  # what a route is, each by its name
    method: str,
    template: str,
    needs: str = "",
    *,
    level: str = "",
    role: str = "read",
    mutates: bool | None = None,
    at: str = "",
) -> Callable[[Handler], Handler]:
    """Register a handler.

    `needs` names permissions with `|` between those of which one is enough. `at` is an undescribed path that GitHub
    answers as it answers the template.
    """

    def register(handler: Handler) -> Handler:
        names = tuple(needs.split("|")) if needs else ()
        does = method != "GET" if mutates is None else mutates
        kind = level or ("write" if does else "read")
        ROUTES.append(Route(method, template, _pattern(at or template), handler, names, kind, role, does))
        return handler

    return register


def find_route(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    for candidate in ROUTES:
        if candidate.method == method and (match := candidate.pattern.fullmatch(path)):
            return candidate, match.groupdict()
    return None
