"""Mails as customers' programs write them, the channel they are for, and the ways in: LMTP as Python speaks it, and
POST /hooks/email/{channel_id}."""

import contextlib
import email.message
import email.utils
import secrets
import smtplib
import socket

import program

LMTP_WAIT_S = 20


def new_address(local="support"):
    """Of a domain that nobody else in the test has."""
    return f"{local}@desk-{secrets.token_hex(4)}.example"


def written(to, text="Moi!", sender="Aino <aino@example.com>", **headers):
    """The bytes of a mail. `headers`: names with underscores; None leaves one out that each mail has."""
    mail = email.message.EmailMessage()
    given = {"From": sender, "To": to, "Subject": "Hei", "Message-ID": email.utils.make_msgid(domain="example.com")}
    given |= {"Date": email.utils.formatdate(), **{name.replace("_", "-"): value for name, value in headers.items()}}
    for name, value in given.items():
        if value is not None:
            mail[name] = value
    mail.set_content(text)
    return mail


def as_bytes(mail):
    return mail if isinstance(mail, bytes) else mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))


class MailChannel(program.Channel):
    """A channel of the kind email."""

    def __init__(self, desk, made, address):
        super().__init__(desk, made)
        self.address = address

    def hand_in(self, mail, content_type="message/rfc822", headers=None):
        """Over HTTP."""
        return self.post(as_bytes(mail), headers={"Content-Type": content_type, **(headers or {})})

    def conversation(self, api, answer):
        """Where what was answered with an inbound_id was routed to."""
        return api.conversation(self.message(answer)["conversation_id"])

    def message(self, answer):
        """Its row, as soon as it was routed."""
        return program.wait_until(
            lambda: next(iter(self.desk.rows("SELECT * FROM message WHERE id = %s", answer["inbound_id"])), None),
            what="the routing of a mail",
        )


def open_channel(account, address=None, team=None, name="Mail", **options):
    """By default of the account's team `support`."""
    address = address or new_address()
    body = {"kind": "email", "name": name, "team_id": team or account.support, "email": {"address": address, **options}}
    return MailChannel(account.desk, account.admin.post("/v1/channels", body, 201), address)


def stored_id(answer):
    """The inbound_id in an answer of LMTP: b"2.0.0 Stored as <id>"."""
    return answer.decode().rsplit(" ", 1)[1]


class Lmtp(smtplib.LMTP):
    """What Python speaks, with the answer for each recipient, which sendmail() forgets where it is a good one."""

    def give(self, sender, recipients, mail):
        """[(code, text)] for each recipient, those of RCPT where it was refused there."""
        self.ehlo_or_helo_if_needed()
        answers, accepted = {}, []
        code, text = self.mail(sender, [f"size={len(as_bytes(mail))}"])
        if code != 250:
            self.rset()
            return [(code, text)] * len(recipients)
        for recipient in recipients:
            code, text = self.rcpt(recipient)
            if code == 250:
                accepted.append(recipient)
            else:
                answers[recipient] = (code, text)
        if accepted:
            code, text = self.data(as_bytes(mail))
            answers[accepted[0]] = (code, text)
            answers |= {recipient: self.getreply() for recipient in accepted[1:]}
        else:
            self.rset()
        return [answers[recipient] for recipient in recipients]


@contextlib.contextmanager
def lmtp(port):
    client = Lmtp("127.0.0.1", port, timeout=LMTP_WAIT_S)
    try:
        yield client
    finally:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            client.quit()


class Wire:
    """A connection on which a test writes what it likes."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), LMTP_WAIT_S)
        self.lines = self.socket.makefile("rb")
        self.greeting = self.answer()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def answer(self):
        """The next answer's lines in one; empty where the connection is over."""
        text = b""
        while True:
            line = self.lines.readline()
            text += line
            if not line or line[3:4] != b"-":
                return text

    def codes(self, count):
        """ "250 2.1.0" of so many answers, where there is such a status."""
        return [b" ".join(self.answer().split()[:2]).decode() for _ in range(count)]

    def close(self):
        self.lines.close()
        self.socket.close()


@contextlib.contextmanager
def wire(port):
    one = Wire(port)
    try:
        yield one
    finally:
        one.close()


def envelope(*recipients, sender="aino@example.com"):
    """The commands up to the mail, as a client with PIPELINING sends them."""
    lines = [f"MAIL FROM:<{sender}>", *[f"RCPT TO:<{recipient}>" for recipient in recipients], "DATA"]
    return "".join(line + "\r\n" for line in lines).encode()
