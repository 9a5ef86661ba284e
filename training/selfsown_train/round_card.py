"""The model card of a round: what it is, its figures with their intervals, what it was made from, its limits, how to load it.

Pure: the round file says everything. What stands in a round file came from a machine that
ran much code of others, so names are put in code spans that they cannot leave, and the head is JSON, which is YAML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from selfsown.render.markdown import span
from selfsown.round import Round, State
from selfsown_train.offline.packaged import PACKAGED

BUILT = "built:"
ADAPTER_OF_JUDGE = "judge"  # the folder of the judge's adapter beside the card
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,60}")
_STATES = {
    State.TRAINED: "It is trained, and not measured yet: nothing says that it is any good.",
    State.GATED: "It passed the gate, and nobody has made it the live round yet.",
    State.PROMOTED: "It passed the gate and was made the live round.",
    State.REJECTED: "**The gate refused it:** it is kept for comparison, not for use.",
}


def render_round_card(entry: Round, pictures: Mapping[str, str]) -> str:
    """The card of a trained round as Markdown with the head that Hugging Face reads.

    `pictures` is {file name beside the card: what it shows}.
    """
    parts = [
        _head(entry),
        f"# Selfsown, round {entry.name}",
        _what(entry),
        *_figures(entry),
        *[f"![{words}]({name})" for name, words in pictures.items()],
        *_data(entry),
        *_making(entry),
        *_judge(entry),
        _limits(entry),
        *_loading(entry),
    ]
    return "\n\n".join(parts) + "\n"


def hub_base(entry: Round) -> tuple[str, str] | None:
    """Name and commit of the base on the Hugging Face hub, or None where it is none of there."""
    base = entry.base or {"name": "", "revision": ""}
    is_there = _HUB_NAME.fullmatch(base["name"]) and _COMMIT.fullmatch(base["revision"])
    return (base["name"], base["revision"]) if is_there else None


def _head(entry: Round) -> str:
    """The YAML between two rules: names as JSON strings. The licence is that of the data, where all of it has one."""
    known = [name for name in entry.plan["corpus"].get("licenses", {}) if _SPDX.fullmatch(name)]
    licence = {"license": known[0].lower()} if len(known) == 1 else {"license": "other", "license_name": "see-data"}
    base = hub_base(entry)
    facts: dict[str, Any] = {
        **licence,
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        **({"base_model": base[0], "base_model_relation": "adapter"} if base else {}),
        "tags": ["lora", "peft", "selfsown", f"round-{entry.name}"],
    }
    return "\n".join(["---", *(f"{name}: {json.dumps(value)}" for name, value in facts.items()), "---"])


def _what(entry: Round) -> str:
    base = span(_base_name(entry))
    judge = " and one that rates conversations" if entry.judge_adapter else ""
    return (
        f"A LoRA adapter that chats{judge}, on {base}: round {entry.name} of a repository that grows its own training data. "
        f"Every conversation it was trained on had been accepted there before. {_STATES.get(entry.state, '')}"
    )


def _base_name(entry: Round) -> str:
    """The base as anybody can name it: never a folder of the machine that trained."""
    name = str((entry.base or {"name": "?"})["name"])
    if name.startswith((BUILT, PACKAGED)) or hub_base(entry):
        return name
    return PurePath(name).name


def _figures(entry: Round) -> list[str]:
    if entry.gate is None:
        return []
    gate = entry.gate
    beside = f"round {gate['incumbent']:04d}" if gate["incumbent"] else "the bare base"
    rows = ["| check | this round | beside | difference (interval) | needs | n | |", "|---|--:|--:|--:|--:|--:|---|"]
    for check in gate["checks"]:
        verdict = "told" if not check["decides"] else "passed" if check["passed"] else "**failed**"
        rows.append(
            f"| {span(check['name'])} | {check['candidate']:.4g} | {check['incumbent']:.4g} | "
            f"{check['difference']:+.4g} ({check['low']:+.4g} to {check['high']:+.4g}) | {check['threshold']:+.4g} | "
            f"{check['n']} | {verdict} |"
        )
    words = f"Measured on what was held out and never trained on, beside {beside}. The gate says: {span(gate['reason'], 300)}"
    return ["## Figures", words, "\n".join(rows)]


def _data(entry: Round) -> list[str]:
    corpus = entry.plan["corpus"]
    human = corpus.get("human_share")
    share = (
        f" By the records, no model wrote the answers of {human:.0%} of those that trained."
        if human is not None
        else ""
    )
    words = (
        f"{corpus['conversations']} conversations trained, {corpus['held_out']} were held out by a hash of their lineage; "
        f"{corpus['ratings']} ratings by people. All of it lies at commit `{corpus['commit']}` of the repository.{share}"
    )
    tables = []
    for part, heading in (("sources", "source"), ("licenses", "licence")):
        rows = [f"| {span(name)} | {count} |" for name, count in sorted(corpus.get(part, {}).items())]
        tables += ["\n".join([f"| {heading} | conversations |", "|---|--:|", *rows])] if rows else []
    facts = [f"{count} left out: {span(reason)}" for reason, count in sorted(corpus["left_out"].items())]
    return ["## Data", words, *tables, *([_listed(facts)] if facts else [])]


def _count(value: Any) -> str:
    return str(value) if isinstance(value, int) else "–"


def _making(entry: Round) -> list[str]:
    recipe, training = entry.plan["recipe"], entry.training or {}
    lora = recipe["values"].get("lora", {})
    facts = [
        f"recipe {span(recipe['name'])} (`{recipe['digest']}`), rank {_count(lora.get('rank'))}, "
        f"alpha {_count(lora.get('alpha'))}, seed {_count(recipe['values'].get('seed'))}; always from the base",
        f"{training.get('rows_used', '–')} of {training.get('rows', '–')} rows in {training.get('steps', '–')} steps, "
        f"training loss {_loss(training.get('first_loss'))} to {_loss(training.get('last_loss'))}",
        f"base {span(_base_name(entry))}, digest `{(entry.base or {})['digest']}`",
        f"adapter SHA-256 `{(entry.adapter or {})['digest']}`",
        "libraries: "
        + ", ".join(f"{span(name)} {span(version)}" for name, version in sorted(entry.plan["libraries"].items())),
    ]
    words = (
        f"`round.json` beside this card holds every value. `selfsown round reproduce {entry.number}` trains it again."
    )
    return ["## How it was made", _listed(facts), words]


def _loss(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) else "–"


def _judge(entry: Round) -> list[str]:
    if entry.judge_adapter is None:
        return []
    measured = entry.judge_adapter["measured"]
    shares = {**measured["seen"], **measured["held_out"]}
    rows = ["| what is broken | trained on | ranked rightly | pairs |", "|---|---|--:|--:|"]
    for kind, share in sorted(shares.items()):
        rightly = "–" if share["accuracy"] is None else f"{share['accuracy']:.0%}"
        rows.append(f"| {span(kind)} | {'yes' if kind in measured['seen'] else 'no'} | {rightly} | {share['pairs']} |")
    words = (
        f"The adapter in `{ADAPTER_OF_JUDGE}/` (SHA-256 `{entry.judge_adapter['digest']}`) rates conversations on the same base. "
        "Of pairs of a held-out conversation and a broken copy of it, it ranks rightly:"
    )
    return ["## The judge", words, *(["\n".join(rows)] if len(rows) > 2 else [])]


def _limits(entry: Round) -> str:
    held_out = entry.plan["corpus"]["held_out"]
    facts = ["It can be wrong without saying so. Do not rely on it where an error harms somebody."]
    if entry.gate is not None:
        facts.append(
            f"The figures are of {held_out} held-out conversations of this corpus; they say little of anything else."
        )
    if entry.state in (State.GATED, State.PROMOTED):
        facts.append("It was chosen by those figures: over many rounds, what is chosen looks better than it is.")
    facts.append("What its base knows, refuses and does wrong, it mostly knows, refuses and does wrong, too.")
    if _base_name(entry).startswith(BUILT):
        facts.insert(0, "**Its base is a tiny model that was built to show the loop, not to be talked to.**")
    return "## Limits\n\n" + _listed(facts)


def _loading(entry: Round) -> list[str]:
    base = hub_base(entry)
    heading = "## Load it"
    here = f"In a clone of the repository: `selfsown round pull {entry.number} --from PLACE`, then `selfsown chat`."
    if base is None:
        why = f"The base {span(_base_name(entry))} is on no hub: `selfsown round reproduce {entry.number}` makes it."
        return [heading, f"{here} {why}"]
    lines = [
        "from peft import PeftModel",
        "from transformers import AutoModelForCausalLM, AutoTokenizer",
        f'tokenizer = AutoTokenizer.from_pretrained("{base[0]}", revision="{base[1]}")',
        f'model = AutoModelForCausalLM.from_pretrained("{base[0]}", revision="{base[1]}")',
        'model = PeftModel.from_pretrained(model, "the folder of this card, or its name on the hub")',
    ]
    return [heading, "\n".join(["```python", *lines, "```"]), here]


def _listed(facts: Sequence[str]) -> str:
    return "\n".join(f"- {fact}" for fact in facts)
