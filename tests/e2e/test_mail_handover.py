"""Mail servers hand mail over: a real one (Exim) whose only way out is the desk's LMTP port; what it sees while the
desk's database is away, and while the desk stops."""

import contextlib
import smtplib

import pytest

import mail
import mail_server
import program


@pytest.fixture
def port():
    return program.free_ports(1)[0]


@pytest.fixture
def desk(cluster, tmp_path, port):
    with program.running_desk(cluster, tmp_path / "desk", LUPAUS_EMAIL_LMTP_LISTEN=f"127.0.0.1:{port}") as running:
        running.lmtp_port = port
        yield running


@pytest.fixture
def server(port):
    with mail_server.running(port) as running:
        yield running


@contextlib.contextmanager
def database_away(desk):
    with contextlib.closing(desk.cluster.connect("lupaus_owner", "postgres")) as owner:
        cursor = owner.cursor()
        cursor.execute(f'ALTER DATABASE "{desk.database}" ALLOW_CONNECTIONS false')
        desk.end_sessions()
        try:
            yield
        finally:
            cursor.execute(f'ALTER DATABASE "{desk.database}" ALLOW_CONNECTIONS true')


def texts(channel):
    """What customers said on it."""
    said = "SELECT m.text FROM message m JOIN conversation c ON c.id = m.conversation_id WHERE c.channel_id = %s"
    return sorted(text.strip() for (text,) in channel.desk.query(said, channel.id))


def test_a_mail_server_hands_over_what_customers_write(support, server):
    box, other = mail.open_channel(support), mail.open_channel(support, name="Other")
    with smtplib.SMTP("127.0.0.1", server.port, timeout=20) as client:
        client.send_message(mail.written(box.address, "Yksi"), "aino@example.com", [box.address])
        client.send_message(mail.written(other.address, "Kaksi"), "aino@example.com", [box.address, other.address])
        local, domain = box.address.split("@")
        client.send_message(mail.written(box.address, "Kolme"), "aino@example.com", [f"{local}+tag@{domain}"])
    wanted = ["Kaksi", "Kolme", "Yksi"]
    program.wait_until(lambda: texts(box) == wanted, what="the mails of one channel")
    program.wait_until(lambda: texts(other) == ["Kaksi"], what="the mail of the other")
    kept = support.desk.query("SELECT bytes FROM inbound_raw WHERE account_id = %s", support.id)
    tagged = f"Delivered-To: {local}+tag@{domain}\r\n".encode()
    assert any(tagged in bytes(raw) for (raw,) in kept), "the tag came along"
    program.wait_until(lambda: not server.queue(), what="the end of its queue")


def test_what_nobody_has_bounces_at_the_server_that_has_it(support, server):
    with smtplib.SMTP("127.0.0.1", server.port, timeout=20) as client:
        client.send_message(mail.written("nobody@desk.example"), "aino@example.com", ["nobody@desk.example"])
    program.wait_until(lambda: "550 5.1.1 No channel has this address" in server.words(), what="the refusal in its log")


def test_while_the_database_is_away_the_server_keeps_the_mail(support, desk, server):
    box = mail.open_channel(support)
    with database_away(desk):
        with smtplib.SMTP("127.0.0.1", server.port, timeout=20) as client:
            client.send_message(mail.written(box.address, "Sitkeä"), "aino@example.com", [box.address])
        program.wait_until(lambda: "451 4.3.0" in server.words(), what="the first try")
        assert server.queue()
    program.wait_until(lambda: texts(box) == ["Sitkeä"], 60, what="the mail")
    assert not server.queue()


def test_a_desk_that_stops_finishes_the_mail_under_way(support, desk):
    box = mail.open_channel(support)
    body = mail.as_bytes(mail.written(box.address))
    with mail.wire(desk.lmtp_port) as idle, mail.wire(desk.lmtp_port) as busy:
        busy.send(b"LHLO x\r\n" + mail.envelope(box.address) + body[:20])
        busy.answer()
        assert busy.codes(3)[-1] == "354 Go"
        desk.server.terminate()
        assert idle.answer().startswith(b"421 4.3.2 "), "nothing was under way there"
        assert idle.answer() == b""
        busy.send(body[20:] + b"\r\n.\r\n")
        assert busy.codes(2) == ["250 2.0.0", "421 4.3.2"]
        assert busy.answer() == b""
        assert desk.server.wait_end() == 0
    assert desk.query("SELECT count(*) FROM inbound_key WHERE channel_id = %s", box.id) == [(1,)]
