"""Which repository is meant, and who may see the token."""

from __future__ import annotations

import subprocess

import pytest

from selfsown.cli import hosting
from selfsown.errors import SelfsownError, UsageError
from selfsown.repo import Repository


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A repository whose origin can be set."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN", "SELFSOWN_APP_ID"):
        monkeypatch.delenv(name, raising=False)

    def at(address: str) -> Repository:
        subprocess.run(["git", "remote", "add", "origin", address], cwd=tmp_path, check=True)
        return Repository(tmp_path)

    return at


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/owner/garden",
        "https://github.com/owner/garden.git/",
        "https://token@github.com/owner/garden.git",
        "git@github.com:owner/garden.git",
        "ssh://git@github.com:22/owner/garden",
    ],
)
def test_the_repository_is_read_from_origin(clone, address):
    with clone(address) as repository:
        assert hosting.read_repository_name(repository) == "owner/garden"


@pytest.mark.parametrize(
    "address", ["/srv/owner/garden", "../owner/garden.git", "file:///srv/owner/garden", "owner/garden"]
)
def test_a_folder_is_no_repository_of_a_host(clone, address):
    with clone(address) as repository, pytest.raises(SelfsownError, match="not clear"):
        hosting.read_repository_name(repository)


def test_the_environment_goes_first(clone, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", "some/other")
    with clone("https://github.com/owner/garden") as repository:
        assert hosting.read_repository_name(repository) == "some/other"


@pytest.mark.parametrize("name", ["no-owner", "a/b/c", "a/b\n", "a/$(id)"])
def test_what_is_no_name_is_refused(clone, monkeypatch, name):
    monkeypatch.setenv("GITHUB_REPOSITORY", name)
    with clone("https://github.com/owner/garden") as repository, pytest.raises(SelfsownError, match="not clear"):
        hosting.read_repository_name(repository)


def test_without_a_token_nothing_is_asked(clone):
    with clone("https://github.com/owner/garden") as repository, pytest.raises(UsageError, match="GITHUB_TOKEN"):
        hosting.open_host_of(repository)


def test_git_shows_the_token_to_the_server_of_the_workflow():
    assert hosting.read_access({}) is None
    access = hosting.read_access({"GITHUB_TOKEN": "t"})
    assert (access.server, access.token) == ("https://github.com", "t")
    assert hosting.read_access({"GITHUB_TOKEN": "t", "GITHUB_SERVER_URL": "http://localhost:1"}).server.endswith(":1")
    assert "'t'" not in repr(access)


def test_the_address_of_a_run():
    run = {"GITHUB_RUN_ID": "5", "GITHUB_REPOSITORY": "owner/garden"}
    assert hosting.read_run_url(run) == "https://github.com/owner/garden/actions/runs/5"
    assert hosting.read_run_url({}) is None
    assert hosting.read_run_url({**run, "GITHUB_RUN_ID": "5/../x"}) is None
