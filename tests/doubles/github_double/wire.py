"""One call of the API: what came in, the answers and refusals that go out, and pages of lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlencode

import orjson

if TYPE_CHECKING:
    from github_double.state import Account, Issue, Pull, Repository, State, Token
    from github_double.world import World

T = TypeVar("T")
MOST_CHARACTERS = 65_536
DOCUMENTATION = "https://docs.github.com/rest"


class Problem(Exception):
    """A refusal; nothing was changed. `errors` are GitHub's details, records or sentences."""

    def __init__(self, status: int, message: str, errors: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = list(errors)


class ConnectionLost(Exception):
    """The connection breaks before an answer."""


class Killed(BaseException):
    """The process of the client ends here. Nothing catches it but the test."""


@dataclass(slots=True)
class Response:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body) if self.body else None


@dataclass(slots=True)
class Answer:
    """What a handler gives: `data` None is an empty body."""

    data: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    world: World
    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    raw: bytes
    token: Token | None
    jwt: str | None = None
    names: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> State:
        return self.world.state

    @property
    def repository(self) -> Repository:
        found = self.state.repositories.get(f"{self.names['owner']}/{self.names['repo']}".lower())
        if found is None:
            raise Problem(404, "Not Found")
        return found

    @property
    def account(self) -> Account:
        if self.token is None:
            raise Problem(401, "Requires authentication")
        return self.state.accounts[self.token.account]

    @property
    def app(self) -> int | None:
        return self.token.app if self.token else None

    @property
    def data(self) -> Any:
        """The JSON of the body. Raises Problem 400 for anything else."""
        if not self.raw:
            return {}
        try:
            return orjson.loads(self.raw)
        except orjson.JSONDecodeError:
            raise Problem(400, "Problems parsing JSON") from None

    def fields(self) -> dict[str, Any]:
        """The body as an object."""
        data = self.data
        if not isinstance(data, dict):
            raise Problem(422, "Invalid request.\n\nThe body is not an object.")
        return data

    def number(self, name: str) -> int:
        return int(self.names[name])

    def issue(self) -> Issue:
        number = int(self.names.get("issue_number") or self.names["pull_number"])
        found = self.state.issues.get((self.repository.key, number))
        if found is None:
            raise Problem(404, "Not Found")
        return found

    def pull(self) -> tuple[Issue, Pull]:
        issue = self.issue()
        if issue.pull is None:
            raise Problem(404, "Not Found")
        return issue, issue.pull


def invalid(resource: str, field_name: str, code: str = "invalid", message: str = "") -> Problem:
    """GitHub's usual 422; without a resource the one that has sentences, as for reviews."""
    if not resource:
        return Problem(422, "Unprocessable Entity", [message or f"{field_name} is {code}"])
    error = {"resource": resource, "field": field_name, "code": code}
    if message:
        error["message"] = message
    return Problem(422, "Validation Failed", [error])


def need_text(fields: Mapping[str, Any], name: str, resource: str, most: int = MOST_CHARACTERS) -> str:
    """A text that must be there, not blank and not too long."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise Problem(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
    if not value.strip():
        raise invalid(resource, name, "missing_field" if name != "body" else "custom", f"{name} cannot be blank")
    check_length(value, name, resource, most)
    return value


def check_length(value: object, name: str, resource: str, most: int = MOST_CHARACTERS) -> None:
    """Raise Problem 422 for what is no text or too long a one."""
    if not isinstance(value, str):
        raise Problem(422, f"Invalid request.\n\nFor 'properties/{name}', {value} is not a string.")
    if len(value) > most:
        raise invalid(resource, name, "custom", f"{name} is too long (maximum is {most} characters)")


def read_query(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True)) if text else {}


def positive(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, "")
    return int(value) if value.isdigit() and int(value) > 0 else default


def page(call: Call, items: Sequence[T], render: Callable[[T], Any], wrap: str = "", most: int = 100) -> Answer:
    """One page of a list with GitHub's Link header: 30 by default, at most 100 (few lists: `most`).

    `wrap` names the key of a counted list.
    """
    size = min(positive(call.query, "per_page", min(30, most)), most)
    number = positive(call.query, "page", 1)
    last = max(1, -(-len(items) // size))
    shown = [render(item) for item in items[(number - 1) * size : number * size]]
    links = {}
    if number > 1:
        links |= {"prev": min(number - 1, last), "first": 1}
    if number < last:
        links |= {"next": number + 1, "last": last}
    headers = {}
    if links:
        address = call.world.api + call.path
        parts = [f'<{address}?{urlencode(call.query | {"page": str(to)})}>; rel="{name}"' for name, to in links.items()]
        headers["Link"] = ", ".join(parts)
    return Answer({"total_count": len(items), wrap: shown} if wrap else shown, 200, headers)
