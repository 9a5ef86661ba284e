"""Screening: nothing leaves this machine before secrets, personal data, steering and advertising were looked for."""

from __future__ import annotations

from selfsown.screening.screen import screen
from selfsown.screening.sighting import Action, Screened, Sighting

__all__ = ["Action", "Screened", "Sighting", "screen"]
