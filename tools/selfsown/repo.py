"""The one door to git. Everything here reads git objects; only functions named write_* or merge change the repository.

A pull request is never checked out: its files are read as blobs, so that no file name, attribute, hook or filter of it
can act.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import git  # noqa: TID251 - this is the door
from gitdb import IStream

from selfsown.errors import BadHistory, RepoError
from selfsown.rulebook import Rulebook, load_rulebook
from selfsown.shard import Shard
from selfsown.submission import REGULAR_FILE, Change, Submission
from selfsown.transport import Access as Access  # noqa: PLC0414 - who fetches takes it from here
from selfsown.transport import fetch_environment, read_scheme

# Set by git when it runs a hook; they would redirect every question below to another repository or index.
_HOOK_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")
_EMPTY_BLOB = "0" * 40
_SUBMODULE = 0o160000
# The content of a submission is held in memory: no more than this many files of the largest size allowed.
_MOST_FILES_READ = 16

_FETCH_SECONDS = 420.0
# Nothing but the transport of origin, no hook, no work in the background, no reference besides the one asked for.
_FETCH = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_REFUSED_OBJECT = re.compile(r"error: object ([0-9a-f]{40,64}: .*)$", re.MULTILINE)


class Repository:
    """A git repository on disk."""

    def __init__(self, root: Path) -> None:
        for name in _HOOK_VARIABLES:
            os.environ.pop(name, None)
        try:
            self._repo = git.Repo(root, search_parent_directories=True)
        except (git.InvalidGitRepositoryError, git.NoSuchPathError) as error:
            raise RepoError(
                f"{root} is not in a git repository", "change into your clone, or `git clone` it first"
            ) from error
        if self._repo.working_tree_dir is None:
            raise RepoError(f"{root} is a bare repository", "run this in a clone with a work tree")
        self.root = Path(self._repo.working_tree_dir)

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *_: object) -> None:
        self._repo.close()

    @classmethod
    def clone(cls, url: str, into: Path) -> Repository:
        """Clone `url` (a path or address) into a new folder, and call what is checked out there `main`."""
        try:
            git.Repo.clone_from(url, into, no_hardlinks=True).close()
        except git.GitCommandError as error:
            raise _failed(f"cannot clone {url}", error) from error
        clone = cls(into)
        clone._run("checkout", "--quiet", "-B", "main")
        return clone

    def resolve(self, ref: str) -> str:
        """The full commit id of a ref."""
        if ref.startswith("-"):
            raise RepoError(f"{ref!r} is no ref", "give a branch, tag or commit")
        try:
            return str(self._repo.git.rev_parse("--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"))
        except git.GitCommandError as error:
            raise RepoError(
                f"there is no commit {ref!r} in {self.root}", "`git branch -a` lists the branches; fetch it first"
            ) from error

    def branch_exists(self, name: str) -> bool:
        """Whether there is a local branch of this name."""
        return any(head.name == name for head in self._repo.heads)

    def current_branch(self) -> str:
        """The name of the checked-out branch, or the commit id where HEAD is detached."""
        return self._repo.head.commit.hexsha if self._repo.head.is_detached else self._repo.active_branch.name

    def read_file(self, ref: str, path: str) -> bytes | None:
        """The content of a file at a ref, or None where it is not there."""
        try:
            blob = self._repo.commit(ref).tree / path
        except KeyError:
            return None
        return bytes(blob.data_stream.read()) if blob.type == "blob" else None

    def list_folder(self, ref: str, path: str) -> list[str]:
        """The paths of the files right below a folder at a ref."""
        return [name for name, _ in self._list_tree(ref, path, recursive=False)]

    def rulebook(self, ref: str) -> Rulebook:
        """What governs at a ref."""
        return load_rulebook(lambda path: self.read_file(ref, path), lambda path: self.list_folder(ref, path))

    def read_corpus(self, ref: str, folder: str) -> Iterator[Shard]:
        """The shards below a folder of the corpus at a ref, in the order of their paths."""
        for path, content in self.read_files(ref, folder, ".jsonl"):
            yield Shard(path, content)

    def read_files(self, ref: str, folder: str, ending: str = "") -> Iterator[tuple[str, bytes]]:
        """(path, content) of every file below a folder at a ref whose name ends so, in the order of their paths."""
        for path, blob in self._list_tree(ref, folder, recursive=True):
            if path.endswith(ending):
                _, _, _, stream = self._repo.git.stream_object_data(blob)
                yield path, bytes(stream.read())

    def corpus_paths(self, ref: str) -> Iterator[str]:
        """Every path below corpus/ at a ref."""
        for path, _ in self._list_tree(ref, "corpus", recursive=True):
            yield path

    def line_of_commits(self, ref: str) -> list[tuple[str, int]]:
        """(commit id, seconds since 1970 of its committer) from the first commit to a ref, along first parents alone.

        Raises RepoError in a clone whose history was cut off: who asks wants to know when things came.
        """
        if self._run("rev-parse", "--is-shallow-repository") == "true":
            raise RepoError("the history of this clone is cut off", "`git fetch --unshallow` first")
        lines = self._run("rev-list", "--first-parent", "--reverse", "--timestamp", self.resolve(ref)).splitlines()
        return [(commit, int(seconds)) for seconds, commit in (line.split() for line in lines)]

    def arrivals(self, ref: str, folder: str) -> Iterator[tuple[str, str]]:
        """(path, commit id) of every file added below a folder along first parents, oldest first: a merge brings its files."""
        return self._log_files(ref, folder, "A")

    def departures(self, ref: str, folder: str) -> Iterator[tuple[str, str]]:
        """`arrivals` of the files that were removed."""
        return self._log_files(ref, folder, "D")

    def _log_files(self, ref: str, folder: str, which: str) -> Iterator[tuple[str, str]]:
        what = ("--first-parent", "-m", "--reverse", "--no-renames", f"--diff-filter={which}", "--name-only")
        output = self._run("log", "-z", *what, "--format=%x01%H", self.resolve(ref), "--", f"{folder}/")
        commit = ""
        for part in filter(None, output.split("\0")):
            if part.startswith("\x01"):
                commit = part[1:]
            else:
                yield part.removeprefix("\n"), commit

    def submission(self, base: str, head: str, max_bytes: int) -> Submission:
        """What `head` brings over its merge base with `base`.

        Content comes with plain files below corpus/ of at most `max_bytes` each and 16 times that in all.
        """
        base_commit, head_commit = self.resolve(base), self.resolve(head)
        try:
            fork = self._repo.git.merge_base(base_commit, head_commit)
        except git.GitCommandError as error:
            raise BadHistory(f"{base} and {head} have no common history", "rebase the branch onto the base") from error
        commit = self._repo.commit(head_commit)
        changes = tuple(self._changes(fork, head_commit, max_bytes))
        return Submission(base_commit, head_commit, str(commit.author.name), str(commit.summary), changes)

    def origin(self) -> str:
        """The address of the remote `origin`. Raises RepoError where there is none."""
        return self._run("remote", "get-url", "--", "origin")

    def fetch_pull(self, number: int, access: Access | None = None) -> str:
        """Fetch the head of a pull request from origin, as objects below refs/selfsown/pull/; return its commit id.

        A shallow clone is completed first. A token goes to git by the environment, where no list of processes shows it.
        Raises BadHistory on objects that git's own check refuses, RepoError where no answer came.
        """
        if self._run("rev-parse", "--is-shallow-repository") == "true":
            # Our own history, once: what it is made of is no contributor's fault, so it is not checked.
            self._fetch(["--unshallow", "origin", self.resolve("HEAD")], access, "our history", is_checked=False)
        ref = f"refs/selfsown/pull/{number:d}"
        self._fetch(["--force", "origin", f"refs/pull/{number:d}/head:{ref}"], access, f"pull request {number:d}")
        return self.resolve(ref)

    def fetch_branch(self, name: str, access: Access | None = None) -> str:
        """Fetch a branch of origin, as objects below refs/selfsown/branch/; return its commit id. Nothing is checked out."""
        ref = f"refs/selfsown/branch/{name}"
        asked = ["--force", "origin", f"refs/heads/{name}:{ref}"]
        self._fetch(asked, access, f"branch {name}", is_checked=False)
        return self.resolve(ref)

    def _fetch(self, asked: list[str], access: Access | None, what: str, *, is_checked: bool = True) -> None:
        scheme = read_scheme(self.origin())
        allowed = ["protocol.allow=never", f"protocol.{scheme}.allow=always", "core.hooksPath=/dev/null"]
        allowed += ["fetch.fsckObjects=true"] if is_checked else []
        options = [part for setting in allowed for part in ("-c", setting)]
        arguments = ["git", *options, *_FETCH, *asked]
        environment = dict(fetch_environment(scheme, access))
        try:
            self._repo.git.execute(arguments, env=environment, kill_after_timeout=_FETCH_SECONDS)
        except git.GitCommandError as error:
            said = str(error.stderr)
            if "fsck error" in said:
                refused = _REFUSED_OBJECT.search(said)
                raise BadHistory(
                    f"git refuses an object of the commits ({refused[1] if refused else 'it does not say which'})",
                    "make the commits again with an unchanged git, on a new branch, and push that",
                ) from error
            if "couldn't find remote ref" in said:
                raise RepoError(f"origin has no {what}", "look at its number; `git remote -v` names origin") from error
            raise _failed(f"cannot fetch {what} from origin", error) from error

    def write_submission(
        self, base: str, branch: str, shards: Sequence[Shard], message: str, removed: Iterable[str] = ()
    ) -> str:
        """Create `branch` with one commit on `base` that removes files and adds shards. Work tree and index stay as they are."""
        parent = self._repo.commit(self.resolve(base))
        index = git.IndexFile.from_tree(self._repo, parent)
        for path in removed:
            if index.entries.pop((path, 0), None) is None:
                raise RepoError(f"{path} is not at {base}", "begin again at the newest commit")
        for shard in shards:
            blob = self._repo.odb.store(IStream("blob", len(shard.content), io.BytesIO(shard.content)))
            index.entries[(shard.path, 0)] = git.IndexEntry((REGULAR_FILE, blob.binsha, 0, shard.path))
        tree = index.write_tree()
        commit = git.Commit.create_from_tree(self._repo, tree, message, parent_commits=[parent])
        self._repo.create_head(branch, commit)
        return commit.hexsha

    def write_commit(self, paths: list[str], message: str) -> str:
        """Commit exactly these paths of the work tree on the current branch; return the commit id."""
        self._run("add", "--", *paths)
        self._run("commit", "--quiet", "--message", message, "--", *paths)
        return self.resolve("HEAD")

    def merge(self, branch: str, message: str) -> str:
        """Merge a branch into the current one with a merge commit; return the commit id."""
        self._run("merge", "--no-ff", "--quiet", "-m", message, self.resolve(branch))
        return self.resolve("HEAD")

    def delete_branch(self, name: str) -> None:
        """Delete a local branch, merged or not."""
        self._run("branch", "--quiet", "--delete", "--force", "--", name)

    def branches(self, prefix: str) -> list[str]:
        """The local branches whose name begins with `prefix`."""
        return sorted(head.name for head in self._repo.heads if head.name.startswith(prefix))

    def is_merged(self, branch: str, into: str) -> bool:
        """Whether everything of `branch` is in `into`."""
        return self._repo.is_ancestor(self._repo.commit(branch), self._repo.commit(into))

    def history(self, ref: str, folder: str, most: int) -> list[tuple[str, datetime]]:
        """The newest commits of the main line that changed something below a folder, newest first, with their times."""
        options = ["--first-parent", f"--max-count={most}", "--format=%H %ct"]
        lines = self._run("log", *options, self.resolve(ref), "--", folder).splitlines()
        entries = (line.split() for line in lines)
        return [(commit, datetime.fromtimestamp(int(seconds), UTC)) for commit, seconds in entries]

    def _run(self, *arguments: str) -> str:
        try:
            return str(self._repo.git.execute(["git", *arguments]))
        except git.GitCommandError as error:
            raise _failed(f"git {arguments[0]} failed", error) from error

    def _list_tree(self, ref: str, path: str, recursive: bool) -> Iterator[tuple[str, str]]:
        arguments = ["ls-tree", "-z", "-r"] if recursive else ["ls-tree", "-z"]
        output = self._run(*arguments, self.resolve(ref), "--", f"{path}/")
        for entry in filter(None, output.split("\0")):
            facts, name = entry.split("\t", 1)
            if facts.split()[1] == "blob":
                yield name, facts.split()[2]

    def _changes(self, fork: str, head: str, max_bytes: int) -> Iterator[Change]:
        raw = self._run("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", fork, head)
        parts = raw.split("\0")
        room = max_bytes * _MOST_FILES_READ
        for facts, path in zip(parts[0::2], parts[1::2], strict=False):
            _, new_mode, _, blob, status = facts.lstrip(":").split()
            mode = int(new_mode, 8)
            size, content = self._blob(blob, mode, max_bytes if room > 0 and path.startswith("corpus/") else -1)
            room -= size if content else 0
            yield Change(path, status, mode, size, content)

    def _blob(self, blob: str, mode: int, max_bytes: int) -> tuple[int, bytes | None]:
        if blob == _EMPTY_BLOB or mode == _SUBMODULE:
            return 0, None
        # The header first: a 300 MB file must cost no more than a look.
        _, _, size = self._repo.git.get_object_header(blob)
        if size > max_bytes or mode != REGULAR_FILE:
            return size, None
        _, _, _, stream = self._repo.git.stream_object_data(blob)
        return size, bytes(stream.read())


def _failed(what: str, error: git.GitCommandError) -> RepoError:
    reason = _CREDENTIALS.sub("", str(error.stderr).strip().removeprefix("stderr:").strip(" '\n"))
    return RepoError(f"{what}: {reason or error.status}", "run the git command by hand to see more")
