from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from selfsown.round import Round, State
from selfsown_train.round_card import render_round_card

CHECK = {
    "name": "held-out loss",
    "candidate": 1.5,
    "incumbent": 2.0,
    "difference": -0.5,
    "low": -0.6,
    "high": -0.4,
    "threshold": -0.005,
    "n": 30,
    "passed": True,
    "decides": True,
}
CORPUS = {
    "commit": "a" * 40,
    "conversations": 9,
    "held_out": 3,
    "ratings": 2,
    "sources": {"starter": 6, "chat": 3},
    "licenses": {"CC0-1.0": 9},
    "human_share": 0.75,
    "left_out": {"withdrawn": 1},
}
ROUND = Round(
    number=3,
    state=State.PROMOTED,
    created="2026-11-21",
    parent=2,
    plan={
        "corpus": CORPUS,
        "recipe": {"name": "lora", "digest": "3" * 12, "values": {"seed": 1, "lora": {"rank": 16, "alpha": 32}}},
        "libraries": {"torch": "2.13.0"},
    },
    base={"name": "them/base", "revision": "b" * 40, "digest": "5" * 12, "files": {}},
    adapter={"digest": "6" * 64, "files": {}},
    training={"rows": 9, "rows_used": 9, "steps": 3, "first_loss": 2.0, "last_loss": 1.0},
    gate={"decision": "pass", "reason": "the held-out loss fell", "incumbent": 2, "judge": "j", "checks": [CHECK]},
)


def card(**change: Any) -> str:
    return render_round_card(replace(ROUND, **change), {})


def head(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return found


def test_the_head_is_what_the_hub_reads() -> None:
    assert head(card()) == {
        "license": "cc0-1.0",
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        "base_model": "them/base",
        "base_model_relation": "adapter",
        "tags": ["lora", "peft", "selfsown", "round-0003"],
    }


def test_data_of_several_licences_has_no_single_one() -> None:
    mixed = {**ROUND.plan, "corpus": {**CORPUS, "licenses": {"CC0-1.0": 5, "CC-BY-4.0": 4}}}
    assert head(card(plan=mixed))["license"] == "other"
    assert "| `CC-BY-4.0` | 4 |" in card(plan=mixed)


def test_figures_come_with_their_intervals() -> None:
    text = card()
    assert "| `held-out loss` | 1.5 | 2 | -0.5 (-0.6 to -0.4) | -0.005 | 30 | passed |" in text
    assert "beside round 0002" in text
    assert "no model wrote the answers of 75% of those" in text
    assert "| `starter` | 6 |" in text
    assert "1 left out: `withdrawn`" in text
    assert "a" * 40 in text


def test_five_lines_load_it() -> None:
    block = card().split("```python\n")[1].split("```")[0]
    assert len(block.splitlines()) == 5
    compile(block, "card", "exec")
    assert f'"them/base", revision="{"b" * 40}"' in block


@pytest.mark.parametrize("name", ["/srv/of-somebody/models/base", "built:0123"])
def test_a_base_of_this_machine_is_named_without_its_folder(name: str) -> None:
    text = card(base={"name": name, "revision": "", "digest": "5" * 12, "files": {}})
    assert "/srv" not in text
    assert "base_model" not in head(text)
    assert "selfsown round reproduce 3" in text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.REJECTED, "The gate refused it"),
        (State.TRAINED, "not measured yet"),
        (State.GATED, "passed the gate, and"),
    ],
)
def test_the_card_says_how_far_it_has_come(state: State, words: str) -> None:
    assert words in card(state=state)


def test_a_judge_has_its_part() -> None:
    share = {"pairs": 20, "accuracy": 0.9}
    measured = {"seen": {"answers": share}, "held_out": {"gone": {"pairs": 0, "accuracy": None}}}
    text = card(judge_adapter={"digest": "7" * 64, "measured": measured})
    assert "| `answers` | yes | 90% | 20 |" in text
    assert "| `gone` | no | – | 0 |" in text


HOSTILE = "<script>alert(1)</script> [x](http://evil) ![y](http://evil) @all `` | \n---\nlicense: mit\u202e"


def test_hostile_names_stay_inert() -> None:
    corpus = {**CORPUS, "sources": {HOSTILE: 1}, "licenses": {HOSTILE: 1}, "left_out": {HOSTILE: 1}}
    recipe = {"name": HOSTILE, "digest": "3" * 12, "values": {"seed": HOSTILE, "lora": {"rank": HOSTILE}}}
    plan = {"corpus": corpus, "recipe": recipe, "libraries": {HOSTILE: HOSTILE}}
    gate = {**(ROUND.gate or {}), "reason": HOSTILE, "checks": [{**CHECK, "name": HOSTILE}]}
    base = {"name": f"/x/{HOSTILE}", "revision": HOSTILE, "digest": "5" * 12, "files": {}}
    text = card(plan=plan, gate=gate, base=base)
    assert head(text)["license"] == "other"
    tokens = MarkdownIt("commonmark").enable("table").parse(text.split("---\n", 2)[2])
    kinds = {child.type for token in tokens for child in token.children or ()} | {token.type for token in tokens}
    assert not kinds & {"html_inline", "html_block", "link_open", "image", "hr"}
    assert "\u202e" not in text
