"""Message trees: one conversation per path, the branches that are none with their reason."""

from __future__ import annotations

from selfsown.formats import oasst
from selfsown.formats.draft import Draft, Refused


def ask(text, *replies, **more):
    return {"role": "prompter", "text": text, "lang": "en", "replies": list(replies), **more}


def say(text, *replies, **more):
    return {"role": "assistant", "text": text, "replies": list(replies), **more}


def read(root):
    found = list(oasst.read_drafts({"prompt": root}))
    drafts = ["/".join(text for _, text in draft.turns) for draft in found if isinstance(draft, Draft)]
    return drafts, [(refused.reason, refused.part["text"]) for refused in found if isinstance(refused, Refused)]


def test_every_path_to_a_leaf_is_a_conversation():
    drafts, refused = read(ask("q", say("a", ask("q2", say("a2"), say("b2"))), say("b")))
    assert drafts == ["q/a/q2/a2", "q/a/q2/b2", "q/b"]
    assert refused == []


def test_deleted_and_empty_branches_end_the_path_before_them():
    tree = ask(
        "q", say("a", ask("gone", say("x"), deleted=True)), say(" "), say("b", ask("q2", say("y", deleted=True)))
    )
    drafts, refused = read(tree)
    assert drafts == ["q/a", "q/b/q2"]
    assert refused == [("empty-branch", " "), ("deleted-branch", "gone"), ("deleted-branch", "y")]


def test_a_request_that_nobody_answered_is_refused_only_where_its_siblings_go_on():
    drafts, refused = read(ask("q", say("a", ask("q2", say("a2")), ask("q3")), say("b", ask("q4"))))
    assert drafts == ["q/a/q2/a2", "q/b/q4"]
    assert refused == [("unanswered-branch", "q3")]


def test_language_and_model_are_carried_over():
    (draft,) = oasst.read_drafts({"prompt": ask("q", say("a", model_name="m"), lang="pt-BR")})
    assert isinstance(draft, Draft)
    assert draft.facts == {"language": "pt-BR", "model": "m"}


def test_a_deep_or_wide_tree_stays_bounded():
    deep = say("end")
    for _ in range(5_000):
        deep = ask("q", say("a", deep))
    (draft,) = oasst.read_drafts({"prompt": deep})
    assert isinstance(draft, Draft)
    assert len(draft.turns) == 10_001
    found = list(oasst.read_drafts({"prompt": ask("q", *[say(f"a{number}") for number in range(3_000)])}))
    assert len(found) == oasst.MOST_PATHS + 1
    assert isinstance(found[-1], Refused)
    assert found[-1].reason == "too-many-paths"


def test_odd_nodes_are_refused_not_raised():
    for odd in (7, None, {"text": "x", "replies": 7}, {"text": "x", "role": "judge"}, {"replies": []}, say(7)):
        found = list(oasst.read_drafts({"prompt": ask("q", odd, say("a"))}))
        assert sorted(type(one).__name__ for one in found) == ["Draft", "Refused"], odd
