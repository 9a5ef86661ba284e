"""The engine answers many at once as the model answers one, and nobody's failure is another's."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import torch
from bare_generate import bare_answer, bare_ids
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

from selfsown.conversation import Conversation, Turn
from selfsown.errors import SelfsownError
from selfsown.judgement import Criterion, Judgement, Rubric, Unjudged
from selfsown.serving.talker import LENGTH, STOPPED, WHOLE, Draw, Full, Talker, TooLong
from selfsown_train.engine import Engine
from selfsown_train.generation import shorten
from selfsown_train.local_judge import as_judge
from selfsown_train.model import ChatModel
from selfsown_train.tiny_base import build_tokenizer
from selfsown_train.tokens import render

TEXT = "the garden needs water and light so we ask what grows when it rains tomatoes beans or mint"
SAID = TEXT.split()
PROMPTS = [
    (Turn("user", " ".join(SAID[:3])),),
    (Turn("system", "Be kind."), Turn("user", " ".join(SAID[2:9]))),
    (Turn("user", "what"), Turn("assistant", " ".join(SAID)), Turn("user", " ".join(SAID[::-1]))),
    (Turn("user", " ".join(SAID * 6)),),
    (Turn("user", "mint?"),),
    (Turn("user", "ééé 日本 " + " ".join(SAID[4:12])),),
]
LLAMA = {
    "hidden_size": 32,
    "num_key_value_heads": 2,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 512,
}
KINDS: dict[str, dict[str, Any]] = {
    "llama": LLAMA,
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 512},
    "mistral": {**LLAMA, "sliding_window": 24},
    "mamba": {"hidden_size": 32, "num_hidden_layers": 2},
    "lfm2": {**LLAMA, "layer_types": ["conv", "full_attention"]},
}
RUBRIC = Rubric(1, "Rate this.", (Criterion("fine", "Is it fine?"), Criterion("fair", "Is it fair?")))


@cache
def talker(kind: str) -> ChatModel:
    """A model with random weights, larger than usual so that it answers every prompt otherwise; the llama has adapters."""
    tokenizer = build_tokenizer([TEXT] * 20, 400)
    torch.manual_seed(3)
    ends = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id, "bos_token_id": None}
    config = AutoConfig.for_model(kind, vocab_size=len(tokenizer), initializer_range=0.3, **KINDS[kind], **ends)
    model: Any = AutoModelForCausalLM.from_config(config)
    if kind == "llama":
        lora = LoraConfig(target_modules="all-linear", init_lora_weights=False)
        model = get_peft_model(model, lora)
        model.add_adapter("judge", lora)
        model.set_adapter("default", inference_mode=True)
    return ChatModel(model.eval(), tokenizer)


def say(engine: Engine, turns: tuple[Turn, ...], tokens: int = 12, **draw: Any) -> str:
    return "".join(engine.reply(turns, Draw(most_tokens=tokens, **draw)))


def wait_until(is_so: Callable[[], bool]) -> None:
    """Until it is; fails after ten seconds."""
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.002)


@pytest.fixture
def chat() -> ChatModel:
    return talker("llama")


@pytest.fixture
def engine(chat: ChatModel) -> Iterator[Engine]:
    made = Engine(chat, "small", RUBRIC)
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["llama", "gpt2", "mistral", "lfm2"])
def test_answers_are_those_of_generate_whoever_else_is_answered(kind: str) -> None:
    chat = talker(kind)
    lengths = [20, 7, 1, 16, 25, 12]
    wanted = [bare_answer(chat, turns, most) for turns, most in zip(PROMPTS, lengths, strict=True)]
    engine = Engine(chat, "small", RUBRIC)
    engine._piece = 40  # so that the long prompts are read in pieces
    try:
        with ThreadPoolExecutor(18) as people:

            def ask(number: int) -> str:
                time.sleep(0.003 * (number % 7))
                return say(engine, PROMPTS[number % 6], lengths[number % 6])

            assert list(people.map(ask, range(24))) == wanted * 4
    finally:
        engine.close()
    assert len(set(wanted)) == len(wanted)


def test_it_is_a_talker(engine: Engine) -> None:
    promised: Talker = engine
    assert promised.name == "small"


def test_a_drawn_answer_depends_on_its_seed_and_not_on_its_neighbours(engine: Engine) -> None:
    draw = Draw(10, temperature=0.9, top_p=0.95, seed=4)
    single = ["".join(engine.reply(turns, draw)) for turns in PROMPTS]
    together = [engine.reply(turns, draw) for turns in PROMPTS * 2]
    assert ["".join(reply) for reply in together] == single * 2
    other = "".join(engine.reply(PROMPTS[0], replace(draw, seed=5)))
    assert other != single[0]
    assert len({say(engine, PROMPTS[0], 10, temperature=0.9) for _ in range(3)}) == 3


def test_an_answer_is_streamed_and_ends_where_it_is_to(engine: Engine, chat: ChatModel) -> None:
    reply = engine.reply(PROMPTS[3], Draw(30))
    pieces = list(reply)
    assert len(pieces) > 5
    assert "".join(pieces) == bare_answer(chat, PROMPTS[3], 30)
    assert (reply.finish, reply.answer_tokens) == (LENGTH, 30)
    assert reply.prompt_tokens == len(render(chat, [turn.to_json() for turn in PROMPTS[3]], prompt=True))
    assert list(reply) == []


def test_the_end_token_ends_an_answer_and_is_no_part_of_it(chat: ChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bare_answer(chat, PROMPTS[3], 30)
    ids = bare_ids(chat, PROMPTS[3], 30)
    monkeypatch.setattr(chat.model.generation_config, "eos_token_id", ids[6])
    engine = Engine(chat, "small", RUBRIC)
    reply = engine.reply(PROMPTS[3], Draw(30))
    said = "".join(reply)
    engine.close()
    assert (reply.finish, reply.answer_tokens) == (WHOLE, ids.index(ids[6]))
    assert len(said) < len(whole)
    assert whole.startswith(said)


def test_a_stop_word_ends_an_answer_and_is_left_out(engine: Engine) -> None:
    whole = say(engine, PROMPTS[3], 30)
    word = whole[len(whole) // 2 :][:3]
    reply = engine.reply(PROMPTS[3], Draw(30, stop=("never said", word)))
    assert "".join(reply) == whole[: whole.index(word)].strip()
    assert reply.finish == WHOLE
    assert reply.answer_tokens < 30


def test_it_stops_when_told_or_when_nobody_listens(engine: Engine) -> None:
    stopped, left = engine.reply(PROMPTS[3], Draw(400)), engine.reply(PROMPTS[3], Draw(400))
    request = left._request
    heard = iter(stopped)
    first = next(heard)
    threading.Thread(target=stopped.stop).start()
    rest = list(heard)
    stopped.stop()
    assert stopped.finish == STOPPED
    assert first + "".join(rest) != ""
    assert stopped.answer_tokens < 400
    del left
    gc.collect()
    wait_until(lambda: engine._rows is None)
    assert request.finish == STOPPED
    assert len(request.written) < 400


def test_an_answer_may_be_thrown_away_in_the_middle_of_a_token(engine: Engine) -> None:
    """The collector runs in any thread, so also in the worker's while it holds the very same request."""
    reply = engine.reply(PROMPTS[0], Draw(200))
    request = reply._request
    say, replies = request._spoken.add, [reply]

    def add(token: int) -> str:
        replies.clear()
        gc.collect()
        return say(token)

    request._spoken.add = add  # type: ignore[method-assign]
    del reply
    wait_until(lambda: bool(request.finish))
    assert request.finish == STOPPED
    wait_until(lambda: engine._rows is None)


def test_a_full_window_loses_the_oldest_exchanges_and_only_a_long_last_word_is_refused(chat: ChatModel) -> None:
    engine = Engine(ChatModel(chat.model, chat.tokenizer, window=128), "small", RUBRIC)
    system, last = Turn("system", "Be kind."), Turn("user", "And what grows in the garden?")
    old = (Turn("user", "word " * 200), Turn("assistant", "yes " * 200))
    assert say(engine, (system, *old * 3, last), 12) == say(engine, (system, last), 12)
    assert say(engine, (Turn("system", "word " * 200), last), 12) == say(engine, (last,), 12)
    fills = (Turn("user", "mint " * 80),)
    room = 128 - len(render(chat, [fills[0].to_json()], prompt=True))
    assert 16 <= room < 64
    reply = engine.reply(fills, Draw(500))
    assert "".join(reply) == bare_answer(chat, fills, room)
    assert reply.answer_tokens <= room
    with pytest.raises(TooLong, match="tokens; the model reads 128 in all"):
        engine.reply((Turn("user", "word " * 500),), Draw(12))
    engine.close()


def test_what_cannot_fit_is_not_encoded_to_see_it(chat: ChatModel, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine(ChatModel(chat.model, chat.tokenizer, window=128), "small", RUBRIC)
    system, last = Turn("system", "Be kind."), Turn("user", "And what grows in the garden?")
    encoded = []
    monkeypatch.setattr(
        "selfsown_train.engine.shorten",
        lambda chat, turns, most: (encoded.append(turns), shorten(chat, turns, most))[1],
    )
    old = (Turn("user", "a"), Turn("assistant", "b"))
    assert say(engine, (system, *old * 20_000, last)) == say(engine, (system, *old * 60, last))
    assert len(encoded[0]) <= 514
    assert (encoded[0][0], encoded[0][1].role) == (system, "user")
    assert say(engine, (*old, Turn("user", "word " * 2000), Turn("assistant", "x"), last)) == say(engine, (last,))
    with pytest.raises(TooLong, match="longer than the 128 tokens"):
        engine.reply((Turn("user", "a" * 1_000_000),), Draw(12))
    engine.close()


def test_a_full_queue_says_so_and_the_first_is_answered_first(chat: ChatModel) -> None:
    engine = Engine(chat, "small", RUBRIC, most_running=1, most_waiting=3)
    running = engine.reply(PROMPTS[0], Draw(200))
    wait_until(lambda: engine._rows is not None)
    ended: list[int] = []
    waiting = [engine.reply(PROMPTS[number], Draw(5)) for number in range(3)]
    with pytest.raises(Full, match="too many wait") as refused:
        engine.reply(PROMPTS[0], Draw(5))
    assert refused.value.seconds >= 1
    threads = [
        threading.Thread(target=lambda number=number: ended.append((list(waiting[number]), number)[1]))
        for number in (2, 1, 0)
    ]
    for thread in threads:
        thread.start()
    running.stop()
    for thread in threads:
        thread.join()
    assert ended == [0, 1, 2]
    engine.close()


def test_who_gives_up_while_waiting_leaves_the_queue(chat: ChatModel) -> None:
    engine = Engine(chat, "small", RUBRIC, most_running=1, most_waiting=2)
    running = engine.reply(PROMPTS[0], Draw(300))
    wait_until(lambda: engine._rows is not None)
    for _ in range(10):
        engine.reply(PROMPTS[1], Draw(300)).stop()
        wait_until(lambda: not engine._waiting)
    running.stop()
    assert list(running) is not None
    engine.close()


class Broken:
    """A model that fails when a token is among those that it is given."""

    def __init__(self, model: Any, token: int, answer: Callable[[Any, torch.Tensor], Any]) -> None:
        self._model, self._token, self._answer = model, token, answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def __call__(self, **given: Any) -> Any:
        rows = (given["input_ids"] == self._token).any(-1)
        return self._answer(self._model(**given), rows) if bool(rows.any()) else self._model(**given)


def no_number(output: Any, rows: torch.Tensor) -> Any:
    output.logits[rows] = torch.nan
    return output


def no_memory(output: Any, rows: torch.Tensor) -> Any:
    raise RuntimeError("not enough memory")


@pytest.mark.parametrize(("how", "told"), [(no_number, "no number"), (no_memory, "RuntimeError")])
@pytest.mark.parametrize("place", ["prompt", "answer"])
def test_one_failure_is_nobody_elses(
    chat: ChatModel, how: Any, told: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model fails on a token of one prompt only, or on one that one answer only comes to."""
    asked = [PROMPTS[0], PROMPTS[1], PROMPTS[4]]
    texts = [render(chat, [turn.to_json() for turn in turns], prompt=True) for turns in asked]
    answers = [bare_ids(chat, turns, 16) for turns in asked]
    places = [
        (number, token) for number in range(3) for token in (texts if place == "prompt" else answers)[number][1:-1]
    ]
    everything = [token for row in (*texts, *answers) for token in {*row}]
    victim, token = next(found for found in places if everything.count(found[1]) == 1)
    engine = Engine(chat, "small", RUBRIC)
    engine._reader._chat = ChatModel(Broken(chat.model, token, how), chat.tokenizer)  # type: ignore[arg-type]
    with engine._wake:  # so that all begin together
        replies = [engine.reply(turns, Draw(16)) for turns in asked]
    for number in {0, 1, 2} - {victim}:
        assert "".join(replies[number]) == bare_answer(chat, asked[number], 16)
    with pytest.raises(SelfsownError, match=told):
        list(replies[victim])
    engine.close()


CONVERSATIONS = [
    Conversation((*turns, Turn("assistant", f"It is number {number}.")), "chat", "CC0-1.0", "2026-11-21")
    for number, turns in enumerate(PROMPTS)
]


def test_ratings_are_those_of_the_judge_while_others_chat(engine: Engine, chat: ChatModel) -> None:
    talking = [engine.reply(turns, Draw(24)) for turns in PROMPTS]
    with ThreadPoolExecutor(6) as people:
        rated = list(people.map(engine.rate, CONVERSATIONS))
    assert ["".join(reply) for reply in talking] == [bare_answer(chat, turns, 24) for turns in PROMPTS]
    wanted = as_judge(chat, "round").judge(CONVERSATIONS, RUBRIC)
    for own, other in zip(rated, wanted, strict=True):
        assert isinstance(own, Judgement)
        assert isinstance(other, Judgement)
        assert (own.conversation, own.judge) == (other.conversation, other.judge)
        assert own.score == pytest.approx(other.score, abs=1e-3)
    assert len({answer.score for answer in rated if isinstance(answer, Judgement)}) == len(rated)


def test_ratings_go_first_and_take_no_more_than_half_of_the_time(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slow ratings without end: the chat beside them goes on, and they beside it."""
    done: list[float] = []

    def judge(conversations: Any, rubric: Rubric) -> list[Any]:
        time.sleep(0.02)
        done.append(time.monotonic())
        return [Unjudged(entry.id, "slow", "slow") for entry in conversations]

    monkeypatch.setattr(engine, "_judge", type("Slow", (), {"judge": staticmethod(judge), "id": "slow"}))
    is_over = threading.Event()

    def keep_rating() -> None:
        while not is_over.is_set():
            engine.rate(CONVERSATIONS[0])

    raters = [threading.Thread(target=keep_rating) for _ in range(12)]
    for rater in raters:
        rater.start()
    wait_until(lambda: bool(done))
    begun = time.monotonic()
    reply = engine.reply(PROMPTS[3], Draw(60))
    assert len(list(reply)) > 1
    spent = time.monotonic() - begun
    is_over.set()
    for rater in raters:
        rater.join()
    rated = sum(begun < at < begun + spent for at in done)
    assert 0.02 * rated < 0.75 * spent + 0.05


def test_a_judge_that_fails_says_so_and_may_be_asked_again(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(conversations: Any, rubric: Rubric) -> list[Any]:
        if any("mint" in entry.turns[0].content for entry in conversations):
            raise RuntimeError("not enough memory")
        return [Unjudged(entry.id, "other", "fine") for entry in conversations]

    monkeypatch.setattr(engine, "_judge", type("Failing", (), {"judge": staticmethod(judge), "id": "failing"}))
    with ThreadPoolExecutor(6) as people:
        rated = list(people.map(engine.rate, CONVERSATIONS))
    assert [answer.why for answer in rated if isinstance(answer, Unjudged)].count("not enough memory") == sum(
        "mint" in entry.turns[0].content for entry in CONVERSATIONS
    )
    assert all(isinstance(one, Unjudged) and one.retry == (one.why != "fine") for one in rated)


def count_weights() -> int:
    """The numbers in all parameters of this process."""
    gc.collect()
    found = {id(entry): entry.numel() for entry in gc.get_objects() if type(entry) is torch.nn.Parameter}
    return sum(found.values())


def test_there_is_one_copy_of_the_base(chat: ChatModel) -> None:
    """Chat and judge are adapters on the same weights: to serve and to rate takes no further ones."""
    before = count_weights()
    engine = Engine(chat, "small", RUBRIC)
    said = say(engine, PROMPTS[0])
    assert isinstance(engine.rate(CONVERSATIONS[0]), Judgement)
    assert say(engine, PROMPTS[0]) == said
    assert count_weights() == before
    engine.close()


def test_after_the_end_everything_fails_and_nothing_waits(chat: ChatModel) -> None:
    engine = Engine(chat, "small", RUBRIC, most_running=1)
    running, waiting = engine.reply(PROMPTS[0], Draw(400)), engine.reply(PROMPTS[1], Draw(400))
    wait_until(lambda: engine._rows is not None)
    engine.close()
    for reply in (running, waiting):
        with pytest.raises(SelfsownError, match="shut down"):
            list(reply)
    with pytest.raises(SelfsownError, match="shut down"):
        engine.reply(PROMPTS[0], Draw(4))
    with pytest.raises(SelfsownError, match="shut down"):
        engine.rate(CONVERSATIONS[0])
    engine.close()
    assert not engine._worker.is_alive()


def test_a_model_without_a_cache_is_refused() -> None:
    with pytest.raises(SelfsownError, match="mamba models cannot be served"):
        Engine(talker("mamba"), "small", RUBRIC)
