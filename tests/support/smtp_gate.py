"""A gate between a client and its relay that knows SMTP (in the clear, without pipelining) and breaks the link at one
point of a session: before a command is passed on, or after, when the relay's answer is swallowed."""

import contextlib
import socket
import struct
import threading

import program

CHUNK_BYTES = 64 * 1024
WAIT_S = 20
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: what is closed so ends with RST instead of FIN
COMMANDS = ("EHLO", "MAIL", "RCPT", "DATA")
END = b"\r\n.\r\n"
# In the order of a session. At the last three the relay may have the whole mail; at `after .` it has it.
POINTS = (
    ["accept", "greeting"]
    + [when + " " + command for command in COMMANDS for when in ("before", "after")]
    + ["message", "before .", "after .", "amid ."]
)
UNCERTAIN = POINTS[-3:]
AFTER_ALL = ["before QUIT", "after QUIT"]


class Cut(Exception):
    pass


class Session:
    def __init__(self, gate, near, point):
        self.gate, self.near, self.point, self.far = gate, near, point, None

    def run(self):
        try:
            self.cut_at("accept")
            self.far = socket.create_connection(("127.0.0.1", self.gate.target), WAIT_S)
            self.pass_answer("greeting")
            while line := self.read_line(self.near):
                command = line[:4].decode("ascii").upper()
                self.cut_at("before " + command)
                self.far.sendall(line)
                if self.pass_answer("after " + command).startswith(b"354"):
                    self.pass_message()
        except (Cut, OSError):
            pass
        finally:
            self.close()

    def pass_answer(self, point):
        lines = [self.read_line(self.far)]
        while lines[-1][3:4] == b"-":
            lines.append(self.read_line(self.far))
        self.cut_at(point)
        self.near.sendall(b"".join(lines))
        return lines[0]

    def pass_message(self):
        message = self.near.recv(CHUNK_BYTES)
        if self.point == "message":
            self.far.sendall(message[: len(message) // 2])
        self.cut_at("message")
        while not message.endswith(END):
            part = self.near.recv(CHUNK_BYTES)
            if not part:
                raise Cut()
            message += part
        if self.point == "before .":
            self.far.sendall(message[: -len(END)])
        self.cut_at("before .")
        self.far.sendall(message)
        answer = self.read_line(self.far)
        self.cut_at("after .")
        if self.point == "amid .":
            self.near.sendall(answer[:6])
        self.cut_at("amid .")
        self.near.sendall(answer)

    def cut_at(self, point):
        if point == self.point:
            self.gate.cuts[point] = self.gate.cuts.get(point, 0) + 1
            if sum(self.gate.cuts.values()) % 2:
                self.near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            if self.gate.is_silent:
                self.near.recv(1)  # until the client has had enough
            raise Cut()

    def read_line(self, source):
        line = b""
        while not line.endswith(b"\n"):
            byte = source.recv(1)
            if not byte:
                raise Cut()
            line += byte
        return line

    def close(self):
        for one in filter(None, (self.near, self.far)):
            one.close()


class SmtpGate:
    """`plan` gives the point of the next session, or None. `cuts`: how often each came about."""

    def __init__(self, target, plan):
        self.target, self.plan, self.cuts, self.is_silent = target, plan, {}, False
        [self.port] = program.free_ports(1)
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self.thread = threading.Thread(target=self.accept, daemon=True)

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                near.settimeout(WAIT_S)
                threading.Thread(target=Session(self, near, self.plan()).run, daemon=True).start()


@contextlib.contextmanager
def running_smtp_gate(target, plan):
    gate = SmtpGate(target, plan)
    gate.thread.start()
    try:
        yield gate
    finally:
        gate.listener.shutdown(socket.SHUT_RDWR)
        gate.listener.close()
        gate.thread.join(WAIT_S)
