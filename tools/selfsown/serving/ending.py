"""The end of a chat: the model is asked the mission's question, and what is good enough is screened for publication.

Rate, screen, keep: every step is written to the outbox before the next, and a step that was taken is not taken again. So
whatever fails or is killed in between is gone on with later, by `resume`. Without consent nothing is written at all, and
the person still sees the rating and what would be published.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from selfsown.conversation import Conversation
from selfsown.corpus import Corpus
from selfsown.errors import SelfsownError
from selfsown.judge.features import FeaturesJudge
from selfsown.judgement import Unjudged
from selfsown.outbox.entry import Entry, OutboxError, State
from selfsown.outbox.store import Outbox
from selfsown.rulebook import Rulebook
from selfsown.screening import Screened, screen
from selfsown.self_rating import SelfRating, rating_of
from selfsown.serving.talker import Talker
from selfsown.vote import Vote

_WITHDRAWN = "You have withdrawn it: nothing is kept."


@dataclass(frozen=True, slots=True)
class Ending:
    """What a person learns at the end of a chat.

    `conversation` is what was said, as far as it may be published (sightings name places in it), `screened` the same as
    it would be published; None where nothing was said or it could not be rated. `is_kept` says that it waits in the
    outbox; then `code` is the withdraw code. `sentence` says what becomes of it and why. Where it is not `is_final`, it
    could not be rated now: ending it again tries again, and where it is kept, so does the service.
    """

    rating: SelfRating | None
    screened: Screened | None
    is_kept: bool
    sentence: str
    code: str
    conversation: Conversation | None = None
    is_final: bool = True

    def taken_back(self) -> Ending:
        """The same, withdrawn since."""
        return replace(self, is_kept=False, code="", sentence=_WITHDRAWN)


NOTHING_SAID = Ending(None, None, is_kept=False, sentence="There is no answer in it that could be rated.", code="")


class Closing:
    """Ends conversations: those of living chats, and drafts that nobody ended."""

    def __init__(
        self,
        talker: Talker,
        outbox: Outbox,
        rulebook: Rulebook,
        corpus: Corpus,
        vote: Vote | None,
        clock: Callable[[], datetime],
    ) -> None:
        self._talker, self._outbox = talker, outbox
        self._rulebook, self._corpus, self._vote = rulebook, corpus, vote
        self._clock = clock
        self._features = FeaturesJudge()
        self._claimed: set[str] = set()
        self._lock = threading.Lock()

    def tell(self, conversation: Conversation, why: str) -> Ending:
        """The end of a chat of which nothing is kept, for the reason `why`: the rating, and what would be published."""
        if not conversation.turns:
            return NOTHING_SAID
        try:
            rating = self._rate(conversation)
            screened = self._screen(conversation, rating)
        except SelfsownError as error:
            sentence = f"It could not be rated now: {error.message}. {why}"
            return Ending(None, None, is_kept=False, sentence=sentence, code="", is_final=False)
        sentence = why
        if not rating.is_enough(self._least):
            sentence = f"Nothing is kept: {_too_low(rating, self._least)}."
        elif screened.refusal:
            sentence = f"Nothing is kept: {screened.refusal}"
        return Ending(rating, screened, is_kept=False, sentence=sentence, code="", conversation=conversation)

    def close(self, key: str, conversation: Conversation, rating: SelfRating | None = None) -> Ending:
        """The end of a chat whose newest text is the draft `key`. A rating that was said already holds."""
        code = self._outbox.code(key)
        try:
            self._outbox.end(key)
            with self._claim(key) as is_mine:
                if not is_mine:
                    return _later(conversation, code, "it is being rated")
                rating = rating or self._rate(conversation)
                if not self._take_rating(key, rating):
                    return _later(conversation, code, str(getattr(rating.decides, "why", "")))
                screened = self._screen(conversation, rating)
                self._take_screened(key, screened)
        except SelfsownError as error:
            return _later(conversation, code, error.message)
        sentence, is_kept = self._fate(self._outbox.read(key))
        return Ending(rating, screened, is_kept, sentence, code if is_kept else "", conversation)

    def resume(self, key: str) -> bool:
        """Go on with a conversation that was left between two steps. False where it has to wait, or another is at it."""
        with self._claim(key) as is_mine:
            entry = self._outbox.read(key)
            if not is_mine or entry is None or entry.conversation is None:
                return False
            self._outbox.end(key)
            if entry.state is State.DRAFT and not self._take_rating(key, self._rate(entry.conversation)):
                return False
            entry = self._outbox.read(key)
            if entry is not None and entry.state is State.RATED and entry.conversation is not None:
                self._take_screened(key, self._screen(entry.conversation, None))
            return True

    def resume_left(self, oldest: datetime, is_living: Callable[[str], bool]) -> int:
        """Go on with every conversation that nobody goes on with: not a living chat here, and since `oldest` none elsewhere.

        A draft that was not ended may be a living chat of another process, until nobody has said a word for long enough.
        One that fails keeps none of the others waiting; its error is raised when all were tried.
        """
        ended, failure = 0, None
        for entry in self._outbox.find(State.DRAFT, State.RATED):
            is_fresh = entry.state is State.DRAFT and not entry.ended and datetime.fromisoformat(entry.changed) > oldest
            if not is_fresh and not is_living(entry.key):
                try:
                    ended += self.resume(entry.key)
                except OutboxError:
                    raise
                except SelfsownError as error:
                    failure = error
        if failure is not None:
            raise failure
        return ended

    @property
    def _least(self) -> float:
        return self._rulebook.policy.chat.submit_score

    def _rate(self, conversation: Conversation) -> SelfRating:
        features = self._features.judge([conversation], self._rulebook.rubric)[0]
        return SelfRating(self._talker.rate(conversation), features, self._vote)

    def _screen(self, conversation: Conversation, rating: SelfRating | None) -> Screened:
        rated = conversation if rating is None else replace(conversation, self_rating=rating.own_score)
        return screen(rated, self._rulebook, self._corpus, self._clock().date().isoformat())

    def _take_rating(self, key: str, rating: SelfRating) -> bool:
        """Write a rating down where none stands yet. False where the judgement that counts is missing for now only."""
        entry = self._outbox.read(key)
        if entry is None or entry.state is not State.DRAFT:
            return True
        if isinstance(rating.decides, Unjudged) and rating.decides.retry:
            return False
        self._outbox.rate(key, rating, self._least)
        return True

    def _take_screened(self, key: str, screened: Screened) -> None:
        entry = self._outbox.read(key)
        if entry is not None and entry.state is State.RATED:
            self._outbox.screen(key, screened)

    def _fate(self, entry: Entry | None) -> tuple[str, bool]:
        """What becomes of a conversation, in words, and whether it is kept."""
        if entry is None or entry.state is State.WITHDRAWN:
            return _WITHDRAWN, False
        if entry.state is State.DECLINED:
            return f"Nothing is kept: {entry.reason.rstrip('.')}.", False
        minutes = self._rulebook.policy.chat.hold_minutes
        return f"It is kept, and submitted for review in {minutes} minutes at the earliest.", True

    @contextmanager
    def _claim(self, key: str) -> Iterator[bool]:
        """Whether nobody else in this process is ending that conversation; while the block runs, nobody will."""
        with self._lock:
            is_mine = key not in self._claimed
            self._claimed.add(key)
        try:
            yield is_mine
        finally:
            if is_mine:
                with self._lock:
                    self._claimed.discard(key)


def _too_low(rating: SelfRating, least: float) -> str:
    decides = rating.decides
    if isinstance(decides, Unjudged):
        return f"it could not be rated: {decides.why}"
    return f"it was rated {rating_of(decides):.1f} of 10, and {least:g} is the least that is submitted"


def _later(conversation: Conversation, code: str, why: str) -> Ending:
    sentence = f"It could not be rated yet: {why.rstrip('.')}. It is kept as a draft, and rated later."
    return Ending(None, None, is_kept=True, sentence=sentence, code=code, conversation=conversation, is_final=False)
