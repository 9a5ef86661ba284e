"""Which judge a command line means."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from selfsown.cli.place import find_checkout
from selfsown.cli.training import hush_transformers, load_live
from selfsown.errors import UsageError
from selfsown.extras import need
from selfsown.judge import Judge
from selfsown.judge.cache import JudgementCache
from selfsown.judge.features import FeaturesJudge
from selfsown.judge.scripted import read_scripted_judge
from selfsown.judge.trivial import SHARES, TrivialJudge
from selfsown.round import read_promoted, read_round
from selfsown.rulebook import Rulebook

_OFFLINE = "selfsown_train.offline.judge"
SPEC_HELP = (
    "features (default), offline (small models from packages and a head fitted here; offline:FILE another head), "
    "local:DIR_OR_NAME (a causal language model), round (the live round; round:NNNN another), api (the OpenAI-compatible "
    "server that SELFSOWN_API_URL and SELFSOWN_API_MODEL name), scripted:FILE (judgements as JSONL) or, to compare with, "
    "longest, shortest or constant"
)


def open_judge(spec: str, rulebook: Rulebook) -> Judge:
    """The judge that a --judge option names. Raises UsageError on another word, MissingExtra without its extra."""
    kind, _, value = spec.partition(":")
    if kind == "features" and not value:
        return FeaturesJudge()
    if kind in SHARES and not value:
        return TrivialJudge(kind)
    if kind == "scripted" and value:
        return read_scripted_judge(Path(value), rulebook.schemas["judgement"])
    judge = _open_model(kind, value, rulebook)
    if judge is None:
        raise UsageError(f"there is no judge {spec!r}", f"one of: {SPEC_HELP}")
    return judge


def _open_model(kind: str, value: str, rulebook: Rulebook) -> Judge | None:
    """A judge that has a model of its own or behind a server, None where there is no such kind."""
    if kind == "local" and value:
        load = cast(Callable[[str], Judge], need("selfsown_train.local_judge", "judge").load_local_judge)
        return load(value)
    if kind == "round":
        return open_round_judge(value, rulebook)
    if kind == "offline":
        hush_transformers("offline")
        fitted = cast(Callable[[Path | None, Path | None], Judge], need(_OFFLINE, "offline").load_offline_judge)
        return fitted(find_checkout(), Path(value) if value else None)
    if kind == "api" and not value:
        opened = cast(Callable[[Mapping[str, str]], Judge], need("selfsown.judge.api", "api").open_api_judge)
        return opened(os.environ)
    return None


def open_round_judge(number: str, rulebook: Rulebook) -> Judge:
    """The judge of a round of this checkout, by number, or of the live one. Raises UsageError where there is none."""
    root, schema = find_checkout(), rulebook.schemas["round"]
    if root is None:
        raise UsageError("there is no round here", "run it in a Selfsown checkout")
    if number and not (number.isascii() and number.isdigit()):
        raise UsageError(f"{number!r} is no number of a round", "as in round:12")
    entry = read_round(root, int(number), schema) if number else read_promoted(root, schema)
    if entry is None:
        raise UsageError("no round is live yet", "name one by its number, as in round:1")
    as_judge = cast(Callable[[object, str], Judge], need("selfsown_train.local_judge", "judge").as_judge)
    return as_judge(load_live(root, entry), "round")


@contextmanager
def open_cache(root: Path | None) -> Iterator[JudgementCache | None]:
    """The checkout's cache of judgements; without a checkout there is none."""
    if root is None:
        yield None
    else:
        with JudgementCache(root / ".selfsown" / "judgements.sqlite") as cache:
            yield cache
