"""A secret that a contribution holds stands in no form of its review: what the bot says outlives the branch."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from selfsown.finding import Level
from selfsown.render.html import render_html
from selfsown.render.markdown import render_comments, render_markdown
from selfsown.render.terminal import render_terminal

# In pieces: no scanner of this repository is to take them for live ones.
PLANTED = {
    "GitHub token": "ghp_" + "q7Zr2LmX9bTf4KdW8sVy1NcH5gJpE3uAoR6i",
    "AWS key": "AKI" + "AQ4VX7N2LKD5TR3WZ",
    "Slack token": "xox" + "b-491827364501-918273645012-Qm7Zr2LmX9bTf4KdW8sVy1Nc",
    "private key": "-----BEGIN RSA PRIVATE "
    + "KEY-----\n"
    + "MIIEowIBAAKCAQEA7Zr2LmX9bTf4" * 6
    + "\n-----END RSA PRIVATE "
    + "KEY-----",
}


def sayings(value: str) -> list[str]:
    return [f"Why does {value} not work?", f"{value} may have expired.", f"I say {value} again.", "Make a new one."]


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize("has_findings", [False, True])
def test_a_planted_secret_is_in_no_form_of_the_review(build, name, has_findings):
    value = PLANTED[name]
    chats = [
        build.chat(*sayings(value)),
        build.chat(*["What is a fjord?", "A valley."] * 6, *sayings(value)),
    ]
    answers = [build.judged(chat, 3 + place, "repeats itself") for place, chat in enumerate(chats)]
    findings = [build.found(1), build.found(2, Level.WARNING)] if has_findings else []
    review = build.review(chats=chats, answers=answers, findings=findings)
    policy = build.rulebook.policy.review
    screen = io.StringIO()
    paper = Console(file=screen, width=200)
    paper.print(render_terminal(review))
    texts = [render_html(review), render_markdown(review, policy), screen.getvalue()]
    texts += [comment.body for comment in render_comments(review, policy)]
    assert all(text.strip() for text in texts)
    told = max(value.splitlines(), key=len)[:28]
    assert not any(told in text for text in texts)
