"""`selfsown serve`: what it refuses before it loads anything, what it says of itself, and a whole life as a process."""

from __future__ import annotations

import argparse
import socket
from pathlib import Path

import pytest

from selfsown.cli import serve_
from selfsown.cli.main import main
from selfsown.errors import UsageError
from selfsown.repo import Repository
from selfsown.rulebook import Rulebook


def test_a_source_that_the_corpus_does_not_know_is_refused(rulebook: Rulebook):
    serve_.check_source(rulebook, "web")
    with pytest.raises(UsageError, match=r"corpus/sources/nobody\.toml"):
        serve_.check_source(rulebook, "nobody")


def test_a_port_that_is_taken_is_said_at_once():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="cannot listen at 127"):
        serve_.listen("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(UsageError, match="cannot listen at nowhere"):
        serve_.listen("nowhere.invalid", 0)


def test_a_free_port_is_named():
    with serve_.listen("127.0.0.1", 0) as door:
        assert serve_.render_address(door) == f"http://127.0.0.1:{door.getsockname()[1]}/"
    with serve_.listen("0.0.0.0", 0) as door:  # noqa: S104 - nobody is told of it
        assert serve_.render_address(door).startswith("http://localhost:")


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        ("https://github.com/garden/selfsown.git", "https://github.com/garden/selfsown"),
        ("https://ada:secret@git.example/garden/selfsown", "https://git.example/garden/selfsown"),
        ("git@github.com:garden/selfsown.git", "https://github.com/garden/selfsown"),
        ("ssh://git@git.example:2222/garden/selfsown.git", "https://git.example/garden/selfsown"),
        ("/srv/git/selfsown.git", ""),
        ("javascript:alert(1)//x", ""),
    ],
)
def test_the_page_links_to_the_repository_without_what_its_address_hides(tmp_path: Path, monkeypatch, origin, shown):
    monkeypatch.setattr(Repository, "origin", lambda _: origin)
    assert serve_.web_address(Repository.__new__(Repository)) == shown


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--port", "99999", "from 0 to 65535"),
        ("--port", "-1", "from 0 to 65535"),
        ("--submit-every", "0", "from 1 to"),
        ("--submit-every", "-5", "from 1 to"),
        ("--submit-every", "nan", "from 1 to"),
        ("--submit-every", "inf", "from 1 to"),
        ("--embed-in", "example.org", "is no origin"),
        ("--embed-in", "https://a.example; script-src *", "is no origin"),
        ("--embed-in", "https://bücher.example", "is no origin"),
        ("--trust-proxy", "127.0.0.1,proxy", "'proxy' is no address"),
        ("--trust-proxy", "10.0.0.1/8", "is no address or network"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_before_anything_is_loaded(capsys, option, value, said):
    with pytest.raises(SystemExit) as ended:
        main(["serve", f"{option}={value}"])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_what_a_space_asks_for_is_taken():
    parser = argparse.ArgumentParser()
    serve_.configure(parser)
    words = ["--embed-in", "https://*.hf.space", "--trust-proxy", "10.0.0.0/8,::1", "--submit-every", "60"]
    args = parser.parse_args(words)
    assert (args.embed_in, args.trust_proxy, args.submit_every) == (["https://*.hf.space"], "10.0.0.0/8,::1", 60.0)


def test_keys_that_do_not_read_are_said_before_anything_is_loaded(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(serve_, "_NEEDED", ())
    assert main(["serve", "--api-keys", "nowhere"]) == 3
    assert "nowhere does not read" in capsys.readouterr().err


def test_every_option_is_there():
    parser = argparse.ArgumentParser()
    serve_.configure(parser)
    args = parser.parse_args(["--embed-in", "https://a.example", "--embed-in", "https://b.example", "--port", "0"])
    assert (args.host, args.source, args.embed_in) == ("127.0.0.1", "web", ["https://a.example", "https://b.example"])
