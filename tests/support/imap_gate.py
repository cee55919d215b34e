"""A gate between a mailbox and whoever reads it, that knows as much of IMAP (in the clear) as it takes to see mails go
by: it breaks the link in the midst of every so manieth, and hands some out in a way that no server should."""

import contextlib
import re
import socket
import struct
import threading

import program

CHUNK_BYTES = 64 * 1024
WAIT_S = 120
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: what is closed so ends with RST instead of FIN
MAIL = re.compile(rb"BODY\[\] \{(\d+)\}\r\n$")


class Link:
    """A client's connection and the one to the server that belongs to it."""

    def __init__(self, gate, near):
        self.gate, self.near = gate, near
        self.far = socket.create_connection(("127.0.0.1", gate.target), WAIT_S)
        self.far.settimeout(None)  # a client may be idle

    def run(self):
        asking = threading.Thread(target=self.pass_commands, daemon=True)
        asking.start()
        with contextlib.suppress(OSError):
            self.pass_answers()
        self.end()
        asking.join()
        for one in (self.near, self.far):
            one.close()
        self.gate.links.discard(self)

    def end(self):
        for one in (self.near, self.far):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def pass_commands(self):
        with contextlib.suppress(OSError):
            while chunk := self.near.recv(CHUNK_BYTES):
                self.far.sendall(chunk)
        self.end()

    def pass_answers(self):
        with self.far.makefile("rb", CHUNK_BYTES) as lines:
            while line := lines.readline():
                mail = MAIL.search(line)
                if not mail:
                    self.near.sendall(line if self.gate.has_idle else line.replace(b" IDLE", b""))
                elif not self.pass_mail(line, lines.read(int(mail[1]))):
                    return

    def pass_mail(self, line, content):
        """False: the link was cut in its midst."""
        self.gate.mails += 1
        if self.gate.cut_every and self.gate.mails % self.gate.cut_every == 0:
            self.gate.cuts += 1
            self.near.sendall(line + content[: len(content) // 2])
            if self.gate.cuts % 2:
                self.near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            return False
        self.near.sendall(self.gate.spoil(line, content))
        return True


class ImapGate:
    """`spoil`: what the client gets of (the line up to a mail's length, the mail). `mails`, `cuts`: so far."""

    def __init__(self, target, cut_every=0, has_idle=True, spoil=lambda line, content: line + content):
        self.target, self.cut_every, self.has_idle, self.spoil = target, cut_every, has_idle, spoil
        self.mails = self.cuts = 0
        self.links, self.is_closed = set(), False
        [self.port] = program.free_ports(1)
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self.thread = threading.Thread(target=self.accept, daemon=True)

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self.is_closed:
                    near.close()
                    continue
                link = Link(self, near)
                self.links.add(link)
                threading.Thread(target=link.run, daemon=True).start()

    @contextlib.contextmanager
    def closed(self):
        """Nobody is connected meanwhile."""
        self.is_closed = True
        for link in list(self.links):
            link.end()
        program.wait_until(lambda: not self.links, what="the end of all links")
        yield
        self.is_closed = False


@contextlib.contextmanager
def running_imap_gate(target, **settings):
    gate = ImapGate(target, **settings)
    gate.thread.start()
    try:
        yield gate
    finally:
        with gate.closed():
            gate.listener.shutdown(socket.SHUT_RDWR)
            gate.listener.close()
            gate.thread.join(WAIT_S)
