"""The judge of a round, on a model of one layer: it learns, goes on where it was cut off, and rates in the round's place."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import torch
import transformers
from peft import get_peft_model

from selfsown.cli.main import main
from selfsown.conversation import Conversation, Turn
from selfsown.corruption import Pair
from selfsown.errors import SelfsownError, UsageError
from selfsown.judge.prompt import OVERALL, render_questions, render_state
from selfsown.judgement import Judgement
from selfsown.repo import Repository
from selfsown.round import Round, State, read_round, write_promoted, write_round
from selfsown.vote import decide_vote
from selfsown_train import judge_round
from selfsown_train.adapter import write_adapter
from selfsown_train.corpus import RoundData
from selfsown_train.decisions import decide
from selfsown_train.evaluate import losses
from selfsown_train.judge_examples import Ask, Example, paired_example, yes_or_no
from selfsown_train.judge_loss import judge_losses
from selfsown_train.judge_measure import measure_judge
from selfsown_train.judge_prompts import encode_examples, encode_prompts
from selfsown_train.judge_recipe import JudgeRecipe, read_judge_recipe
from selfsown_train.judge_round import train_judge
from selfsown_train.judge_training import Collator, answer_logits, train_adapter
from selfsown_train.local_judge import as_judge
from selfsown_train.model import Base, ChatModel, load_base, make_deterministic
from selfsown_train.plan import describe_plan
from selfsown_train.registry import pin_base
from selfsown_train.report import silent
from selfsown_train.rounds import Workshop
from selfsown_train.rows import chat_rows, rating_rows
from selfsown_train.sft import make_lora
from selfsown_train.tiny_base import build_model, build_tokenizer
from selfsown_train.training_log import LOG, read_log

TODAY = "2026-11-21"


@dataclass(frozen=True, slots=True)
class Bench:
    """A checkout with one round whose base and chat adapter are random, and what is judged there."""

    workshop: Workshop
    entry: Round
    base: Base
    data: RoundData

    def load_base(self) -> ChatModel:
        return load_base(self.base, 1024)

    def load(self, entry: Round | None = None) -> ChatModel:
        return self.workshop.registry.load(entry or self.entry)


@pytest.fixture(scope="module")
def origin(workshop: Workshop, data: RoundData, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """One base and one chat adapter of random weights: nothing has to be trained before a judge is."""
    folder = tmp_path_factory.mktemp("judged")
    root = folder / "repository"
    shutil.copytree(workshop.root, root, ignore=shutil.ignore_patterns(".selfsown", "rounds"))
    make_deterministic(3, 1)
    recipe = replace(workshop.recipe, base=replace(workshop.recipe.base, layers=1, model=str(folder / "base")))
    rated = rating_rows(data.train_ratings[:10], workshop.rulebook.rubric, 2)
    rows = chat_rows(data.train[:40]) + rated
    tokenizer = build_tokenizer((turn.content for row in rows for turn in row), recipe.base.vocabulary)
    bare = ChatModel(build_model(recipe.base, tokenizer), tokenizer)
    bare.model.save_pretrained(str(folder / "base"), safe_serialization=True)
    tokenizer.save_pretrained(str(folder / "base"))
    base = pin_base(Base(str(folder / "base"), "", ""), folder / "cache")
    moved = replace(workshop, repository=Repository(root), recipe=recipe)
    plan = {**describe_plan(data, recipe, workshop.rulebook.rubric.digest), "libraries": {}}
    entry = Round(1, State.TRAINED, TODAY, None, plan, asdict(base))
    model = get_peft_model(bare.model, replace_init(make_lora(bare, recipe.lora)))
    adapter = write_adapter(model, moved.registry.adapters)
    training = {"rows": 1, "rows_used": 1, "steps": 1, "first_loss": 2.0, "last_loss": 1.0}
    entry = replace(entry, adapter=adapter, training=training)
    write_round(root, entry)
    return Bench(moved, entry, base, data)


def replace_init(config: Any) -> Any:
    """An adapter whose weights do something: peft's own begin at nothing."""
    config.init_lora_weights = False
    return config


@pytest.fixture
def bench(origin: Bench, tmp_path: Path) -> Iterator[Bench]:
    """The same in a copy of its own."""
    root = tmp_path / "copy"
    shutil.copytree(origin.workshop.root, root)
    with Repository(root) as repository:
        yield replace(origin, workshop=replace(origin.workshop, repository=repository))


@pytest.fixture(scope="module")
def judge_recipe(checkout: Path) -> JudgeRecipe:
    """The tiny recipe, smaller still."""
    recipe = read_judge_recipe(checkout / "training" / "recipes" / "judge-tiny.toml")
    few = replace(recipe.examples, ratings=6, pairs=15, corrected=1, attacks=2, benign=1)
    training = replace(recipe.training, epochs=2)
    return replace(recipe, threads=1, training=training, examples=few, measure=replace(recipe.measure, pairs=1))


@pytest.fixture(scope="module")
def judged(origin: Bench, judge_recipe: JudgeRecipe) -> Round:
    """The round of the bench after its judge was trained."""
    return train_judge(origin.workshop, origin.entry, judge_recipe, silent)


def spoilt(data: RoundData, count: int) -> list[Pair]:
    """Pairs that a model of one layer can learn: the answer is gone."""
    found = []
    for entry in sorted(data.train, key=lambda one: sum(len(turn.content) for turn in one.turns))[:count]:
        worse = replace(entry, turns=(*entry.turns[:-1], Turn("assistant", "zzz zzz zzz")))
        found.append(Pair(entry, worse, "gone", "answers"))
    return found


def test_training_lowers_the_pairwise_loss_and_ranks_better_than_before(
    origin: Bench, judge_recipe: JudgeRecipe, tmp_path: Path
) -> None:
    rubric = origin.workshop.rulebook.rubric
    pairs = spoilt(origin.data, 24)  # these random weights prefer the answers that are gone: nothing is right by luck
    train, test = pairs[::2], pairs[1::2]
    chat = origin.load_base()
    rows = encode_examples(chat, [paired_example(pair, {}, 0.05) for pair in train], rubric)
    unseen = encode_examples(chat, [paired_example(pair, {}, 0.05) for pair in test], rubric)
    before = rank(chat, unseen)
    recipe = replace(judge_recipe, training=replace(judge_recipe.training, epochs=6, learning_rate=1e-2))
    outcome = train_adapter(chat, rows, recipe, tmp_path, silent)
    after = rank(replace(chat, model=outcome.model), unseen)
    assert after[0] < before[0]
    assert before[1] < 0.5
    assert after[1] > 0.9


def rank(chat: ChatModel, rows: list[dict[str, Any]]) -> tuple[float, float]:
    """The pairwise loss, and the share of pairs in the right order by the broken criterion."""
    batch = Collator(int(chat.tokenizer.pad_token_id))(rows)
    with torch.inference_mode():
        logits = answer_logits(chat.model.eval(), batch)
    yes = logits.softmax(-1)[:, 0]
    right = [yes[4 * index] > yes[4 * index + 1] for index in range(len(rows))]
    return float(judge_losses(logits, batch).pairwise), sum(map(bool, right)) / len(right)


def test_a_batch_holds_both_sides_and_reads_where_the_pipeline_reads(origin: Bench) -> None:
    rubric = origin.workshop.rulebook.rubric
    chat = origin.load_base()
    examples = [paired_example(pair, {}, 0.0) for pair in spoilt(origin.data, 3)]
    rows = encode_examples(chat, examples, rubric)
    batch = Collator(int(chat.tokenizer.pad_token_id))(rows)
    asks = [ask for example in examples for ask in example.asks]
    assert batch["orders"].tolist() == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11]]
    with torch.inference_mode():
        shares = answer_logits(chat.model, batch).softmax(-1)
    pipeline = transformers.pipeline("decision", model=chat.model, tokenizer=chat.tokenizer)
    questions = render_questions(rubric)
    for ask, row in zip(asks, shares, strict=True):
        request = {
            "state": render_state(ask.conversation, rubric),
            "questions": {ask.question: questions[ask.question]},
        }
        answer = pipeline(request)[ask.question]
        found = row[0] if ask.question != OVERALL else row @ torch.arange(11.0)
        assert float(found) == pytest.approx(answer["noul" if ask.question != OVERALL else "score"], abs=1e-4)


def test_what_does_not_fit_the_window_is_left_out(origin: Bench) -> None:
    rubric = origin.workshop.rulebook.rubric
    long = Conversation((Turn("user", "word " * 4000), Turn("assistant", "ok")), "s", "", TODAY)
    example = Example("rated", "", (Ask(long, "fair", yes_or_no(True, 0.0)),))
    assert encode_examples(origin.load_base(), [example], rubric) == []
    (prompt,) = encode_prompts(origin.load_base(), long, ["fair"], rubric).values()
    assert len(prompt.ids) > 1024


def test_the_round_file_says_what_the_judge_learned_from(origin: Bench, judged: Round) -> None:
    schema = origin.workshop.rulebook.schemas["round"]
    record = orjson.loads((origin.workshop.root / "training/rounds/0001.json").read_bytes())
    assert schema.accepts(record)
    assert read_round(origin.workshop.root, 1, schema).judge_adapter == judged.judge_adapter
    told = record["judge_adapter"]
    assert set(told["rows"]) == {"rated", "paired", "corrected", "attacked", "benign"}
    assert told["recipe"]["name"] == "judge-tiny"
    assert not set(told["held_out_kinds"]) & set(told["pairs"])
    assert set(told["measured"]["held_out"]) == set(told["held_out_kinds"])
    assert told["measured"]["conversations"] > 0
    assert record["adapter"] == origin.entry.adapter
    assert not (origin.workshop.registry.folder(judged) / "judge-checkpoints").exists()


def test_the_judge_does_not_lean_on_the_chat_adapter(origin: Bench, judged: Round) -> None:
    """Switched on one base, the judge is bit for bit the one that was trained, and so is the chatbot."""
    rubric = origin.workshop.rulebook.rubric
    both, alone = origin.load(judged), origin.load(replace(judged, judge_adapter=None))
    assert both.has_judge
    assert not alone.has_judge
    conversations = list(origin.data.held_out[:3])
    said = losses(both, [entry.turns for entry in conversations])
    rated = [one.to_json() for one in as_judge(both, "round").judge(conversations, rubric)]
    assert said == losses(both, [entry.turns for entry in conversations])
    assert said == losses(alone, [entry.turns for entry in conversations])
    assert rated != [one.to_json() for one in as_judge(alone, "round").judge(conversations, rubric)]
    judge = swapped(origin, judged)
    assert as_judge(judge, "round").id == as_judge(both, "round").id
    assert rated == [one.to_json() for one in as_judge(judge, "round").judge(conversations, rubric)]


def swapped(origin: Bench, judged: Round) -> ChatModel:
    """The base with the judge's adapter alone."""
    from peft import PeftModel

    chat = origin.load_base()
    folder = origin.workshop.registry.place(judged.judge_adapter or {})
    return ChatModel(PeftModel.from_pretrained(chat.model, str(folder)).eval(), chat.tokenizer, chat.window)


def test_its_answers_are_those_of_the_decision_pipeline(origin: Bench, judged: Round) -> None:
    chat = origin.load_base()
    chat.model.load_adapter(str(origin.workshop.registry.place(judged.judge_adapter or {})))
    pipeline = transformers.pipeline("decision", model=chat.model, tokenizer=chat.tokenizer)
    rubric = origin.workshop.rulebook.rubric
    requests = [
        {"state": render_state(entry, rubric), "questions": render_questions(rubric)}
        for entry in origin.data.held_out[:3]
    ]
    both = origin.load(judged)
    with both.rating():
        ours = decide(both, requests)
    for one, request in zip(ours, requests, strict=True):
        assert isinstance(one, dict)
        for name, answer in pipeline(request).items():
            key = "noul" if answer["type"] == "noul" else "score"
            assert one[name][key] == pytest.approx(answer[key], abs=1e-4)


class _Killed(Exception):
    pass


def test_a_judge_that_was_cut_off_ends_with_the_same_digest(
    bench: Bench, judged: Round, judge_recipe: JudgeRecipe
) -> None:
    def die_in_the_second_epoch(stage: str, done: int, total: int, note: str = "") -> None:
        if done == total - 1 and stage == "judge adapter":
            raise _Killed

    steps: list[int] = []

    def note(stage: str, done: int, total: int, note: str = "") -> None:
        if stage == "judge adapter":
            steps.append(done)

    folder = bench.workshop.registry.folder(bench.entry)
    write_round(bench.workshop.root, bench.entry)
    shutil.rmtree(bench.workshop.registry.place(judged.judge_adapter or {}))
    with pytest.raises(_Killed):
        train_judge(bench.workshop, bench.entry, judge_recipe, die_in_the_second_epoch)
    assert list(folder.glob("judge-checkpoints/*/checkpoint-*"))
    again = train_judge(bench.workshop, bench.entry, judge_recipe, note)
    assert steps[0] > steps[-1] // 2
    assert again.judge_adapter == judged.judge_adapter
    losses = (judged.judge_adapter or {})["losses"]
    assert (losses["curve"][0][1], losses["curve"][-1][1]) == (losses["first"], losses["last"])
    rows = read_log(folder / LOG)
    assert [row.step for row in rows] == sorted({row.step for row in rows})
    assert rows[-1].step == rows[-1].steps == (judged.judge_adapter or {})["steps"]
    assert rows[-1].loss == losses["last"]


def test_the_very_judge_is_not_trained_twice_and_a_lost_one_is_trained_again(
    bench: Bench, judged: Round, judge_recipe: JudgeRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bench.workshop.registry.place(judged.judge_adapter or {})
    shutil.rmtree(folder)
    other = replace(judged, judge_adapter={**(judged.judge_adapter or {}), "digest": "0" * 64})
    with pytest.raises(SelfsownError, match="gave another adapter"):
        train_judge(bench.workshop, other, judge_recipe, silent)
    assert bench.workshop.registry.has_judge(judged)
    monkeypatch.setattr(judge_round, "train_adapter", lambda *_: pytest.fail("trained again"))
    assert train_judge(bench.workshop, judged, judge_recipe, silent) is judged


def test_a_tampered_judge_is_refused_before_it_is_read(bench: Bench, judged: Round) -> None:
    path = bench.workshop.registry.place(judged.judge_adapter or {}) / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(SelfsownError, match="digest differs"):
        bench.load(judged)
    assert not bench.workshop.registry.has_judge(judged)


def test_a_new_judge_voids_what_the_gate_found_with_another(bench: Bench, judged: Round) -> None:
    checks = [{"name": "held-out loss"}, {"name": "judge against features"}]
    gated = replace(bench.entry, state=State.GATED, gate={"checks": checks, "judge": "round-old"})
    told = judged.judge_adapter or {}
    again = judge_round.with_judge(gated, told, "round-new")
    assert (again.state, again.gate) == (State.TRAINED, None)
    live = judge_round.with_judge(replace(gated, state=State.PROMOTED), told, "round-new")
    assert live.state is State.PROMOTED
    assert live.gate == {"checks": checks[:1], "judge": "round-new"}
    vote = decide_vote(live)
    assert vote is not None
    assert not vote.has_vote


def test_a_round_that_is_not_trained_has_no_judge(bench: Bench, judge_recipe: JudgeRecipe) -> None:
    planned = replace(bench.entry, state=State.PLANNED, base=None, adapter=None, training=None)
    with pytest.raises(UsageError, match="not trained yet"):
        train_judge(bench.workshop, planned, judge_recipe, silent)


@dataclass(frozen=True, slots=True)
class LikesLong:
    """Gives more points to what is longer."""

    id: str = "likes-long"

    def judge(self, conversations: Any, rubric: Any) -> list[Judgement]:
        long = [min(1.0, sum(len(turn.content) for turn in entry.turns) / 9000) for entry in conversations]
        return [
            Judgement(entry.id, self.id, rubric.digest, dict.fromkeys(("answers", "form"), share))
            for entry, share in zip(conversations, long, strict=True)
        ]


def test_pairs_are_counted_by_kind_and_a_correction_is_a_difference(origin: Bench, judge_recipe: JudgeRecipe) -> None:
    recipe = replace(judge_recipe, measure=replace(judge_recipe.measure, pairs=4))
    found = measure_judge(LikesLong(), origin.data.held_out, origin.workshop.rulebook.rubric, recipe, silent)
    assert found["seen"]["truncation"] == {"pairs": 4, "accuracy": 1.0}
    assert found["held_out"]["repetition"] == {"pairs": 4, "accuracy": 0.0}
    assert found["corrected_well"]["difference"] > 0


def test_the_command_trains_the_judge_of_the_newest_round(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], rounds_of: Callable[[Path], Round]
) -> None:
    root = bench.workshop.root
    write_round(root, bench.entry)
    text = (root / "training/recipes/judge-tiny.toml").read_text()
    for old, new in (("ratings = 96", "ratings = 4"), ("pairs = 45", "pairs = 2"), ("attacks = 12", "attacks = 1")):
        assert old in text
        text = text.replace(old, new)
    (root / "training/recipes/judge-small.toml").write_text(
        text.replace("[measure]\npairs = 2", "[measure]\npairs = 1")
    )
    monkeypatch.chdir(root)
    assert main(["train", "judge", "judge-small"]) == 0
    heard = capfd.readouterr()
    assert heard.out.strip() == "0001"
    assert "pairs ranked rightly" in heard.err
    assert "next: `selfsown gate 1`" in heard.err
    write_promoted(root, replace(rounds_of(root), state=State.GATED, gate=None))
    assert main(["train", "judge", "judge-small", "--round", "1"]) == 0
    assert "this very judge is trained already" in capfd.readouterr().err
    (shard,) = sorted((root / "corpus" / "original").rglob("*.jsonl"))[:1]
    few = root / "few.jsonl"
    few.write_bytes(b"".join(shard.read_bytes().splitlines(keepends=True)[:2]))
    assert main(["judge", str(few), "--judge", "round", "--format", "json"]) in (0, 1)
    live = capfd.readouterr().out
    assert '"judge":"round-' in live
    assert main(["judge", str(few), "--judge", "round:1", "--format", "json"]) in (0, 1)
    assert capfd.readouterr().out == live
    assert main(["judge", str(few), "--judge", "round:x"]) == 2
    assert main(["train", "judge", "tiny"]) == 3
    assert "unknown key base" in capfd.readouterr().err
    assert main(["train", "judge", "--round", "9"]) == 2


@pytest.fixture
def rounds_of(workshop: Workshop) -> Callable[[Path], Round]:
    return lambda root: read_round(root, 1, workshop.rulebook.schemas["round"])
