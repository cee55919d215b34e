"""HTTP as nobody should send it, byte by byte: a clear refusal or a cut connection, never a crash, nothing
half-written. Every test ends with a look at whether the process lives and serves."""

import contextlib
import json
import os

import pytest

import program
import raw_http

HOST = b"Host: localhost\r\n"


@pytest.fixture(autouse=True)
def lives(desk):
    process = desk.server.process.pid
    yield
    assert desk.server.is_alive() and desk.server.process.pid == process
    assert desk.server.probe("/readyz") == 200


@pytest.fixture
def peer(desk):
    with raw_http.Peer(desk.url) as connected:
        yield connected


def stored(account, external_id):
    return account.maija.call("GET", f"/v1/channels/{account.chat.id}/inbound/{external_id}").status == 200


REFUSED_HEADERS = {
    "a header of 17 KiB": (b"GET /docs HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 17 * 1024 + b"\r\n\r\n", 431),
    "a target of 17 KiB": (b"GET /" + b"a" * 17 * 1024 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 431),
    "2,000 small headers": (b"GET /docs HTTP/1.1\r\n" + HOST + b"X: 123456\r\n" * 2000 + b"\r\n", 431),
    "a header of 10 MiB": (b"GET /docs HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 10 * 1024 * 1024 + b"\r\n\r\n", 431),
    "no host": (b"GET /docs HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET /docs HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
    "a bare line feed": (b"GET /docs HTTP/1.1\nHost: localhost\n\n", 400),
    "a folded header": (b"GET /docs HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n", 400),
    "a space before the colon": (b"GET /docs HTTP/1.1\r\n" + HOST + b"X : a\r\n\r\n", 400),
    "a NUL in a header": (b"GET /docs HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n", 400),
    "a carriage return in a header": (b"GET /docs HTTP/1.1\r\n" + HOST + b"X: a\rb\r\n\r\n", 400),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/3": (b"GET /docs HTTP/3.0\r\n" + HOST + b"\r\n", 505),
    "a broken escape": (b"GET /docs?a=%zz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a NUL in the query": (b"GET /docs?a=%00 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "another expectation": (
        b"POST /docs HTTP/1.1\r\n" + HOST + b"Expect: miracles\r\nContent-Length: 1\r\n\r\n",
        (404, 405, 417),
    ),
    "no path": (b"GET docs HTTP/1.1\r\n" + HOST + b"\r\n", 400),
}


@pytest.mark.parametrize("data, status", REFUSED_HEADERS.values(), ids=REFUSED_HEADERS.keys())
def test_a_header_that_is_no_header(peer, data, status):
    peer.try_send(data)
    peer.half_close()
    answered = raw_http.statuses(peer.read_to_end())
    wanted = status if isinstance(status, tuple) else (status,)
    # A peer that goes on sending may be reset before it can read the refusal.
    assert (answered and answered[0] in wanted) or (not answered and len(data) > 1024 * 1024), answered


SMUGGLED = {
    "both lengths": (b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\nX"),
    "both lengths, the other way": (b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n", b"0\r\n\r\nX"),
    "two lengths": (b"Content-Length: 5\r\nContent-Length: 6\r\n", b"hello!"),
    "the same length twice": (b"Content-Length: 5\r\nContent-Length: 5\r\n", b"hello"),
    "a list of lengths": (b"Content-Length: 5, 5\r\n", b"hello"),
    "a negative length": (b"Content-Length: -1\r\n", b""),
    "a length with a sign": (b"Content-Length: +5\r\n", b"hello"),
    "a length in hex": (b"Content-Length: 0x5\r\n", b"hello"),
    "a length with a fraction": (b"Content-Length: 5.0\r\n", b"hello"),
    "a length in two words": (b"Content-Length: 5 5\r\n", b"hello"),
    "an empty length": (b"Content-Length: \r\n", b""),
    "an endless length": (b"Content-Length: 99999999999999999999999\r\n", b""),
    "a coding nobody knows": (b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
    "chunked last but one": (b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"),
    "chunked twice": (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    "chunked with a trick": (b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"),
    "chunked with a parameter": (b"Transfer-Encoding: chunked;a=b\r\n", b"0\r\n\r\n"),
    "chunked behind a vertical tab": (b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"),
    "chunked on a folded line": (b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n"),
    "a length and an empty coding": (b"Content-Length: 5\r\nTransfer-Encoding: \r\n", b"hello"),
    "a chunk of hex nonsense": (b"Transfer-Encoding: chunked\r\n", b"zz\r\nhello\r\n0\r\n\r\n"),
    "a negative chunk": (b"Transfer-Encoding: chunked\r\n", b"-5\r\nhello\r\n0\r\n\r\n"),
    "a chunk without its end": (b"Transfer-Encoding: chunked\r\n", b"5\r\nhelloXX0\r\n\r\n"),
    "an endless chunk": (b"Transfer-Encoding: chunked\r\n", b"FFFFFFFFFFFFFFFFF\r\nhello"),
    "a chunk with a sign": (b"Transfer-Encoding: chunked\r\n", b"+5\r\nhello\r\n0\r\n\r\n"),
    "a chunk in 0x": (b"Transfer-Encoding: chunked\r\n", b"0x5\r\nhello\r\n0\r\n\r\n"),
    "a chunk without a size": (b"Transfer-Encoding: chunked\r\n", b"\r\nhello\r\n0\r\n\r\n"),
    "chunks that end in line feeds": (b"Transfer-Encoding: chunked\r\n", b"5\nhello\n0\n\n"),
    "a line feed in a chunk's extension": (b"Transfer-Encoding: chunked\r\n", b"5;a\nb\r\nhello\r\n0\r\n\r\n"),
}


@pytest.mark.parametrize("fields, body", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_a_length_that_two_readers_could_take_differently_is_refused(shared, peer, fields, body):
    """What follows as a second request must never be answered as one."""
    second = b"GET /openapi.yaml HTTP/1.1\r\n" + HOST + b"\r\n"
    peer.try_send(f"POST {shared.chat.path} HTTP/1.1\r\n".encode() + HOST + fields + b"\r\n" + body + second)
    peer.half_close()
    answered = raw_http.statuses(peer.read_to_end())
    assert len(answered) == 1 and answered[0] in (400, 413, 501), answered


def test_a_chunked_body_is_as_good_as_any(shared, peer):
    head, body = raw_http.webhook(
        shared.chat,
        {"id": "chunked", "sender": {"id": "u1"}, "text": "Hei!"},
        **{"Content-Length": None, "Transfer-Encoding": "chunked"},
    )
    peer.send(head)
    for at in range(0, len(body), 10):
        piece = body[at : at + 10]
        peer.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    peer.send(b"0\r\n\r\n")
    assert peer.read_answer()[0] == 202


def test_a_body_byte_by_byte_is_as_good_as_any(shared, peer):
    head, body = raw_http.webhook(shared.chat, {"id": "slow", "sender": {"id": "u1"}, "text": "Hei!"})
    for byte in head + body:
        peer.send(bytes([byte]))
    assert peer.read_answer()[0] == 202


def test_half_a_body_and_the_end_store_nothing(shared, peer):
    head, body = raw_http.webhook(shared.chat, {"id": "cut", "sender": {"id": "u1"}, "text": "Hei!"})
    peer.send(head + body[:20])
    peer.half_close()
    assert [status for status in raw_http.statuses(peer.read_to_end()) if status < 400] == []
    assert not stored(shared, "cut")


def test_half_a_header_and_the_end(shared, peer):
    peer.send(raw_http.webhook(shared.chat, {"id": "half", "sender": {"id": "u1"}, "text": "Hei!"})[0][:60])
    peer.half_close()
    assert [status for status in raw_http.statuses(peer.read_to_end()) if status < 400] == []


def test_a_half_closed_socket_still_gets_its_answer(shared, peer):
    head, body = raw_http.webhook(shared.chat, {"id": "half-closed", "sender": {"id": "u1"}, "text": "Hei!"})
    peer.send(head + body)
    peer.half_close()
    assert raw_http.statuses(peer.read_to_end()) == [202]
    assert stored(shared, "half-closed")


STREAMS = {
    "websocket": b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    "server-sent events": b"Accept: text/event-stream\r\n",
}


@pytest.mark.parametrize("fields", STREAMS.values(), ids=STREAMS.keys())
def test_a_half_closed_stream_ends(shared, desk, peer, fields):
    """Nobody who listens closes their half; whoever did is gone."""
    token = f"Authorization: Bearer {shared.maija.token}\r\n".encode()
    peer.send(b"GET /v1/stream HTTP/1.1\r\n" + HOST + token + fields + b"\r\n")
    assert b"hello" in peer.read_until(b"cursor")
    assert desk.server.metric("lupaus_stream_open") == 1
    peer.half_close()
    peer.read_to_end()
    program.wait_until(lambda: desk.server.metric("lupaus_stream_open") == 0, what="the end of the stream")


def test_a_socket_that_is_half_closed_before_it_said_anything(desk, peer):
    peer.half_close()
    assert peer.read_to_end() == b""


def test_slow_clients_are_cut_and_hold_nobody_up(shared, desk):
    """A header that drips gets its 10 s and no more. Meanwhile whoever is quick is served, beside bodies that drip and
    readers that do not read."""
    head, body = raw_http.webhook(shared.chat, {"id": "dripped", "sender": {"id": "u1"}, "text": "Hei!" * 1000})
    with (
        raw_http.Crowd(desk.url) as headers,
        raw_http.Crowd(desk.url) as bodies,
        contextlib.ExitStack() as deaf,
    ):
        for _ in range(200):
            headers.join(b"GET /docs HTTP/1.1\r\n" + HOST + b"X: ")
            bodies.join(head)
        for _ in range(20):
            peer = deaf.enter_context(raw_http.Peer(desk.url, receive_buffer=4096))
            peer.send((b"GET /openapi.yaml HTTP/1.1\r\n" + HOST + b"\r\n") * 50)
        served = 0
        while headers.open:
            headers.say(b"a")
            bodies.say(body[served : served + 1])
            served += 1
            assert served < len(body), "the headers were not cut"
            answer = shared.chat.post({"id": f"quick-{served}", "sender": {"id": "quick"}, "text": "Hei!"}, timeout=5)
            assert answer.status == 202
            headers.listen(0.5)
            while headers.listen(0):
                pass
        assert [raw_http.statuses(told) for told in headers.ended.values()] == [[408]] * 200
        assert len(bodies.open) == 200 and not bodies.listen(0)
    assert not stored(shared, "dripped")
    assert stored(shared, f"quick-{served}")


def test_whoever_leaves_before_the_answer_has_still_said_it(shared, desk):
    """The message may be stored or not, but never half; and the desk goes on."""
    for number in range(20):
        with raw_http.Peer(desk.url) as peer:
            said = {"id": f"gone-{number}", "sender": {"id": "gone"}, "text": "Hei!"}
            head, body = raw_http.webhook(shared.chat, said)
            peer.send(head + body)
    message = shared.chat.say("Still here", sender="gone")
    assert shared.chat.routed(shared.maija, message)


def test_pipelined_requests_are_answered_in_order(shared, peer):
    """Each with its own answer, an id of its own in each."""
    for number in range(10):
        head, body = raw_http.webhook(
            shared.chat,
            {"id": f"pipe-{number}", "sender": {"id": "u1"}, "text": "Hei!"},
            **{"X-Request-Id": f"request-{number}"},
        )
        peer.send(head + body)
    for number in range(10):
        status, head, body = peer.read_answer()
        assert status == 202 and f"request-{number}" in head
        assert json.loads(body)["status"] == "accepted"


def test_a_bad_request_in_the_pipeline_ends_it(shared, peer):
    head, body = raw_http.webhook(shared.chat, {"id": "good", "sender": {"id": "u1"}, "text": "Hei!"})
    peer.send(head + body + b"GARBAGE\r\n\r\n" + head + body)
    peer.half_close()
    assert raw_http.statuses(peer.read_to_end()) == [202, 400]


def test_a_body_that_is_announced_too_large_is_refused_before_it_is_read(shared, peer):
    headers = {"Content-Length": str(26 * 1024 * 1024), "Expect": "100-continue"}
    head, _ = raw_http.webhook(shared.chat, {"id": "large"}, **headers)
    peer.send(head)
    status, _, body = peer.read_answer()
    assert status == 413 and json.loads(body)["status"] == 413


def test_a_body_that_turns_out_too_large_is_cut(desk, peer):
    peer.send(b"POST /v1/teams HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n")
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    for _ in range(40):
        peer.try_send(piece)
    assert 202 not in raw_http.statuses(peer.read_to_end())


def test_a_client_that_waits_to_be_asked_is_asked(shared, peer):
    said = {"id": "asked", "sender": {"id": "u1"}, "text": "Hei!"}
    head, body = raw_http.webhook(shared.chat, said, Expect="100-continue")
    peer.send(head)
    assert peer.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 100")
    peer.send(body)
    assert peer.read_answer()[0] == 202


UNROUTED = {
    "nothing there": ("GET", "/v2/conversations", 404),
    "another method": ("PUT", "/v1/conversations", 405),
    "a method of its own": ("BREW", "/v1/conversations", 405),
    "a path upwards": ("GET", "/v1/../../etc/passwd", 404),
    "a path upwards, escaped": ("GET", "/v1/%2e%2e/%2e%2e/etc/passwd", 404),
    "metrics are private": ("GET", "/metrics", 404),
    "readiness is private": ("GET", "/readyz", 404),
}


@pytest.mark.parametrize("method, path, status", UNROUTED.values(), ids=UNROUTED.keys())
def test_a_path_that_leads_nowhere(shared, method, path, status):
    answer = program.request(method, shared.desk.url + path, headers={"Authorization": f"Bearer {shared.maija.token}"})
    assert answer.status == status and answer.content_type == "application/problem+json"
    program.description().validate_as("Problem", answer.json())


def test_a_request_id_is_taken_when_it_is_decent_and_made_otherwise(shared, desk):
    def id_of(given):
        headers = {"Authorization": f"Bearer {shared.maija.token}", **({"X-Request-Id": given} if given else {})}
        return program.request("GET", desk.url + "/v1/agents/me", headers=headers).headers["X-Request-Id"]

    assert id_of("trace-1") == "trace-1"
    assert id_of('"},{"level":"error') not in (None, '"},{"level":"error')
    assert id_of("x" * 100) != "x" * 100
    assert id_of(None) != id_of(None)


def test_noise_of_a_thousand_kinds(desk):
    """Random bytes, and a good request with random bytes in it. The seed is shown where it fails."""
    seed = os.urandom(8)
    print("seed", seed.hex())
    noise = bytearray(seed)
    while len(noise) < 200_000:
        noise += noise[-8:][::-1] + bytes([len(noise) % 251])
    good = b"GET /v1/agents/me HTTP/1.1\r\n" + HOST + b"Authorization: Bearer nobody\r\nContent-Length: 0\r\n\r\n"
    for number in range(300):
        start = number * 500
        with raw_http.Peer(desk.url) as peer:
            data = bytearray(good if number % 2 else noise[start : start + 400])
            for at in range(number % 7):
                data[noise[start + at] * 7 % len(data)] = noise[start + at + 9]
            peer.try_send(bytes(data))
            peer.half_close()
            assert all(
                status in (200, 400, 401, 404, 405, 408, 413, 417, 431, 501, 505)
                for status in raw_http.statuses(peer.read_to_end())
            )
