"""`selfsown round push` and `pull` from the outside, to a folder."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("trl", reason="the `train` extra is not installed")

from small_adapter import write

from selfsown.cli.main import main
from selfsown.round import ROUNDS, Round, State, write_round
from selfsown_train.adapter import adapters_folder, keep_adapter


@pytest.fixture
def trained(plan, small, tmp_path, monkeypatch) -> Round:
    """A trained round of the checkout, its adapter in place."""
    monkeypatch.chdir(small)
    write(tmp_path / "new")
    adapter = keep_adapter(tmp_path / "new", adapters_folder(small))
    base = {"name": "built:x", "revision": "", "digest": "5" * 12, "files": {"model.safetensors": "5" * 64}}
    training = {"rows": 9, "rows_used": 9, "steps": 3, "first_loss": 2.0, "last_loss": 1.0}
    found = Round(1, State.TRAINED, "2026-01-01", None, plan, base, adapter, training)
    write_round(small, found)
    return found


@pytest.fixture
def place(tmp_path) -> Path:
    return tmp_path / "pushed"


def test_there_and_back(trained, small, place, capsys):
    before = (small / ROUNDS / "0001.json").read_bytes()
    assert main(["round", "push", "--to", str(place)]) == 0
    said = capsys.readouterr()
    assert said.out == "round-0001\n"
    assert "was compared by hash" in said.err
    assert (small / ROUNDS / "0001.json").read_bytes() == before, "no folder of this machine is written down"
    assert main(["round", "push", "1", "--to", str(place)]) == 0
    assert "already, as it is" in capsys.readouterr().err
    shutil.rmtree(adapters_folder(small))
    assert main(["round", "pull", "1", "--from", str(place)]) == 0
    assert "2 files, just as its file names them" in capsys.readouterr().err
    assert main(["round", "pull", "1", "--from", str(place)]) == 0
    assert "is here already" in capsys.readouterr().err


def test_a_checkout_that_lacks_the_round_takes_its_file_only_when_asked(trained, small, place, capsys):
    main(["round", "push", "--to", str(place)])
    shutil.rmtree(adapters_folder(small))
    path = small / ROUNDS / "0001.json"
    content = path.read_bytes()
    asked = ["round", "pull", "1", "--from", str(place)]
    assert main([*asked, "--with-round-file"]) == 2
    assert "is here already" in capsys.readouterr().err
    path.unlink()
    assert main(asked) == 2
    assert "there is no round 0001" in capsys.readouterr().err
    assert main([*asked, "--with-round-file"]) == 0
    assert "read it before you commit it" in capsys.readouterr().err
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["push", "--to", "hf:a/b@main"], 2, "a push makes a revision"),
        (["push", "--to", "hf:a"], 2, "names no repository"),
        (["pull"], 2, "does not say where its adapters are"),
        (["pull", "--with-round-file"], 2, "has to be named"),
        (["pull", "1", "--from", "nowhere"], 3, "there is no adapter_config.json"),
    ],
)
def test_what_cannot_be_meant_is_said(trained, small, capsys, arguments, code, words):
    shutil.rmtree(adapters_folder(small))
    assert main(["round", *arguments]) == code
    assert words in " ".join(capsys.readouterr().err.split())


def test_another_adapter_under_the_same_name_is_not_taken(trained, small, place, capsys):
    main(["round", "push", "--to", str(place)])
    shutil.rmtree(adapters_folder(small))
    write(place / "round-0001", lora_alpha=64)
    assert main(["round", "pull", "--from", str(place)]) == 3
    assert "digest differs: adapter_config.json" in " ".join(capsys.readouterr().err.split())


def test_an_adapter_that_is_gone_says_how_to_get_it(trained, small, place, capsys):
    shutil.rmtree(adapters_folder(small))
    write_round(small, replace(trained, registry={"hf:me/rounds": "c" * 40}))
    assert main(["round", "push", "--to", str(place)]) == 3
    said = " ".join(capsys.readouterr().err.split())
    assert "selfsown round pull 1" in said
    assert "hf:me/rounds" in said
    assert "selfsown round reproduce 1" in said
