"""`selfsown chat`: talk to the live round; at the end it rates the conversation, and a good one is kept in the outbox."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from rich.text import Text

from selfsown.cli.arguments import read_count
from selfsown.cli.console import out, say
from selfsown.cli.place import open_repository, today
from selfsown.cli.training import choose_round, load_live
from selfsown.consent import Consent
from selfsown.conversation import Conversation, Turn
from selfsown.corpus import read_base_corpus
from selfsown.errors import UsageError
from selfsown.extras import need
from selfsown.judge.features import FeaturesJudge
from selfsown.judgement import Judgement, Rubric
from selfsown.outbox.entry import State
from selfsown.outbox.store import find_outbox, open_outbox
from selfsown.policy import ChatPolicy
from selfsown.render.inert import visible
from selfsown.repo import Repository
from selfsown.round import Round, read_promoted
from selfsown.rulebook import Rulebook
from selfsown.screening.screen import screen
from selfsown.screening.sighting import Action, Screened
from selfsown.self_rating import SelfRating, rating_of
from selfsown.serving.sitting import whole_turns
from selfsown.serving.talker import Draw, Talker, TooLong, is_whole
from selfsown.vote import Vote, decide_vote

HELP = "Talk to the live round; a conversation rated well is kept for submission if you agree."

_MOST_STREAMED = 4096  # characters in one piece
_INTRODUCTION = (
    "You talk to round {name}. Type and press Enter; an empty line or /end ends the chat, Ctrl-C throws it away.\n"
    "At the end the model rates the conversation. Nothing is kept unless you agree then."
)
_CONSENT = "May this conversation be published under {license} and used for training? [y/N] "
_MOST_SEEN = 200  # characters
_FOLLOWS = {
    Action.MASK: "its kind in brackets is published instead",
    Action.REFUSE: "with it nothing is published",
    Action.WARN: "published as it is, if you agree",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--round", type=int, metavar="NNNN", help="talk to this round (default: the live one)")
    parser.add_argument(
        "--most-tokens", type=read_count, default=120, metavar="N", help="the longest reply (default: 120)"
    )
    parser.add_argument("--source", default="chat", metavar="ID", help="source that the record names (default: chat)")
    parser.add_argument("--consent", action="store_true", help="agree beforehand that it is published and trained on")


def run(args: argparse.Namespace) -> int:
    """0 the chat ended well."""
    with open_repository() as repository:
        rulebook = repository.rulebook("HEAD")
        entry = live_round(repository, args.round, rulebook)
        for module in ("phonenumbers", "stdnum"):  # needed only at the end, when the conversation would be lost
            need(module, "chat")
        check_source(rulebook, args.source)
        if (outbox := find_outbox(repository.root)) is not None:
            outbox.close()  # it opens: better known now than when the conversation would be lost
        chat = load_live(repository.root, entry)
        with closing(need("selfsown_train.engine", "chat").Engine(chat, entry.name, rulebook.rubric)) as engine:
            say(_INTRODUCTION.format(name=entry.name))
            turns, cuts = talk(engine, args.most_tokens, rulebook.policy.chat)
            if not turns:
                say("nothing was said, nothing is kept")
                return 0
            whole = whole_turns(turns, cuts)
            conversation = Conversation(
                whole or turns,
                args.source,
                rulebook.sources[args.source].license,
                today(),
                model=f"selfsown round {entry.name}",
            )
            rating = rate(conversation, engine, rulebook.rubric, decide_vote(entry))
            show_rating(rating, rulebook.rubric)
            if whole:
                finish(repository, conversation, rating, rulebook, agreed=args.consent)
            else:
                say("its first answer broke off: nothing is kept")
    return 0


def live_round(repository: Repository, number: int | None, rulebook: Rulebook) -> Round:
    """The round to talk to. Raises UsageError where none is live."""
    if number is not None:
        return choose_round(repository, number)
    entry = read_promoted(repository.root, rulebook.schemas["round"])
    if entry is None:
        raise UsageError(
            "no round is live yet",
            "`selfsown train`, `selfsown gate`, `selfsown promote`; or `selfsown demo` for all of it",
        )
    return entry


def check_source(rulebook: Rulebook, source: str) -> None:
    """Raises UsageError where the corpus does not know the source: then nothing it brings could ever be merged."""
    if source not in rulebook.sources:
        raise UsageError(
            f"there is no corpus/sources/{visible(source, 80)}.toml at HEAD",
            f"name one with --source ({', '.join(sorted(rulebook.sources))}), or write it and commit it: docs/data.md",
        )


def talk(talker: Talker, most_tokens: int, policy: ChatPolicy) -> tuple[tuple[Turn, ...], frozenset[int]]:
    """The conversation, until the person ends it, and where an answer broke off. A reply that never came is no part of it."""
    turns: tuple[Turn, ...] = ()
    cuts: frozenset[int] = frozenset()
    while (said := ask("you> ")) not in ("", "/end"):
        asked = (*turns, Turn("user", said))
        out.print(Text("bot> ", style="bold cyan"), end="")
        try:
            reply = talker.reply(asked, Draw(most_tokens))
            answer = "".join(map(stream, reply))
        except TooLong as error:
            say(f"{error.message}; {error.tip}", style="yellow")
            continue
        out.print()
        if not answer:
            say("the model had nothing to say; ask again in other words", style="yellow")
            continue
        if not is_whole(reply.finish, policy):
            cuts |= {len(asked)}
            say("(that is as long as an answer gets; what is kept ends before it)", style="yellow")
        turns = (*asked, Turn("assistant", answer))
    return turns, cuts


def stream(words: str) -> str:
    """Show words as they come, and return them; what could act on the terminal is shown as its code."""
    out.print(Text(visible(words, _MOST_STREAMED, keep="\n\t")), end="")
    return words


def ask(prompt: str) -> str:
    """A line from the person, without outer white space; empty at the end of the input."""
    if sys.stdin.isatty():
        try:
            return input(prompt).strip()
        except EOFError:
            return ""
    line = sys.stdin.readline().strip()
    if line:
        say(f"{prompt}{line}")
    return line


def finish(
    repository: Repository,
    conversation: Conversation,
    rating: SelfRating,
    rulebook: Rulebook,
    *,
    agreed: bool,
) -> None:
    """Screen, ask, keep: in this order, and nothing is written before the person agreed."""
    least = rulebook.policy.chat.submit_score
    say(f"{'The model decides' if rating.own_decides else 'The features decide'}. {rating.why}")
    if not rating.is_enough(least):
        say(f"only conversations from {least} of 10 on are submitted; this one is not kept")
        return
    screened = screen(conversation, rulebook, read_base_corpus(repository, "HEAD"), today())
    show_screened(conversation, screened)
    if screened.refusal:
        say(f"{screened.refusal} It is not kept.", style="yellow")
        return
    if not (agreed or ask(_CONSENT.format(license=conversation.license)).lower() in ("y", "yes")):
        say("not agreed: nothing is kept")
        return
    with open_outbox(repository.root) as outbox:
        key = outbox.keep(None, conversation, Consent(publish=True, train=True, day=today()))
        outbox.rate(key, rating, least)
        outbox.screen(key, screened)
        ready = outbox.counts()[State.SCREENED]
    say(f"kept in the outbox as {screened.conversation.id}", style="bold green")
    say(f"next: `selfsown submit` puts what waits there ({ready}) on a branch")


def rate(conversation: Conversation, talker: Talker, rubric: Rubric, vote: Vote | None) -> SelfRating:
    """What the model says of its own conversation, and what the features say."""
    features = FeaturesJudge().judge([conversation], rubric)[0]
    return SelfRating(talker.rate(conversation), features, vote)


def show_rating(rating: SelfRating, rubric: Rubric) -> None:
    """The mission's question and its answer, by the model and by the features."""
    own, features = rating.own, rating.features
    say(f"\nasked: {rubric.question}", style="bold")
    if isinstance(own, Judgement):
        criteria = ", ".join(f"{name} {value:.0%}" for name, value in own.criteria.items())
        say(f"the model answers: {rating_of(own):.1f} of 10   (yes to {criteria})")
    else:
        say(f"the model could not say: {own.why}")
    if isinstance(features, Judgement):
        flags = f"   ({'; '.join(features.flags)})" if features.flags else ""
        say(f"the features say: {features.score:.1f} of 10{flags}")


def show_screened(conversation: Conversation, screened: Screened) -> None:
    """What screening saw and what becomes of it, to the person on this terminal only."""
    if not screened.sightings:
        say("no personal data and no secrets were seen; what no rule knows can still be there")
    for one in screened.sightings:
        text = conversation.turns[one.turn].content[one.start : one.end]
        shown = f" {visible(text, _MOST_SEEN)!r}" if text else ""
        say(f"{one.kind}{shown} in turn {one.turn + 1}: {_FOLLOWS[one.action]}", style="yellow")
