"""Secrets that open something for whoever holds them; we keep only what they hash to."""

import hashlib
import secrets


def new_token() -> str:
    """43 characters for a cookie or a link, 256 random bits."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What is kept of a token. One round of SHA-256 is enough where nobody can guess 256 bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
