"""The chats of this process: who sits where, what may be kept of it, and when it ends. Safe for many threads.

Nothing is written before a person has agreed to publish; from then on every finished turn is in the outbox before the
next is asked for. Who agrees late is told that the turns so far are kept, too, before anything is; who takes it back has
the draft deleted at once. Texts and network addresses are never logged, and addresses leave here as pseudonyms of a day.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from selfsown.consent import Consent
from selfsown.conversation import Conversation, Turn
from selfsown.corpus import Corpus
from selfsown.errors import SelfsownError, UsageError
from selfsown.outbox.entry import Entry, OutboxError
from selfsown.outbox.store import Outbox
from selfsown.rulebook import Rulebook
from selfsown.serving.answer import Answer, Pieces
from selfsown.serving.drafts import BROKE_OFF, Drafts
from selfsown.serving.ending import Closing, Ending
from selfsown.serving.sitting import Gone, Sitting, ask_more
from selfsown.serving.sittings import Sittings, network_of
from selfsown.serving.talker import Draw, Talker
from selfsown.vote import Vote

ASK = Draw()
_AGAIN_TEMPERATURE = 0.8
_EXPIRE_EVERY = timedelta(hours=1)
_NOT_AGREED = "Nothing is kept: you did not agree to publish it."
_TOLD_LATE = "What was said so far is kept, too, once you say something more or end the chat."

_log = logging.getLogger(__name__)


class Service:
    """Many people's chats over one talker and one outbox. Every method raises Gone for a chat that is not there (any more)."""

    def __init__(  # noqa: PLR0913 - what a process has one of
        self,
        talker: Talker,
        outbox: Outbox,
        rulebook: Rulebook,
        corpus: Corpus,
        vote: Vote | None,
        *,
        source: str,
        license: str,  # noqa: A002 - the field's word
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.talker = talker
        self.rubric = rulebook.rubric
        self._outbox, self._policy, self._limits = outbox, rulebook.policy.chat, rulebook.policy.limits
        self._clock = clock
        self._drafts = Drafts(
            outbox, self._policy, lambda: Conversation((), source, license, self._today(), model=talker.name)
        )
        self._idle = timedelta(minutes=rulebook.policy.chat.idle_minutes)
        self._closing = Closing(talker, outbox, rulebook, corpus, vote, clock)
        self._sittings = Sittings(clock, self._idle)
        self._expired = datetime.min.replace(tzinfo=UTC)
        self._over = threading.Event()
        self._watcher: threading.Thread | None = None

    def sit(self, person: str, address: str) -> str:
        """A new chat; returns its token, a secret. Raises Full where too many sit here.

        `person` is whatever tells people apart (an account, an API key), "" where nothing does.
        """
        sitting, gone = self._sittings.add(self._outbox.pseudonym(person), self._outbox.pseudonym(network_of(address)))
        if gone is not None:
            self._let_go(gone)
        return sitting.token

    def consent(self, token: str, *, publish: bool, train: bool) -> str:
        """What the person agrees to from now on; returns what they have to be told about it, mostly nothing.

        Training goes only with publishing. After the end it may still be given, and the chat ended again: then it is kept.
        """
        sitting = self._sittings.find(token)
        agreed = Consent(publish, publish and train, day=self._today())
        with sitting.lock:
            ending = sitting.ending
            if sitting.is_ending and (ending is None or ending.is_kept):
                raise Gone("this chat has ended", "withdraw it by its code, or begin a new one")
            is_change = (agreed.publish, agreed.train) != (sitting.consent.publish, sitting.consent.train)
            if not agreed.publish:
                sitting.consent = agreed
                self._drafts.forget(sitting)
                return ""
            if not is_change:
                return sitting.trouble
            sitting.consent = agreed
            if ending is not None:
                sitting.rating, sitting.ending = ending.rating, None
                return ""
            if sitting.key:
                self._drafts.keep(sitting)
                return ""
            return self._drafts.explain_limit(sitting) or (_TOLD_LATE if sitting.publishable else "")

    def say(self, token: str, text: str, draw: Draw = ASK) -> Pieces:
        """Say something; the pieces of the answer. Raises Busy, Gone, Full, ChatFull, TooLong, UsageError."""
        sitting = self._sittings.find(token)
        with sitting.lock:
            sitting.check()
            return self._ask(sitting, ask_more(sitting.turns, text, self._limits), draw)

    def ask(self, token: str, turns: tuple[Turn, ...], draw: Draw) -> Pieces:
        """Answer these turns; with the answer they are the chat from then on. All but the last were said here before.

        Raises as `say`.
        """
        sitting = self._sittings.find(token)
        with sitting.lock:
            sitting.check()
            return self._ask(sitting, ask_more(turns[:-1], turns[-1].content, self._limits), draw)

    def answer(self, turns: tuple[Turn, ...], draw: Draw) -> Pieces:
        """Answer these turns, and remember nothing. Raises Full and TooLong."""
        return Pieces(Answer(self.talker.reply(turns, draw), lambda _: None))

    def retry(self, token: str, draw: Draw | None = None) -> Pieces:
        """Another answer in the place of the last one, drawn by chance. Raises as `say`."""
        sitting = self._sittings.find(token)
        with sitting.lock:
            sitting.check()
            if not sitting.turns or sitting.turns[-1].role != "assistant":
                raise UsageError("there is no answer yet", "say something first")
            drawn = draw or Draw(temperature=_AGAIN_TEMPERATURE, seed=secrets.randbelow(2**31))
            return self._ask(sitting, sitting.turns[:-1], drawn)

    def stop(self, token: str) -> None:
        """End the answer that is on its way, if any. What was said of it stays in the chat and is not published."""
        answer = self._sittings.find(token).answer
        if answer is not None:
            answer.close()

    def turns(self, token: str) -> tuple[Turn, ...]:
        """What was said so far, without the answer that is on its way."""
        return self._sittings.find(token).turns

    def standing(self, token: str) -> tuple[str, str]:
        """(withdraw code, why not) of a chat whose person agreed: the code where it is being kept, else why it is not."""
        sitting = self._sittings.find(token)
        return (self._outbox.code(sitting.key), "") if sitting.key else ("", sitting.trouble)

    def is_open(self, token: str) -> bool:
        """Whether the chat goes on."""
        sitting = self._sittings.look(token)
        return sitting is not None and not sitting.is_ending

    def end(self, token: str) -> Ending:
        """End the chat: rate it, screen it, keep it. Again: the same. Raises OutboxError where nothing can be written."""
        sitting = self._sittings.find(token)
        with sitting.ending_lock:
            with sitting.lock:
                if sitting.ending is not None and sitting.ending.is_final:
                    return sitting.ending
                sitting.is_ending = True
                answer, sitting.answer = sitting.answer, None
            if answer is not None:
                answer.close()
            ending = self._finish(sitting)
            with sitting.lock:
                sitting.ending = ending.taken_back() if sitting.is_withdrawn and ending.is_kept else ending
                return sitting.ending

    def leave(self, token: str) -> None:
        """The person has gone. What they agreed to have published is rated later, all else is forgotten now."""
        sitting = self._sittings.look(token)
        if sitting is not None:
            self._let_go(sitting)
            self._sittings.remove(sitting)

    def read(self, code: str) -> Entry | None:
        """The outbox's entry of a withdraw code."""
        key = self._outbox.find_code(code)
        return None if key is None else self._outbox.read(key)

    def end_by_code(self, code: str) -> Ending | None:
        """End the chat that is kept under this code; None where it is not in memory: then what is left to do is done."""
        key = self._outbox.find_code(code)
        sitting = None if key is None else self._sittings.with_key(key)
        if sitting is not None:
            return self.end(sitting.token)
        if key is not None:
            self._closing.resume(key)
        return None

    def withdraw(self, code: str) -> bool:
        """Take a conversation back by its code, at any time. False where no conversation has it."""
        key = self._outbox.find_code(code)
        if key is None:
            return False
        self._outbox.withdraw(key)
        sitting = self._sittings.with_key(key)
        if sitting is not None:
            with sitting.lock:
                sitting.is_withdrawn, sitting.key = True, ""
                self._drafts.explain_limit(sitting)
                if sitting.ending is not None:
                    sitting.ending = sitting.ending.taken_back()
        return True

    def end_idle(self) -> int:
        """End the chats in which nobody speaks any more, and the drafts that nobody ended; returns how many."""
        ended = 0
        for sitting in self._sittings.idle():
            if sitting.ending is not None or not sitting.consent.publish:
                self._let_go(sitting)
                self._sittings.remove(sitting)
            else:
                ended += self.end(sitting.token).is_final
        if self._clock() - self._expired > _EXPIRE_EVERY:
            self._expired = self._clock()
            self._outbox.expire(self._policy)
        return ended + self._closing.resume_left(self._clock() - self._idle, self._is_living)

    def start(self, every: float = 30.0) -> None:
        """Look for chats that have ended every so many seconds, in a thread, until `close`."""
        self._watcher = threading.Thread(target=self._watch, args=(every,), name="selfsown-endings", daemon=True)
        self._watcher.start()

    def close(self) -> None:
        """Stop what is being said. Drafts stay drafts: the next start, or another process, ends and rates them."""
        self._over.set()
        for sitting in self._sittings.all():
            if sitting.answer is not None:
                sitting.answer.close()
        if self._watcher is not None:
            self._watcher.join()

    def _watch(self, every: float) -> None:
        while not self._over.wait(every):
            try:
                self.end_idle()
            except SelfsownError as error:
                _log.warning("could not end chats, will try again: %s", error.message)

    def _is_living(self, key: str) -> bool:
        """Whether a draft is not for `resume_left`: its chat goes on, or its person took the consent back."""
        sitting = self._sittings.with_key(key)
        return sitting is not None and not (sitting.is_ending and sitting.consent.publish)

    def _ask(self, sitting: Sitting, asked: tuple[Turn, ...], draw: Draw) -> Pieces:
        reply = self.talker.reply(asked, draw)
        sitting.asked = asked
        sitting.answer = Answer(reply, partial(self._settle, sitting))
        return Pieces(sitting.answer)

    def _settle(self, sitting: Sitting, answer: Answer) -> None:
        """An answer is over: it is part of the chat, and of the draft, before anybody may ask for the next."""
        with sitting.lock:
            if not sitting.take(answer, self._policy):
                return
            try:
                self._drafts.keep(sitting)
            except OutboxError as error:
                sitting.trouble = error.message
                _log.warning("a draft could not be written: %s", error.message)

    def _let_go(self, sitting: Sitting) -> None:
        """A chat leaves the memory: its draft, if there is one, has ended, or goes where the consent has gone."""
        with sitting.lock:
            sitting.is_ending = True
            answer, sitting.answer = sitting.answer, None
            if not sitting.consent.publish:
                self._drafts.forget(sitting)
            elif sitting.key and sitting.ending is None:
                self._drafts.keep(sitting)
                self._outbox.end(sitting.key)
        if answer is not None:
            answer.close()

    def _finish(self, sitting: Sitting) -> Ending:
        with sitting.lock:
            conversation = self._drafts.render(sitting)
            if not conversation.turns or not sitting.consent.publish:
                self._drafts.forget(sitting)
                if conversation.turns:
                    return self._closing.tell(conversation, _NOT_AGREED)
                said = replace(conversation, turns=sitting.turns)
                return self._closing.tell(said, f"Nothing is kept: {BROKE_OFF}.")
            if not self._drafts.is_fixed(sitting):
                self._drafts.keep(sitting)
            key, rating = sitting.key, sitting.rating
        if not key:
            return self._closing.tell(conversation, f"Nothing is kept: {sitting.trouble}.")
        return self._closing.close(key, conversation, rating)

    def _today(self) -> str:
        return self._clock().date().isoformat()
