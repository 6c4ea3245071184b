"""From pieces of text to lines."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["LineBuffer", "split_text"]


class LineBuffer:
    """Collects what is written to one stream until a line ends.

    Of a line that was written over with `\\r`, as progress bars do, only its last state counts.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        """Characters; a line that grows longer is let out in parts."""
        self._text = ""
        self._in_parts = False
        """A part of the line was let out."""

    def feed(self, text: str) -> list[str]:
        """Add text; returns the lines that ended."""
        if "\n" in text:
            *ended, self._text = (self._text + text).split("\n")
            if self._in_parts and not ended[0]:
                del ended[0]  # its last part has been let out
            self._in_parts = False
            return [_last_state(line) for line in ended]
        self._text += text
        if "\r" in text:
            written = self._text.rstrip("\r")
            self._text = self._text[written.rfind("\r") + 1 :]
        if len(self._text) > self._longest:
            part, self._text = self._text, ""
            self._in_parts = True
            return [_last_state(part)]
        return []

    def rest(self) -> str | None:
        """The line that has not ended, if anything of it was written."""
        text, self._text = self._text, ""
        return _last_state(text) if text else None


def _last_state(line: str) -> str:
    return line.rstrip("\r").rpartition("\r")[2] if "\r" in line else line


def split_text(text: str, limit: int) -> Iterator[str]:
    """The text in parts of at most `limit` bytes of UTF-8; the very same object if it is short enough."""
    if len(text) * 4 <= limit or len(text.encode(errors="surrogatepass")) <= limit:
        yield text
        return
    size = max(1, limit // 4)  # a character takes four bytes at most
    for begin in range(0, len(text), size):
        yield text[begin : begin + size]
