"""The proof, both ways, that hub and client know the hub's credential, which itself never travels.

The client sends a nonce (:class:`~.messages.Hello`), the hub answers with a nonce and its proof
(:class:`~.messages.Challenge`), the client checks that and sends its own (:class:`~.messages.Proof`). So neither a
stale hub file nor another user's process on a re-used port ever learns the credential.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Literal

__all__ = ["new_nonce", "proof_of", "proof_is_right"]

Side = Literal["hub", "client"]


def new_nonce() -> str:
    return secrets.token_hex(32)


def proof_of(credential: str, side: Side, client_nonce: str, hub_nonce: str) -> str:
    """HMAC-SHA256 over side and both nonces, as hex. The side is part of it, so a proof cannot be sent back."""
    text = f"alphamed-nb:{side}:{client_nonce}:{hub_nonce}"
    return hmac.new(credential.encode(), text.encode(), hashlib.sha256).hexdigest()


def proof_is_right(proof: str, credential: str, side: Side, client_nonce: str, hub_nonce: str) -> bool:
    return hmac.compare_digest(proof.encode(), proof_of(credential, side, client_nonce, hub_nonce).encode())
