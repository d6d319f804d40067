"""A certificate for a first try: made once, valid for its address, its key for nobody else's eyes."""

import ipaddress
import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from tests.support.organisation import NINE
from tls import VALID, self_signed

pytestmark = pytest.mark.rim


def test_it_is_for_the_address_and_for_some_time(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path / "tls", "192.0.2.7", NINE)
    made = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("192.0.2.7")]
    assert made.not_valid_before_utc < NINE < made.not_valid_after_utc == NINE + VALID
    assert key.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)


def test_it_is_kept_as_long_as_it_is_valid(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path, "192.0.2.7", NINE)
    first = certificate.read_bytes(), key.read_bytes()
    self_signed(tmp_path, "192.0.2.7", NINE + VALID - timedelta(seconds=1))
    assert (certificate.read_bytes(), key.read_bytes()) == first
    self_signed(tmp_path, "192.0.2.8", NINE)  # another network's address has its own
    assert certificate.read_bytes() == first[0]
    self_signed(tmp_path, "192.0.2.7", NINE + VALID)
    assert certificate.read_bytes() != first[0]


@pytest.mark.parametrize("broken", ["crt", "key"])
def test_half_of_it_is_made_anew(tmp_path: Path, broken: str) -> None:
    certificate, key = self_signed(tmp_path, "192.0.2.7", NINE)
    if broken == "crt":
        certificate.write_bytes(certificate.read_bytes()[:100])
    else:
        key.unlink()
    self_signed(tmp_path, "192.0.2.7", NINE)
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
