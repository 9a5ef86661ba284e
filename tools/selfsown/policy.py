"""What is allowed: `schema/policy.toml` as a record."""

from __future__ import annotations

from dataclasses import dataclass

from selfsown.settings import load_record, load_toml


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, counts, and shares; see the comments in schema/policy.toml."""

    record_bytes: int
    shard_records: int
    shard_bytes: int
    submission_records: int
    submission_shards: int
    submission_bytes: int
    turns: int
    json_depth: int
    conversation_characters: int
    combining_marks: int
    text_share: float


@dataclass(frozen=True, slots=True)
class Licenses:
    """SPDX identifiers that a contribution may carry."""

    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgePolicy:
    """Scores out of ten at which a review recommends or advises against, and what a band has to prove before it decides.

    The risks are shares of people's contrary ratings, bounded with `confidence`. `frozen` is the judge that only watches.
    """

    recommend: float
    advise_against: float
    accepted: float
    accept_risk: float
    decline_risk: float
    confidence: float
    divided: float
    audit_share: float
    frozen: str = "features"


@dataclass(frozen=True, slots=True)
class ReviewPolicy:
    """How much a review shows."""

    inline_comments: int
    excerpt_characters: int


@dataclass(frozen=True, slots=True)
class CommandPolicy:
    """Who may rate, and how much one account and one pull request may ask for."""

    rating_account_days: int
    answers: int
    account_commands: int
    entries: int


@dataclass(frozen=True, slots=True)
class ChatPolicy:
    """The score from which a conversation becomes a submission, when it has ended, and how many are kept for how long."""

    submit_score: float
    cut_answers: bool = False
    idle_minutes: int = 15
    hold_minutes: int = 60
    person_day: int = 10
    address_day: int = 40
    retention_days: int = 30


_REGIONS = (
    *("US", "GB", "DE", "FR", "ES", "IT", "NL", "BR", "IN", "AU"),
    *("PL", "PT", "SE", "BE", "CH", "AT", "JP", "MX", "TR", "ZA"),
)


@dataclass(frozen=True, slots=True)
class ScreeningPolicy:
    """Whose phone numbers are known without a country code (ISO 3166), and how much is masked before it is too much."""

    phone_regions: tuple[str, ...] = _REGIONS
    most_kinds: int = 3
    most_masked: int = 20


@dataclass(frozen=True, slots=True)
class BotPolicy:
    """How much the bot that opens submissions may send: conversations in a day, and up to how many open submissions."""

    submission_day: int = 200
    open_submissions: int = 20


@dataclass(frozen=True, slots=True)
class RoundPolicy:
    """When a round is due: enough new conversations or ratings, or any at all after some days; and none came in just now."""

    fewest_new: int
    most_days: int
    quiet_minutes: int


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole of schema/policy.toml."""

    format: int
    limits: Limits
    licenses: Licenses
    judge: JudgePolicy
    review: ReviewPolicy
    commands: CommandPolicy
    chat: ChatPolicy
    rounds: RoundPolicy
    bot: BotPolicy = BotPolicy()
    screening: ScreeningPolicy = ScreeningPolicy()


def load_policy(text: str, place: str = "schema/policy.toml") -> Policy:
    """Read a policy. Raises BadConfig on unknown or missing keys."""
    return load_record(Policy, load_toml(text, place), place)
