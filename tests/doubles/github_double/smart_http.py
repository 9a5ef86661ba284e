"""Cloning and pushing: `git http-backend` behind the double's own tokens, roles and rulesets."""

from __future__ import annotations

import gzip
import subprocess
from typing import TYPE_CHECKING

from starlette.requests import Request

from github_double import pulls, rulesets
from github_double.access import find_token, has_permission, is_at_least, is_integration, read_credentials, role_of
from github_double.git import ZERO, git_environment
from github_double.state import Repository, Token
from github_double.wire import Problem, Response

if TYPE_CHECKING:
    from github_double.world import World


def answer_git(world: World, name: tuple[str, str], service: str, request: Request, body: bytes) -> Response:
    """One request of git's smart protocol. Pushing asks for a token of somebody who may write there."""
    with world.lock:
        try:
            token = find_token(world.state, read_credentials(request.headers))
            home = _find_repository(world, name, token)
            is_push = service == "git-receive-pack" or request.query_params.get("service") == "git-receive-pack"
            if is_push:
                _check_push(world, home, token)
            return _run(world, home, service, request, body, token if is_push else None)
        except Problem as problem:
            headers = {"Content-Type": "text/plain"}
            if problem.status == 401:
                headers["WWW-Authenticate"] = 'Basic realm="GitHub"'
            return Response(problem.status, headers, problem.message.encode())


def _find_repository(world: World, name: tuple[str, str], token: Token | None) -> Repository:
    home = world.state.repositories.get("/".join(name).lower())
    hidden = home is not None and home.private and not _may_read(world, home, token)
    if home is None or hidden:
        # GitHub asks for credentials before it says that something is not there.
        raise Problem(404 if token else 401, "Repository not found.")
    return home


def _may_read(world: World, home: Repository, token: Token | None) -> bool:
    if token is None:
        return False
    if is_integration(token):
        return token.repository in {None, home.key} and has_permission(token, ("contents",), "read")
    return is_at_least(role_of(home, world.state.accounts[token.account]), "read")


def _check_push(world: World, home: Repository, token: Token | None) -> None:
    if token is None:
        raise Problem(401, "Authentication required")
    who = world.state.accounts[token.account]
    text = f"Permission to {home.full_name}.git denied to {who.login}."
    if is_integration(token):
        if token.repository not in {None, home.key} or not has_permission(token, ("contents",), "write"):
            raise Problem(403, text)
        return
    if token.permissions is not None and not has_permission(token, ("contents",), "write"):
        raise Problem(403, text)
    if not is_at_least(role_of(home, who), "write"):
        raise Problem(403, text)


def read_commands(body: bytes, encoding: str) -> list[tuple[str, str, str]]:
    """`(old, new, ref)` of everything a push wants to move."""
    data = gzip.decompress(body) if encoding == "gzip" else body
    commands, place = [], 0
    while place + 4 <= len(data):
        size = int(data[place : place + 4], 16)
        if size == 0:
            break
        line = data[place + 4 : place + size].partition(b"\0")[0].decode(errors="replace").rstrip("\n")
        parts = line.split(" ", 2)
        if len(parts) == 3:
            commands.append((parts[0], parts[1], parts[2]))
        place += size
    return commands


def _restrictions(world: World, home: Repository, token: Token, body: bytes, encoding: str) -> dict[str, str]:
    """What the update hook is told."""
    who, refused, kept, why = world.state.accounts[token.account], [], [], []
    for _, new, ref in read_commands(body, encoding):
        if not ref.startswith("refs/heads/"):
            continue
        branch = ref.removeprefix("refs/heads/")
        found = rulesets.violations_of_push(home, branch, who, token.app, forced=False, deletes=new == ZERO)
        if found:
            refused.append(ref)
            why += found
        elif rulesets.violations_of_push(home, branch, who, token.app, forced=True, deletes=False):
            kept.append(ref)
    allowed = token.permissions is None or has_permission(token, ("workflows",), "write")
    return {
        "DOUBLE_REFUSED": " ".join(refused),
        "DOUBLE_NO_FORCE": " ".join(kept),
        "DOUBLE_WHY": "\n".join(f"- {line}" for line in why),
        "DOUBLE_NO_WORKFLOWS": "" if allowed else "1",
    }


def _run(world: World, home: Repository, service: str, request: Request, body: bytes, pusher: Token | None) -> Response:
    folder = world.folder(home)
    environment = git_environment() | {
        "GIT_PROJECT_ROOT": str(folder.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{folder.name}/{service}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.scope["query_string"].decode(),
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_ADDR": "127.0.0.1",
    }
    if pusher is not None:
        environment["REMOTE_USER"] = world.state.accounts[pusher.account].login
    is_push = pusher is not None and service == "git-receive-pack"
    if is_push and pusher is not None:
        environment |= _restrictions(world, home, pusher, body, request.headers.get("content-encoding", ""))
    done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environment, check=False)
    if is_push and pusher is not None:
        _note_push(world, home, pusher)
    return _read_cgi(done.stdout)


def _note_push(world: World, home: Repository, pusher: Token) -> None:
    old, new = dict(home.refs), world.git(home).refs()
    if old == new:
        return
    world.state.clock += 1
    home.refs = new
    with world.muting(pusher):
        pulls.after_push(world, home, old, world.state.accounts[pusher.account])


def _read_cgi(raw: bytes) -> Response:
    head, _, body = raw.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    status = int(headers.pop("Status", "200 OK" if head else "500").split()[0])
    return Response(status, headers, body)
