"""Data streams between nodes, as offers: one row per source and target, at the hub.

A sender writes the bytes once, offers them to its targets, and waits until each one took, denied, or ran out of time. A
receiver takes offers in the order of acceptance until it has what it named.
"""

from __future__ import annotations

from .receiving import receive_streams
from .sending import send_stream

__all__ = ["receive_streams", "send_stream"]
