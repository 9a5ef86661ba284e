"""How long many people wait who chat with one model at once, beside a bare `generate` that answers one after the other.

    python tests/benchmarks/bench_serving.py [--model tiny|packaged:smollm2-135m …] [--clients N] [--seconds N]
        [--threads N] [--write docs/benchmarks.md]

The server is a process of its own, with the real endpoint, outbox and judge; the clients are another. Each client
begins a conversation, agrees to publish it, says something three times, ends it, so that it is rated, and begins the
next. First one client alone, then all at once; then, with the server gone, the bare `generate` on the same model answers the same
prompts one by one. At the end every conversation that a client had an answer in has to be in the outbox once, as the
client saw it. The models have random adapters: what they say differs from a trained round, what it costs does not.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import psutil
from section import write_section

from selfsown.conversation import Turn, read_conversation
from selfsown.outbox.entry import Entry
from selfsown.outbox.store import Outbox

ROOT = Path(__file__).resolve().parents[2]
TURNS, TOKENS = 3, 32  # of a conversation, and of an answer at most
ALONE = 32  # requests of one client alone, and of a bare generate
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Setting:
    """What every process is given: the model ("tiny" or a name), the folder of the outbox, threads."""

    model: str
    folder: str
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request took: seconds to the first piece of text, from there to the end, and the tokens of the answer."""

    first: float
    rest: float
    tokens: int

    @property
    def per_token(self) -> float:
        """Seconds from one token to the next."""
        return self.rest / max(self.tokens - 1, 1)


@dataclass(slots=True)
class Talk:
    """A conversation as its client saw it, the code that withdraws it, and why it is not kept where it is not."""

    turns: tuple[Turn, ...] = ()
    code: str = ""
    why: str = ""
    is_ended: bool = False


@dataclass(slots=True)
class Heard:
    """What the clients of one run saw. `seconds` is how long it took."""

    answers: list[Answer] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Kept:
    """What the outbox has, held against what clients saw."""

    seen: int
    lost: int
    doubled: int
    changed: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything about one model: by lane, what was kept, and the server's memory (seconds, bytes)."""

    lanes: dict[str, Heard]
    kept: Kept
    memory: Sequence[tuple[float, int]]


def read_questions() -> list[str]:
    """The first requests of the starter corpus."""
    shards = sorted((ROOT / "corpus" / "original").rglob("*.jsonl"))
    records = [json.loads(line) for path in shards for line in path.read_text().splitlines()]
    return [read_conversation(record).turns[0].content[:300] for record in records]


@contextmanager
def start(setting: Setting) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process of serving_process.py, and its port."""
    command = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("serving_process.py"))]
    environment = {**os.environ, "OMP_NUM_THREADS": str(setting.threads), "TOKENIZERS_PARALLELISM": "false"}
    with subprocess.Popen(
        [*command, json.dumps(asdict(setting)), str(TOKENS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        said = hear(process)
        if not said:
            raise SystemExit(f"serving_process.py ended with {process.wait()}")
        yield process, said
        assert process.stdin is not None
        process.stdin.close()
        process.wait(60)


class People:
    """Clients of one server."""

    def __init__(self, client: httpx.AsyncClient, questions: Sequence[str], lane: str) -> None:
        self._client, self._questions, self._lane = client, questions, lane
        self.heard = Heard()

    async def chat(self, number: int, goes_on: Callable[[Heard], bool]) -> None:
        """One conversation after the other, as long as it is to."""
        for count in itertools.count():
            talk = Talk()
            for turn in range(TURNS):
                if not goes_on(self.heard):
                    return
                question = self._questions[(number * 7 + count * TURNS + turn) % len(self._questions)]
                await self._say(talk, f"{question} ({self._lane} {number}.{count}.{turn})")
            if talk.turns and goes_on(self.heard):
                await self._end(talk)

    async def _say(self, talk: Talk, text: str) -> None:
        asked = (*talk.turns, Turn("user", text))
        body = {
            "model": "selfsown",
            "messages": [turn.to_json() for turn in asked],
            "stream": True,
            "stream_options": {"include_usage": True},
            "max_tokens": TOKENS,
            "metadata": {"selfsown_consent": "publish, train"},
        }
        while (answer := await self._ask(body, talk)) is None:
            self.heard.refused += 1
            await asyncio.sleep(0.2)
        if answer:
            if not talk.turns:
                self.heard.talks.append(talk)
            talk.turns = (*asked, Turn("assistant", answer.strip()))

    async def _ask(self, body: dict[str, Any], talk: Talk) -> str | None:
        """The answer; None where too many wait."""
        begun, first, tokens, said = time.monotonic(), 0.0, 0, ""
        async with self._client.stream("POST", "/v1/chat/completions", json=body) as response:
            if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
                return None
            response.raise_for_status()
            async for event in read_events(response):
                piece = "".join(choice["delta"].get("content") or "" for choice in event["choices"])
                first = first or (time.monotonic() if piece else 0.0)
                said += piece
                kept = event.get("selfsown") or {}
                talk.code, talk.why = kept.get("code") or talk.code, kept.get("why") or ""
                tokens = (event.get("usage") or {}).get("completion_tokens", tokens)
        ended = time.monotonic()
        self.heard.answers.append(Answer((first or ended) - begun, ended - (first or ended), tokens))
        return said

    async def _end(self, talk: Talk) -> None:
        response = await self._client.post(f"/v1/selfsown/conversations/{talk.code}/end")
        response.raise_for_status()
        talk.is_ended = True


async def read_events(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """The events of a stream. Only a line feed ends one: httpx would also end lines where a text has another separator."""
    rest = b""
    async for part in response.aiter_bytes():
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            if line.startswith(b"data: {"):
                yield json.loads(line.removeprefix(b"data: "))


async def run_clients(port: str, clients: int, lane: str, goes_on: Callable[[Heard], bool]) -> Heard:
    """So many clients at once. Each lane has words of its own: without API keys, the same words are the same person."""
    limits = httpx.Limits(max_connections=clients + 1)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=600, limits=limits) as client:
        people = People(client, read_questions(), lane)
        begun = time.monotonic()
        await asyncio.gather(*(people.chat(number, goes_on) for number in range(clients)))
        people.heard.seconds = time.monotonic() - begun
    return people.heard


async def watch(process: int, memory: list[tuple[float, int]], begun: float) -> None:
    """What the server has in memory, every half second."""
    server = psutil.Process(process)
    while True:
        memory.append((time.monotonic() - begun, server.memory_info().rss))
        await asyncio.sleep(0.5)


async def run_crowd(port: str, process: int, clients: int, seconds: float) -> tuple[Heard, list[tuple[float, int]]]:
    """All clients for so many seconds, and the memory of the server meanwhile."""
    memory: list[tuple[float, int]] = []
    begun = time.monotonic()
    watching = asyncio.create_task(watch(process, memory, begun))
    heard = await run_clients(port, clients, "all", lambda _: time.monotonic() < begun + seconds)
    watching.cancel()
    return heard, memory


def run_bare(process: subprocess.Popen[str], prompts: Sequence[tuple[Turn, ...]]) -> Heard:
    """The same prompts, one by one, by `generate` alone; the first warms up."""
    heard = Heard()
    ask(process, prompts[0])
    begun = time.monotonic()
    for turns in prompts:
        told = ask(process, turns)
        heard.answers.append(Answer(told["first"], told["last"], told["tokens"]))
    heard.seconds = time.monotonic() - begun
    return heard


def ask(process: subprocess.Popen[str], turns: Sequence[Turn]) -> dict[str, Any]:
    """What one bare answer took."""
    say(process, json.dumps([turn.to_json() for turn in turns]))
    return dict(json.loads(hear(process)))


def say(process: subprocess.Popen[str], line: str) -> None:
    """A line to the process."""
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def hear(process: subprocess.Popen[str]) -> str:
    """A line from the process."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def compare(talks: Sequence[Talk], outbox: Outbox) -> Kept:
    """Every conversation of the clients against the outbox. Text is there as long as it was not declined."""
    entries = outbox.find()
    by_key = {entry.key: entry for entry in entries}
    found = [by_key.get(outbox.find_code(talk.code) or "") for talk in talks]
    changed = sum(entry is not None and not is_same(talk, entry) for talk, entry in zip(talks, found, strict=True))
    there = {entry.key for entry in found if entry is not None}
    return Kept(len(talks), len(talks) - len(there), len(entries) - len(there), changed)


def is_same(talk: Talk, entry: Entry) -> bool:
    """Whether the outbox has what the client saw; after the end it has been normalised and masked."""
    if entry.conversation is None or talk.is_ended:
        return True
    return entry.conversation.turns == talk.turns


def measure(setting: Setting, clients: int, seconds: float, *, alone: int = ALONE) -> Measured:
    """One model."""
    path = Path(setting.folder) / "outbox.db"
    with start(setting) as (process, port):
        single = asyncio.run(run_clients(port, 1, "alone", lambda heard: len(heard.answers) < alone))
        crowd, memory = asyncio.run(run_crowd(port, process.pid, clients, seconds))
        say(process, "the clients have gone")
        if hear(process) != "gone":
            raise SystemExit("the server did not end well")
        prompts = [talk.turns[:at] for talk in single.talks for at in range(1, len(talk.turns), 2)][:alone]
        bare = run_bare(process, prompts)
    with Outbox(path) as outbox:
        kept = compare([*single.talks, *crowd.talks], outbox)
    return Measured({"bare": bare, "alone": single, "all": crowd}, kept, memory)


def slope(memory: Sequence[tuple[float, int]]) -> float:
    """MiB a minute over the second half of the run, by least squares."""
    half = [(at / 60, size / MIB) for at, size in memory if at >= memory[-1][0] / 2]
    return statistics.linear_regression(*zip(*half, strict=True)).slope if len(half) > 2 else 0.0


def render(name: str, measured: Measured, clients: int) -> str:
    """One model's table, as Markdown."""
    lanes = {
        "bare": "`generate`, one by one",
        "alone": "our endpoint, one client",
        "all": f"our endpoint, {clients} clients",
    }
    table = [
        "| | requests/s | tokens/s | first token, ms (95 %) | from token to token, ms (95 %) |",
        "|---|---|---|---|---|",
    ]
    for lane, title in lanes.items():
        heard = measured.lanes[lane]
        tokens = sum(answer.tokens for answer in heard.answers)
        table.append(
            f"| {title} | {len(heard.answers) / heard.seconds:.2f} | {tokens / heard.seconds:,.0f} "
            f"| {render_times([answer.first for answer in heard.answers])} "
            f"| {render_times([answer.per_token for answer in heard.answers])} |"
        )
    return f"**{name}**\n\n" + "\n".join(table) + f"\n\n{render_whole(measured)}"


def render_times(seconds: Sequence[float]) -> str:
    """The median and, in brackets, what 95 of 100 stay below; in milliseconds."""
    ordered = sorted(seconds)
    return f"{1000 * statistics.median(ordered):,.0f} ({1000 * ordered[int(0.95 * (len(ordered) - 1))]:,.0f})"


def render_whole(measured: Measured) -> str:
    """What became of the conversations and of the memory."""
    kept, crowd, memory = measured.kept, measured.lanes["all"], measured.memory
    ended = sum(talk.is_ended for talk in crowd.talks)
    first, last, most = memory[0][1] / MIB, memory[-1][1] / MIB, max(size for _, size in memory) / MIB
    return (
        f"{len(crowd.answers):,} answers in {crowd.seconds:.0f} s, {ended:,} conversations ended and rated, {crowd.refused} "
        f"requests told to come back. Of {kept.seen:,} conversations that clients had answers in, the outbox has lost "
        f"{kept.lost}, doubled {kept.doubled} and changed {kept.changed}. The server's memory: {first:,.0f} MiB when all "
        f"clients began, {last:,.0f} at the end, {most:,.0f} at most, {slope(memory):+.1f} MiB a minute in the second half."
    )


def main() -> None:
    """Measure and print; with --write also put it into the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", help="tiny, packaged:NAME or a folder; may be repeated")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--write", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    head = (
        f"{arguments.clients} clients for {arguments.seconds:.0f} s, {TURNS} turns a conversation, up to {TOKENS} tokens an "
        f"answer, {arguments.threads} thread(s), {platform.machine()}, torch {version('torch')}, transformers "
        f"{version('transformers')}, {datetime.now(UTC).date()}. Clients and server share the machine."
    )
    tables = [head]
    print(head, flush=True)
    for model in arguments.model or ["tiny"]:
        with tempfile.TemporaryDirectory() as scratch:
            measured = measure(Setting(model, scratch, arguments.threads), arguments.clients, arguments.seconds)
        tables.append(render(model, measured, arguments.clients))
        print(f"\n{tables[-1]}", flush=True)
        print(json.dumps(asdict(measured.kept)), file=sys.stderr)
    if arguments.write:
        write_section(arguments.write, "bench_serving", "Serving", "\n\n".join(tables))


if __name__ == "__main__":
    main()
