"""The double itself: a small GitHub in memory over bare git repositories, asked by `handle` as GitHub is over HTTP."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

import orjson

from github_double import pulls, rulesets, setup
from github_double.access import check_access, find_token, read_credentials
from github_double.faults import HTML, Fault, leave_out, take_fault
from github_double.git import FileChange, Git
from github_double.routes import Refusal, graphql_writes, load_routes
from github_double.routing import Route, find_route
from github_double.state import ACTIONS_ACCOUNT_ID, GHOST_ID, Account, Event, Issue, Pull, Repository, State, Token
from github_double.wire import DOCUMENTATION, Answer, Call, ConnectionLost, Killed, Problem, Response, read_query

API = "https://api.github.com"
WEB = "https://github.com"
START = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())


class Truth(Protocol):
    """GitHub's own description of its answers."""

    def fill(self, method: str, path_template: str, status: int, data: Any) -> Any:
        """The data with every required key."""

    def check(self, method: str, path_template: str, status: int, data: Any) -> None:
        """Raise where the description does not allow this answer."""

    def check_request(self, method: str, path_template: str, body: Any) -> None:
        """Raise where the description does not allow this request."""

    def check_query(self, document: str) -> None:
        """Raise where a GraphQL document does not fit the schema."""

    def check_graphql(self, document: str, variables: Mapping[str, Any], data: Any) -> None:
        """Raise where the schema does not allow this data as the answer to the document."""


@dataclass(slots=True)
class Limits:
    """What GitHub leaves out of answers; tests may lower it."""

    file_lines: int = 20_000
    file_bytes: int = 500_000
    answer_lines: int = 20_000
    answer_bytes: int = 1_000_000
    files: int = 3_000
    fork_commits_have_pulls: bool = True


def need_route(found: tuple[Route, dict[str, str]] | None) -> Route:
    """The route. Raises Problem 404 where GitHub, as far as the double knows it, has none."""
    if found is None:
        raise Problem(404, "Not Found")
    return found[0]


class World(setup.Setup):
    """One GitHub. `root` is an empty folder for the bare repositories. Safe to ask from several threads."""

    def __init__(self, root: Path) -> None:
        load_routes()
        self.root = root
        self.api = API
        self.web = WEB
        self.state = State(clock=START)
        self.faults: list[Fault] = []
        self.limits = Limits()
        self.truth: Truth | None = None
        self.lock = threading.RLock()
        self.complaints: list[str] = []
        self._kept: dict[Any, Any] = {}
        self._gits: dict[str, Git] = {}
        self._is_muted = False
        self.state.accounts[ACTIONS_ACCOUNT_ID] = Account(ACTIONS_ACCOUNT_ID, "github-actions[bot]", is_bot=True)
        self.state.accounts[GHOST_ID] = Account(GHOST_ID, "ghost")

    # -- what tests look at -----------------------------------------------------------------------------------------
    @property
    def now(self) -> datetime:
        """The time there; every write is a second later. May be set."""
        return datetime.fromtimestamp(self.state.clock, UTC)

    @now.setter
    def now(self, value: datetime) -> None:
        self.state.clock = int(value.timestamp())

    @property
    def events(self) -> list[Event]:
        """What would have started workflows, oldest first. What an Actions token causes is in `muted` instead."""
        return self.state.events

    @property
    def muted(self) -> list[Event]:
        return self.state.muted

    @property
    def writes(self) -> list[tuple[str, str]]:
        """`(method, path)` of every mutation that succeeded; GraphQL mutations are `("POST", "/graphql")`."""
        return self.state.writes

    def snapshot(self) -> bytes:
        """Everything but git objects; refs are part of it."""
        with self.lock:
            return pickle.dumps((self.state, self.faults, self.limits), protocol=pickle.HIGHEST_PROTOCOL)

    def restore(self, snapshot: bytes) -> None:
        """Go back to a snapshot of this world."""
        with self.lock:
            old = {key: dict(home.refs) for key, home in self.state.repositories.items()}
            self.state, self.faults, self.limits = pickle.loads(snapshot)  # noqa: S301 - made by snapshot
            for key, home in self.state.repositories.items():
                gone = dict.fromkeys(old.get(key, {}).keys() - home.refs.keys())
                moved = {name: sha for name, sha in home.refs.items() if old.get(key, {}).get(name) != sha}
                self.git(home).set_refs({**gone, **moved})

    # -- git --------------------------------------------------------------------------------------------------------
    def folder(self, repository: Repository) -> Path:
        """The bare repository."""
        return self.root / repository.owner / f"{repository.name}.git"

    def git(self, repository: Repository) -> Git:
        if repository.key not in self._gits:
            self._gits[repository.key] = Git(self.folder(repository), self._kept)
        return self._gits[repository.key]

    def set_refs(self, repository: Repository, refs: Mapping[str, str | None]) -> None:
        self.git(repository).set_refs(refs)
        for name, sha in refs.items():
            if sha is None:
                repository.refs.pop(name, None)
            else:
                repository.refs[name] = sha

    def pull_changes(self, repository: str, pull: Pull) -> list[FileChange]:
        return pulls.pull_changes(self, self.state.repositories[repository], pull.base_sha, pull.head)

    def dismiss_stale(self, issue: Issue) -> None:
        rulesets.dismiss_stale(self, issue)

    def emit(self, name: str, action: str | None, actor: Account, payload: dict[str, Any]) -> None:
        is_muted = self._is_muted and name not in {"workflow_dispatch", "repository_dispatch"}
        (self.state.muted if is_muted else self.state.events).append(Event(name, action, actor.id, payload))

    @contextmanager
    def muting(self, token: Token | None) -> Iterator[None]:
        """What an Actions token causes starts no workflow."""
        before, self._is_muted = self._is_muted, token is not None and token.kind == "actions"
        try:
            yield
        finally:
            self._is_muted = before

    # -- requests ---------------------------------------------------------------------------------------------------
    def handle(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Response:
        """Answer one request. `path` has the query. Raises ConnectionLost and Killed where a fault says so."""
        with self.lock:
            lower = {name.lower(): value for name, value in (headers or {}).items()}
            place, _, query = path.partition("?")
            found = find_route(method, place)
            mutates = found is not None and found[0].mutates and (place != "/graphql" or graphql_writes(body))
            fault = take_fault(
                self.faults,
                f"{method} {path}",
                len(self.state.writes),
                mutates=mutates,
                is_fresh=bool(self.state.fresh),
            )
            if fault and (early := self._strike_before(fault)):
                return early
            call = Call(self, method, place, read_query(query), lower, body, None)
            response = self._answer(call, found, mutates=mutates, is_slow=bool(fault and fault.kind == "slow-list"))
            return self._strike_after(fault, response) if fault else response

    def _strike_before(self, fault: Fault) -> Response | None:
        wait = {} if fault.wait is None else {"Retry-After": str(fault.wait)}
        match fault.kind:
            case "429":
                return self._problem(Problem(429, "API rate limit exceeded for user ID 1."), wait)
            case "403-secondary":
                text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
                return self._problem(Problem(403, text), wait)
            case "500" | "502":
                return self._broken(int(fault.kind))
            case "html":
                return Response(200, {"Content-Type": "text/html; charset=utf-8"}, HTML)
            case "refuse-connection":
                raise ConnectionLost
            case "kill-before":
                raise Killed
        return None

    def _strike_after(self, fault: Fault, response: Response) -> Response:
        match fault.kind:
            case "500-after" | "502-after":
                return self._broken(int(fault.kind[:3]))
            case "html-after":
                return Response(200, {"Content-Type": "text/html; charset=utf-8"}, HTML)
            case "truncated":
                return Response(response.status, response.headers, response.body[: max(1, len(response.body) // 2)])
            case "lost-answer":
                raise ConnectionLost
            case "kill-after":
                raise Killed
        return response

    def _broken(self, status: int) -> Response:
        return Response(status, {"Content-Type": "application/json"}, b'{"message":"Server Error"}')

    def _answer(
        self, call: Call, found: tuple[Route, dict[str, str]] | None, *, mutates: bool, is_slow: bool
    ) -> Response:
        try:
            secret = read_credentials(call.headers)
            if secret and secret.count(".") == 2:
                call.jwt = secret
            else:
                call.token = find_token(self.state, secret)
            route = need_route(found)
            call.names = {name: unquote(value) for name, value in found[1].items()} if found else {}
            check_access(call, route)
            answer = self._carry_out(call, route, mutates=mutates)
        except Problem as problem:
            response = self._problem(problem, self._rate(call))
            if self.truth is not None and found is not None:
                self.truth.check(call.method, found[0].template, problem.status, response.json())
            return response
        data = leave_out(answer.data, self.state.fresh) if is_slow else answer.data
        if self.truth is not None:
            data = self._hold_to_truth(self.truth, call, route, answer.status, data)
        body = b"" if data is None else orjson.dumps(data)
        kind = {} if data is None else {"Content-Type": "application/json; charset=utf-8"}
        return Response(answer.status, kind | self._rate(call) | answer.headers, body)

    def _hold_to_truth(self, truth: Truth, call: Call, route: Route, status: int, data: Any) -> Any:
        """Complete and check an answer; check what was asked, now that it was taken."""
        if route.mutates:
            truth.check_request(call.method, route.template, call.data or None)
        filled = None if data is None else truth.fill(call.method, route.template, status, data)
        truth.check(call.method, route.template, status, filled)
        return filled

    def _carry_out(self, call: Call, route: Route, *, mutates: bool) -> Answer:
        if not mutates:
            return route.handler(call)
        before, fresh = self.state.clock, self.state.fresh
        self.state.clock, self.state.fresh = before + 1, set()
        try:
            with self.muting(call.token):
                answer = route.handler(call)
        except Problem:
            self.state.clock, self.state.fresh = before, fresh
            raise
        self.state.writes.append((call.method, call.path))
        return answer

    def _rate(self, call: Call) -> dict[str, str]:
        token, most = call.token, 60
        used = 0
        if token is not None:
            token.used += 1
            used, most = token.used, 1000 if token.kind == "actions" else 5000
        return {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(max(0, most - used)),
            "X-RateLimit-Used": str(used),
            "X-RateLimit-Reset": str(self.state.clock + 3600),
            "X-RateLimit-Resource": "graphql" if call.path == "/graphql" else "core",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Api-Version-Selected": "2022-11-28",
        }

    def _problem(self, problem: Problem, headers: Mapping[str, str]) -> Response:
        data: dict[str, Any] = {"message": problem.message}
        if problem.errors:
            data["errors"] = problem.errors
        data |= {"documentation_url": DOCUMENTATION, "status": str(problem.status)}
        kind = {"Content-Type": "application/json; charset=utf-8"}
        if isinstance(problem, Refusal):
            data = problem.data
        return Response(problem.status, kind | dict(headers), orjson.dumps(data))
