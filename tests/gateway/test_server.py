"""Server: a real one on a real socket - raw bytes, slow clients, TLS, draining, metrics and logs."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from desks import Rig, SumDesk
from secondline.core.errors import SpecError
from secondline.events.log import DECISIONS
from secondline.gateway import listening, tokens
from secondline.gateway.logs import AsJson
from secondline.gateway.server import listen, server
from secondline.gateway.tracing import Quiet, Tracing, tracing

CASE = {"inputs": {"x1": 1, "x2": 2, "x3": 3}}
POST = b"POST /v1/score/cards HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
BODY = json.dumps(CASE).encode()


@contextmanager
def _serving(rig: Rig) -> Iterator[int]:
    one = server(rig.app, rig.serving)
    thread = threading.Thread(target=one.run, daemon=True)
    thread.start()
    try:
        _wait(lambda: one.started or not thread.is_alive())
        yield rig.serving.port
    finally:
        one.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


def _wait(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture
def rig(tmp_path: Path, free_port: int) -> Rig:
    return Rig(tmp_path, port=free_port)


def _raw(port: int, data: bytes) -> bytes:
    """Send bytes and return all that comes until the server closes or is silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=3) as s:
        found = b""
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            while part := s.recv(65_536):
                found += part
        except OSError:
            pass
        return found


SMUGGLING = {
    "both lengths": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "odd length": POST + b"Content-Length: +5\r\n\r\nabcde",
    "list of lengths": POST + b"Content-Length: 5, 5\r\n\r\nabcde",
    "negative length": POST + b"Content-Length: -1\r\n\r\n",
    "obscured coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "space before colon": POST + b"Content-Length : 5\r\n\r\nabcde",
    "folded header": POST + b"X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
    "bad chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    "huge chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    "nul in header": POST + b"X: a\0b\r\nContent-Length: 2\r\n\r\n{}",
    "bare line feed": b"GET /livez HTTP/1.1\nHost: x\n\n\0",
    "future version": b"GET /livez HTTP/9.9\r\nHost: x\r\n\r\n",
    "noise": bytes(range(256)) * 4,
    "tls on a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64,
    "long path": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "large header": b"GET /livez HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    "many headers": b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"X: a\r\n" * 5000 + b"\r\n",
    "path outside ascii": b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "http2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}  # fmt: skip


def test_raw_hostile_bytes_get_4xx_or_silence(rig: Rig) -> None:
    """Smuggling, oversized heads and noise get 400s or a closed connection, never 5xx, no decision, and it goes on."""
    with _serving(rig) as port:
        answers = {name: _raw(port, data) for name, data in SMUGGLING.items()}
        after = httpx.post(f"http://127.0.0.1:{port}/v1/score/cards", json=CASE)
    first = {name: answer.split(b" ", 2)[1][:1] if answer else b"-" for name, answer in answers.items()}
    assert not {name: answers[name][:200] for name, digit in first.items() if digit not in {b"4", b"-"}}
    assert not [name for name, answer in answers.items() if b"secondline_gateway" in answer]
    assert after.status_code == 200
    assert len(rig.logs[DECISIONS].events()) == 1


def test_a_head_that_does_not_come_is_given_up(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that sends nothing, or never ends its head, is disconnected; one between requests is not."""
    monkeypatch.setattr(listening.Patient, "patience", 0.2)
    with _serving(rig) as port:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as silent,
            socket.create_connection(("127.0.0.1", port), timeout=10) as slow,
        ):
            slow.sendall(b"GET /livez HTTP/1.1\r\nHost:")
            assert silent.recv(10) == b""
            assert slow.recv(10) == b""
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            assert client.get("/livez").status_code == 200
            time.sleep(0.4)
            assert client.get("/livez").status_code == 200


def test_a_body_that_is_refused_unread_ends_the_connection(rig: Rig) -> None:
    """413 comes before the body, and the rest is not taken for a next request."""
    head = POST + b"Content-Length: 99999999\r\n\r\n"
    with _serving(rig) as port:
        answer = _raw(port, head + b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    assert answer.count(b"HTTP/1.1") == 1


def test_what_is_under_way_is_finished_before_the_end(tmp_path: Path, free_port: int) -> None:
    """Told to stop, the server finishes the request it has, keeps its decision, and then takes no more."""
    entered, release = threading.Event(), threading.Event()
    desk = SumDesk(hook=lambda: time.sleep(0.04))
    rig = Rig(tmp_path, desk=desk, port=free_port, deadline=10.0)
    url = f"http://127.0.0.1:{free_port}/v1/score/cards"
    one = server(rig.app, rig.serving)
    thread = threading.Thread(target=one.run, daemon=True)
    thread.start()
    _wait(lambda: one.started)
    for _ in range(3):
        httpx.post(url, json=CASE)

    def hook() -> None:
        entered.set()
        release.wait(10)

    desk.hook = hook
    answers: list[Any] = []
    client = threading.Thread(target=lambda: answers.append(httpx.post(url, json=CASE, timeout=20)))
    client.start()
    assert entered.wait(10)
    one.should_exit = True
    release.set()
    client.join(20)
    thread.join(20)
    assert answers[0].status_code == 200
    assert answers[0].json()["decision_id"] in {event["id"] for event in rig.logs[DECISIONS].events()}
    with pytest.raises(httpx.ConnectError):
        httpx.post(url, json=CASE)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for this machine, made for the test."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    command += [
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(key),
        "-out",
        str(cert),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


def test_tls_by_certificate_and_key(tmp_path: Path, free_port: int, certificate: tuple[Path, Path]) -> None:
    """With TLS a client that trusts the certificate is served and a plain one is not; old versions are refused."""
    cert, key = certificate
    token = tokens.add(tmp_path / "tokens.json", "till")
    rig = Rig(tmp_path, port=free_port, tokens=tmp_path / "tokens.json", certificate=cert, key=key)
    with _serving(rig) as port:
        context = ssl.create_default_context(cafile=cert)
        head = {"authorization": f"Bearer {token}"}
        answer = httpx.post(f"https://127.0.0.1:{port}/v1/score/cards", json=CASE, headers=head, verify=context)
        assert answer.status_code == 200
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/livez")


def test_a_certificate_that_is_none_is_told_of(rig: Rig, tmp_path: Path) -> None:
    """Files that are no certificate and key stop the server before it listens."""
    import dataclasses

    (tmp_path / "x.pem").write_text("x")
    serving = dataclasses.replace(rig.serving, certificate=tmp_path / "x.pem", key=tmp_path / "x.pem")
    with pytest.raises(SpecError, match="cannot be used"):
        server(rig.app, serving)
    rig.close()


def test_a_taken_port_is_told_of(rig: Rig) -> None:
    """Where another program has the port, the error names the address and what to do."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", rig.serving.port))
        other.listen()
        with pytest.raises(SpecError, match=r"Another program may have the port.*name another port under `listen`"):
            listen(server(rig.app, rig.serving), rig.serving)


def test_metrics_count_with_bounded_labels(rig: Rig) -> None:
    """Requests, decisions and refusals are counted by names of ours; what clients make up is no label."""
    with _serving(rig) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        client.post("/v1/score/cards", json=CASE | {"entity": "card-4111", "key": "key-4111"})
        for i in range(30):
            client.post(f"/v2/models/made-up-{i}/infer", json={})
            client.get(f"/made/up/{i}")
        page = client.get("/metrics").text
    assert 'secondline_gateway_decisions_total{arm="champion",decision="decline",model="cards",version="1"} 1.0' in page
    assert 'code="200",model="cards",route="/v1/score/{model}",version="1"' in page
    assert 'secondline_gateway_turned_away_total{reason="unknown-model"} 30.0' in page
    assert "4111" not in page
    assert "made-up" not in page


def test_logs_hold_no_inputs_and_no_tokens(tmp_path: Path, free_port: int) -> None:
    """A refused request and a fault are logged by route and reason, without what was sent."""

    class Broken(SumDesk):
        def models(self) -> Any:
            raise ValueError("4111111111111111")

    lines: list[str] = []
    handler = logging.Handler()
    formatter = AsJson()
    handler.emit = lambda record: lines.append(formatter.format(record))  # type: ignore[method-assign]  # a list for a stream
    logger = logging.getLogger("secondline.gateway")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    token = tokens.add(tmp_path / "tokens.json", "till", rights=["score"])
    rig = Rig(tmp_path, desk=Broken(), tokens=tmp_path / "tokens.json", port=free_port)
    with _serving(rig) as port:
        head = {"authorization": f"Bearer {token}"}
        fault = httpx.post(
            f"http://127.0.0.1:{port}/v1/score/cards", json={"inputs": {"x": 4111111111111111}}, headers=head
        )
        httpx.get(f"http://127.0.0.1:{port}/metrics", headers=head)
    logger.removeHandler(handler)
    assert fault.status_code == 500
    assert [json.loads(line)["message"] for line in lines[:2]] == ["fault", "turned away"]
    assert not [line for line in lines if "4111" in line or token in line]


def test_spans_join_the_callers_trace(tmp_path: Path) -> None:
    """A request's span has the caller's trace, conventional names, and nothing of the inputs."""
    import asyncio

    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from secondline.gateway.server import application

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    rig = Rig(tmp_path)
    rig.app = application(rig.desk, rig.journal, rig.serving, Tracing(provider))
    trace = "0af7651916cd43dd8448eb211c80319c"
    head = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    asyncio.run(rig.ask("POST", "/v1/score/cards", CASE | {"entity": "card-4111"}, head))
    asyncio.run(rig.ask("POST", "/v1/score/nix", CASE))
    rig.close()
    good, refused = exporter.get_finished_spans()
    assert good.name == "POST /v1/score/{model}"
    assert good.context is not None
    assert f"{good.context.trace_id:032x}" == trace
    told = dict(good.attributes or {})
    assert told["http.response.status_code"] == 200
    assert told["gen_ai.response.model"] == "cards@1"
    assert "4111" not in str(told)
    assert dict(refused.attributes or {})["http.response.status_code"] == 404


def test_tracing_is_off_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an endpoint nothing is traced; with one in the environment, it is."""
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert type(tracing()) is Quiet
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    assert type(tracing(on=False)) is Quiet
    on = tracing()
    assert isinstance(on, Tracing)
    on.close()
