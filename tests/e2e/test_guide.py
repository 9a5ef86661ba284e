"""docs/github.md as a new maintainer follows it: its own commands, in order, from an empty repository to a review.

Only what a person types in a browser is done by the double's means: steps 1 and 10, and the token of step 6, which gets the
rights that the guide names and no others. Git finds the double where the guide says https://github.com.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from github_double import World, serve, truth
from github_double.runner import Runner
from tests.e2e.scene import environment, told

pytestmark = pytest.mark.slow

OWNER, NAME, PROJECT = "gardener", "garden", "project"
STEP = re.compile(r"^\*\*(\d+)\. (.*?)(?=^\*\*\d+\. |^## )", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
RIGHTS = re.compile(r"((?:\*[A-Z][a-z ]+\*(?:, | and )?)+) (read and write|read)\b")
SET_UP, OPTIONAL = 6, (7, 8)
PLACEHOLDERS = {"PROJECT": PROJECT, "OWNER": OWNER, "NAME": NAME, "your-account": OWNER}
# On GitHub these are permissions of fine-grained tokens and of Apps; the API names them so.
PERMISSIONS = {
    "Administration": "administration",
    "Actions": "actions",
    "Environments": "environments",
    "Issues": "issues",
    "Variables": "actions_variables",
}


def read_steps(checkout: Path) -> dict[int, str]:
    """The numbered steps of the guide, each with everything up to the next."""
    text = (checkout / "docs/github.md").read_text(encoding="utf-8")
    return {int(number): step for number, step in STEP.findall(text)}


def read_rights(step: str) -> dict[str, str]:
    """The permissions that a step names: `*Issues* and *Variables* read and write, *Actions* read`."""
    found = {}
    for names, level in RIGHTS.findall(step):
        for name in re.findall(r"\*([A-Z][a-z ]+)\*", names):
            found[PERMISSIONS[name]] = "write" if "write" in level else "read"
    return found


@dataclass
class Newcomer:
    """A person with a shell that keeps its folder and variables from block to block, as a terminal does."""

    world: World
    server: str
    folder: Path
    token: str = ""

    def type(self, block: str) -> str:
        """Run a block of the guide; what it prints on stdout. Fails where a line of it fails."""
        for word, value in PLACEHOLDERS.items():
            block = re.sub(rf"(?<![A-Z_-]){re.escape(word)}(?![A-Z_-])", value, block)
        block = block.replace("PASTE-IT-HERE", self.token)
        kept = shlex.quote(str(self.folder / "shell"))
        script = (
            f'set -e\n. {kept}\ncd "${{PWD}}"\n{block}\n{{ export -p; printf \'cd %q\\n\' "${{PWD}}"; }} > {kept}\n'
        )
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.surroundings(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        return done.stdout

    def surroundings(self) -> dict[str, str]:
        """A machine with this Python as python3, git that knows the double, and the packages that pip would fetch."""
        offline = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "false", "PIP_NO_COMPILE": "1"}
        offline |= {"PYTHONPATH": sysconfig.get_paths()["purelib"], "GITHUB_API_URL": self.server}
        path = f"{self.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin"
        return environment(
            **offline, PATH=path, HOME=str(self.folder), GIT_CONFIG_GLOBAL=str(self.folder / "gitconfig")
        )


@pytest.fixture
def newcomer(shipped: Path, tmp_path: Path) -> Iterator[Newcomer]:
    world = World(tmp_path / "world")
    world.truth, world.now = truth, datetime.now(UTC)
    world.add_account(OWNER)
    world.add_account(PROJECT)
    world.add_repository(PROJECT, "selfsown", shipped)
    folder = tmp_path / "newcomer"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python3").symlink_to(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")
    (folder / "shell").touch()
    with serve(world) as server:
        address = server.replace("http://", f"http://{OWNER}:{world.token(OWNER)}@")
        (folder / "gitconfig").write_text(f'[url "{address}/"]\n\tinsteadOf = https://github.com/\n')
        yield Newcomer(world, server, folder)


def test_the_guide_leads_from_an_empty_repository_to_the_first_review(newcomer: Newcomer, checkout: Path):
    steps, world = read_steps(checkout), newcomer.world
    assert list(steps) == list(range(1, len(steps) + 1))
    assert len(steps) <= 10
    home = world.add_repository(OWNER, NAME)  # step 1
    for number, step in steps.items():
        if number == SET_UP:
            rights = {"metadata": "read"} | read_rights(step)
            newcomer.token = world.token(OWNER, "user", rights, f"{OWNER}/{NAME}")
        for block in BLOCK.findall(step) if number not in OPTIONAL else ():
            newcomer.type(block)
    assert "is set up" in newcomer.type("selfsown setup-github --check")
    assert {"waiting:author", "waiting:reviewer", "waiting:judge"} <= home.labels.keys()
    assert len(home.rulesets) == 1

    (branch,) = [ref.removeprefix("refs/heads/") for ref in home.refs if ref.startswith("refs/heads/submit/")]
    runner = Runner(world, newcomer.server, f"{OWNER}/{NAME}", newcomer.folder / "kept")
    number = world.open_pull(home, f"{OWNER}:{branch}", login=OWNER)
    runs = runner.deliver_new()
    assert told(runs) == [("validate", "pull_request", "success"), ("review", "workflow_run", "success")], runs[-1].log
    (status,) = world.state.statuses
    assert (status.context, status.state) == ("selfsown/review", "success")
    assert world.state.issues[f"{OWNER}/{NAME}", number].labels == ["waiting:reviewer"]
    assert len(world.state.reviews) == 1

    for step in OPTIONAL:
        for block in BLOCK.findall(steps[step]):
            newcomer.type(block)
    values = {name: one["value"] for name, one in home.variables.items()}
    assert (values["SELFSOWN_APP_ID"], values["SELFSOWN_JUDGE"]) == ("123456", "api")
