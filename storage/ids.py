"""Ids that nobody can guess or count."""

import secrets


def new_id() -> str:
    """20 hexadecimal characters, 80 random bits: unguessable, and a safe name for a file or a URL."""
    return secrets.token_hex(10)
