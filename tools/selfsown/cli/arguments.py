"""Values of options that argparse cannot know: what is no such value is told in a sentence, before any work begins."""

from __future__ import annotations

import argparse
import ipaddress
import math
import re

_ORIGIN = re.compile(r"https?://(?:\*\.)?[A-Za-z0-9.-]+(?::\d{1,5})?", re.ASCII)


def read_count(text: str) -> int:
    """A whole number from 1 on."""
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) < 9):
        raise argparse.ArgumentTypeError("a whole number from 1 on")
    return int(text)


def read_port(text: str) -> int:
    """A port of TCP; 0 leaves the choice to the system."""
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 1 << 16):
        raise argparse.ArgumentTypeError("a whole number from 0 to 65535")
    return int(text)


def read_minutes(text: str) -> float:
    """Minutes between two runs: at least one, at most a week."""
    try:
        minutes = float(text)
    except ValueError:
        minutes = math.nan
    if not 1 <= minutes <= 7 * 24 * 60:
        raise argparse.ArgumentTypeError("a number of minutes, from 1 to 10080 (a week)")
    return minutes


def read_origin(text: str) -> str:
    """The origin of a web page, as it stands in a Content-Security-Policy."""
    if not _ORIGIN.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no origin: write https://example.org, without a path")
    return text


def read_proxies(text: str) -> str:
    """Addresses and networks of proxies, by commas."""
    for name in (part.strip() for part in text.split(",")):
        try:
            ipaddress.ip_network(name)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{name!r} is no address or network, such as 10.0.0.0/8") from None
    return text
