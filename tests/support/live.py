"""Readers of the live feed: a WebSocket and Server-Sent Events, each collected by a thread so that a test can wait for
what it expects. Every frame is held against proto/openapi.yaml."""

import asyncio
import contextlib
import http.client
import json
import socket
import threading
import urllib.parse

import websockets

import program

WAIT_S = 20


class Frames:
    """What came, in order; `position` is how far the test has looked."""

    def __init__(self):
        self.changed = threading.Condition()
        self.all = []
        self.failure = None
        self.is_closed = False
        self.position = 0

    def add(self, frame):
        with self.changed:
            self.all.append(frame)
            self.changed.notify_all()

    def end(self, failure=None):
        with self.changed:
            self.is_closed, self.failure = True, self.failure or failure
            self.changed.notify_all()

    def next(self, is_wanted, seconds=WAIT_S, what="a frame"):
        """The first frame behind the last one found that is wanted; those before it are passed over."""

        def look():
            while self.position < len(self.all):
                frame = self.all[self.position]
                self.position += 1
                if is_wanted(frame):
                    return frame
            if self.is_closed:
                raise AssertionError(f"the stream ended ({self.failure}) before {what}; it had {self.all[-5:]}")
            return None

        with self.changed:
            found = self.changed.wait_for(look, seconds)
        assert found, f"{what} did not come within {seconds} s; the last that came: {self.all[-5:]}"
        return found

    def wait_closed(self, seconds=WAIT_S):
        with self.changed:
            assert self.changed.wait_for(lambda: self.is_closed, seconds), f"the stream is open after {seconds} s"


class Live(Frames):
    """GET /v1/stream as a WebSocket."""

    def __init__(self, api, cursor=None, url=None, as_browser=False, receive_buffer=None):
        super().__init__()
        self.api, self.code, self.reason, self.subprotocol = api, None, None, None
        base = "ws" + (url or api.desk.url).removeprefix("http")
        self.url = base + "/v1/stream" + (f"?cursor={cursor}" if cursor is not None else "")
        self.as_browser = as_browser
        self.loop, self.socket = None, None
        self.opened = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.read()), daemon=True)
        self.thread.start()
        assert self.opened.wait(WAIT_S), "the WebSocket did not open"

    async def read(self):
        self.loop = asyncio.get_running_loop()
        if self.as_browser:
            how = {"subprotocols": ["lupaus", "lupaus.bearer." + self.api.token]}
        else:
            how = {"extra_headers": {"Authorization": "Bearer " + self.api.token}}
        try:
            async with websockets.connect(self.url, max_size=None, ping_interval=None, **how) as self.socket:
                self.subprotocol = self.socket.subprotocol
                self.opened.set()
                async for text in self.socket:
                    self.take(json.loads(text))
        except (OSError, websockets.WebSocketException, AssertionError) as failure:
            self.failure = failure
        finally:
            if self.socket is not None:
                self.code, self.reason = self.socket.close_code, self.socket.close_reason
            self.end()
            self.opened.set()

    def take(self, frame):
        program.description().validate_as("StreamFrame", frame)
        self.add(frame)

    def frame(self, kind, seconds=WAIT_S):
        return self.next(lambda frame: frame["type"] == kind, seconds, f"a frame {kind}")

    def event(self, kind, seconds=WAIT_S, **members):
        """The next event of this type whose members say this, such as conversation_id=…"""

        def is_wanted(frame):
            if frame["type"] != "event" or frame["event"]["type"] != kind:
                return False
            event = frame["event"]
            return all(
                (event.get(name.removesuffix("_id")) or {}).get("id") == value for name, value in members.items()
            )

        return self.next(is_wanted, seconds, f"an event {kind} {members or ''}")["event"]

    def events(self):
        return [frame["event"] for frame in self.all if frame["type"] == "event"]

    def say(self, frame):
        text = frame if isinstance(frame, str) else json.dumps(frame)
        asyncio.run_coroutine_threadsafe(self.socket.send(text), self.loop).result(WAIT_S)

    def close(self):
        if not self.is_closed:
            asyncio.run_coroutine_threadsafe(self.socket.close(), self.loop).result(WAIT_S)
        self.thread.join(WAIT_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class ServerEvents(Frames):
    """GET /v1/stream as Server-Sent Events: frames are {"id", "event", "data"}."""

    def __init__(self, api, last_event_id=None, url=None):
        super().__init__()
        parts = urllib.parse.urlsplit(url or api.desk.url)
        headers = {"Authorization": "Bearer " + api.token, "Accept": "text/event-stream"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        self.connection = program.connection_to(parts, timeout=60)
        self.connection.connect()
        self.socket = self.connection.sock
        self.connection.request("GET", "/v1/stream", headers=headers)
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, self.answer.read()
        self.content_type = self.answer.headers["Content-Type"]
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        frame = {}
        try:
            for line in self.answer:
                text = line.decode().rstrip("\r\n")
                if text:
                    name, _, value = text.partition(":")
                    frame[name] = value.removeprefix(" ")
                elif "data" in frame:
                    self.add({"id": frame.get("id"), "event": frame["event"], "data": json.loads(frame["data"])})
                    frame = {}
        except (OSError, ValueError, http.client.HTTPException) as failure:
            self.failure = failure
        self.end()

    def event(self, kind, seconds=WAIT_S):
        return self.next(lambda frame: frame["event"] == kind, seconds, f"an event {kind}")

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(WAIT_S)
        self.answer.close()
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def refusal(api, **headers):
    """The answer to an upgrade that is not granted."""
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        **headers,
    }
    return program.request("GET", api.desk.url + "/v1/stream", headers=upgrade)
