"""How many conversations a second a local judge scores, beside other ways to ask the same model.

    python tests/benchmarks/bench_judge.py [--base-model DIR] [--rounds N] [--threads N] [--write docs/benchmarks.md]

Every round asks the same model about the same conversations of the starter corpus in five ways, one after the other:
our judge; the same without the shared beginnings; `pipeline("decision")` request by request; and two judges that write
text, greedily, one conversation at a time: one that gives all six answers in one reply, and one that gives a reply of its
own to each of the six questions. The built models have random weights: what they say differs from a trained one, what
it costs does not, but for the text that never ends early.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
import transformers
from section import write_section
from transformers import PreTrainedTokenizerFast

from selfsown.conversation import Conversation
from selfsown.corpus import Corpus
from selfsown.judge import judge_all
from selfsown.judge.prompt import OVERALL, read_answers, render_questions, render_state
from selfsown.judgement import Judgement, Rubric
from selfsown.review import read_judgeable
from selfsown.rulebook import load_folder_rulebook
from selfsown.validate import validate_files
from selfsown_train.decisions import can_share, decide
from selfsown_train.local_judge import LocalJudge, as_judge
from selfsown_train.model import Base, ChatModel, load_base
from selfsown_train.recipe import read_recipe
from selfsown_train.tiny_base import build_model, build_tokenizer
from selfsown_train.typed_prompts import render_prompts

ROOT = Path(__file__).resolve().parents[2]
LONG = 8  # starter conversations in one long one
NEW_TOKENS = 128  # for one reply with all six answers
REASON_TOKENS = 64  # for one of six replies, with its verdict
WAYS = {
    "ours": "our judge",
    "plain": "our judge, every prompt from its first token",
    "pipeline": '`pipeline("decision")`, one request at a time',
    "text": f"a judge that writes: all six answers in one reply of up to {NEW_TOKENS} tokens",
    "text by question": f"a judge that writes: one reply a question, a reason of up to {REASON_TOKENS} tokens and the verdict",
}
Scores = list[float]
Spent = tuple[float, float]  # seconds by the clock, seconds of the processor


@dataclass(frozen=True, slots=True)
class Case:
    """A judge and the conversations it is asked about."""

    name: str
    judge: LocalJudge
    conversations: Sequence[Conversation]
    rubric: Rubric

    @property
    def chat(self) -> ChatModel:
        return self.judge.chat

    @property
    def requests(self) -> list[dict[str, Any]]:
        questions = render_questions(self.rubric)
        return [{"state": render_state(entry, self.rubric), "questions": questions} for entry in self.conversations]


def ask_ours(case: Case) -> Scores:
    """What `selfsown judge` does, without its cache: the rubric is computed anew in every round, once."""
    judge = LocalJudge(case.judge.id, case.chat)
    answers = judge_all(case.conversations, case.rubric, judge)
    return [answer.score for answer in answers if isinstance(answer, Judgement)]


def ask_plain(case: Case) -> Scores:
    """Padded batches, nothing shared."""
    return [score(answer, case.rubric) for answer in decide(case.chat, case.requests, share=False)]


def ask_pipeline(case: Case) -> Scores:
    """The pipeline of transformers, as its documentation calls it."""
    pipeline = transformers.pipeline("decision", model=case.chat.model, tokenizer=case.chat.tokenizer)
    return [score(pipeline(request), case.rubric) for request in case.requests]


def ask_text(case: Case) -> Scores:
    """One verdict in words on everything; nothing is read from it here."""
    closing = (
        'Answer each question with yes or no. Give a short reason, then JSON: {"criteria": {…}, "score": 0 to 10}.'
    )
    for request in case.requests:
        write(case.chat, f"{request['state']}\n\n{closing}", NEW_TOKENS)
    return []


def ask_text_by_question(case: Case) -> Scores:
    """The same six questions as everybody else, each with a reason and then a verdict."""
    for request in case.requests:
        for name in request["questions"]:
            end = "a number from 0 to 10" if name == OVERALL else "Yes or No"
            write(case.chat, f"{request['state']}\n\n{name}?\nGive a short reason, then {end}.", REASON_TOKENS)
    return []


def write(chat: ChatModel, text: str, tokens: int) -> None:
    """The most likely reply, token by token."""
    inputs = chat.tokenizer.apply_chat_template(
        [{"role": "user", "content": text}],
        add_generation_prompt=True,
        return_dict=True,
        return_tensors="pt",
        sanitize_control_tokens=True,
    )
    with torch.inference_mode():
        chat.model.generate(**inputs.to(chat.model.device), max_new_tokens=tokens, do_sample=False)


ASK: dict[str, Callable[[Case], Scores]] = {
    "ours": ask_ours,
    "plain": ask_plain,
    "pipeline": ask_pipeline,
    "text": ask_text,
    "text by question": ask_text_by_question,
}


def score(answer: Any, rubric: Rubric) -> float:
    """Out of ten, from the answers to the criteria."""
    return 2 * sum(read_answers(answer, rubric)[0].values())


def measure(case: Case, rounds: int) -> str:
    """One model's table, as Markdown. Raises SystemExit where two ways disagree on a score."""
    spent: dict[str, list[Spent]] = {way: [] for way in WAYS}
    apart = 0.0
    warm = replace(case, conversations=case.conversations[:2])
    for way in WAYS:
        ASK[way](warm)
    for _ in range(rounds):
        found: dict[str, Scores] = {}
        for way in WAYS:
            start, busy = time.perf_counter(), time.process_time()
            found[way] = ASK[way](case)
            spent[way].append((time.perf_counter() - start, time.process_time() - busy))
        pairs = [zip(found["ours"], found[way], strict=True) for way in ("plain", "pipeline")]
        apart = max([apart, *(abs(one - other) for pair in pairs for one, other in pair)])
    if case.chat.model.dtype == torch.float32 and apart > 1e-3:
        raise SystemExit(f"the ways of asking disagree by {apart} of 10")
    return render(case, spent, apart)


def render(case: Case, spent: dict[str, list[Spent]], apart: float) -> str:
    """Rates from medians; ratios are medians of the ratios within a round, by the clock and by the processor."""
    many = len(case.conversations)
    prompts = render_prompts(case.chat, case.requests)
    endings = sum(sum(map(len, entry.endings)) for entry in prompts)
    states = sum(len(entry.state) for entry in prompts)
    rows = []
    for way, words in WAYS.items():
        middle = statistics.median(clock for clock, _ in spent[way])
        ratios = [
            render_ratios([one[kind] / ours[kind] for one, ours in zip(spent[way], spent["ours"], strict=True)])
            for kind in (0, 1)
        ]
        rows.append(f"| {words} | {middle / many:.3f} | {many / middle:,.1f} | {' | '.join(ratios)} |")
    head = (
        f"**{case.name}**: {many} conversations, prompts of {(states + endings / 6) / many:.0f} tokens on average; "
        f"{(6 * states + endings) / many:.0f} tokens a conversation where every prompt is computed, "
        f"{(states + endings) / many:.0f} where a state is computed once. Scores differ by at most {apart:.1g} of 10."
    )
    table = [
        "| | s a conversation | conversations/s | time x ours (range) | CPU time x ours (range) |",
        "|---|---|---|---|---|",
        *rows,
    ]
    return "\n".join([head, "", *table])


def render_ratios(ratios: list[float]) -> str:
    """The median and the range."""
    return f"{statistics.median(ratios):.1f}x ({min(ratios):.1f}-{max(ratios):.1f})"


def read_corpus() -> tuple[list[Conversation], Rubric]:
    """The starter corpus and the rubric of this checkout."""
    rulebook = load_folder_rulebook(ROOT)
    today = datetime.now(UTC).date().isoformat()
    found = validate_files([ROOT / "corpus" / "original"], ROOT, rulebook, today, corpus=Corpus())
    return [entry for entry in read_judgeable(found) if entry.source == "starter"], rulebook.rubric


def pick(conversations: Sequence[Conversation], count: int) -> list[Conversation]:
    """Evenly from the whole corpus."""
    return list(conversations[:: max(len(conversations) // count, 1)][:count])


def join(conversations: Sequence[Conversation], count: int) -> list[Conversation]:
    """Long conversations of many turns, each made of LONG short ones without their system turns."""
    chosen = [[turn for turn in entry.turns if turn.role != "system"] for entry in pick(conversations, count * LONG)]
    parts = [chosen[at :: len(chosen) // LONG][:LONG] for at in range(count)]
    first = conversations[0]
    return [replace(first, turns=tuple(turn for said in part for turn in said)) for part in parts]


def build(tokenizer: PreTrainedTokenizerFast, hidden: int, layers: int) -> LocalJudge:
    """A judge on a Llama with random weights."""
    shape = replace(
        read_recipe(ROOT / "training/recipes/tiny.toml").base,
        hidden_size=hidden,
        layers=layers,
        heads=hidden // 32,
        context=4_096,
    )
    torch.manual_seed(1)
    return as_judge(ChatModel(build_model(shape, tokenizer).eval(), tokenizer), "bench")


def list_cases(model: str) -> list[Case]:
    """Short and long conversations on the shape of the tiny base, short ones on a larger one, or all on one model."""
    corpus, rubric = read_corpus()
    if model:
        judge, name = as_judge(load_base(Base(model, "", "")), "bench"), Path(model).name
        return [
            Case(f"{name}, short", judge, pick(corpus, 6), rubric),
            Case(f"{name}, long", judge, join(corpus, 3), rubric),
        ]
    texts = [
        text for entry in corpus for text in (render_state(entry, rubric), *(turn.content for turn in entry.turns))
    ]
    tokenizer = build_tokenizer([*texts, *(entry.question for entry in rubric.criteria)], 2_048)
    tiny, larger = build(tokenizer, 128, 4), build(tokenizer, 384, 12)
    return [
        Case(describe("The shape of the tiny base", tiny, "short"), tiny, pick(corpus, 24), rubric),
        Case(describe("The shape of the tiny base", tiny, "long"), tiny, join(corpus, 4), rubric),
        Case(describe("A larger one", larger, "short"), larger, pick(corpus, 6), rubric),
    ]


def describe(name: str, judge: LocalJudge, length: str) -> str:
    """Its size and what it is asked about."""
    return f"{name} ({sum(entry.numel() for entry in judge.chat.model.parameters()) / 1e6:.1f} M parameters), {length}"


def main() -> None:
    """Measure and print; with --write also put it into the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-model", default="", metavar="DIR")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=0, help="0: what torch chooses")
    parser.add_argument("--write", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    cases = list_cases(arguments.base_model)
    device = cases[0].chat.model.device.type
    head = (
        f"{arguments.rounds} rounds, {torch.get_num_threads()} threads, {cases[0].chat.model.dtype} on {device}, torch "
        f"{torch.__version__}, transformers {transformers.__version__}, {platform.machine()}, {datetime.now(UTC).date()}. "
        f"Long conversations are {LONG} of the starter corpus in a row."
    )
    unshared = [case.name for case in cases if not can_share(case.chat)]
    tables = [measure(case, arguments.rounds) for case in cases]
    text = "\n\n".join([head, *(f"{name} shares nothing." for name in unshared), *tables])
    print(text)
    if arguments.write:
        write_section(arguments.write, "bench_judge", "Scoring by a local judge", text)


if __name__ == "__main__":
    main()
