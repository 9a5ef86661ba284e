"""A model behind an OpenAI-compatible server as a judge: one request of one token for each conversation and question.

An answer is read from the log probabilities of that token, never from its text; a server that drops them is of no use
and says so loudly. An outage is no verdict: what could not be asked is Unjudged with `retry`, so the review waits.
"""

from __future__ import annotations

import hashlib
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from selfsown.conversation import Conversation
from selfsown.errors import SelfsownError, UsageError
from selfsown.judge import one_token, prompt
from selfsown.judge.allowance import Allowance
from selfsown.judge.endpoint import Endpoint, Failure, Kind, open_endpoint
from selfsown.judge.one_token import Alternative, read_answer, render_requests
from selfsown.judge.prompt import read_answers, render_questions
from selfsown.judgement import Judgement, Rubric, Unjudged

TRIES = 5
THREADS = 4
SECONDS = 60.0  # for one request
MOST_REQUESTS = 2_000
MOST_SECONDS = 1_200
ALTERNATIVES = (20, 10, 8, 5)  # what to ask for; servers cap it at one of these

_MOST_WAIT = 60.0  # seconds between two tries
_PROBE = "Is two plus two four?\nAnswer Yes or No only."


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Where the model is. The key is shown nowhere."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    most_requests: int = MOST_REQUESTS
    most_seconds: int = MOST_SECONDS


class ApiJudge:
    """Answers the rubric by the first token of a chat completion. `id` names the model and the form of the prompt."""

    def __init__(
        self,
        settings: ApiSettings,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.id = _render_id(settings.model)
        self._settings = settings
        self._sleep = sleep
        self._jitter = jitter
        self._allowance = Allowance(settings.most_requests, settings.most_seconds, clock)
        self._alternatives: int | None = None  # how many this server lists; None before it has answered at all

    def judge(self, conversations: Sequence[Conversation], rubric: Rubric) -> list[Judgement | Unjudged]:
        """One answer per conversation, in order. Raises SelfsownError where no answer of this server could be used."""
        with open_endpoint(self._settings.url, self._settings.model, self._settings.key) as endpoint:
            outage = None if self._alternatives or not conversations else self._try_server(endpoint)
            if outage:
                return [Unjudged(entry.id, self.id, outage.why, retry=True) for entry in conversations]
            with ThreadPoolExecutor(THREADS) as pool:
                return list(pool.map(lambda entry: self._judge(endpoint, entry, rubric), conversations))

    def _judge(self, endpoint: Endpoint, conversation: Conversation, rubric: Rubric) -> Judgement | Unjudged:
        questions, answers = render_questions(rubric), {}
        for name, text in render_requests(conversation, rubric).items():
            found = self._ask(endpoint, text, self._alternatives or ALTERNATIVES[-1])
            if isinstance(found, Failure):
                if found.kind in (Kind.BROKEN, Kind.CAPPED):
                    self._allowance.stop()
                    raise SelfsownError(f"judge {self.id}: {found.why}", found.tip)
                return Unjudged(conversation.id, self.id, found.why, retry=found.kind is Kind.AGAIN)
            answer = read_answer(questions[name], found)
            if isinstance(answer, str):
                return Unjudged(conversation.id, self.id, f"{name}: {answer}")
            answers[name] = answer
        criteria, overall = read_answers(answers, rubric)
        return Judgement(conversation.id, self.id, rubric.digest, criteria, overall)

    def _try_server(self, endpoint: Endpoint) -> Failure | None:
        """Find out with a harmless question how many alternatives the server lists. Returns an outage."""
        found: tuple[Alternative, ...] | Failure | None = None
        for number in ALTERNATIVES:
            found = self._ask(endpoint, _PROBE, number)
            if not isinstance(found, Failure):
                self._alternatives = number
                return None
            if found.kind is not Kind.CAPPED:
                break
        if isinstance(found, Failure) and found.kind is not Kind.AGAIN:
            tip = found.tip or "see in the server's log what it refuses"
            raise SelfsownError(f"judge {self.id} cannot be asked anything: {found.why}", tip)
        return found if isinstance(found, Failure) else None

    def _ask(self, endpoint: Endpoint, text: str, alternatives: int) -> tuple[Alternative, ...] | Failure:
        """Ask until there is an answer or a refusal, TRIES times at most, within the allowance."""
        found = Failure(Kind.AGAIN, "")
        for attempt in range(TRIES):
            if attempt:
                wait = max(found.wait, 2.0 ** (attempt - 1) * (0.5 + self._jitter()))
                if wait > min(_MOST_WAIT, self._allowance.left()):
                    return Failure(Kind.AGAIN, f"{found.why}, and there is no time to wait {wait:.0f} s")
                self._sleep(wait)
            left = self._allowance.take()
            if not left:
                return Failure(Kind.AGAIN, "the budget of requests or of time is spent")
            answer = endpoint.ask(text, alternatives, min(SECONDS, left))
            if not isinstance(answer, Failure) or answer.kind is not Kind.AGAIN:
                return answer
            found = answer
        return Failure(Kind.AGAIN, f"{found.why} ({TRIES} tries)")


def open_api_judge(environment: Mapping[str, str]) -> ApiJudge:
    """The judge that SELFSOWN_API_URL, _MODEL, _KEY, _MOST_REQUESTS and _MOST_SECONDS describe.

    Raises UsageError where one of them is missing or makes no sense.
    """
    url = _read_url(environment.get("SELFSOWN_API_URL", "").strip())
    model = environment.get("SELFSOWN_API_MODEL", "").strip()
    if not model or not model.isprintable() or len(model) > 200:
        raise UsageError("SELFSOWN_API_MODEL names no model", "set it to the name under which the server knows it")
    key = environment.get("SELFSOWN_API_KEY", "").strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise UsageError("SELFSOWN_API_KEY holds a character that no key has", "set it again, on one line")
    requests = _read_number(environment, "SELFSOWN_API_MOST_REQUESTS", MOST_REQUESTS)
    seconds = _read_number(environment, "SELFSOWN_API_MOST_SECONDS", MOST_SECONDS)
    return ApiJudge(ApiSettings(url, model, key, requests, seconds))


def _read_url(text: str) -> str:
    """The base URL. It is not repeated in an error: people put passwords in URLs."""
    try:
        parts = urlsplit(text)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_good = False
    if not is_good or not (text.isascii() and text.isprintable()) or "@" in parts.netloc or parts.query or " " in text:
        raise UsageError(
            "SELFSOWN_API_URL is no base URL of a server",
            "set it to something like http://localhost:8000/v1, without name, password or query",
        )
    return text


def _read_number(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name, "").strip() or str(default)
    if not (value.isascii() and value.isdigit() and int(value[:12]) > 0 and len(value) <= 9):
        raise UsageError(f"{name} is no whole number from 1 to 999,999,999", f"leave it away for {default:,}")
    return int(value)


def _render_id(model: str) -> str:
    """Which model, and twelve digits over its full name, the endpoint's kind and the code that makes the prompt."""
    code = b"".join(Path(str(module.__file__)).read_bytes() for module in (prompt, one_token))
    digest = hashlib.sha256(b"chat.completions\0" + model.encode() + b"\0" + code).hexdigest()[:12]
    return f"api-{re.sub('[^A-Za-z0-9._-]+', '-', model)[:60]}-{digest}"
