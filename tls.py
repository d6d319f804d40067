"""A certificate for a first try in the LAN: phones give a page no camera without HTTPS."""

import ipaddress
import os
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

VALID = timedelta(days=90)
TOLD_CLOCK_SKEW = timedelta(days=1)  # a phone whose clock is behind still takes it


def self_signed(folder: Path, address: str, at: datetime) -> tuple[Path, Path]:
    """Certificate and key (PEM) for `address`, made once and kept in `folder` as long as they are valid."""
    certificate, key = folder / f"{address}.crt", folder / f"{address}.key"
    if key.exists() and _is_valid(certificate, at):
        return certificate, key
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Fairwatch, first try")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - TOLD_CLOCK_SKEW)
        .not_valid_after(at + VALID)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key.unlink(missing_ok=True)
    with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return certificate, key


def _is_valid(certificate: Path, at: datetime) -> bool:
    """Whether there is a whole one, and it may still be used."""
    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc > at
    except (FileNotFoundError, ValueError):
        return False
