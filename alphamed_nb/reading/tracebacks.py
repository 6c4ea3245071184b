"""Tracebacks that somebody else renders."""

from __future__ import annotations

from ..node.output.long_tracebacks import left_out_words, shortened

__all__ = ["left_out_words", "shortened"]
