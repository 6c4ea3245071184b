"""Sizes that both ends keep to. The hub announces its own in the handshake (:class:`~.messages.Welcome`)."""

from __future__ import annotations

import msgspec

__all__ = ["Limits"]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub accepts. A client checks before it sends, so that a refusal names the caller's own line."""

    frame_bytes: int = 8 * 1024 * 1024
    """One websocket frame, bytes."""
    contract_bytes: int = 1024 * 1024
    """The JSON of one contract message, bytes."""
    record_bytes: int = 256 * 1024
    """The text of one log record, bytes of UTF-8; a longer text is split into several records."""
    text_characters: int = 64 * 1024
    """Any other text in a message: a title, the message of an error. A client cuts a longer one and says so in it."""
    records_per_frame: int = 500
    """Log and metric records in one :class:`~.messages.Records`."""
    stream_bytes: int = 16 * 1024**3
    """One data stream, bytes."""
    targets: int = 10_000
    """Targets of one message or one batch of offers."""
    unanswered: int = 1024
    """Requests a link may have under way; past that it waits before it sends the next one."""
