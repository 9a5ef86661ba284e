"""PyGithub against the double: the same session without a socket, over HTTP, and held to GitHub's own description."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from github import Github, GithubException, InputGitTreeElement
from github_double import Killed, connect, serve


@pytest.fixture(params=["in process", "over HTTP"])
def client(place, open_client: Callable[..., Github], request: pytest.FixtureRequest) -> Iterator[Github]:
    with (connect if request.param == "in process" else serve)(place.world) as address:
        yield open_client(place.owner, address)


@pytest.fixture
def truthful(place) -> None:
    """Complete and check all answers; needs what `make tools` fetches."""
    from github_double import truth

    place.world.truth = truth


@pytest.mark.usefixtures("truthful")
def test_a_review_by_pygithub(place, client: Github):
    repository = client.get_repo("owner/corpus")
    pull = repository.get_pull(place.pull)
    assert (pull.user.login, pull.head.repo.full_name, pull.changed_files, pull.mergeable) == (
        "alice",
        "alice/corpus",
        2,
        True,
    )
    files = {file.filename: file.patch for file in pull.get_files()}
    assert files["new/ü.txt"] == "@@ -0,0 +1,2 @@\n+one\n+two"

    commit = repository.get_commit(pull.head.sha)
    comments = [{"path": "text.txt", "line": 5, "side": "RIGHT", "body": "here"}]
    review = pull.create_review(commit, "body", "COMMENT", comments)
    review.edit("another body")
    assert [(one.line, one.body) for one in pull.get_review_comments()] == [(5, "here")]
    assert [one.body for one in pull.get_reviews()] == ["another body"]
    assert [one.path for one in pull.get_single_review_comments(review.id)] == ["text.txt"]

    comment = pull.create_issue_comment("sticky")
    comment.edit("stuck")
    comment.create_reaction("eyes")
    again = pull.get_issue_comment(comment.id)
    assert (again.body, again.updated_at > again.created_at) == ("stuck", True)
    assert [one.content for one in again.get_reactions()] == ["eyes"]

    pull.add_to_labels("waiting:author", "x")
    pull.remove_from_labels("x")
    assert [one.name for one in repository.get_pull(place.pull).labels] == ["waiting:author"]

    commit.create_status("pending", context="selfsown/review", description="waits")
    commit.create_status("success", context="selfsown/review", description="fine")
    assert [one.state for one in commit.get_statuses()] == ["success", "pending"]
    assert commit.get_combined_status().state == "success"
    assert repository.get_collaborator_role_name("alice") == "read"
    assert repository.get_workflow("review.yml").create_dispatch("main", {"pull": "1"}, throw=True)
    assert pull.merge(sha=pull.head.sha).merged
    assert [one.number for one in repository.get_commit(pull.head.sha).get_pulls()] == [place.pull]


@pytest.mark.usefixtures("truthful")
def test_a_branch_made_of_objects(place, client: Github):
    repository = client.get_repo("owner/corpus")
    main = repository.get_git_ref("heads/main").object.sha
    blob = repository.create_git_blob("aGk=", "base64")
    entries = [
        InputGitTreeElement("a/b.txt", "100644", "blob", sha=blob.sha),
        InputGitTreeElement("ü.txt", "100644", "blob", content="ü"),
    ]
    tree = repository.create_git_tree(entries, repository.get_git_tree(main))
    commit = repository.create_git_commit("Record", tree, [repository.get_git_commit(main)])
    repository.create_git_ref("refs/heads/record", commit.sha)
    assert repository.get_contents("a/b.txt", ref="record").decoded_content == b"hi"
    assert "ü.txt" in {one.path for one in repository.get_git_tree("record", recursive=True).tree}
    with pytest.raises(GithubException, match="Reference already exists"):
        repository.create_git_ref("refs/heads/record", commit.sha)
    pull = repository.create_pull(base="main", head="record", title="Record", body="")
    assert [one.number for one in repository.get_pulls(head="owner:record")] == [pull.number]
    assert place.world.events[-1].action == "opened"


def test_a_push_to_the_fork_moves_the_pull_request(place, tmp_path: Path):
    world, head = place.world, place.head
    with serve(world) as address:
        url = address.replace("//", f"//alice:{place.alice}@")
        run(tmp_path, "clone", "-q", "-b", "submit", f"{url}/alice/corpus.git", "work")
        (tmp_path / "work" / "more.txt").write_text("more\n")
        run(tmp_path / "work", "add", ".")
        run(tmp_path / "work", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "More")
        run(tmp_path / "work", "push", "-q", "origin", "submit")
        pushed = run(tmp_path / "work", "rev-parse", "HEAD").strip()
        shown = run(tmp_path, "ls-remote", f"{address}/owner/corpus.git", "refs/pull/1/head")
        assert shown.split()[0] == pushed != head
        with pytest.raises(subprocess.CalledProcessError):
            run(tmp_path / "work", "push", "-q", f"{url}/owner/corpus.git", "submit:main")
        with pytest.raises(subprocess.CalledProcessError):
            run(tmp_path / "work", "push", "-q", f"{address}/alice/corpus.git", "submit")
    assert [(event.name, event.action) for event in world.events[-2:]] == [
        ("push", None),
        ("pull_request", "synchronize"),
    ]
    assert world.events[-1].payload["pull_request"]["head"]["sha"] == place.head == pushed
    assert world.state.repositories["owner/corpus"].branch("submit") is None


def test_rulesets_hold_for_git_too(place, tmp_path: Path):
    rules = [{"type": "deletion"}, {"type": "pull_request", "parameters": APPROVAL}]
    place.world.push("owner/corpus", "kept", {"x.txt": "x"})
    add_ruleset(place, rules)
    with serve(place.world) as address:
        url = address.replace("//", f"//owner:{place.owner}@") + "/owner/corpus.git"
        run(tmp_path, "clone", "-q", url, "work")
        with pytest.raises(subprocess.CalledProcessError) as caught:
            run(tmp_path / "work", "push", "-q", "origin", ":kept")
        assert "Cannot delete this branch" in caught.value.stderr
        with pytest.raises(subprocess.CalledProcessError):
            commit_and_push(tmp_path / "work", "main")
        commit_and_push(tmp_path / "work", "feature")
    assert place.ask("GET", "/branches/feature")[0] == 200


APPROVAL = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": True,
    "require_code_owner_review": False,
    "require_last_push_approval": False,
    "required_review_thread_resolution": False,
}


def add_ruleset(place, rules: list[dict[str, object]]) -> None:
    conditions = {"ref_name": {"include": ["~DEFAULT_BRANCH", "refs/heads/kept"], "exclude": []}}
    data = {"name": "main", "enforcement": "active", "conditions": conditions, "rules": rules}
    assert place.ask("POST", "/rulesets", data)[0] == 201


def commit_and_push(folder: Path, branch: str) -> None:
    run(folder, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m", "Empty")
    run(folder, "push", "-q", "origin", f"HEAD:{branch}")


def run(folder: Path, *arguments: str) -> str:
    environment = {"PATH": "/usr/bin:/bin", "GIT_TERMINAL_PROMPT": "0", "HOME": str(folder)}
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True, env=environment)
    return done.stdout


def test_killing_reaches_the_test(place, open_client: Callable[..., Github]):
    from github_double import Fault

    place.world.faults.append(Fault("POST .*comments", "kill-after"))
    with connect(place.world) as address:
        pull = open_client(place.owner, address).get_repo("owner/corpus").get_pull(place.pull)
        with pytest.raises(Killed):
            pull.create_issue_comment("posted all the same")
        assert [one.body for one in pull.get_issue_comments()] == ["posted all the same"]


def test_requests_and_snapshots_are_fast(place, open_client: Callable[..., Github]):
    with connect(place.world) as address:
        pull = open_client(place.owner, address).get_repo("owner/corpus").get_pull(place.pull)
        start = time.perf_counter()
        for _ in range(200):
            list(pull.get_issue_comments())
            list(pull.get_files())
        asked = time.perf_counter() - start
    start = time.perf_counter()
    for _ in range(100):
        place.world.restore(place.world.snapshot())
    restored = time.perf_counter() - start
    assert asked / 400 < 0.005, "a request should take less than a millisecond, and never five"
    assert restored / 100 < 0.02


def test_what_is_wrong_with_an_answer_fails_the_test(place, open_client: Callable[..., Github], truthful: None):
    place.world.state.repositories["owner/corpus"].settings["archived"] = "no"
    with pytest.raises(AssertionError, match="archived"), serve(place.world) as address, pytest.raises(GithubException):
        open_client(place.owner, address).get_repo("owner/corpus")
