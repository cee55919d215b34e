"""A receiver of replies: what a channel's outbound_url or an integrator's endpoint is in a test."""

import contextlib
import http.server
import json
import threading
import time

import program


class Delivery:
    def __init__(self, headers, body):
        self.headers, self.body = headers, body

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
        self.on_arrival = None

    def answer_next(self, *answers):
        """(status, body, headers) of the next deliveries, in order; afterwards 200 again."""
        with self.arrived:
            self.answers = list(answers)

    def take(self, delivery):
        if self.on_arrival:
            self.on_arrival()
        with self.arrived:
            self.deliveries.append(delivery)
            answer = self.answers.pop(0) if self.answers else (200, b"", {})
            self.arrived.notify_all()
            return answer

    def wait(self, count, seconds=20):
        with self.arrived:
            is_enough = self.arrived.wait_for(lambda: len(self.deliveries) >= count, seconds)
            assert is_enough, f"{len(self.deliveries)} of {count} deliveries came within {seconds} s"
            return list(self.deliveries)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, answer, headers = self.server.take(Delivery(self.headers, body))
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


@contextlib.contextmanager
def running_receiver():
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join()
