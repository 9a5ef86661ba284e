"""What can go wrong between a client and GitHub, planned by a test."""

from __future__ import annotations

import re
from dataclasses import dataclass

KINDS = frozenset(
    {
        "429",
        "403-secondary",
        "500",
        "500-after",
        "502",
        "502-after",
        "lost-answer",
        "refuse-connection",
        "html",
        "html-after",
        "truncated",
        "slow-list",
        "kill-before",
        "kill-after",
    }
)
HTML = b"<!DOCTYPE html>\n<html><head><title>Unicorn! &middot; GitHub</title></head><body>No server is available</body></html>"


@dataclass(slots=True)
class Fault:
    """A fault for requests whose `METHOD /path?query` the regular expression `match` finds.

    `write` n: only the request that would be the n-th successful write of the world. The first `skip` matches pass;
    then `times` requests get it. `wait` is the Retry-After in seconds (None leaves the header out). Kinds that end in
    `-after`, `lost-answer`, `truncated` and `kill-after` strike after the request was carried out, the others instead
    of it. `slow-list` strikes when a list is read right after a write and lacks what the write made.
    """

    match: str = ""
    kind: str = "500"
    times: int = 1
    write: int | None = None
    skip: int = 0
    wait: int | None = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind} is no kind of fault; there are {', '.join(sorted(KINDS))}")


def take_fault(faults: list[Fault], address: str, writes: int, *, mutates: bool, is_fresh: bool) -> Fault | None:
    """The first fault that strikes this request; it is used up by that."""
    for fault in faults:
        if fault.times <= 0 or not re.search(fault.match, address):
            continue
        if fault.write is not None and (not mutates or writes + 1 != fault.write):
            continue
        if fault.kind == "slow-list" and (not address.startswith("GET ") or not is_fresh):
            continue
        if fault.skip > 0:
            fault.skip -= 1
            continue
        fault.times -= 1
        return fault
    return None


def leave_out(data: object, fresh: set[int]) -> object:
    """A list as a lagging replica has it: without what the last write made."""
    if isinstance(data, list):
        return [item for item in data if not (isinstance(item, dict) and item.get("id") in fresh)]
    if isinstance(data, dict) and "total_count" in data:
        return {name: leave_out(value, fresh) if isinstance(value, list) else value for name, value in data.items()}
    return data
