"""`selfsown serve`: the live round on a web page and behind an OpenAI-compatible endpoint, in one process.

Nothing is logged but the start, the end and failures: no text, no address, no path of a request.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from ipaddress import ip_address
from pathlib import Path

from selfsown.bot.run import run_bot
from selfsown.cli.arguments import read_minutes, read_origin, read_port, read_proxies
from selfsown.cli.chat_ import check_source, live_round
from selfsown.cli.console import say
from selfsown.cli.hosting import open_host_of, read_access
from selfsown.cli.place import open_repository
from selfsown.cli.training import load_live
from selfsown.corpus import read_base_corpus
from selfsown.errors import RepoError, SelfsownError, UsageError
from selfsown.extras import need
from selfsown.host import Host
from selfsown.outbox.store import Outbox, open_outbox
from selfsown.repo import Repository
from selfsown.round import Round
from selfsown.rulebook import Rulebook
from selfsown.serving.api_keys import load_api_keys
from selfsown.serving.endpoint import make_endpoint
from selfsown.serving.page import mount_page
from selfsown.serving.page_facts import PageFacts
from selfsown.serving.page_guard import Application, guard
from selfsown.serving.service import Service
from selfsown.vote import decide_vote

HELP = "Serve the live round: a page to chat on, and an endpoint as OpenAI has it."

_NEEDED = ("torch", "gradio", "uvicorn", "phonenumbers", "stdnum")
_LAST_SECONDS = 5  # for answers that are on their way when the server is told to stop
_WEB = re.compile(
    r"(?:(?:https?|ssh)://(?:[^@/]+@)?|[^@/:]+@)(?P<host>[A-Za-z0-9.-]+)(?::\d+)?[:/](?P<path>[A-Za-z0-9._/-]+?)(?:\.git)?/?\Z"
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--round", type=int, metavar="NNNN", help="serve this round (default: the live one)")
    here = "127.0.0.1, this machine alone"
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help=f"where to listen (default: {here})")
    parser.add_argument(
        "--port", type=read_port, default=7860, metavar="N", help="where to listen; 0 takes a free one (default: 7860)"
    )
    parser.add_argument(
        "--source", default="web", metavar="ID", help="source that the conversations name (default: web)"
    )
    parser.add_argument(
        "--api-keys",
        type=Path,
        metavar="FILE",
        help="a file with a key per line: only who has one may use the endpoint",
    )
    parser.add_argument(
        "--submit-every",
        type=read_minutes,
        metavar="MINUTES",
        help="also submit what is ready, as `selfsown submit --publish` does; needs GITHUB_TOKEN",
    )
    parser.add_argument(
        "--trust-proxy",
        type=read_proxies,
        metavar="ADDRESSES",
        help="believe what these say of where requests come from: addresses or networks, by commas",
    )
    parser.add_argument(
        "--embed-in",
        action="append",
        type=read_origin,
        default=[],
        metavar="ORIGIN",
        help="let pages of this origin show the page in a frame; repeatable",
    )


def run(args: argparse.Namespace) -> int:
    """0 it was told to stop, and did."""
    for module in _NEEDED:
        need(module, "chat")
    keys = load_api_keys(args.api_keys, os.environ)
    with open_repository() as repository, ExitStack() as stack:
        host = open_host_of(repository) if args.submit_every else None
        rulebook = repository.rulebook("HEAD")
        entry = live_round(repository, args.round, rulebook)
        check_source(rulebook, args.source)
        door = stack.enter_context(closing(listen(args.host, args.port)))
        outbox = stack.enter_context(open_outbox(repository.root))
        service = stack.enter_context(open_service(repository, entry, rulebook, outbox, args.source))
        if host is not None:
            stack.enter_context(submitting(repository, outbox, host, args.submit_every))
        facts = page_facts(repository, rulebook, args.source, entry)
        page = mount_page(make_endpoint(service, keys=keys), service, facts)
        app = guard(page, args.embed_in, is_local=is_local(door) and not args.trust_proxy)
        asyncio.run(serve(app, door, args.trust_proxy))
    say("stopped; what was agreed to is in the outbox")
    return 0


def listen(host: str, port: int) -> socket.socket:
    """The door, before the model is loaded: a port that is taken is said at once. Raises SelfsownError."""
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with ExitStack() as stack:
            door = stack.enter_context(socket.socket(family, kind))
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(place)
            stack.pop_all()
    except OSError as error:
        raise UsageError(
            f"cannot listen at {host} port {port}: {error.strerror}",
            "name another --port (0 takes a free one) or --host",
        ) from error
    return door


@contextmanager
def open_service(
    repository: Repository, entry: Round, rulebook: Rulebook, outbox: Outbox, source: str
) -> Iterator[Service]:
    """The service over the model of a round. At the end drafts stay drafts."""
    say(f"loading round {entry.name} ...")
    with ExitStack() as stack:
        chat = load_live(repository.root, entry)
        engine = need("selfsown_train.engine", "chat").Engine(chat, f"selfsown-round-{entry.name}", rulebook.rubric)
        stack.callback(engine.close)
        service = Service(
            engine,
            outbox,
            rulebook,
            read_base_corpus(repository, "HEAD"),
            decide_vote(entry),
            source=source,
            license=rulebook.sources[source].license,
        )
        stack.callback(service.close)
        service.start()
        yield service


def page_facts(repository: Repository, rulebook: Rulebook, source: str, entry: Round) -> PageFacts:
    """What the page tells people."""
    return PageFacts(
        f"round {entry.name}",
        rulebook.sources[source].license,
        web_address(repository),
        rulebook.rubric,
        rulebook.policy.chat,
    )


def web_address(repository: Repository) -> str:
    """Where a browser finds the repository: from origin, without what it may hold of names and passwords; else ""."""
    try:
        match = _WEB.match(repository.origin())
    except RepoError:
        return ""
    return f"https://{match['host']}/{match['path']}" if match else ""


@contextmanager
def submitting(repository: Repository, outbox: Outbox, host: Host, minutes: float) -> Iterator[None]:
    """While the block runs, the bot does too, every so many minutes; a run that fails is told, and the next one goes on."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(60 * minutes):
            try:
                say(f"submit: {run_bot(repository.root, outbox, host, access=read_access()).sentence}")
            except SelfsownError as error:
                say(f"submit: {error.message}; the next run tries again", style="yellow")

    bot = threading.Thread(target=work, name="submit", daemon=True)
    bot.start()
    try:
        yield
    finally:
        over.set()
        bot.join(timeout=_LAST_SECONDS)


async def serve(app: Application, door: socket.socket, proxies: str | None) -> None:
    """Answer until SIGTERM or Ctrl-C. Proxies that are named are believed, nobody else is."""
    uvicorn = need("uvicorn", "chat")
    trusted = {"proxy_headers": True, "forwarded_allow_ips": proxies} if proxies else {"proxy_headers": False}
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=_LAST_SECONDS,
        **trusted,
    )
    server = uvicorn.Server(config)
    # uvicorn hands a signal on when it is done: the default would end the process before anything is closed.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    running = asyncio.create_task(server.serve(sockets=[door]))
    while not server.started and not running.done():
        await asyncio.sleep(0.05)
    if server.started:
        say(f"ready: {render_address(door)}", style="bold green")
        say(f"clients of OpenAI's API: {render_address(door)}v1 (docs/api.md). Ctrl-C stops it.")
    await running


def is_local(door: socket.socket) -> bool:
    """Whether nobody but this machine can come in."""
    return ip_address(door.getsockname()[0]).is_loopback


def render_address(door: socket.socket) -> str:
    """What to type into a browser on this machine."""
    host, port = door.getsockname()[:2]
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}/"
