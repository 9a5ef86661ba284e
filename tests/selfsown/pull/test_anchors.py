"""Lines that can carry a comment, read from the patches a host shows."""

from __future__ import annotations

import pytest

from selfsown.host import PullFile
from selfsown.pull.anchors import read_anchors


def lines(patch: str | None) -> set[int]:
    return set(read_anchors([PullFile("a.jsonl", "modified", patch)]).get("a.jsonl", ()))


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ("@@ -0,0 +1,3 @@\n+a\n+b\n+c", {1, 2, 3}),
        ("@@ -0,0 +1 @@\n+a\n\\ No newline at end of file", {1}),
        ("@@ -1,3 +1,3 @@ a heading\n a\n-b\n+B\n c", {1, 2, 3}),
        ("@@ -1,2 +1 @@\n a\n-b\n@@ -40,2 +39,3 @@\n x\n+y\n z", {1, 39, 40, 41}),
        ("@@ -1,2 +0,0 @@\n-a\n-b", set()),
        ("", set()),
        (None, set()),
    ],
)
def test_added_lines_and_context_can_carry_a_comment(patch, expected):
    assert lines(patch) == expected


def test_what_a_line_holds_is_never_taken_for_a_header_or_a_line_end():
    patch = "@@ -0,0 +1,4 @@\n+@@ -9,9 +900,9 @@\n+a\u2028b\u0085c\rd\n++++ b/other\n+-c"
    assert lines(patch) == {1, 2, 3, 4}


def test_a_patch_without_a_header_has_no_lines():
    assert lines("+a\n+b") == set()
    assert lines("@@ -x +y @@\n+a") == set()


def test_each_file_has_its_own_lines():
    anchors = read_anchors(
        [
            PullFile("a.jsonl", "added", "@@ -0,0 +1,2 @@\n+a\n+b"),
            PullFile("b.jsonl", "added", "@@ -0,0 +1,1 @@\n+a"),
            PullFile("big.jsonl", "added", None),
        ]
    )
    assert anchors == {"a.jsonl": {1, 2}, "b.jsonl": {1}}
