"""Which requests are one conversation: clients that go on, ask again, leave the path, and make things up, in any order."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from selfsown.conversation import Turn
from selfsown.serving.lineage import Lineage, Place, Step

WORDS = st.sampled_from(["a", "b", " a ", "user 1 a"])
WHO = st.sampled_from(["jo", "kim"])
STEPS = st.tuples(st.sampled_from(["begin", "go on", "again", "branch", "forge"]), WHO, WORDS, st.integers(0, 9))


@dataclass
class World:
    """The lineage beside a plain list of what was said: every chat with its owner and its turns."""

    lineage: Lineage = field(default_factory=Lineage)
    chats: dict[str, tuple[str, tuple[Turn, ...]]] = field(default_factory=dict)
    said: set[tuple[str, tuple[tuple[str, str], ...]]] = field(default_factory=set)
    count: int = 0

    def own(self, who):
        return [token for token, (owner, _) in self.chats.items() if owner == who]

    def answer(self, who, turns, token):
        """Answers are never the same twice here, so that a history belongs to one chat only."""
        self.count += 1
        self.lineage.ask(who, turns, token)
        whole = (*turns, Turn("assistant", f"answer {self.count}"))
        self.lineage.learn(who, whole, token)
        self.chats[token] = (who, whole)
        self.said.add((who, plain(whole)))

    def begin(self, who, turns):
        token = f"chat {len(self.chats)}"
        self.answer(who, turns, token)
        return token


def plain(turns):
    return tuple((turn.role, turn.content.strip()) for turn in turns)


def take(world, kind, who, word, number):
    """One request of a client, and what has to be found out about it."""
    own = world.own(who)
    if kind == "begin" or not own:
        turns = (Turn("system", f"chat {len(world.chats)}"), Turn("user", word))
        assert world.lineage.find(who, turns) == Place(Step.BEGIN)
        world.begin(who, turns)
        return
    token = own[number % len(own)]
    turns = world.chats[token][1]
    if kind == "go on":
        asked = (*turns, Turn("user", word))
        assert world.lineage.find(who, asked) == Place(Step.GO_ON, token)
        world.answer(who, asked, token)
    elif kind == "again":
        assert world.lineage.find(who, turns[:-1]) == Place(Step.AGAIN, token)
        world.answer(who, turns[:-1], token)
    elif kind == "branch" and len(turns) > 3:
        asked = (*turns[:3], Turn("user", "another " + word))
        found = world.lineage.find(who, asked)
        assert found.step in (Step.BRANCH, Step.AGAIN)
        if found.step is Step.BRANCH:
            world.begin(who, asked)
    elif kind == "forge":
        forged = (*turns[:-1], Turn("assistant", f"forged {word}"), Turn("user", word))
        assert world.lineage.find(who, forged) == Place(Step.FOREIGN)


@settings(max_examples=60)
@given(st.lists(STEPS, max_size=30))
def test_every_request_finds_its_place(steps):
    world = World()
    for step in steps:
        take(world, *step)
    for token, (who, turns) in world.chats.items():
        asked = (*turns, Turn("user", "and then?"))
        assert world.lineage.find(who, asked) == Place(Step.GO_ON, token)
        padded = tuple(Turn(turn.role, f" {turn.content}\n") for turn in asked)
        assert world.lineage.find(who, padded) == Place(Step.GO_ON, token)
        other = "kim" if who == "jo" else "jo"
        assert world.lineage.find(other, asked).step is Step.FOREIGN


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), st.text(max_size=5)), max_size=6))
def test_only_what_was_said_here_is_known(history):
    world = World()
    token = world.begin("jo", (Turn("user", "a"),))
    world.answer("jo", (*world.chats[token][1], Turn("user", "b")), token)
    turns = (*(Turn(role, text) for role, text in history), Turn("user", "c"))
    found = world.lineage.find("jo", turns)
    if found.step in (Step.GO_ON, Step.BRANCH):
        assert ("jo", plain(turns[:-1])) in world.said


def test_the_boundaries_of_turns_are_part_of_what_was_said():
    lineage = Lineage()
    lineage.learn("jo", (Turn("user", "a"), Turn("assistant", "b user 1 c")), "one")
    for history in (
        (Turn("user", "a"), Turn("assistant", "b"), Turn("user", "c")),
        (Turn("user", "aassistant 10 b user 1 c"),),
    ):
        assert lineage.find("jo", (*history, Turn("user", "d"))).step is not Step.GO_ON


def test_the_oldest_are_forgotten_and_nothing_grows():
    lineage = Lineage(most=10)
    for number in range(100):
        turns = (Turn("user", f"question {number}"),)
        lineage.ask("jo", turns, f"chat {number}")
        lineage.learn("jo", (*turns, Turn("assistant", "yes")), f"chat {number}")
    sizes = {len(table) for table in (lineage._said, lineage._asked, lineage._heads, lineage._questions)}
    assert sizes == {10}
    old = (Turn("user", "question 1"), Turn("assistant", "yes"), Turn("user", "more"))
    assert lineage.find("jo", old).step is Step.FOREIGN
