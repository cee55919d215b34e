"""Our mail, taken over by a real relay and read back by Python's email package: what is read is what was written."""

import base64
import email
import email.header
import email.policy
import email.utils
import secrets

import pytest

import exim
from conftest import OPEN, STARTTLS, TLS, Probe

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def new_name():
    """A mailbox that nobody else of this run looks at."""
    return "ada-" + secrets.token_hex(6)


def draft(name, **more):
    return {
        "message_id": secrets.token_hex(8) + "@shop.example",
        "from": {"name": "Shop", "address": "support@shop.example"},
        "to": [{"address": name + "@example.org"}],
        "subject": "Your order",
        "date": 1795668306,
        "text": "Hello\n",
        **more,
    }


def way(relay, security=STARTTLS):
    ports = {STARTTLS: relay.starttls_port, TLS: relay.tls_port, OPEN: relay.open_port}
    login = {} if security == OPEN else {"username": exim.USER, "secret": exim.PASSWORD}
    return {"port": ports[security], "security": security, **login}


def read(written):
    """As a mailbox keeps it: lines that end in LF."""
    return email.message_from_bytes(written.replace(b"\r\n", b"\n"), policy=email.policy.default)


def text_of(part):
    return part.get_content().replace("\r\n", "\n")


def file(name, content_type, content, **more):
    return {"name": name, "content_type": content_type, "bytes": base64.b64encode(content).decode(), **more}


@pytest.mark.parametrize("security", [STARTTLS, TLS, OPEN])
def test_a_mail_arrives_by_every_door(relay, probe, security):
    name = new_name()
    sent = draft(name)
    outcome = probe.ask(**sent, **way(relay, security))
    assert outcome["fate"] == "sent", outcome
    [mail] = relay.wait_for_mails(name)
    assert mail["Message-ID"] == f"<{sent['message_id']}>"
    assert mail["Return-path"] == "<support@shop.example>"
    assert mail.get_content() == "Hello\n"


def test_a_token_logs_in(relay, probe):
    name = new_name()
    token = {**way(relay), "method": 1, "secret": exim.TOKEN}
    assert probe.ask(**draft(name), **token)["fate"] == "sent"
    relay.wait_for_mails(name)
    outcome = probe.ask(**draft(name), **{**token, "secret": "expired"})
    assert (outcome["fate"], outcome["step"]) == ("unreachable", "login"), outcome


def test_everything_in_it_reads_back_equal(relay, probe):
    name = new_name()
    text = "Päivää Ada,\n\n.\n..dots\nFrom the shop\ntrailing blank \n日本語 и русский\n-- \nMaija\n" + "x" * 3000 + "\n"
    html = '<p>Päivää <b>Ada</b> <img src="cid:logo@shop"></p>\n' + "<p>.</p>\n" * 500
    binary = bytes(range(256)) * 50
    names = ["bill.pdf", 'a "quoted" name.pdf', "tärkeä lasku – 2026.pdf", "日本語のとても長い名前" * 8 + ".pdf"]
    sent = draft(
        name,
        subject="Ääkköset and a very long subject that has to be folded somewhere " * 3 + "日本語",
        to=[{"name": "Ada Lovelace, Countess", "address": name + "@example.org"}],
        cc=[{"name": "Äiti", "address": "cc@example.org"}, {"name": 'A "B" \\ C', "address": "abc@example.org"}],
        bcc=[{"address": "hidden@example.org"}],
        reply_to={"name": "Support", "address": "support+r.1.abc@shop.example"},
        in_reply_to="q2@example.org",
        references=["q1@example.org", "q2@example.org"] + [secrets.token_hex(20) + "@example.org" for _ in range(30)],
        text=text,
        html=html,
        parts=[file("logo.png", "image/png", PNG, content_id="logo@shop", inline=True)]
        + [file(one, "application/pdf", binary) for one in names],
        extra=[["Auto-Submitted", "auto-replied"], ["X-Note", "Ä"]],
    )
    outcome = probe.ask(**sent, **way(relay))
    assert outcome["fate"] == "sent", outcome
    [mail] = relay.wait_for_mails(name)
    assert not mail.defects and all(not part.defects for part in mail.walk())
    assert mail["Subject"] == sent["subject"]
    assert mail["From"].addresses[0].display_name == "Shop"
    assert [(one.display_name, one.addr_spec) for one in mail["To"].addresses] == [
        ("Ada Lovelace, Countess", name + "@example.org")
    ]
    assert [(one.display_name, one.addr_spec) for one in mail["Cc"].addresses] == [
        ("Äiti", "cc@example.org"),
        ('A "B" \\ C', "abc@example.org"),
    ]
    assert mail["Bcc"] is None
    assert mail["Reply-To"].addresses[0].addr_spec == "support+r.1.abc@shop.example"
    assert mail["In-Reply-To"] == "<q2@example.org>"
    assert mail["References"].split() == [f"<{one}>" for one in sent["references"]]
    assert mail["Auto-Submitted"] == "auto-replied" and mail["X-Note"] == "Ä"
    assert email.utils.parsedate_to_datetime(mail["Date"]).timestamp() == sent["date"]
    assert text_of(mail.get_body(("plain",))) == text
    assert text_of(mail.get_body(("html",))) == html
    parts = [part for part in mail.walk() if not part.is_multipart() and part.get_content_maintype() != "text"]
    assert [part.get_filename() for part in parts] == ["logo.png"] + names
    assert parts[0].get_content_disposition() == "inline" and parts[0]["Content-ID"] == "<logo@shop>"
    assert parts[0].get_content() == PNG
    assert [part.get_content() for part in parts[1:]] == [binary] * len(names)
    shape = [part.get_content_type() for part in mail.walk()]
    assert shape == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
    ] + ["application/pdf"] * len(names)  # fmt: skip
    for other in ("cc", "abc", "hidden"):
        assert relay.wait_for_mails(other)[0]["Message-ID"] == mail["Message-ID"]


def test_texts_of_every_kind_read_back_equal(probe):
    texts = ["", "\n", "a\n", "ä\n", "=\n", "a=3Db\n", " lead\n", "tab\t\n", "\n\n\nmany\n\n", "x" * 998 + "\n"]
    texts += ["日" * 1000 + "\n", "line\n" * 10_000, "😀" * 50 + "\n", "--\n-- \n---\n"]
    texts += ["\x0b\x0c\x7f\n", "»Ä«\n", "=_mark\n", "=?utf-8?Q?x?=\n"]
    for text in texts:
        parsed = read(probe.write(**draft("ada", text=text)))
        assert text_of(parsed) == text, repr(text[:40])


def name_in(bytes_of):
    """In To. Python 3.11's newer policy keeps the blanks between encoded words of a name (RFC 2047, 6.2: must not)."""
    field = email.message_from_bytes(bytes_of)["To"].replace("\r\n", "").replace("\n", "")
    return str(email.header.make_header(email.header.decode_header(email.utils.parseaddr(field)[0])))


def test_subjects_and_names_of_every_kind_read_back_equal(probe):
    values = ["a", "ä", "a  b", "日本語" * 40, "=?utf-8?Q?x?=", "x" * 500, "a,b;c:d<e>f@g"]
    values += ['say "hi"', "back\\slash", "(note)", "word " * 60 + "end"]
    values += ["ä " * 60 + "end", "😀" * 30, "a\tb", "under_score", "Maija Meikäläinen (Shop)"]
    for value in values:
        bytes_of = probe.write(**draft("ada", subject=value, to=[{"name": value, "address": "ada@example.org"}]))
        assert max(len(line) for line in bytes_of.split(b"\r\n")) <= 78
        parsed = read(bytes_of)
        assert parsed["Subject"] == value
        assert name_in(bytes_of) == value, repr(bytes_of[:400])
        assert parsed["To"].addresses[0].addr_spec == "ada@example.org"


def test_an_address_beyond_ascii_arrives_where_it_is_taken(relay, probe):
    name = "päivä-" + secrets.token_hex(6)
    sent = draft(name, cc=[{"name": "Äiti", "address": "用户@example.org"}])
    assert probe.ask(**sent, **way(relay))["fate"] == "sent"
    [mail] = relay.wait_for_mails(name)
    assert str(mail["To"]) == name + "@example.org" and str(mail["Cc"]) == "Äiti <用户@example.org>"
    with exim.running_exim(takes_utf8=False) as plain:
        other = Probe(plain.authority, "127.0.0.0/8", "::1/128")
        outcome = other.ask(**sent, **way(plain))
        assert (outcome["fate"], outcome["code"]) == ("refused", None) and "SMTPUTF8" in outcome["detail"], outcome
        other.close()


def test_a_mail_inside_the_mail_can_be_read(probe):
    inner = probe.write(**draft("bob", subject="Inner", text="Inside\n"))
    outer = probe.write(**draft("ada", parts=[file("inner.eml", "message/rfc822", inner)]))
    parsed = read(outer)
    [part] = [one for one in parsed.walk() if one.get_content_type() == "message/rfc822"]
    assert part.get_content()["Subject"] == "Inner"
    assert part.get_content().get_content() == "Inside\n"


def test_automatic_mail_has_a_null_return_path(relay, probe):
    name = new_name()
    assert probe.ask(**draft(name), **way(relay), return_path="")["fate"] == "sent"
    assert relay.wait_for_mails(name)[0]["Return-path"] == "<>"


def test_the_relays_no_is_told_apart(relay, probe):
    outcomes = {
        local: probe.ask(**draft(local), **way(relay)) for local in ("gone", "full")
    }
    assert (outcomes["gone"]["fate"], outcomes["gone"]["code"]) == ("refused", 550)
    assert "5.1.1 no such user" in outcomes["gone"]["detail"]
    assert (outcomes["full"]["fate"], outcomes["full"]["code"]) == ("try_later", 451)
    spam = probe.ask(**draft("ada", subject="spam"), **way(relay))
    assert (spam["fate"], spam["step"], spam["code"]) == ("refused", "ending", 550), spam
    busy = probe.ask(**draft("ada", subject="busy"), **way(relay))
    assert (busy["fate"], busy["step"]) == ("try_later", "ending"), busy


def test_a_copy_that_is_refused_does_not_keep_the_mail_back(relay, probe):
    name = new_name()
    outcome = probe.ask(**draft(name, cc=[{"address": "gone@example.org"}]), **way(relay))
    assert outcome["fate"] == "sent" and "gone@example.org" in outcome["detail"]
    assert [one["fate"] for one in outcome["recipients"]] == ["sent", "refused"]
    relay.wait_for_mails(name)
    waiting = probe.ask(**draft(name, cc=[{"address": "full@example.org"}]), **way(relay))
    assert waiting["fate"] == "try_later"
    assert len(relay.mails(name)) == 1


def test_a_wrong_password_is_no_fault_of_the_mail(relay, probe):
    outcome = probe.ask(**draft("ada"), **{**way(relay), "secret": "wrong"})
    assert (outcome["fate"], outcome["step"]) == ("unreachable", "login")
    assert "535" in outcome["detail"] and "wrong" not in outcome["detail"].replace("535 Incorrect", "")


def test_nothing_is_said_to_a_relay_that_cannot_be_trusted(relay, tmp_path):
    """Another authority, another name, no STARTTLS: no login and no mail."""
    other = tmp_path / "other"
    other.mkdir()
    exim.make_certificate(str(other))
    stranger = Probe(str(other / "chain.pem"), "127.0.0.0/8", "::1/128")
    for security in (STARTTLS, TLS):
        outcome = stranger.ask(**draft("ada"), **way(relay, security))
        assert outcome["fate"] == "unreachable" and "certificate" in outcome["detail"], outcome
    stranger.close()
    named = Probe(relay.authority, "127.0.0.0/8")
    outcome = named.ask(**draft("ada"), **way(relay), host="127.0.0.2")
    assert (outcome["fate"], outcome["step"]) == ("unreachable", "handshake"), outcome
    stripped = named.ask(**draft("ada"), **{**way(relay), "port": relay.open_port})
    assert stripped["fate"] == "unreachable" and "STARTTLS" in stripped["detail"], stripped
    named.close()


def test_private_relays_are_only_reached_where_the_operator_says_so(relay):
    guarded = Probe(relay.authority)
    outcome = guarded.ask(**draft("ada"), **way(relay))
    assert outcome["fate"] == "unreachable" and "egress.allow" in outcome["detail"]
    guarded.close()


def test_the_relays_size_is_asked_before_the_mail_is_sent():
    with exim.running_exim(size_max="10K") as small:
        probe = Probe(small.authority, "127.0.0.0/8", "::1/128")
        outcome = probe.ask(**draft("ada", text="x" * 70 + "\n" + "y" * 70 + "\n" * 20_000), **way(small))
        assert (outcome["fate"], outcome["step"]) == ("refused", "login"), outcome
        assert "10240" in outcome["detail"]
        probe.close()


def test_a_large_mail_arrives_whole(relay, probe):
    name, content = new_name(), secrets.token_bytes(12_000_000)
    outcome = probe.ask(**draft(name, parts=[file("large.bin", "application/octet-stream", content)]), **way(relay))
    assert outcome["fate"] == "sent", outcome
    [mail] = relay.wait_for_mails(name)
    assert [part.get_content() for part in mail.iter_attachments()] == [content]
