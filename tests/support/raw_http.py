"""HTTP as nobody should send it: bytes on a socket, and what comes back."""

import contextlib
import json
import re
import selectors
import socket
import urllib.parse

import program

WAIT_S = 20


class Peer:
    """One connection. Reading ends with the server's end of it or, loudly, with the time."""

    def __init__(self, url, receive_buffer=None):
        parts = urllib.parse.urlsplit(url)
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(WAIT_S)
        self.socket.connect((parts.hostname, parts.port))
        self.unread = b""

    def send(self, data):
        self.socket.sendall(data)

    def try_send(self, data):
        """For what the server may refuse in the middle."""
        with contextlib.suppress(ConnectionError):
            self.socket.sendall(data)

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def read_to_end(self):
        data, self.unread = self.unread, b""
        while True:
            try:
                piece = self.socket.recv(65536)
            except ConnectionError:
                return data
            if not piece:
                return data
            data += piece

    def read_answer(self):
        """(status, header text, body) of one answer with a Content-Length; the rest stays for the next one."""
        head = self.read_until(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")), 0)
        while len(self.unread) < length:
            self.read_piece()
        body, self.unread = self.unread[:length], self.unread[length:]
        return int(lines[0].split(" ")[1]), head.decode("latin-1"), body

    def read_until(self, mark):
        while mark not in self.unread:
            self.read_piece()
        head, _, self.unread = self.unread.partition(mark)
        return head

    def read_piece(self):
        piece = self.socket.recv(65536)
        assert piece, f"the connection ended early, after {self.unread[:200]!r}"
        self.unread += piece

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Crowd:
    """Many connections at once, in one thread: what each was told while it is open, and when the server ended it."""

    def __init__(self, url):
        self.url, self.selector = url, selectors.DefaultSelector()
        self.open, self.ended = {}, {}

    def join(self, data):
        """One more, which says this."""
        peer = Peer(self.url)
        self.open[peer] = b""
        self.selector.register(peer.socket, selectors.EVENT_READ, peer)
        peer.try_send(data)
        return peer

    def say(self, data):
        for peer in self.open:
            peer.try_send(data)

    def listen(self, seconds):
        """Waits so long for somebody to be told something. False: nobody was."""
        ready = self.selector.select(seconds)
        for key, _ in ready:
            peer = key.data
            try:
                piece = peer.socket.recv(65536)
            except ConnectionError:
                piece = b""
            self.open[peer] += piece
            if not piece:
                self.selector.unregister(peer.socket)
                peer.close()
                self.ended[peer] = self.open.pop(peer)
        return bool(ready)

    def close(self):
        for peer in self.open:
            peer.close()
        self.selector.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def webhook(channel, message, **headers):
    """(head, body) of a signed webhook as bytes, as a client would write it; a header that is None is left out."""
    body = json.dumps(message).encode()
    fields = {**program.signed_headers(channel.secret, body), "Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"POST {channel.path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode(), body


def statuses(data):
    """The status of each answer in what a connection gave."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", data)]
