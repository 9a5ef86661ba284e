"""`selfsown setup-github` as a maintainer runs it, against the GitHub double."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from github_double import Fault, World, connect

from selfsown.cli.main import main


@dataclass
class Place:
    """A repository of the double, a clone of it as the current folder, and who runs the command there."""

    world: World
    root: Path
    monkeypatch: pytest.MonkeyPatch

    @property
    def home(self):
        return self.world.state.repositories["owner/corpus"]

    def sign_in(self, login: str, **options: object) -> None:
        self.monkeypatch.setenv("GITHUB_TOKEN", self.world.token(login, **options))


@pytest.fixture
def place(tmp_path, checkout, commit_all, monkeypatch) -> Iterator[Place]:
    root = tmp_path / "clone"
    for path in (".github/rulesets/main.json", ".github/CODEOWNERS"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(checkout / path, root / path)
    commit_all(root)
    world = World(tmp_path / "world")
    world.add_account("owner")
    world.add_account("mira")
    world.add_repository("owner", "corpus", root)
    for name in ("GITHUB_REPOSITORY", "SELFSOWN_APP_ID", "SELFSOWN_APP_KEY", "GITHUB_API_URL", "GITHUB_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    subprocess.run(["git", "remote", "add", "origin", "https://github.com/owner/corpus.git"], cwd=root, check=True)
    monkeypatch.chdir(root)
    monkeypatch.setattr("selfsown.github_settings.WRITE_PAUSE", None)
    found = Place(world, root, monkeypatch)
    found.sign_in("owner")
    with connect(world):
        yield found


def own(place: Place) -> None:
    """As docs/github.md says; the comment above the rule goes on naming the placeholder."""
    path = place.root / ".github/CODEOWNERS"
    path.write_text(re.sub(r"^\*.*", "* @owner", path.read_text(), flags=re.MULTILINE))
    assert "@OWNER" in path.read_text()


def test_the_plan_is_printed_and_nothing_is_written(place, capsys):
    assert main(["setup-github"]) == 0
    shown = capsys.readouterr()
    assert "owner/corpus needs" in shown.out
    assert "  - add the label waiting:author" in shown.out
    assert "  - add the ruleset 'selfsown'" in shown.out
    assert "https://github.com/owner/corpus/blob/main/.github/CODEOWNERS" in shown.out
    assert "An App closes all three: --app-id N." in shown.err
    assert place.world.writes == []


def test_published_twice_is_set_up_once(place, capsys):
    own(place)
    assert main(["setup-github", "--publish"]) == 0
    assert "owner/corpus is set up." in capsys.readouterr().out
    writes = len(place.world.writes)
    assert writes == 14
    assert main(["setup-github", "--publish"]) == 0
    assert len(place.world.writes) == writes
    assert main(["setup-github", "--check"]) == 0
    home = place.home
    assert {"waiting:author", "waiting:reviewer", "waiting:judge"} <= set(home.labels)
    assert set(home.environments) == {"judge", "post", "publish", "train"}
    assert home.variables["SELFSOWN_JUDGE"]["value"] == "features"
    assert (home.workflow_default, home.actions_may_approve) == ("read", True)
    (ruleset,) = home.rulesets.values()
    assert (ruleset["name"], ruleset["enforcement"]) == ("selfsown", "active")


def test_drift_is_found_and_mended(place, capsys):
    own(place)
    main(["setup-github", "--publish"])
    (ruleset,) = place.home.rulesets.values()
    ruleset["enforcement"] = "disabled"
    place.home.workflow_default = "write"
    capsys.readouterr()
    assert main(["setup-github", "--check"]) == 1
    shown = capsys.readouterr().out
    assert "enforcement is 'disabled'" in shown
    assert "let workflows read only" in shown
    assert main(["setup-github", "--publish"]) == 0
    assert main(["setup-github", "--check"]) == 0


def test_an_app_of_ones_own_is_bound_to_the_status_and_remembered(place, capsys):
    own(place)
    assert main(["setup-github", "--app-id", "4711", "--publish"]) == 0
    shown = capsys.readouterr()
    assert "put the secret SELFSOWN_APP_KEY into the environment post" in shown.out
    assert "Without an App" not in shown.err
    assert place.home.variables["SELFSOWN_APP_ID"]["value"] == "4711"
    assert place.home.actions_may_approve is False
    (ruleset,) = place.home.rulesets.values()
    (rule,) = [rule for rule in ruleset["rules"] if rule["type"] == "required_status_checks"]
    assert {"context": "selfsown/review", "integration_id": 4711} in rule["parameters"]["required_status_checks"]
    before = len(place.world.writes)
    assert main(["setup-github", "--publish"]) == 0  # without the option: the variable says which App
    assert len(place.world.writes) == before


def test_an_interrupted_setup_goes_on(place, capsys):
    own(place)
    place.world.faults.append(Fault(r"POST .*/rulesets", "502", 1))
    assert main(["setup-github", "--publish"]) == 3
    assert "run this again: what is done is kept" in capsys.readouterr().err
    assert place.home.rulesets == {}
    assert main(["setup-github", "--publish"]) == 0
    assert len(place.home.rulesets) == 1


def test_what_a_maintainer_added_is_left_alone(place):
    own(place)
    main(["setup-github", "--publish"])
    home = place.home
    home.rulesets[999_999] = {"id": 999_999, "name": "theirs", "target": "branch", "enforcement": "active", "rules": []}
    home.environments["judge"]["policies"].append({"id": 1, "node_id": "x", "name": "dev", "type": "branch"})
    assert main(["setup-github", "--publish"]) == 0
    assert home.rulesets[999_999]["name"] == "theirs"
    assert len(home.environments["judge"]["policies"]) == 2
    assert main(["setup-github", "--check"]) == 1, "a pattern that lets another branch see the key is drift"


def test_who_is_no_administrator_is_told_so(place, capsys):
    place.world.add_collaborator("owner/corpus", "mira", "write")
    place.sign_in("mira")
    assert main(["setup-github", "--publish"]) == 3
    assert "permission" in capsys.readouterr().err
    assert place.world.writes == []


def test_without_a_token_it_says_what_to_set(place, capsys, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN")
    assert main(["setup-github"]) == 2
    assert "GITHUB_TOKEN" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["0", "-3", "abc", "1" * 13])
def test_an_app_id_is_a_number(place, number):
    with pytest.raises(SystemExit) as stop:
        main(["setup-github", f"--app-id={number}"])
    assert stop.value.code == 2
