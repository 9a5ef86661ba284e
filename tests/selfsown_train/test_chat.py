"""The chat of the terminal, on a small round: talk, rate, consent, draft, submission."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from selfsown.cli.main import main
from selfsown.cli.training import alone
from selfsown.outbox.entry import Entry
from selfsown.outbox.entry import State as Place
from selfsown.outbox.store import open_outbox
from selfsown.round import Round, State, write_promoted
from selfsown.serving.talker import WHOLE
from selfsown_train.round_gate import gate_round
from selfsown_train.rounds import Workshop

pytest.importorskip("phonenumbers", reason="the `chat` extra is not installed")


@pytest.fixture
def live(workshop: Workshop, trained: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose small round is live, and the current folder."""
    from selfsown.repo import Repository

    root = tmp_path / "live"
    shutil.copytree(workshop.root, root)
    moved = replace(workshop, repository=Repository(root))
    gated = gate_round(moved, trained, lambda *_, **__: None)
    write_promoted(root, replace(gated, state=State.GATED))
    monkeypatch.setenv("SELFSOWN_CACHE", str(workshop.cache))
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A function that types for the person."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


class SaidWhole(list[str]):
    """A reply that came to its end."""

    finish = WHOLE


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A function that puts words into the model's mouth: the small round's own are noise."""

    def script(answer: str) -> None:
        def reply(engine: Any, turns: Any, draw: Any) -> SaidWhole:
            return SaidWhole([answer])

        monkeypatch.setattr("selfsown_train.engine.Engine.reply", reply)

    return script


def entries(root: Path, *states: Place) -> list[Entry]:
    """What the outbox of a checkout holds."""
    with open_outbox(root) as outbox:
        return outbox.find(*states)


GOOD = "A kid. A baby goat is called a kid, and a group of kids plays on the rocks."


def test_the_live_round_rates_its_own_conversation(
    live: Path, says: Callable[[str], None], scripted: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    scripted(GOOD)
    says("What is a baby goat called?\n/end\n")
    assert main(["chat"]) == 0
    heard = capfd.readouterr()
    assert f"bot> {GOOD}" in heard.out
    assert "Please rate the suitability of this conversation as fine tuning data for an AI, out of 10." in heard.err
    assert "the model answers:" in heard.err
    assert "the features say:" in heard.err


def test_a_good_conversation_becomes_a_draft_only_with_consent(
    live: Path, says: Callable[[str], None], scripted: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    scripted(GOOD)
    says("What is a baby goat called?\n/end\nn\n")
    assert main(["chat"]) == 0
    assert "nothing is kept" in capfd.readouterr().err
    assert entries(live) == []
    says("What is a baby goat called?\n/end\ny\n")
    assert main(["chat"]) == 0
    (entry,) = entries(live)
    assert (entry.state, entry.consent.publish, entry.consent.train) == (Place.SCREENED, True, True)
    assert entry.conversation is not None
    assert entry.conversation.turns[1].content == GOOD
    assert entry.conversation.model == "selfsown round 0001"
    assert entry.conversation.self_rating is not None
    assert 0 <= entry.conversation.self_rating <= 10


def test_a_poor_conversation_is_not_kept(
    live: Path, says: Callable[[str], None], scripted: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    scripted("Sure!")
    says("What is a baby goat called?\n/end\ny\n")
    assert main(["chat", "--consent"]) == 0
    assert "this one is not kept" in capfd.readouterr().err
    assert entries(live) == []


def test_personal_data_is_shown_before_the_question(
    live: Path, says: Callable[[str], None], scripted: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    scripted(GOOD)
    says("I am anna@garden.example, what is a baby goat called?\n/end\nno\n")
    assert main(["chat"]) == 0
    heard = capfd.readouterr().err
    assert "e-mail address 'anna@garden.example' in turn 1: its kind in brackets is published instead" in heard
    assert entries(live) == []


def test_what_is_kept_is_masked_and_what_cannot_be_masked_is_not_kept(
    live: Path, says: Callable[[str], None], scripted: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    scripted(GOOD)
    says("I am anna@garden.example, what is a baby goat called?\n/end\ny\n")
    assert main(["chat"]) == 0
    (entry,) = entries(live)
    assert entry.conversation is not None
    assert "[e-mail address]" in entry.conversation.turns[0].content
    assert entry.kinds == ("e-mail address",)
    files = b"".join(path.read_bytes() for path in (live / ".selfsown").glob("outbox.db*"))
    assert b"anna" not in files, "what was masked is gone from the file, too"
    key = "-----BEGIN RSA PRIVATE " + "KEY-----"
    says(f"{key} what is a baby goat called?\n/end\ny\n")
    assert main(["chat"]) == 0
    assert "It is not kept." in capfd.readouterr().err
    assert len(entries(live)) == 1


def test_drafts_become_a_submission_that_validates(
    live: Path, says: Callable[[str], None], scripted: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    scripted(GOOD)
    says("What is a baby goat called?\n/end\n")
    assert main(["chat", "--consent"]) == 0
    capfd.readouterr()
    assert main(["submit"]) == 0
    branch = capfd.readouterr().out.strip()
    assert branch.startswith("submit/chat-")
    assert entries(live, Place.SCREENED) == []
    assert main(["validate", "--base", "main", "--head", branch]) == 0
    assert main(["submit"]) == 0
    assert "nothing to submit" in capfd.readouterr().err


def test_the_model_itself_is_asked(live: Path, says: Callable[[str], None], capfd: pytest.CaptureFixture[str]) -> None:
    says("What is 12 times 12?\n/end\n")
    assert main(["chat", "--most-tokens", "8"]) == 0
    heard = capfd.readouterr()
    assert "bot> " in heard.out
    assert "the model answers:" in heard.err or "the model had nothing to say" in heard.err


def test_saying_nothing_keeps_nothing(
    live: Path, says: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    says("")
    assert main(["chat"]) == 0
    assert "nothing was said" in capfd.readouterr().err


def test_without_a_live_round_the_way_to_one_is_named(
    small_checkout: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(small_checkout)
    assert main(["chat"]) == 2
    assert "selfsown train" in capfd.readouterr().err


def test_a_source_that_nobody_has_written_is_refused_before_the_chat(live, capsys):
    assert main(["chat", "--source", "nobody"]) == 2
    assert "corpus/sources/nobody.toml" in capsys.readouterr().err


def test_a_reply_without_a_word_cannot_be_asked_for(live, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["chat", "--most-tokens", "0"])
    assert ended.value.code == 2
    assert "a whole number from 1 on" in capsys.readouterr().err


def test_a_round_in_the_terminal_from_train_to_status(
    workshop: Workshop,
    trained: Round,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    root = tmp_path / "verbs"
    shutil.copytree(workshop.root, root)
    small = root / "training" / "recipes" / "small.toml"
    text = (root / "training" / "recipes" / "tiny.toml").read_text()
    for old, new in (
        ("threads = 2", "threads = 1"),
        ("vocabulary = 2048", "vocabulary = 512"),
        ("hidden_size = 128", "hidden_size = 32"),
        ("layers = 4", "layers = 2"),
        ("epochs = 8", "epochs = 0.5"),
        ("epochs = 3", "epochs = 2"),
        ("resamples = 10000", "resamples = 500"),
    ):
        assert old in text
        text = text.replace(old, new)
    small.write_text(text)
    monkeypatch.setenv("SELFSOWN_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(root)
    assert main(["train", "small"]) == 0
    assert capfd.readouterr().out.strip() == "0002"
    assert main(["train", "small"]) == 0
    assert "this very round is trained already" in capfd.readouterr().err
    assert main(["gate"]) in (0, 1)
    heard = capfd.readouterr().err
    assert "held-out loss" in heard
    code = main(["promote"])
    assert code == (0 if "passed:" in heard else 2)
    capfd.readouterr()
    assert main(["status", "--format", "json"]) == 0
    standing = orjson.loads(capfd.readouterr().out)
    assert standing["rounds"]["0002"] == ("promoted" if code == 0 else "rejected")
    assert standing["live"] == ("0002" if code == 0 else None)


def test_the_chat_needs_no_trainer(live: Path, workshop: Workshop) -> None:
    """With the `chat` extra alone there is no trl and no datasets."""
    program = (
        "import sys\n"
        "class Block:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('trl', 'datasets'):\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Block())\n"
        "from selfsown.cli.main import main\n"
        "sys.exit(main(['chat', '--most-tokens', '4']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=live, input="hello\n/end\n", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "bot> " in done.stdout


def test_two_trainings_do_not_share_a_checkout(live: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with alone(live):
        assert main(["train"]) == 3
    assert "another training or gate is at work" in capfd.readouterr().err
