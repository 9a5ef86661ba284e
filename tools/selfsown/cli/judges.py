"""Which judge a command line means."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from selfsown.cli.place import find_checkout
from selfsown.cli.training import hush_transformers
from selfsown.errors import UsageError
from selfsown.extras import need
from selfsown.judge import Judge
from selfsown.judge.cache import JudgementCache
from selfsown.judge.features import FeaturesJudge
from selfsown.judge.scripted import read_scripted_judge
from selfsown.judge.trivial import SHARES, TrivialJudge
from selfsown.rulebook import Rulebook

_OFFLINE = "selfsown_train.offline.judge"
SPEC_HELP = (
    "features (default), offline (small models from packages and a head fitted here; offline:FILE another head), "
    "local:DIR_OR_NAME (a causal language model), api (the OpenAI-compatible server that "
    "SELFSOWN_API_URL and SELFSOWN_API_MODEL name), scripted:FILE (judgements as JSONL) or, to compare with, longest, "
    "shortest or constant"
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
    if kind == "local" and value:
        load = cast(Callable[[str], Judge], need("selfsown_train.local_judge", "judge").load_local_judge)
        return load(value)
    if kind == "offline":
        hush_transformers("offline")
        fitted = cast(Callable[[Path | None, Path | None], Judge], need(_OFFLINE, "offline").load_offline_judge)
        return fitted(find_checkout(), Path(value) if value else None)
    if kind == "api" and not value:
        opened = cast(Callable[[Mapping[str, str]], Judge], need("selfsown.judge.api", "api").open_api_judge)
        return opened(os.environ)
    raise UsageError(f"there is no judge {spec!r}", f"one of: {SPEC_HELP}")


@contextmanager
def open_cache(root: Path | None) -> Iterator[JudgementCache | None]:
    """The checkout's cache of judgements; without a checkout there is none."""
    if root is None:
        yield None
    else:
        with JudgementCache(root / ".selfsown" / "judgements.sqlite") as cache:
            yield cache
