"""The rules, in explicit tuples: one module each, named after its number. A new rule is a module and a line here.

S1xx parsing (selfsown.strict_json), S201 schema (selfsown.entries), S3xx text and turns, S4xx provenance, S5xx shards
and paths, S6xx duplicates.
"""

from __future__ import annotations

from selfsown.rules import (
    s301_role_order,
    s302_empty_turn,
    s303_repeated_turn,
    s304_too_many_turns,
    s305_hidden_characters,
    s306_bidi_controls,
    s307_control_characters,
    s308_unassigned_characters,
    s309_combining_marks,
    s310_not_nfc,
    s311_too_short,
    s312_not_text,
    s313_language_tag,
    s314_template_tokens,
    s315_secret,
    s401_id,
    s402_license_allowed,
    s403_source_known,
    s404_license_of_source,
    s405_created,
    s406_supersedes_known,
    s407_parent_known,
    s408_rated_known,
    s409_rework_turn,
    s501_outside_corpus,
    s502_unknown_file,
    s503_git_file,
    s504_file_mode,
    s505_only_added,
    s506_plain_path,
    s507_unique_path,
    s508_shard_digest,
    s509_shard_month,
    s510_shard_source,
    s511_shard_order,
    s512_shard_records,
    s513_shard_bytes,
    s514_submission_size,
    s515_lfs_pointer,
    s516_source_file,
    s517_tombstone_file,
    s601_known_record,
    s602_repeated_record,
    s603_withdrawn_record,
)
from selfsown.rules.rule import ChangeRule, RecordRule, Rule, ShardRule, SubmissionRule

RECORD_RULES: tuple[RecordRule, ...] = (
    s301_role_order,
    s302_empty_turn,
    s303_repeated_turn,
    s304_too_many_turns,
    s311_too_short,
    s312_not_text,
    s313_language_tag,
    s314_template_tokens,
    s315_secret,
    s401_id,
    s402_license_allowed,
    s404_license_of_source,
    s405_created,
    s406_supersedes_known,
    s407_parent_known,
    s408_rated_known,
    s409_rework_turn,
    s601_known_record,
    s602_repeated_record,
    s603_withdrawn_record,
    s516_source_file,
    s517_tombstone_file,
)
"""Looked at for every record."""

CHARACTER_RULES: tuple[RecordRule, ...] = (
    s305_hidden_characters,
    s306_bidi_controls,
    s307_control_characters,
    s308_unassigned_characters,
    s309_combining_marks,
    s310_not_nfc,
)
"""Looked at for a record whose line is not unremarkable (selfsown.characters)."""

SHARD_RULES: tuple[ShardRule, ...] = (
    s403_source_known,
    s508_shard_digest,
    s509_shard_month,
    s510_shard_source,
    s511_shard_order,
    s512_shard_records,
)
"""Looked at for every file of records."""

CHANGE_RULES: tuple[ChangeRule, ...] = (
    s502_unknown_file,
    s503_git_file,
    s504_file_mode,
    s505_only_added,
    s506_plain_path,
    s513_shard_bytes,
    s515_lfs_pointer,
)
"""Looked at for every path below corpus/."""

SUBMISSION_RULES: tuple[SubmissionRule, ...] = (
    s501_outside_corpus,
    s507_unique_path,
    s514_submission_size,
)
"""Looked at once per submission."""

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (*RECORD_RULES, *CHARACTER_RULES, *SHARD_RULES, *CHANGE_RULES, *SUBMISSION_RULES), key=lambda rule: rule.NUMBER
    )
)
"""All of them, in the order of their numbers."""
