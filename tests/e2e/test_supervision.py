"""What a service manager hears, on a real datagram socket: ready when it serves, a beat while the I/O thread turns,
stopping before the drain."""

import os
import shutil
import signal
import socket
import tempfile

import pytest

import program

BEAT_S = 0.2


class Manager:
    """The listening end of NOTIFY_SOCKET."""

    def __init__(self, name):
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)

    def settings(self, pid=None):
        words = {"NOTIFY_SOCKET": self.name, "WATCHDOG_USEC": str(int(2 * BEAT_S * 1_000_000))}
        return {**words, "WATCHDOG_PID": str(pid)} if pid else words

    def hear(self, seconds=30):
        """One message as a dictionary."""
        self.socket.settimeout(seconds)
        lines = self.socket.recv(4096).decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def hear_until(self, word):
        for _ in range(1000):
            said = self.hear()
            if word in said:
                return said
        raise AssertionError(f"{word} was never said")


@pytest.fixture(params=["path", "abstract"])
def manager(request):
    folder = tempfile.mkdtemp(prefix="lupaus-")  # a socket's path has to be short
    name = os.path.join(folder, "notify") if request.param == "path" else "@" + os.path.basename(folder)
    listening = Manager(name)
    yield listening
    listening.socket.close()
    shutil.rmtree(folder)


@pytest.fixture
def fresh(cluster, tmp_path):
    desk = program.Desk(cluster, tmp_path).migrate()
    yield desk
    desk.discard()


def test_ready_beats_and_stopping(fresh, manager):
    fresh.servers.append(program.Server(fresh, **manager.settings()))
    first = manager.hear(60)
    assert first["READY"] == "1"
    assert fresh.servers[0].probe("/healthz") == 200, "it listens before it says so"
    for _ in range(3):
        assert manager.hear(10 * BEAT_S)["WATCHDOG"] == "1"
    program.wait_until(lambda: manager.hear().get("STATUS") == "Serving", what="the status of a desk that is ready")
    fresh.servers[0].terminate()
    assert manager.hear_until("STOPPING") == {"STOPPING": "1", "STATUS": "Draining"}
    assert fresh.servers[0].wait_end() == 0


def test_a_process_that_hangs_does_not_beat(fresh, manager):
    server = program.Server(fresh, **manager.settings())
    fresh.servers.append(server)
    manager.hear_until("WATCHDOG")
    server.process.send_signal(signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        for _ in range(100):  # what had been said before
            manager.hear(5 * BEAT_S)
    server.process.send_signal(signal.SIGCONT)
    manager.hear_until("WATCHDOG")
    assert server.stop() == 0


def test_the_status_says_what_is_wrong(fresh, manager):
    server = program.Server(fresh, "--hold-outbound".split(), **manager.settings())
    fresh.servers.append(server)
    program.wait_until(lambda: "told to send nothing" in manager.hear().get("STATUS", ""), what="the held status")
    fresh.query("INSERT INTO schema_migration (version, name, checksum, oldest_program) VALUES (9001, 'x', 'x', 9001)")
    program.wait_until(lambda: "too old for it" in manager.hear().get("STATUS", ""), what="the status of the schema")
    assert manager.hear_until("WATCHDOG")["STATUS"].startswith("Not ready: schema: ")
    assert server.stop() == 0


def test_a_watchdog_of_another_process_is_not_served(fresh, manager):
    """WATCHDOG_PID names a wrapper, say: then the beats of this process would hide that the wrapper hangs."""
    server = program.Server(fresh, **manager.settings(pid=1))
    fresh.servers.append(server)
    assert manager.hear(60)["READY"] == "1"
    assert "WATCHDOG" not in manager.hear(30), "only the status comes, and seldom"
    assert server.stop() == 0
