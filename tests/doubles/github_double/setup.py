"""How a test furnishes a world: accounts, repositories, tokens, pushes, pull requests. None of it counts as a write."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from github_double import pulls
from github_double.git import SETTINGS, Git, git_environment
from github_double.hook import HOOK
from github_double.state import ACTIONS_ACCOUNT_ID, ACTIONS_APP_ID, Account, App, Issue, Repository, Token

if TYPE_CHECKING:
    from github_double.world import World

Files = Mapping[str, bytes | str | None]
DEFAULT_LABELS = ("bug", "documentation")


def find_repository(world: World, name: Repository | str) -> Repository:
    """A repository by `owner/name`; one from before a `restore` is found again."""
    return world.state.repositories[(name if isinstance(name, str) else name.full_name).lower()]


def find_account(world: World, login: Account | str) -> Account:
    """An account by login. Raises KeyError."""
    found = world.state.accounts.get(login.id) if isinstance(login, Account) else world.state.account(login)
    if found is None:
        raise KeyError(login)
    return found


class Setup:
    """The furnishing half of a World."""

    def add_account(
        self: World,
        login: str,
        *,
        is_bot: bool = False,
        created: str = "2020-01-01T00:00:00Z",
        organization: bool = False,
    ) -> Account:
        if self.state.account(login):
            raise ValueError(f"there is an account {login} already")
        account = Account(self.state.next_id(), login, is_bot, created, organization)
        self.state.accounts[account.id] = account
        return account

    def rename_account(self: World, old: str, new: str) -> None:
        """Only the id stays. Owners of repositories cannot be renamed here."""
        find_account(self, old).login = new

    def delete_account(self: World, login: str) -> None:
        """What it wrote is shown as `ghost`'s from now on; its tokens and repositories are gone."""
        gone = find_account(self, login)
        del self.state.accounts[gone.id]
        for value in [value for value, token in self.state.tokens.items() if token.account == gone.id]:
            del self.state.tokens[value]
        for home in [one for one in self.state.repositories.values() if one.owner.lower() == login.lower()]:
            self.delete_repository(home)

    def add_repository(
        self: World, owner: str, name: str, from_git: Path | None = None, *, private: bool = False
    ) -> Repository:
        """A repository with the branches and tags of a checkout, or an empty one."""
        find_account(self, owner)
        home = Repository(self.state.next_id(), owner, name, "main", private=private)
        folder = self.folder(home)
        make_bare(folder)
        git = Git(folder, {})
        if from_git is not None:
            git.run(
                "fetch", "--quiet", str(from_git.resolve()), "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"
            )
            home.refs = git.refs()
            if home.branch("main") is None:
                home.default_branch = git.text("-C", str(from_git.resolve()), "symbolic-ref", "--short", "HEAD")
        git.run("symbolic-ref", "HEAD", f"refs/heads/{home.default_branch}")
        self.state.repositories[home.key] = home
        return home

    def fork(self: World, repository: Repository | str, owner: str, *, default_only: bool = False) -> Repository:
        """A fork with all branches of the repository, or its default branch alone."""
        parent = find_repository(self, repository)
        find_account(self, owner)
        home = Repository(self.state.next_id(), owner, parent.name, parent.default_branch, parent=parent.key)
        home.private = parent.private
        folder = self.folder(home)
        make_bare(folder)
        if not (folder / "objects").is_symlink():
            shutil.rmtree(folder / "objects")
            (folder / "objects").symlink_to((self.folder(parent) / "objects").resolve())
        self.state.repositories[home.key] = home
        taken = {ref: sha for ref, sha in parent.refs.items() if not ref.startswith("refs/pull/")}
        if default_only:
            taken = {ref: sha for ref, sha in taken.items() if ref == f"refs/heads/{parent.default_branch}"}
        self.set_refs(home, taken)
        Git(folder, {}).run("symbolic-ref", "HEAD", f"refs/heads/{home.default_branch}")
        return home

    def delete_repository(self: World, repository: Repository | str) -> None:
        """Gone from the API; its pull requests elsewhere stay, with `head.repo` null."""
        del self.state.repositories[find_repository(self, repository).key]

    def add_collaborator(self: World, repository: Repository | str, login: str, role: str = "write") -> None:
        """`role` is read, triage, write, maintain or admin; none takes it away."""
        home, account = find_repository(self, repository), find_account(self, login)
        if role == "none":
            home.collaborators.pop(account.id, None)
        else:
            home.collaborators[account.id] = role

    def add_app(
        self: World, slug: str, *, owner: str, permissions: Mapping[str, str], public_key: str | None = None
    ) -> App:
        """A GitHub App with its bot account `slug[bot]`, installed for everything `owner` has.

        With `public_key` (PEM) the signature of its JWTs is checked.
        """
        bot = self.add_account(f"{slug}[bot]", is_bot=True)
        app = App(self.state.next_id(), slug, bot.id, public_key, dict(permissions))
        app.installations[self.state.next_id()] = owner
        self.state.apps[app.id] = app
        return app

    def token(
        self: World,
        login: str,
        kind: str = "user",
        permissions: Mapping[str, str] | None = None,
        repository: Repository | str | None = None,
    ) -> str:
        """A secret. `kind` is "user" (with permissions: fine-grained), "app" (login is the bot) or "actions" (of a workflow).

        An Actions token is the one of `github-actions[bot]`, whatever `login`; permissions not named are "none".
        """
        is_actions = kind == "actions"
        account = self.state.accounts[ACTIONS_ACCOUNT_ID] if is_actions else find_account(self, login)
        app = ACTIONS_APP_ID if is_actions else None
        if kind == "app":
            app = next((one.id for one in self.state.apps.values() if one.account == account.id), self.state.next_id())
        prefix = {"user": "ghp_", "app": "ghs_", "actions": "ghs_"}[kind]
        held = None if kind == "user" and permissions is None else dict(permissions or {})
        place = find_repository(self, repository).key if repository is not None else None
        value = prefix + sha256(str(self.state.next_id()).encode()).hexdigest()[:36]
        self.state.tokens[value] = Token(value, account.id, kind, held, place, app)
        return value

    def push(
        self: World,
        repository: Repository | str,
        branch: str,
        files: Files,
        *,
        login: str | None = None,
        message: str = "Change",
        parent: str | None = None,
        force: bool = False,
    ) -> str:
        """Commit files (None removes) on a branch, as a `git push` does; return the commit.

        `parent` is the commit below (default: the branch, or the default branch where it is new).
        """
        home = find_repository(self, repository)
        actor = find_account(self, login or home.owner)
        git, tip = self.git(home), home.branch(branch)
        below = parent or tip or home.branch(home.default_branch)
        if tip and below and not force and not git.is_ancestor(tip, below):
            raise ValueError("this push is not a fast-forward; say force=True")
        self.state.clock += 1
        entries = [
            (("100644", git.add_blob(_bytes(text))) if text is not None else ("0", None), path)
            for path, text in files.items()
        ]
        tree = git.add_tree(below, [(mode, sha, path) for (mode, sha), path in entries])
        person = (actor.login, f"{actor.login}@users.noreply.github.example")
        sha = git.add_commit(tree, [below] if below else [], message, person, f"{self.state.clock} +0000")
        self.move_branch(home, branch, sha, actor.login)
        return sha

    def move_branch(self: World, repository: Repository | str, branch: str, sha: str | None, login: str = "") -> None:
        """Set a branch to a commit the network has (None deletes it), as a push does."""
        home = find_repository(self, repository)
        old = dict(home.refs)
        self.set_refs(home, {f"refs/heads/{branch}": sha})
        pulls.after_push(self, home, old, find_account(self, login or home.owner))

    def open_pull(
        self: World,
        repository: Repository | str,
        head: str,
        *,
        login: str,
        base: str | None = None,
        title: str = "A contribution",
        body: str | None = None,
    ) -> int:
        """Open a pull request from `owner:branch`; return its number."""
        home = find_repository(self, repository)
        self.state.clock += 1
        source = pulls.find_head(self, home, head, None)
        text = (title, body)
        issue: Issue = pulls.open_pull(self, home, source, base or home.default_branch, text, find_account(self, login))
        return issue.number

    def add_artifact(
        self: World,
        repository: Repository | str,
        name: str,
        *,
        branch: str = "main",
        fork: Repository | str | None = None,
    ) -> int:
        """An artifact of a run of a branch (of a fork's); return the id of the run."""
        home = find_repository(self, repository)
        source = find_repository(self, fork) if fork is not None else home
        identity, run = self.state.next_id(), self.state.next_id()
        url = f"{self.api}/repos/{home.full_name}/actions/artifacts/{identity}"
        about = {"id": run, "repository_id": home.id, "head_repository_id": source.id, "head_branch": branch}
        shape = {"id": identity, "node_id": f"MDg6{identity}", "name": name, "size_in_bytes": 1, "url": url}
        more = {"archive_download_url": f"{url}/zip", "expired": False, "created_at": self.state.now}
        about["head_sha"] = source.branch(branch) or "0" * 40
        home.artifacts.append(shape | more | {"updated_at": self.state.now, "expires_at": None, "workflow_run": about})
        return run

    def ask(self: World, token: str | None, method: str, path: str, data: Any = None) -> tuple[int, Any]:
        """One request as a person would make it: `(status, JSON)`. It counts as a write where it is one."""
        import orjson

        headers = {"Authorization": f"Bearer {token}"} if token else {}
        response = self.handle(method, path, headers, b"" if data is None else orjson.dumps(data))
        return response.status, response.json()


def _bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text


def make_bare(folder: Path) -> None:
    if folder.is_dir():
        # A world that went back to a snapshot makes it again; its objects are still known by id.
        git = Git(folder, {})
        git.set_refs(dict.fromkeys(git.refs()))
        return
    folder.mkdir(parents=True)
    arguments = ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(folder)]
    subprocess.run(arguments, check=True, env=git_environment(), capture_output=True)
    text = "".join(f"[{name.split('.')[0]}]\n\t{name.split('.')[1]} = {value}\n" for name, value in SETTINGS.items())
    hook = folder / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK, encoding="utf-8")
    hook.chmod(0o755)
    with (folder / "config").open("a", encoding="utf-8") as file:
        file.write(text)
