"""What workflow runs have kept on GitHub. A name proves nothing: whoever takes an artifact checks what is in it."""

from __future__ import annotations

from collections.abc import Mapping

from github import Github

from selfsown.github_facts import dig, read_int, read_text
from selfsown.github_sign_in import sign_in
from selfsown.github_wire import ask
from selfsown.host import Refused


def find_artifact_run(environment: Mapping[str, str], name: str) -> int | None:
    """The id of the newest run of the default branch that still keeps an artifact of this name.

    A run of a fork's pull request may keep one of the same name; it is passed over. Raises Unsure and Busy.
    """
    repository, api, auth = sign_in(environment)
    requester = Github(auth=auth, base_url=api, retry=None, timeout=30).requester
    try:
        facts = ask(requester, "GET", f"/repos/{repository}")
        answer = ask(requester, "GET", f"/repos/{repository}/actions/artifacts", None, {"name": name, "per_page": 100})
    except Refused:
        return None  # no right to look, or a server without artifacts: the caller says what is missing
    branch = read_text(facts, "default_branch")
    for entry in dig(answer, "artifacts"):
        run = entry.get("workflow_run") or {}
        is_own = run.get("head_repository_id") == run.get("repository_id") and run.get("head_branch") == branch
        if entry.get("name") == name and not entry.get("expired") and is_own:
            return read_int(run, "id")
    return None
