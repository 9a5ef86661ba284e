"""The bot: what is screened in the outbox becomes one pull request at a time, exactly once, and its outcome is learned."""
