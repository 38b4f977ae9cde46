"""A front of TLS, and of passwords, before a broker that knows neither.

It forwards frame by frame. Where an answer names the broker's own address it puts its own, of the same length, so that
clients come back through it. What clients ask for is kept, so that a test sees what crossed.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import ipaddress
import select
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HANDSHAKE, AUTHENTICATE = 17, 36
FAILED = 58
SALT, ROUNDS = b"salt of the test", 4096


@dataclass(frozen=True, slots=True)
class Papers:
    """Who somebody is: files of a certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """An authority that issues certificates into a folder."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder, self._name = folder, x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.file = folder / f"{name}.pem"
        made = self._signed(self._name, self._key, [(x509.BasicConstraints(ca=True, path_length=0), True)])
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, *addresses: str, password: str | None = None) -> Papers:
        """Issue a certificate for addresses; its key is locked if there is a password."""
        key = ec.generate_private_key(ec.SECP256R1())
        hosts = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(one)) for one in addresses])
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        made = self._signed(subject, key, [(hosts, False)] if addresses else [])
        lock = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
        papers = Papers(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        papers.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        pkcs8 = serialization.PrivateFormat.PKCS8
        papers.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, pkcs8, lock))
        return papers

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, more: list[tuple[x509.ExtensionType, bool]]
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        made = x509.CertificateBuilder(self._name, subject, key.public_key(), x509.random_serial_number())
        made = made.not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(now + dt.timedelta(days=1))
        for extension, critical in more:
            made = made.add_extension(extension, critical)
        return made.sign(self._key, hashes.SHA256())


@dataclass(slots=True)
class Guard:
    """Lets one user in, by PLAIN or SCRAM (RFC 5802), in one connection."""

    user: str
    password: str
    mechanism: str = ""
    first: str = ""
    challenge: str = ""

    def answer(self, given: bytes) -> bytes | None:
        """Return what to answer to a step, or nothing to refuse."""
        if self.mechanism == "PLAIN":
            return b"" if given == f"\0{self.user}\0{self.password}".encode() else None
        text = given.decode()
        if text.startswith("n,,"):
            self.first = text[3:]
            said = dict(part.split("=", 1) for part in self.first.split(","))
            if said["n"] != self.user:
                return None
            self.challenge = f"r={said['r']}more,s={base64.b64encode(SALT).decode()},i={ROUNDS}"
            return self.challenge.encode()
        return self._proved(text)

    def _proved(self, last: str) -> bytes | None:
        name = self.mechanism.removeprefix("SCRAM-").replace("-", "").lower()
        bare, _, proof = last.rpartition(",p=")
        salted = hashlib.pbkdf2_hmac(name, self.password.encode(), SALT, ROUNDS)
        key = hmac.digest(salted, b"Client Key", name)
        both = f"{self.first},{self.challenge},{bare}".encode()
        sign = hmac.digest(hashlib.new(name, key).digest(), both, name)
        if base64.b64decode(proof) != bytes(a ^ b for a, b in zip(key, sign, strict=True)):
            return None
        return b"v=" + base64.b64encode(hmac.digest(hmac.digest(salted, b"Server Key", name), both, name))


class Front(socketserver.ThreadingTCPServer):
    """The front itself: where it listens, whom it lets in, and what they asked for."""

    def __init__(self, broker: int, context: ssl.SSLContext, user: str | None, password: str) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.broker, self.context, self.user, self.password = broker, context, user, password
        self.port = int(self.server_address[1])
        self.asked: list[bytes] = []
        self.ending = threading.Event()


class Connection(socketserver.BaseRequestHandler):
    """One client of the front."""

    def handle(self) -> None:
        """Serve until either side ends it."""
        assert isinstance(self.server, Front)
        self.request.settimeout(10)
        with (
            suppress(OSError),
            self.server.context.wrap_socket(self.request, server_side=True) as client,
            socket.create_connection(("127.0.0.1", self.server.broker), 10) as broker,
        ):
            passed_on(self.server, client, broker)


def passed_on(front: Front, client: ssl.SSLSocket, broker: socket.socket) -> None:
    """Carry requests and answers until the end, or until the password is another."""
    guard = Guard(front.user, front.password) if front.user else None
    there, here = (b"127.0.0.1" + struct.pack(">i", port) for port in (front.broker, front.port))
    while not front.ending.is_set() and (guard is None or guard.password == front.password):
        ready = [client] if client.pending() else select.select([client, broker], [], [], 0.1)[0]
        if broker in ready:
            put(client, taken(broker).replace(there, here))
        if client in ready:
            frame = taken(client)
            front.asked.append(frame)
            answer = checked(guard, frame) if guard else None
            put(broker if answer is None else client, frame if answer is None else answer)


def taken(from_: socket.socket) -> bytes:
    """Read one request or answer."""
    (size,) = struct.unpack(">i", exactly(from_, 4))
    return exactly(from_, size)


def exactly(from_: socket.socket, size: int) -> bytes:
    """Read so many bytes."""
    found = b""
    while len(found) < size:
        if not (more := from_.recv(size - len(found))):
            raise ConnectionError
        found += more
    return found


def put(to: socket.socket, frame: bytes) -> None:
    """Write one request or answer."""
    to.sendall(struct.pack(">i", len(frame)) + frame)


def checked(guard: Guard, frame: bytes) -> bytes | None:
    """Answer a request about who is there; nothing for any other."""
    api, version, number, name = struct.unpack_from(">hhih", frame)
    body = frame[10 + max(name, 0) :]
    if api == HANDSHAKE:
        guard.mechanism = body[2:].decode()
        return struct.pack(">ihi", number, 0, 1) + body
    if api != AUTHENTICATE:
        return None
    answer = guard.answer(body[4:])
    end = struct.pack(">q", 0) if version else b""
    if answer is None:
        return struct.pack(">ihh6si", number, FAILED, 6, b"not so", 0) + end
    return struct.pack(">ihhi", number, 0, -1, len(answer)) + answer + end


@contextmanager
def fronted(
    broker: int, papers: Papers, *, clients: Path | None = None, user: str | None = None, password: str = ""
) -> Iterator[Front]:
    """Stand a front before a broker; with *clients*, only those whom that authority knows are let in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(papers.certificate, papers.key)
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(clients)
    with Front(broker, context, user, password) as front:
        thread = threading.Thread(target=front.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield front
        finally:
            front.ending.set()
            front.shutdown()
            thread.join(10)
