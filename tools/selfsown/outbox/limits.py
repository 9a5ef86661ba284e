"""How much is kept, of whom, and for how long."""

from __future__ import annotations

import sqlite3

from selfsown.policy import ChatPolicy


def explain_limit(connection: sqlite3.Connection, person: str, address: str, policy: ChatPolicy) -> str:
    """Why no more of this person or address may be kept today; empty where it may."""
    for query, name, most, whose in (
        ("SELECT count(*) FROM entry WHERE person = ?", person, policy.person_day, "of yours"),
        ("SELECT count(*) FROM entry WHERE address = ?", address, policy.address_day, "from your network address"),
    ):
        if name and connection.execute(query, (name,)).fetchone()[0] >= most:
            return f"{most} conversations {whose} were kept today, and more are not taken before tomorrow"
    return ""


def decline_old(connection: sqlite3.Connection, oldest: str, now: str, policy: ChatPolicy) -> int:
    """Decline what began before `oldest` and is in no batch; return how many texts went."""
    reason = f"it was not submitted within {policy.retention_days} days"
    return connection.execute(
        "UPDATE entry SET state = 'declined', conversation = NULL, reason = ?, changed = ?"
        " WHERE state IN ('draft', 'rated', 'screened') AND batch = '' AND created < ?",
        (reason, now, oldest),
    ).rowcount


def forget_people(connection: sqlite3.Connection, today: str) -> None:
    """Delete the pseudonyms of past days and the secrets they were made with: the limits are those of a day."""
    connection.execute(
        "UPDATE entry SET person = '', address = '' WHERE created < ? AND person || address != ''", (today,)
    )
    connection.execute("DELETE FROM secret WHERE name LIKE 'day %' AND name < ?", (f"day {today}",))
