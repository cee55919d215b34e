"""What a mail of 25 MB costs on its way in: its own bytes, and once more what the database is sent. Its files pass
through in pieces, and nothing of it stays."""

import contextlib
import email.message
import hashlib
import random
import re

import pytest

import mail
import program

EXTRA_MIB = 64  # one copy more would be 74
KEPT_MIB = 16


@pytest.fixture(scope="module")
def desk(cluster, tmp_path_factory):
    with open(program.PROGRAM, "rb") as file:
        if b"__asan_init" in file.read() or b"__tsan_init" in file.read():
            pytest.skip("a sanitiser keeps memory of its own")
    port = program.free_ports(1)[0]
    with program.running_desk(
        cluster, tmp_path_factory.mktemp("desk"), LUPAUS_EMAIL_LMTP_LISTEN=f"127.0.0.1:{port}"
    ) as running:
        running.lmtp_port = port
        yield running


@pytest.fixture
def box(shared):
    return mail.open_channel(shared)


def large(address, seed):
    """25 MB, nearly all of it one file."""
    one = mail.written(address, "Katso liite")
    content = random.Random(seed).randbytes(18_250_000)
    one.add_attachment(content, maintype="application", subtype="pdf", filename="Käyttöohje.pdf")
    body = mail.as_bytes(one)
    assert 24_500_000 < len(body) < 25_900_000
    return body, hashlib.sha256(content).hexdigest()


def over_lmtp(desk, box, body):
    with mail.lmtp(desk.lmtp_port) as client:
        [(code, answer)] = client.give("aino@example.com", [box.address], body)
    assert code == 250, answer
    return {"inbound_id": mail.stored_id(answer)}


def over_http(_desk, box, body):
    answer = box.hand_in(body)
    assert answer.status == 202, answer
    return answer.json()


class Memory:
    def __init__(self, desk):
        self.folder = f"/proc/{desk.server.process.pid}"

    def mib(self, field):
        with open(f"{self.folder}/status", encoding="ascii") as status:
            return int(re.search(rf"{field}:\s+(\d+)", status.read()).group(1)) / 1024

    @contextlib.contextmanager
    def bounded(self):
        with open(f"{self.folder}/clear_refs", "w", encoding="ascii") as marks:
            marks.write("5")  # forgets the peak so far (proc(5))
        before = self.mib("VmRSS")
        yield
        assert program.IS_SANITIZED or self.mib("VmHWM") - before < EXTRA_MIB


@pytest.mark.parametrize("way", [over_lmtp, over_http])
def test_a_mail_of_25_mb_is_not_copied(desk, box, way):
    memory = Memory(desk)
    over_lmtp(desk, box, mail.as_bytes(mail.written(box.address)))  # what is made for the first mail stays
    before = memory.mib("VmRSS")
    for seed in range(3):
        body, digest = large(box.address, f"{way.__name__} {seed}")
        with memory.bounded():
            answer = way(desk, box, body)
            message = box.message(answer)
        [file] = desk.rows("SELECT * FROM attachment WHERE message_id = %s", message["id"])
        assert (file["name"], file["sha256"]) == ("Käyttöohje.pdf", digest)
    if not program.IS_SANITIZED:
        program.wait_until(lambda: memory.mib("VmRSS") < before + KEPT_MIB, what="the memory to be given back")
