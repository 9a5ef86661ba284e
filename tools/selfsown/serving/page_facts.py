"""What the page tells people before they say a word: who answers, what happens with a good conversation, and where it goes."""

from __future__ import annotations

from dataclasses import dataclass

from selfsown.judgement import Rubric
from selfsown.policy import ChatPolicy


@dataclass(frozen=True, slots=True)
class PageFacts:
    """`model` is what answers, in words ("round 0007"). `license` is that of what is published, as SPDX.

    `repository` is the address of the public repository, "" where the checkout has none that a browser can open.
    """

    model: str
    license: str
    repository: str
    rubric: Rubric
    policy: ChatPolicy
    most_characters: int = 8_000  # of one message
