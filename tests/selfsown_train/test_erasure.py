"""An erasure, whole: one command, and the text is in no export, no training and no tree, comes back in no guise, and the
adapters that learned from it are named."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from selfsown.cli.main import main
from selfsown.consent import Consent
from selfsown.conversation import Conversation, Turn
from selfsown.corpus import read_base_corpus
from selfsown.due import Going, decide_due
from selfsown.erasure.told import render_use
from selfsown.errors import SelfsownError
from selfsown.nearness import find_repeats
from selfsown.outbox.entry import State
from selfsown.outbox.store import open_outbox
from selfsown.repo import Repository
from selfsown.validate import validate_submission
from selfsown_train.corpus import RoundData, read_round_data
from selfsown_train.plan import describe_plan
from selfsown_train.reproduction import refuse_withdrawn
from selfsown_train.rounds import Workshop
from selfsown_train.trained_on import find_uses

TODAY = "2026-11-21"


@dataclass
class Place:
    """A clone of the small checkout, with its trained round, in which a conversation is withdrawn."""

    root: Path
    gone: Conversation
    cache: Path
    said: dict[str, Any]

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=Test", "-c", "user.email=test@selfsown.example"]
        asked = subprocess.run(
            ["git", *identity, *arguments], cwd=self.root, capture_output=True, text=True, check=False
        )
        return asked.stdout

    @property
    def words(self) -> str:
        return max((turn.content.split("\n")[0] for turn in self.gone.turns), key=len)[:60]


@pytest.fixture(scope="module")
def place(
    workshop: Workshop, data: RoundData, trained: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("erasure")
    root, cache = folder / "repository", folder / "cache"
    shutil.copytree(workshop.root, root)
    gone = max(data.train, key=lambda entry: len("".join(turn.content for turn in entry.turns)))
    kept = cache / "prepared" / "form"
    kept.mkdir(parents=True)
    (kept / "rows.arrow").write_bytes(b"tokens")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("SELFSOWN_CACHE", str(cache))
        patch.setenv("SELFSOWN_OUTBOX", str(folder / "outbox.db"))
        patch.setattr("selfsown.cli.withdraw_.today", lambda: TODAY)
        with open_outbox(root) as outbox:
            outbox.keep(None, changed(gone), Consent(publish=True, day=TODAY))
        yield Place(root, gone, cache, {})


def changed(entry: Conversation) -> Conversation:
    """The same with every twelfth word another one."""

    def other(text: str) -> str:
        return " ".join("otherwise" if place % 12 == 11 else word for place, word in enumerate(text.split()))

    return replace(entry, turns=tuple(Turn(turn.role, other(turn.content)) for turn in entry.turns))


@pytest.fixture(scope="module")
def withdrawn(place: Place) -> Place:
    """The one command, and what a maintainer does: look at it and merge it."""
    with pytest.MonkeyPatch.context() as patch:
        printed: list[str] = []
        patch.setattr("selfsown.cli.withdraw_.write_machine", printed.append)
        assert main(["withdraw", place.gone.id, "--format", "json"]) == 0
    place.said = json.loads(printed[0])
    [made] = place.said["branches"]
    with Repository(place.root) as repository:
        rulebook = repository.rulebook("main")
        submission = repository.submission("main", made["branch"], rulebook.policy.limits.shard_bytes)
        found = validate_submission(submission, rulebook, read_base_corpus(repository, "main"), TODAY)
    assert [finding.message for finding in found.findings] == []
    assert found.entries == ()
    assert found.counts.records == 0
    place.git("merge", "--quiet", "--no-edit", made["branch"])
    return place


def test_no_export_has_it_by_id_or_nearly(withdrawn: Place, tmp_path: Path) -> None:
    assert (
        main(["export", str(withdrawn.root / "corpus"), "--format", "messages", "-o", str(tmp_path / "out.jsonl")]) == 0
    )
    rows = [orjson.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    assert len(rows) > 10
    assert withdrawn.gone.id not in {row["id"] for row in rows}
    others = [replace(withdrawn.gone, turns=tuple(Turn(**turn) for turn in row["messages"])) for row in rows]
    assert find_repeats([withdrawn.gone], others) == {}


def test_no_plain_text_is_in_the_tree(withdrawn: Place) -> None:
    assert withdrawn.words in withdrawn.git("show", "HEAD~1:" + withdrawn.said["records"][withdrawn.gone.id])
    assert withdrawn.git("grep", "--fixed-strings", "--files-with-matches", withdrawn.words, "HEAD") == ""
    left = withdrawn.git("grep", "--files-with-matches", withdrawn.gone.id, "HEAD", "--", "corpus")
    assert left.splitlines() == [f"HEAD:corpus/withdrawn/{TODAY[:7]}/{withdrawn.gone.id}.json"]


@pytest.mark.parametrize("again", [lambda entry: entry, changed])
def test_it_comes_back_in_no_guise(
    withdrawn: Place, again: Callable[[Conversation], Conversation], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draft = tmp_path / "again.jsonl"
    draft.write_bytes(orjson.dumps(again(withdrawn.gone).to_json(), option=orjson.OPT_SORT_KEYS) + b"\n")
    assert main(["submit", str(draft)]) == 1
    assert "withdrawn" in capsys.readouterr().err
    refused = tmp_path / "refused.jsonl"
    arguments = ["--source", "starter", "--license", "CC0-1.0", "--to", "corpus", "--refused", str(refused)]
    assert main(["import", str(draft), *arguments]) == 1
    assert orjson.loads(refused.read_bytes())["reason"] in ("withdrawn", "withdrawn-record")
    assert main(["validate", str(draft)]) == 1
    assert "S603" in capsys.readouterr().out


def test_the_adapters_that_learned_from_it_are_named(withdrawn: Place, trained: Any) -> None:
    [use] = withdrawn.said["rounds"]
    assert (use["round"], use["is_sure"]) == (trained.number, True)
    assert use["roles"]["trained"] == [withdrawn.gone.id]
    digests = {model["what"]: model["digest"] for model in use["models"]}
    assert digests["adapter"] == trained.adapter["digest"]
    assert trained.base["digest"] in digests.values()


def test_no_training_takes_it_and_a_new_round_is_due(
    withdrawn: Place, workshop: Workshop, data: RoundData, trained: Any
) -> None:
    with Repository(withdrawn.root) as repository:
        now = read_round_data(repository, "main", workshop.recipe.data)
        ripe = read_round_data(repository, "main", replace(workshop.recipe.data, quarantine_days=1))
    assert {entry.id for entry in data.train} - {entry.id for entry in now.train} == {withdrawn.gone.id}
    assert now.left_out["withdrawn"] == 1
    assert withdrawn.gone.id in now.barred
    assert ripe.commit == now.commit
    plan = describe_plan(now, workshop.recipe, trained.plan["rubric"])
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    due = decide_due(plan, [trained], workshop.rulebook.policy.rounds, Going(moment, moment), is_asked=False)
    assert due.why.startswith("something was withdrawn")


def test_the_round_is_not_made_again(withdrawn: Place, workshop: Workshop, data: RoundData) -> None:
    refuse_withdrawn(workshop.repository, data)
    with Repository(withdrawn.root) as repository, pytest.raises(SelfsownError, match=withdrawn.gone.id):
        refuse_withdrawn(repository, data)


def test_a_round_whose_commit_is_gone_may_have_used_it(withdrawn: Place, trained: Any) -> None:
    lost = replace(trained, plan={**trained.plan, "corpus": {**trained.plan["corpus"], "commit": "f" * 40}})
    other = replace(trained, plan={**trained.plan, "corpus": {**trained.plan["corpus"], "pairs_digest": "0" * 12}})
    with Repository(withdrawn.root) as repository:
        uses = list(find_uses(repository, [lost, other], trained.number, {withdrawn.gone.id}))
        assert list(find_uses(repository, [trained], None, {"c-" + "0" * 32})) == []
    assert [(use.is_sure, use.is_live, dict(use.roles)) for use in uses] == [
        (False, True, {"maybe": ()}),
        (False, True, {"maybe": (withdrawn.gone.id,)}),
    ]
    assert "may have used them" in render_use(uses[0])


def test_what_this_machine_keeps_beside_goes_too(withdrawn: Place) -> None:
    assert list((withdrawn.cache / "prepared").glob("*/*")) == []
    assert withdrawn.said["outbox"] == 1
    with open_outbox(withdrawn.root) as outbox:
        assert [entry.conversation for entry in outbox.find(State.WITHDRAWN)] == [None]
        assert outbox.counts()[State.DRAFT] == 0


def test_again_changes_nothing(withdrawn: Place, capsys: pytest.CaptureFixture[str]) -> None:
    before = withdrawn.git("rev-parse", "HEAD"), withdrawn.git("branch")
    assert main(["withdraw", withdrawn.gone.id]) == 0
    assert main(["withdraw"]) == 0
    assert "nothing is left to take out of the tree" in capsys.readouterr().err
    assert (withdrawn.git("rev-parse", "HEAD"), withdrawn.git("branch")) == before
