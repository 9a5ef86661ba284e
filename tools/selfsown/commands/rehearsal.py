"""A host that is only read: what would be written to it is told instead. For dry runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, cast

from selfsown.host import Host, StatusState


def rehearse(host: Host, tell: Callable[[str], None]) -> Host:
    """`host` for reading; each write that commands make is passed to `tell` as one line and not done."""
    return cast(Host, _Rehearsal(host, tell))


class _Rehearsal:
    """Reads go through; of the writes there are only those that answering and recording make."""

    def __init__(self, host: Host, tell: Callable[[str], None]) -> None:
        self._host = host
        self._tell = tell

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("add_", "edit_", "set_", "remove_")):
            raise AttributeError(f"{name} is not rehearsed")
        return getattr(self._host, name)

    def add_comment(self, number: int, body: str) -> int:
        self._tell(f"would comment on pull request {number}:\n{body}")
        return 0

    def edit_comment(self, identity: int, body: str) -> None:
        self._tell(f"would change comment {identity} to:\n{body}")

    def hide(self, nodes: Collection[str]) -> None:
        self._tell(f"would hide {', '.join(sorted(nodes))}")

    def set_status(self, sha: str, context: str, state: StatusState, description: str, url: str | None) -> None:
        del url
        self._tell(f"would set {context} of {sha} to {state.value}: {description}")

    def react(self, comment: int, content: str) -> None:
        self._tell(f"would react to comment {comment} with {content}")

    def dispatch(self, workflow: str, inputs: Mapping[str, str]) -> None:
        told = ", ".join(f"{name} {value}" for name, value in inputs.items())
        self._tell(f"would start {workflow} with {told}")

    def commit_files(self, branch: str, parent: str, files: Mapping[str, bytes | None], message: str) -> str:
        paths = [path if content is not None else f"{path} (removed)" for path, content in sorted(files.items())]
        self._tell(f"would make the branch {branch} on {parent}: {message}\n" + "\n".join(paths))
        return parent

    def at(self, repository: str) -> Host:
        return rehearse(self._host.at(repository), self._tell)

    def fork(self) -> str:
        self._tell(f"would make a fork of {self._host.repository}, or find ours")
        return self._host.repository

    def delete_branch(self, branch: str) -> None:
        self._tell(f"would delete the branch {branch}")

    def close_pull(self, number: int) -> None:
        self._tell(f"would close pull request {number}")

    def open_pull(self, branch: str, title: str, body: str) -> int:
        self._tell(f"would open a pull request from {branch}: {title}\n{body}")
        return 0
