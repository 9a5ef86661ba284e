"""A pull request as large as they get costs few writes, and the second look at it none: GitHub's limits are on writes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.security.scene import Scene, read_chats

MOST_WRITES = 12


def test_a_hundred_conversations(scene: Scene, checkout: Path):
    chats = read_chats(checkout, 100)
    assert len(chats) == 100
    number, head = scene.bring(scene.good(*chats))
    folder = scene.judge(number, head)
    scene.world.writes.clear()
    first = scene.post(number, head, folder)
    assert (first.code, first.told["outcome"], first.told["writes"]) == (0, "posted", len(scene.world.writes))
    assert len(scene.world.writes) <= MOST_WRITES
    assert len(scene.ask("owner", "GET", f"/pulls/{number}/comments?per_page=100")) == 20
    assert Counter(method for method, _ in scene.world.writes).keys() == {"POST"}, "nothing had to be mended"
    writes = list(scene.world.writes)
    for _ in range(2):
        again = scene.post(number, head, folder)
        assert (again.code, again.told["outcome"], again.told["writes"]) == (0, "posted", 0)
    assert scene.world.writes == writes


def test_a_push_that_leaves_no_comment_standing(scene: Scene, checkout: Path):
    """Every comment on a line that no longer holds is hidden, and there are twenty of them at most."""
    chats = read_chats(checkout, 100)
    number, head = scene.bring(scene.good(*chats[60:]))
    scene.review(number, head)
    old = list(scene.world.state.line_comments.values())
    later = scene.push(scene.commit(scene.good(*chats[:60])))
    scene.world.writes.clear()
    told = scene.review(number, later).told
    assert len(old) == 20
    assert all(comment.minimized for comment in old)
    assert told["writes"] >= len(scene.world.writes), "what is hidden is hidden together"
    assert len(scene.world.writes) <= MOST_WRITES
