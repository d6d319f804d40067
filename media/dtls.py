"""DTLS before it encrypts: which records in the clear a browser's handshake needs; no others reach the handshake."""

CHANGE_CIPHER_SPEC, HANDSHAKE = 20, 22
CLIENT_HELLO, CERTIFICATE, CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE = 1, 11, 15, 16
OF_A_CLIENT = {CLIENT_HELLO, CERTIFICATE, CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE}
SHORTEST_HELLO = 42  # bytes of RFC 6347 §4.2.1 with one cipher suite and nothing else

RECORD_HEADER = 13
FRAGMENT_HEADER = 12


def may_be_heard(datagram: bytes) -> bool:
    """Whether every record in the clear can be part of a client's handshake (RFC 6347 §4.1, §4.2.2).

    Alerts in the clear are not: with one, whoever can write under the browser's address would end its handshake. That
    a browser gives up shows without them. What is encrypted shows by itself whether it is the browser's.
    """
    position = 0
    while position < len(datagram) and datagram[position] < 32:  # from 32 on DTLS 1.3, encrypted (RFC 9147 §4)
        content = position + RECORD_HEADER
        end = content + int.from_bytes(datagram[content - 2 : content], "big")
        if content > len(datagram) or end > len(datagram):
            return False
        in_the_clear = datagram[position + 3 : position + 5] == b"\x00\x00"  # epoch
        if in_the_clear and not _of_a_handshake(datagram[position], datagram[content:end]):
            return False
        position = end
    return True


def _of_a_handshake(kind: int, content: bytes) -> bool:
    if kind == CHANGE_CIPHER_SPEC:
        return content == b"\x01"
    position = 0
    while position < len(content):
        message = content[position]
        length, offset, size = (
            int.from_bytes(content[position + at : position + at + 3], "big") for at in (1, 6, 9)
        )  # of the message, and where its fragment lies in it
        position += FRAGMENT_HEADER + size
        if message not in OF_A_CLIENT or not 0 < size <= length - offset:
            return False
        if message == CLIENT_HELLO and length < SHORTEST_HELLO:
            return False
    return kind == HANDSHAKE and position == len(content) > 0
