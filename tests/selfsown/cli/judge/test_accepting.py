"""`selfsown judge FILE… --accept-into outbox`: what another chat application hands over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from selfsown.cli.main import main
from selfsown.consent import may_train
from selfsown.conversation import Conversation, Turn
from selfsown.outbox.entry import Entry, State
from selfsown.outbox.store import Outbox, open_outbox

pytest.importorskip("phonenumbers", reason="the `chat` extra is not installed")

GOOD = ("How deep do I plant garlic?", "About five centimetres deep, with the pointed end up, in October.")
MAIL = (
    "Write to me at jo.doe@mail.example please, I am Jo.",
    "I cannot send mail, but I can help you write one to a friend.",
)
POOR = ("Tell me how tides work.", "tides tides tides tides tides tides tides tides tides tides tides and")
DECLARED = ("--source", "starter", "--license", "CC0-1.0")


@pytest.fixture(autouse=True)
def _there(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small)


def sharegpt(*chats: tuple[str, ...]) -> list[dict[str, object]]:
    """As LibreChat and others export."""
    roles = ("human", "gpt")
    return [{"conversations": [{"from": roles[k % 2], "value": text} for k, text in enumerate(chat)]} for chat in chats]


def write(name: str, entries: object) -> str:
    Path(name).write_text(json.dumps(entries), encoding="utf-8")
    return name


def hand_over(*files: str, consent: str = "publish,train", judge: str = "features") -> int:
    return main(["judge", *files, "--accept-into", "outbox", "--consent", consent, "--judge", judge, *DECLARED])


def entries(root: Path) -> list[Entry]:
    with open_outbox(root) as outbox:
        return outbox.find()


def test_only_what_is_good_enough_is_kept_and_ready(small, capsys):
    assert hand_over(write("chats.json", sharegpt(GOOD, POOR))) == 0
    (entry,) = entries(small)
    assert entry.state is State.SCREENED
    assert entry.conversation is not None
    assert [turn.content for turn in entry.conversation.turns] == list(GOOD)
    assert entry.conversation.ext["consent"]["train"] is True
    assert (entry.rating or 0) >= 7
    assert entry.ended
    told = capsys.readouterr().err
    assert "1  accepted" in told
    assert "1  rated below 7" in told


def test_the_same_file_again_or_in_another_form_doubles_nothing(small, capsys):
    messages = [{"messages": [{"role": "user", "content": GOOD[0]}, {"role": "assistant", "content": GOOD[1]}]}]
    for file in (write("chats.json", sharegpt(GOOD)), "chats.json", write("again.json", messages)):
        assert hand_over(file) == 0
    assert len(entries(small)) == 1
    assert "1  in the outbox already" in capsys.readouterr().err


@pytest.mark.parametrize("step", ["keep", "rate", "screen"])
@pytest.mark.parametrize("is_done", [False, True])
def test_a_run_that_was_killed_goes_on(small, monkeypatch, step, is_done):
    class Killed(BaseException):
        pass

    whole = getattr(Outbox, step)

    def die(*arguments: object, **more: object) -> None:
        if is_done:
            whole(*arguments, **more)
        raise Killed

    write("chats.json", sharegpt(GOOD))
    with monkeypatch.context() as patch:
        patch.setattr(Outbox, step, die)
        with pytest.raises(Killed):
            hand_over("chats.json")
    assert hand_over("chats.json") == 0
    assert [entry.state for entry in entries(small)] == [State.SCREENED]


def test_personal_data_is_masked_and_what_cannot_be_is_refused_without_being_told(small, capsys):
    key = "-----BEGIN RSA PRIVATE " + "KEY-----\n" + "MIIEowIBAAKCAQEA" * 8 + "\n-----END RSA PRIVATE " + "KEY-----"
    secret = ("Why does this key not work?\n" + key, "It may have been made for another machine: ask whoever made it.")
    code = hand_over(write("chats.json", sharegpt(MAIL, secret)))
    told = capsys.readouterr()
    texts = [turn.content for entry in entries(small) if entry.conversation for turn in entry.conversation.turns]
    assert "jo.doe@" not in "".join(texts)
    assert any("[e-mail address]" in text for text in texts)
    assert "jo.doe" not in told.out + told.err
    assert code == 1
    assert "private key" in told.err
    assert "MIIEow" not in told.out + told.err


def test_a_person_s_own_no_counts_for_more_than_what_is_declared(small):
    def record(chat: tuple[str, str], **said: bool) -> dict[str, object]:
        turns = (Turn("user", chat[0]), Turn("assistant", chat[1]))
        whole = Conversation(turns, "starter", "CC0-1.0", "2026-11-20", ext={"consent": said})
        return {"id": whole.id, **whole.to_json()}

    other = ("What is a fjord?", "A long, deep inlet that a glacier carved, filled by the sea.")
    file = write("chats.json", [record(GOOD, publish=True, train=False), record(other, publish=False)])
    assert hand_over(file) == 0
    assert hand_over(write("vague.json", [record(other, train=True)])) == 0
    (entry,) = entries(small)
    assert entry.conversation is not None
    assert entry.conversation.turns[0].content == GOOD[0]
    assert not may_train(entry.conversation.ext)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--accept-into", "outbox"], "needs --consent"),
        (["--accept-into", "outbox", "--consent", "train"], "lets nothing be published"),
        (["--accept-into", "outbox", "--consent", "publish,sell"], "lets nothing be published"),
        (["--consent", "publish"], "go with --accept-into"),
        (["--accept-into", "outbox", "--consent", "publish", "--source", "nowhere"], "no corpus/sources/nowhere.toml"),
    ],
)
def test_usage(small, capsys, arguments, words):
    write("chats.json", sharegpt(GOOD))
    licence = ["--license", "CC0-1.0"] if "--source" in arguments else []
    assert main(["judge", "chats.json", *arguments, *licence]) == 2
    assert words in " ".join(capsys.readouterr().err.split())
    assert not (small / ".selfsown/outbox.db").exists()


def test_who_names_no_source_is_told_how(small, capsys):
    arguments = ["judge", write("chats.json", sharegpt(GOOD)), "--accept-into", "outbox", "--consent", "publish"]
    assert main(arguments) == 1
    assert "it names no source: say which with --source" in capsys.readouterr().err
    assert main([*arguments, "--source", "starter"]) == 1
    assert "it names no license: say which with --license" in capsys.readouterr().err


def test_a_file_without_a_conversation_is_said(small, capsys):
    assert hand_over(write("chats.json", [])) == 0
    told = capsys.readouterr().err
    assert "no conversation was found" in told
    assert "no conversations ready to be sent" in told


def test_what_cannot_be_read_is_named_and_the_rest_is_taken(small, capsys):
    file = write("chats.json", [*sharegpt(GOOD), {"conversations": []}, {"nothing": 1}])
    assert hand_over(file, consent="publish") == 1
    (entry,) = entries(small)
    assert entry.consent.train is False
    assert "chats.json" in capsys.readouterr().err


def test_what_was_withdrawn_stays_out(small, capsys):
    hand_over(write("chats.json", sharegpt(GOOD)))
    with open_outbox(small) as outbox:
        outbox.withdraw(outbox.find()[0].key)
    assert hand_over("chats.json") == 0
    assert [entry.state for entry in entries(small)] == [State.WITHDRAWN]
    assert "1  withdrawn before" in capsys.readouterr().err
