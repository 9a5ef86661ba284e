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
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from github_double import World, serve, truth
from github_double.runner import Runner
from github_double.stand_ins import ACTIONS, make_stand_ins
from github_double.state import Repository
from tests.e2e.scene import environment, told

pytestmark = pytest.mark.slow

OWNER, NAME, PROJECT = "gardener", "garden", "project"
STEP = re.compile(r"^\*\*(\d+)\. (.*?)(?=^\*\*\d+\. |^## )", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
RIGHTS = re.compile(r"((?:\*[A-Z][a-z ]+\*(?:, | and )?)+) (read and write|read)\b")
SET_UP, APP, OPTIONAL = 6, 7, (7, 8)
BOT = "github-actions[bot]"
PLACEHOLDERS = {"PROJECT": PROJECT, "OWNER": OWNER, "NAME": NAME, "your-account": OWNER}
# On GitHub these are permissions of fine-grained tokens and of Apps; the API names them so.
PERMISSIONS = {
    "Administration": "administration",
    "Actions": "actions",
    "Commit statuses": "statuses",
    "Contents": "contents",
    "Environments": "environments",
    "Issues": "issues",
    "Pull requests": "pull_requests",
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
        """A machine with this Python as python3, git that knows the double, and the packages that pip would fetch.

        What was installed once is laid down again, and pauses are short, as under act.
        """
        kept = f"{self.folder / 'site'}:{ACTIONS / 'setup-python' / 'kept'}"
        offline = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "false", "PIP_NO_COMPILE": "1"}
        offline |= {"PYTHONPATH": f"{kept}:{sysconfig.get_paths()['purelib']}", "GITHUB_API_URL": self.server}
        offline |= {"DOUBLE_INSTALLED": str(make_stand_ins() / "installed")}
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
    (folder / "site").mkdir()
    (folder / "site" / "sitecustomize.py").write_text("import short_waits\n")
    with serve(world) as server:
        address = server.replace("http://", f"http://{OWNER}:{world.token(OWNER)}@")
        (folder / "gitconfig").write_text(f'[url "{address}/"]\n\tinsteadOf = https://github.com/\n')
        yield Newcomer(world, server, folder)


def make_app(newcomer: Newcomer, step: str) -> tuple[int, str]:
    """The App of step 7 with the rights that it names: its id, and its private key."""
    key = rsa.generate_private_key(65537, 2048)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    app = newcomer.world.add_app("garden-review", owner=OWNER, permissions=read_rights(step), public_key=public)
    kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return app.id, key.private_bytes(*kind).decode()


@pytest.mark.parametrize("by_app", [False, True], ids=["plain", "app"])
def test_the_guide_leads_from_an_empty_repository_to_the_first_review(newcomer: Newcomer, checkout: Path, by_app: bool):
    steps, world = read_steps(checkout), newcomer.world
    assert list(steps) == list(range(1, len(steps) + 1))
    assert len(steps) <= 10
    home = world.add_repository(OWNER, NAME)  # step 1
    app, key = make_app(newcomer, steps[APP]) if by_app else (0, "")
    for number, step in steps.items():
        if number == SET_UP:
            rights = {"metadata": "read"} | read_rights(step)
            newcomer.token = world.token(OWNER, "user", rights, f"{OWNER}/{NAME}")
        for block in BLOCK.findall(step) if number not in OPTIONAL or (number, by_app) == (APP, True) else ():
            newcomer.type(block.replace("123456", str(app)))
    assert {"waiting:author", "waiting:reviewer", "waiting:judge"} <= home.labels.keys()
    assert len(home.rulesets) == 1
    check_first_review(newcomer, home, {"SELFSOWN_APP_KEY": key}, "garden-review[bot]" if by_app else BOT)
    if not by_app:
        assert "is set up" in newcomer.type("selfsown setup-github --check")
        for block in [block for step in OPTIONAL for block in BLOCK.findall(steps[step])]:
            newcomer.type(block)
        values = {name: one["value"] for name, one in home.variables.items()}
        assert (values["SELFSOWN_APP_ID"], values["SELFSOWN_JUDGE"]) == ("123456", "api")


def check_first_review(newcomer: Newcomer, home: Repository, secrets: dict[str, str], bot: str) -> None:
    """Step 10: the pull request is opened, reviewed by `bot`, approved by a friend, and merged."""
    world, where = newcomer.world, f"{OWNER}/{NAME}"
    (branch,) = [ref.removeprefix("refs/heads/") for ref in home.refs if ref.startswith("refs/heads/submit/")]
    runner = Runner(world, newcomer.server, where, newcomer.folder / "kept", environments={"post": secrets})
    number = world.open_pull(home, f"{OWNER}:{branch}", login=OWNER)
    runs = runner.deliver_new()
    ours = [("commands", "issue_comment", "skipped")]  # of an App, a comment of its own is an event
    expected = [("validate", "pull_request", "success"), ("review", "workflow_run", "success"), *ours]
    assert told(runs) == (expected[:-1] if bot == BOT else expected), runs[-1].log
    (status,), (review,), (comment,) = world.state.statuses, world.state.reviews.values(), world.state.comments.values()
    assert (status.context, status.state) == ("selfsown/review", "success")
    assert {world.state.accounts[one.author].login for one in (status, review, comment)} == {bot}
    assert world.state.issues[where.lower(), number].labels == ["waiting:reviewer"]
    world.add_account("friend")
    world.add_collaborator(home, "friend", "write")
    pull = f"/repos/{where}/pulls/{number}"
    approval = world.ask(world.token("friend"), "POST", f"{pull}/reviews", {"event": "APPROVE", "body": "Good."})
    assert approval[0] == 200
    code, answer = world.ask(world.token(OWNER), "PUT", f"{pull}/merge", {"sha": status.sha})
    assert code == 200, answer
