"""A receiver of replies and events: what a channel's outbound_url or an integrator's endpoint is in a test, in good and
in bad moods."""

import contextlib
import http.server
import json
import socket
import threading
import time

import program


class Delivery:
    def __init__(self, headers, body, path):
        self.headers, self.body, self.path, self.at = headers, body, path, time.monotonic()

    def json(self):
        return json.loads(self.body)

    def is_signed_with(self, secret):
        expected = program.sign(secret, self.headers["webhook-id"], self.headers["webhook-timestamp"], self.body)
        is_fresh = abs(time.time() - int(self.headers["webhook-timestamp"])) < 300
        return is_fresh and expected in self.headers["webhook-signature"].split(" ")


class Receiver(http.server.ThreadingHTTPServer):
    """Answers 200 unless told otherwise; keeps what came, in order."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/replies"
        self.arrived = threading.Condition()
        self.deliveries = []
        self.answers = []
        self.mood = None
        self.is_closing = threading.Event()
        self.on_arrival = None

    def answer_next(self, *answers):
        """(status, body, headers) of the next deliveries, or something that gives one; afterwards 200 again."""
        with self.arrived:
            self.answers = list(answers)

    def answer_always(self, answer):
        """Every delivery from now on; None: 200 again."""
        with self.arrived:
            self.answers, self.mood = [], answer

    def take(self, delivery):
        if self.on_arrival:
            self.on_arrival()
        with self.arrived:
            self.deliveries.append(delivery)
            answer = self.answers.pop(0) if self.answers else self.mood or (200, b"", {})
            self.arrived.notify_all()
            return answer

    def wait(self, count, seconds=20):
        with self.arrived:
            is_enough = self.arrived.wait_for(lambda: len(self.deliveries) >= count, seconds)
            assert is_enough, f"{len(self.deliveries)} of {count} deliveries came within {seconds} s"
            return list(self.deliveries)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """A file is asked for, as an inbound attachment's URL names it."""
        self.answer(b"")

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, body):
        self.body = body
        answer = self.server.take(Delivery(self.headers, body, self.path))
        if hasattr(answer, "give"):
            with contextlib.suppress(OSError):  # the caller has had enough
                answer.give(self)
            return
        status, answer, headers = answer
        if status is None:  # taken, and never answered
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # killed meanwhile
            self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Slow:
    """An answer in place of (status, body, headers): the head at once, then a byte now and then, until the caller has
    had enough."""

    def __init__(self, pause):
        self.pause = pause

    def give(self, handler):
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while not handler.server.is_closing.wait(self.pause):
            handler.wfile.write(b"x")


class Held:
    """A file that is given when the test says so."""

    def __init__(self, body, headers=None):
        self.body, self.headers, self.is_asked, self.is_free = body, headers or {}, threading.Event(), threading.Event()

    def give(self, handler):
        self.is_asked.set()
        self.is_free.wait(30)
        handler.send_response(200)
        for name, value in self.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(self.body)))
        handler.end_headers()
        handler.wfile.write(self.body)


class Endless:
    """A body without an end, as fast as it is taken."""

    def give(self, handler):
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        while not handler.server.is_closing.is_set():
            handler.wfile.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


class Mute:
    """Nothing at all, for as long as the caller waits."""

    def give(self, handler):
        handler.close_connection = True
        handler.connection.settimeout(None)
        with contextlib.suppress(OSError):
            handler.connection.recv(1, socket.MSG_PEEK)


@contextlib.contextmanager
def running_receiver():
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.is_closing.set()
        receiver.shutdown()
        receiver.server_close()
        thread.join()
