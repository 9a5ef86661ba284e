"""Scoring by packed rows is scoring by one prompt at a time: on every kind of model, in any batch, on any threads."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast
from transformers.decision import DecisionConfig

from selfsown.conversation import Conversation, Turn
from selfsown.judge import prompt
from selfsown.judge.prompt import render_questions, render_rubric, render_state
from selfsown.judgement import Judgement, Unjudged, read_judgement
from selfsown.rulebook import Rulebook, load_folder_rulebook
from selfsown_train import decisions, typed_prompts
from selfsown_train.chat_template import PLAIN
from selfsown_train.decisions import PACKABLE, can_share, decide, read_beginning
from selfsown_train.local_judge import LocalJudge, as_judge
from selfsown_train.model import ChatModel
from selfsown_train.tiny_base import build_tokenizer
from selfsown_train.typed_prompts import render_prompts, shared_start

SAID = "the garden needs water and light so we ask what grows when it rains: tomatoes, beans or <|im_end|> mint"
SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
GPT2 = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 2048, "attn_pdrop": 0.0, "resid_pdrop": 0.0}
EXTRA = {"gpt2": {**GPT2, "embd_pdrop": 0.0}, "mistral": {"sliding_window": None}}


def chat_of(length: int, turns: int, seed: int) -> Conversation:
    chance = random.Random(seed)
    said = (Turn(("user", "assistant")[n % 2], " ".join(chance.choices(SAID.split(), k=length))) for n in range(turns))
    return Conversation(tuple(said), "starter", "CC0-1.0", "2026-11-21")


CHATS = [chat_of(3 + 2 * (n % 7), 2 + 2 * (n % 3), n) for n in range(16)]


@cache
def tokenizer() -> Any:
    rubric = load_folder_rulebook(Path(__file__).parents[2]).rubric
    texts = [render_state(chat, rubric) for chat in CHATS] + [entry.question for entry in rubric.criteria]
    return build_tokenizer([*texts * 4, rubric.question, "ABCDEFGHIJK", "Answer Yes or No only."], 900)


@cache
def model(kind: str) -> ChatModel:
    """Random weights, larger than usual so that answers differ from each other."""
    torch.manual_seed(7)
    sizes = {**(SIZES if kind != "gpt2" else {}), **EXTRA.get(kind, {})}
    if kind not in ("gpt2",):
        sizes |= {"num_key_value_heads": 2, "max_position_embeddings": 2048, "initializer_range": 0.3}
    ends = {"pad_token_id": 0, "eos_token_id": 2, "bos_token_id": None}
    config = AutoConfig.for_model(kind, vocab_size=len(tokenizer()) + 2, **sizes, **ends)
    return ChatModel(AutoModelForCausalLM.from_config(config).eval(), tokenizer())


@pytest.fixture
def requests(rulebook: Rulebook) -> list[dict[str, Any]]:
    questions = render_questions(rulebook.rubric)
    return [{"state": render_state(chat, rulebook.rubric), "questions": questions} for chat in CHATS]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """More than one is slower for models this small, and a test that sets another number leaves none behind."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def numbers(answers: Any) -> list[float]:
    return [answer.get("noul", answer.get("score")) for entry in answers for _, answer in sorted(entry.items())]


@pytest.mark.parametrize("kind", ["llama", "gpt2", "qwen2"])
def test_the_answers_are_those_of_the_pipeline(kind: str, requests: list[dict[str, Any]]) -> None:
    chat = model(kind)
    pipeline = transformers.pipeline("decision", model=chat.model, tokenizer=chat.tokenizer)
    theirs = numbers([pipeline(request) for request in requests[:5]])
    assert can_share(chat)
    assert len({round(number, 3) for number in theirs}) > 5
    for share in (True, False):
        assert numbers(decide(chat, requests[:5], share=share)) == pytest.approx(theirs, abs=1e-4)


@pytest.mark.parametrize("kind", PACKABLE)
def test_packed_rows_answer_as_single_prompts_do(kind: str, requests: list[dict[str, Any]]) -> None:
    chat = model(kind)
    assert can_share(chat)
    assert numbers(decide(chat, requests[:3])) == pytest.approx(
        numbers(decide(chat, requests[:3], share=False)), abs=1e-4
    )


def test_a_model_that_looks_back_only_so_far_shares_nothing_and_answers_all_the_same(
    requests: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = model("mistral")
    whole = numbers(decide(chat, requests[:2]))
    monkeypatch.setattr(chat.model.config, "sliding_window", 4_000)
    assert not can_share(chat)
    assert numbers(decide(chat, requests[:2])) == pytest.approx(whole, abs=1e-4)


@pytest.mark.parametrize("kind", ["llama", "gpt2", "qwen2"])
def test_a_score_depends_on_nothing_but_the_conversation(kind: str, rulebook: Rulebook) -> None:
    judge = as_judge(model(kind), "test")
    scores: dict[str, list[float]] = {chat.id: [] for chat in CHATS}
    for count in (1, 2):
        torch.set_num_threads(count)
        for batch in (1, 4, 16):
            order = random.Random(batch).sample(CHATS, 16 if batch > 1 else 4)
            for at in range(0, len(order), batch):
                for answer in judge.judge(order[at : at + batch], rulebook.rubric):
                    assert isinstance(answer, Judgement)
                    scores[answer.conversation].append(answer.score)
    assert all(len(found) >= 4 and max(found) - min(found) < 1e-3 for found in scores.values())
    assert len({round(found[0], 1) for found in scores.values()}) > 1


def test_the_same_batch_in_another_order_gives_the_same_bits(requests: list[dict[str, Any]]) -> None:
    chat = model("llama")
    first = decide(chat, requests)
    again = decide(chat, requests[::-1])[::-1]
    assert first == again


def test_a_state_that_is_computed_in_pieces_has_the_same_answers(
    requests: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = model("llama")
    whole = numbers(decide(chat, requests[:4]))
    monkeypatch.setattr(decisions, "_LONG", 30)
    monkeypatch.setattr(decisions, "_PIECE", 25)
    monkeypatch.setattr(decisions, "_TOKENS", {"cpu": 1})
    assert numbers(decide(chat, requests[:4])) == pytest.approx(whole, abs=1e-5)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_the_rubric_is_computed_once_for_all_batches(
    kind: str, rulebook: Rulebook, requests: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge, computed, extend = as_judge(model(kind), "test"), list[int](), decisions._extend
    monkeypatch.setattr(decisions, "_extend", lambda *given: computed.append(len(given[1])) or extend(*given))
    for at in range(0, 6, 2):
        judge.judge(CHATS[at : at + 2], rulebook.rubric)
    wording = tokenizer()(render_rubric(rulebook.rubric))["input_ids"]
    assert len(computed) == 1
    assert computed[0] > len(wording)
    (begun,) = judge._begun.values()
    assert begun is not None
    for entry in render_prompts(judge.chat, requests):
        assert entry.state[: len(begun.ids)] == begun.ids
        assert len(entry.state) > len(begun.ids)


def test_a_beginning_that_a_prompt_has_not_is_not_used(requests: list[dict[str, Any]], rulebook: Rulebook) -> None:
    chat, other = model("llama"), replace(rulebook.rubric, question="Is it blue?")
    questions = render_questions(other)
    strange = [{"state": render_state(entry, other), "questions": questions} for entry in CHATS[:3]]
    kept = read_beginning(chat, requests)
    assert kept is not None
    assert numbers(decide(chat, strange, beginning=kept)) == numbers(decide(chat, strange))


def test_another_form_of_the_prompt_is_another_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    before = as_judge(model("llama"), "test").id
    assert as_judge(model("llama"), "test").id == before
    monkeypatch.setattr(prompt, "_INTRODUCTION", "Look at this.")
    assert as_judge(model("llama"), "test").id != before


def test_requests_with_other_questions_go_together(requests: list[dict[str, Any]]) -> None:
    chat, one = model("llama"), requests[0]
    few = {"state": one["state"], "questions": {name: one["questions"][name] for name in ("fair", "overall")}}
    single = {"state": one["state"], "questions": {"fair": one["questions"]["fair"]}}
    whole, part, least = decide(chat, [one, few, single])
    assert isinstance(whole, dict)
    assert isinstance(part, dict)
    assert isinstance(least, dict)
    assert list(part) == ["fair", "overall"]
    for answer in (part["fair"], least["fair"]):
        assert answer["noul"] == pytest.approx(whole["fair"]["noul"], abs=1e-5)


def encodings(requests: list[dict[str, Any]], known: Any) -> list[list[list[int]]]:
    config = DecisionConfig()
    return [[one["input_ids"][0].tolist() for one, _ in config.prepare_inputs(entry, known)] for entry in requests]


def test_prompts_are_those_that_the_pipeline_encodes(requests: list[dict[str, Any]]) -> None:
    open_ended = [{**entry, "state": f"{entry['state']}!\n"} for entry in requests[:2]]
    odd = [{"state": "x7", "questions": {"overall": requests[0]["questions"]["overall"]}}]
    for asked in (requests, open_ended, requests[:2] + odd):
        found = [[[*one.state, *ending] for ending in one.endings] for one in render_prompts(model("llama"), asked)]
        assert found == encodings(asked, tokenizer())


def test_a_vocabulary_with_tokens_over_line_breaks_is_asked_for_every_prompt(requests: list[dict[str, Any]]) -> None:
    """Such a tokenizer joins the last digit of the marker and what follows it, so no prompt tells of another."""
    joining = Tokenizer(BPE())
    joining.decoder = tokenizer().backend_tokenizer.decoder
    digits = [f"{digit}\n" for digit in "0123456789abcdef"]
    texts = [f"{digit}\n\n{name}?" for digit in digits for name in requests[0]["questions"]]
    alphabet = [chr(at) for at in range(10, 127)]
    joining.train_from_iterator(
        [*texts * 20, *["Yes", "No"] * 4_000],
        BpeTrainer(vocab_size=400, initial_alphabet=alphabet, special_tokens=["<pad>"]),
    )
    fast = PreTrainedTokenizerFast(tokenizer_object=joining, pad_token="<pad>", chat_template=PLAIN)
    chat = ChatModel(model("llama").model, fast)
    found = [[[*one.state, *ending] for ending in one.endings] for one in render_prompts(chat, requests)]
    assert not typed_prompts._ends_before_lines(fast)
    assert found == encodings(requests, fast)


def test_what_prompts_share_leaves_each_something_of_its_own() -> None:
    assert shared_start([(1, 2, 3), (1, 2, 4)]) == 2
    assert shared_start([(1, 2), (1, 2, 4)]) == 1
    assert shared_start([(1, 2), (1, 2)]) == 1
    assert shared_start([(1,), (2,)]) == 0


BEANS = "Beans grow up a pole. "


@pytest.fixture
def judge() -> LocalJudge:
    """A judge with little room beside the questions."""
    return as_judge(replace(model("llama"), window=600), "test")


def test_a_long_conversation_has_the_lowest_answers_of_its_windows(
    judge: LocalJudge, rulebook: Rulebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    long, asked = chat_of(20, 12, 5), list[Conversation]()
    ask = LocalJudge._ask
    with monkeypatch.context() as patch:
        patch.setattr(LocalJudge, "_ask", lambda *given: asked.extend(given[1]) or ask(*given))
        (answer,) = judge.judge([long], rulebook.rubric)
    shown = asked[1:]  # the first is the whole of it
    each = [found for found in judge.judge(shown, rulebook.rubric) if isinstance(found, Judgement)]
    assert isinstance(answer, Judgement)
    assert len(each) == len(shown) > 1
    for name, value in answer.criteria.items():
        assert value == pytest.approx(min(found.criteria[name] for found in each), abs=1e-5)
    assert (answer.conversation, answer.coverage, answer.flags) == (long.id, 1.0, ())
    assert "coverage" not in answer.to_json()


def test_a_part_that_was_not_read_is_told(judge: LocalJudge, rulebook: Rulebook) -> None:
    (answer,) = judge.judge([said("How do beans grow?", BEANS * 60)], rulebook.rubric)
    assert isinstance(answer, Judgement)
    assert 0.1 < answer.coverage < 0.9
    assert answer.flags == (f"only {int(100 * answer.coverage)} % was read",)
    record = answer.to_json()
    assert rulebook.schemas["judgement"].accepts(record)
    assert record["coverage"] <= answer.coverage
    again = read_judgement(record)
    assert isinstance(again, Judgement)
    assert again.coverage == record["coverage"]


def test_whoever_has_read_hardly_anything_cannot_say(judge: LocalJudge, rulebook: Rulebook) -> None:
    long, short = said("How do beans grow?", BEANS * 2_000), said("How do beans grow?", BEANS)
    refused, answer = judge.judge([long, short], rulebook.rubric)
    assert isinstance(refused, Unjudged)
    assert "window" in refused.why
    assert not refused.retry
    assert isinstance(answer, Judgement)


def said(request: str, answer: str) -> Conversation:
    turns = (Turn("user", request), Turn("assistant", answer))
    return Conversation(turns, "starter", "CC0-1.0", "2026-11-21")
