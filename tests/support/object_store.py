"""An S3-compatible service as clouds run them: OpenStack Swift from the distribution's package, in a process of its own
on a free port. What is in a bucket is looked at through Swift's own interface, which knows nothing of S3."""

import contextlib
import os
import subprocess

import program

SERVER = os.path.join(os.path.dirname(__file__), "object_store_server.py")
USER, PASSWORD, BUCKET = "desk:courier", "geheim-0815", "attachments"
STOP_WAIT_S = 10


class ObjectStore:
    def __init__(self, folder):
        self.folder = str(folder)
        [self.port] = program.free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        words = ["/usr/bin/python3", "-B", SERVER, self.folder, str(self.port), USER, PASSWORD]
        with open(os.path.join(self.folder, "server.log"), "wb") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        program.wait_until(self.is_listening, what="the object store")
        head = {"X-Auth-User": USER, "X-Auth-Key": PASSWORD}
        answer = program.request("GET", self.url + "/auth/v1.0", headers=head)
        self.home, self.token = answer.headers["X-Storage-Url"], answer.headers["X-Auth-Token"]
        self.ask("PUT", "")
        return self

    def is_listening(self):
        with open(os.path.join(self.folder, "server.log"), encoding="utf-8", errors="replace") as log:
            assert self.process.poll() is None, log.read()
        return program.is_taken(self.port)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(STOP_WAIT_S)

    def ask(self, method, name, body=None):
        address = f"{self.home}/{BUCKET}" + (f"/{name}" if name else "")
        head = {"X-Auth-Token": self.token, "Content-Type": "application/octet-stream"}
        answer = program.request(method, address, body, head)
        assert answer.status < 300, answer
        return answer.body

    def names(self):
        return self.ask("GET", "").decode().split()

    def content(self, name):
        return self.ask("GET", name)

    def put(self, name, content):
        self.ask("PUT", name, content)

    def settings(self, endpoint=None, **more):
        """Of a desk that keeps its attachments here."""
        return {
            "LUPAUS_BLOB_ENDPOINT": endpoint or self.url,
            "LUPAUS_BLOB_BUCKET": BUCKET,
            "LUPAUS_BLOB_ACCESS_KEY": USER,
            "LUPAUS_BLOB_SECRET_KEY": PASSWORD,
            **more,
        }


@contextlib.contextmanager
def running_store(folder):
    store = ObjectStore(folder)
    try:
        yield store.start()
    finally:
        store.stop()
