from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import huggingface_hub.constants
import pytest
from hub_double import TOKEN, Hub, Repository, serve_hub
from small_adapter import write

from selfsown.errors import SelfsownError, UsageError
from selfsown.round import Round, State, how_to_get, parse_round
from selfsown.rulebook import Rulebook
from selfsown_train.adapter import WEIGHTS, keep_adapter
from selfsown_train.base_files import commit_of, locate_base
from selfsown_train.lora_tensors import BadAdapter
from selfsown_train.places import Place, open_place
from selfsown_train.publish import pull_round, push_round, read_pushed, with_place
from selfsown_train.report import silent

CORPUS = {
    "commit": "a" * 40,
    "conversations": 9,
    "conversations_digest": "0" * 12,
    "held_out": 3,
    "held_out_digest": "1" * 12,
    "ratings": 2,
    "ratings_digest": "2" * 12,
    "pairs": 1,
    "pairs_digest": "9" * 12,
    "sources": {"starter": 9},
    "licenses": {"CC0-1.0": 9},
    "human_share": 1.0,
    "left_out": {"withdrawn": 1},
    "pairs_left_out": {},
}
ALONE = ["README.md", "adapter_config.json", "adapter_model.safetensors", "round.json"]
WITH_JUDGE = sorted([*ALONE, "judge/adapter_config.json", "judge/adapter_model.safetensors"])


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "checkout" / "adapters"


def planned(number: int = 3) -> Round:
    recipe = {"name": "tiny", "digest": "3" * 12, "values": {"seed": 1, "lora": {"rank": 2, "alpha": 4}}}
    plan = {"corpus": CORPUS, "recipe": recipe, "rubric": "4" * 12, "libraries": {"torch": "2.13.0"}}
    return Round(number, State.PLANNED, "2026-11-21", None, plan)


@pytest.fixture
def entry(store: Path, tmp_path: Path) -> Round:
    """A trained round whose adapter lies in the store."""
    write(tmp_path / "new")
    adapter = keep_adapter(tmp_path / "new", store)
    base = {"name": "built:x", "revision": "", "digest": "5" * 12, "files": {"model.safetensors": "5" * 64}}
    training = {"rows": 9, "rows_used": 9, "steps": 3, "first_loss": 2.0, "last_loss": 1.0}
    return replace(planned(), state=State.TRAINED, base=base, adapter=adapter, training=training)


@pytest.fixture
def judged(entry: Round, store: Path, tmp_path: Path) -> Round:
    """The same with a judge."""
    write(tmp_path / "judge", lora_alpha=8)
    measured = {"conversations": 0, "seen": {}, "held_out": {}, "corrected_well": {"pairs": 0, "difference": None}}
    return replace(entry, judge_adapter={**keep_adapter(tmp_path / "judge", store), "measured": measured})


@pytest.fixture(scope="module")
def server() -> Iterator[Hub]:
    with serve_hub() as hub:
        yield hub


@pytest.fixture
def hub(server: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Hub:
    """An empty hub, signed in to."""
    for state in (server.repositories, server.blobs, server.requests, server.refuse):
        state.clear()
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub-cache"))
    monkeypatch.setattr(
        huggingface_hub, "snapshot_download", partial(huggingface_hub.snapshot_download, endpoint=server.url)
    )
    return server


@pytest.fixture
def on_hub(hub: Hub) -> Place:
    return open_place("hf:me/rounds", hub.url)


@pytest.fixture(params=["folder", "hub"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Both kinds of places."""
    if request.param == "hub":
        found: Place = request.getfixturevalue("on_hub")
        return found
    return open_place(str(tmp_path / "pushed"))


def test_what_is_pushed_comes_back(place: Place, judged: Round, store: Path, tmp_path: Path) -> None:
    assert sorted(push_round(place, judged, store, silent).sent) == WITH_JUDGE
    other = tmp_path / "other"
    assert len(pull_round(place, judged, other, silent)) == 4
    names = {str((judged.adapter or {})["digest"]), str((judged.judge_adapter or {})["digest"])}
    assert {path.name for path in other.iterdir()} == names
    assert pull_round(place, judged, other, silent) == [], "what is here is not fetched again"


def test_pushing_again_sends_nothing(place: Place, judged: Round, store: Path) -> None:
    first = push_round(place, judged, store, silent)
    again = push_round(place, replace(judged, registry={"hf:me/rounds": "c" * 40}), store, silent)
    assert (again.sent, again.commit) == ((), first.commit), "where it was pushed is no part of what is pushed"


def test_a_judge_that_is_gone_is_gone_there_too(place: Place, entry: Round, judged: Round, store: Path) -> None:
    push_round(place, judged, store, silent)
    sent = push_round(place, entry, store, silent).sent
    assert set(sent) == {"judge/adapter_config.json", "judge/adapter_model.safetensors", "README.md", "round.json"}
    assert place.differing("round-0003", {}) == ALONE


def test_a_folder_holds_exactly_the_round(entry: Round, store: Path, tmp_path: Path, rulebook: Rulebook) -> None:
    push_round(open_place(str(tmp_path / "pushed")), entry, store, silent)
    folder = tmp_path / "pushed" / "round-0003"
    assert sorted(path.name for path in folder.iterdir()) == ALONE
    assert parse_round((folder / "round.json").read_bytes(), "round.json", rulebook.schemas["round"]) == entry
    assert str(tmp_path) not in "".join(path.read_text(errors="replace") for path in folder.iterdir())


def test_on_a_hub_each_round_is_a_commit_with_its_tag(hub: Hub, on_hub: Place, entry: Round, store: Path) -> None:
    first = push_round(on_hub, entry, store, silent)
    second = push_round(on_hub, replace(entry, number=4), store, silent)
    rounds = hub.repositories["me/rounds"]
    assert rounds.tags == {"round-0003": first.commit, "round-0004": second.commit}
    assert sorted(rounds.commits[-1][1]) == sorted([*ALONE, ".gitattributes"])
    assert hub.head("me/rounds")["README.md"].startswith(b'---\nlicense: "cc0-1.0"\nlibrary_name: "peft"')
    moved = push_round(on_hub, replace(entry, state=State.REJECTED), store, silent)
    assert rounds.tags["round-0003"] == moved.commit != first.commit
    noted = with_place(entry, "hf:me/rounds", moved.commit)
    assert noted.registry == {"hf:me/rounds": moved.commit}
    assert "brings it from hf:me/rounds" in how_to_get(noted)


def test_a_push_that_was_cut_off_goes_on(hub: Hub, on_hub: Place, entry: Round, store: Path) -> None:
    hub.refuse["POST /api/models/me/rounds/commit"] = 400
    with pytest.raises(SelfsownError, match="the hub does not do it for me/rounds"):
        push_round(on_hub, entry, store, silent)
    assert sorted(hub.head("me/rounds")) == [".gitattributes"], "a round is there whole or not at all"
    hub.requests.clear()
    push_round(on_hub, entry, store, silent)
    assert not [asked for asked in hub.requests if asked.startswith("PUT /lfs/")], "what was sent is not sent twice"


def test_a_hub_that_stores_something_else_is_noticed(
    hub: Hub, on_hub: Place, entry: Round, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    push_round(on_hub, entry, store, silent)
    tree = hub.head("me/rounds")
    spoilt = tree[WEIGHTS][:-1] + b"\x01"
    monkeypatch.setattr(type(on_hub), "write", lambda *_: tree.update({WEIGHTS: spoilt}) or "")
    with pytest.raises(SelfsownError, match=r"other content lies there: adapter_model\.safetensors"):
        push_round(on_hub, entry, store, silent)


def test_without_a_token_the_tip_says_how_to_sign_in(
    hub: Hub, on_hub: Place, entry: Round, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(SelfsownError, match="the hub does not do it") as caught:
        push_round(on_hub, entry, store, silent)
    assert "hf auth login" in caught.value.tip


def spoil_folder(place: Place, content: bytes) -> None:
    (place.root / "round-0003" / WEIGHTS).write_bytes(content)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"\x80\x04\x95" + bytes(40), "is a pickle or an archive"), (None, "digest differs"), (b"", "no safetensors")],
)
def test_what_is_not_the_named_adapter_is_not_kept(
    entry: Round, store: Path, tmp_path: Path, content: bytes | None, words: str
) -> None:
    place = open_place(str(tmp_path / "pushed"))
    push_round(place, entry, store, silent)
    whole = (tmp_path / "pushed" / "round-0003" / WEIGHTS).read_bytes()
    spoil_folder(place, whole[:-1] + b"\x01" if content is None else content)
    with pytest.raises(BadAdapter, match=words):
        pull_round(place, entry, tmp_path / "other", silent)
    assert list((tmp_path / "other").iterdir()) == []


def test_a_hub_cannot_fill_the_disk(hub: Hub, on_hub: Place, entry: Round, store: Path, tmp_path: Path) -> None:
    push_round(on_hub, entry, store, silent)
    hub.head("me/rounds")["adapter_config.json"] = bytes(10**6)
    hub.requests.clear()
    with pytest.raises(SelfsownError, match="has 1000000 bytes, more than"):
        pull_round(on_hub, entry, tmp_path / "other", silent)
    assert not [asked for asked in hub.requests if "/resolve/" in asked]


def test_a_link_in_a_pushed_folder_is_not_followed(entry: Round, store: Path, tmp_path: Path) -> None:
    place = open_place(str(tmp_path / "pushed"))
    push_round(place, entry, store, silent)
    weights = tmp_path / "pushed" / "round-0003" / WEIGHTS
    weights.rename(tmp_path / "elsewhere")
    weights.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SelfsownError, match=r"there is no adapter_model\.safetensors"):
        pull_round(place, entry, tmp_path / "other", silent)


def test_what_cannot_be_pushed_is_said(entry: Round, store: Path, tmp_path: Path, rulebook: Rulebook) -> None:
    place = open_place(str(tmp_path / "pushed"))
    with pytest.raises(UsageError, match="not trained yet"):
        push_round(place, planned(), store, silent)
    with pytest.raises(SelfsownError, match=r"there is no round\.json"):
        read_pushed(place, 3, rulebook.schemas["round"])
    shutil.rmtree(store)
    with pytest.raises(SelfsownError, match="is not on this machine") as caught:
        push_round(place, entry, store, silent)
    assert "selfsown round reproduce 3" in caught.value.tip


def test_a_round_file_of_another_number_is_not_taken(
    entry: Round, store: Path, tmp_path: Path, rulebook: Rulebook
) -> None:
    place = open_place(str(tmp_path / "pushed"))
    push_round(place, entry, store, silent)
    assert read_pushed(place, 3, rulebook.schemas["round"]) == entry
    (tmp_path / "pushed" / "round-0003").rename(tmp_path / "pushed" / "round-0009")
    with pytest.raises(SelfsownError, match="of round 3, not of 9"):
        read_pushed(place, 9, rulebook.schemas["round"])


@pytest.mark.parametrize("place", ["hf:", "hf:name", "hf:a/b/c", "hf:../x", "hf:a/b@", "hf:a/b@x y"])
def test_a_place_that_names_nothing_is_refused(place: str) -> None:
    with pytest.raises(UsageError, match="names no repository"):
        open_place(place)


# -- a base on the hub --------------------------------------------------------------------------------------------------


@pytest.fixture
def base(hub: Hub) -> str:
    """A repository with weights in two forms and a program."""
    hub.repositories["them/base"] = held = Repository(private=False, commits=[])
    tree = {
        "config.json": b"{}",
        "model.safetensors": b"x" * 5000,
        "tokenizer.json": b"{}",
        "chat_template.jinja": b"t",
    }
    extra = {"pytorch_model.bin": b"\x80\x02.", "own.py": b"import os", "README.md": b"#", "onnx/config.json": b"{}"}
    return held.commit(tree | extra)


def test_of_a_base_only_what_holds_no_program_is_fetched(hub: Hub, base: str) -> None:
    folder = locate_base("them/base", "")
    names = {path.name for path in folder.iterdir()}
    assert names == {"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"}
    assert commit_of(folder) == base, "what is newest today is named by its commit"
    hub.requests.clear()
    assert locate_base("them/base", base) == folder
    assert hub.requests == [], "a commit that is here is not asked for again"
    with pytest.raises(SelfsownError, match="cannot load the base model them/base"):
        locate_base("them/base", "f" * 40)


# -- the pictures of the card -------------------------------------------------------------------------------------------


def test_the_gate_is_drawn_in_the_card(entry: Round, store: Path, tmp_path: Path) -> None:
    check = {"name": "held-out loss", "candidate": 1.5, "incumbent": 2.0, "difference": -0.5, "low": -0.6, "high": -0.4}
    check |= {"threshold": -0.005, "n": 30, "passed": True, "decides": True}
    gate = {"decision": "pass", "reason": "the held-out loss fell", "incumbent": None, "judge": "j", "checks": [check]}
    gated, place = replace(entry, state=State.GATED, gate=gate), open_place(str(tmp_path / "pushed"))
    assert "gate.svg" in push_round(place, gated, store, silent).sent
    assert push_round(place, gated, store, silent).sent == ()
    folder = tmp_path / "pushed" / "round-0003"
    assert "](gate.svg)" in (folder / "README.md").read_text()
    assert "<svg" in (folder / "gate.svg").read_text()
    assert push_round(place, entry, store, silent).sent == ("README.md", "gate.svg", "round.json")
    assert not (folder / "gate.svg").exists()
