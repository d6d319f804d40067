"""Devices that others wrote: FFmpeg's WHIP muxer, in a process of its own."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT = Path(__file__).parents[2]
HAS_WHIP = "whip" in av.formats_available


def write_certificate(folder: Path) -> list[str]:
    """FFmpeg's options for a key of its own on P-256.

    Built with GnuTLS, as PyAV's is, it makes itself one on P-224, which OpenSSL takes from nobody.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "device")])
    born = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(born)
        .not_valid_after(born + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    (folder / "device.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "device.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    return [f"cert_file={folder / 'device.crt'}", f"key_file={folder / 'device.key'}"]


@asynccontextmanager
async def ffmpeg(url: str, token: str, kinds: str, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """It streams; when this ends it has said goodbye, and what it complained of is in the error."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.ffmpeg_whip", url, token, kinds, *options,
        cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        _, said = await process.communicate(b"")
    assert process.returncode == 0, said.decode()
