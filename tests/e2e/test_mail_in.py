"""Mail that arrives, over HTTP and LMTP: what is acknowledged is stored, once; what nobody can read is kept; and what
the desk makes of a mail."""

import json
import os
import subprocess

import pytest

import mail
import program

UNREADABLE = b"X-Endless: " + b"x" * (600 * 1024)  # more header than anybody reads


@pytest.fixture(scope="module")
def desk(cluster, tmp_path_factory):
    port = program.free_ports(1)[0]
    folder = tmp_path_factory.mktemp("desk")
    with program.running_desk(cluster, folder, LUPAUS_EMAIL_LMTP_LISTEN=f"127.0.0.1:{port}") as running:
        running.lmtp_port = port
        yield running


@pytest.fixture
def box(shared):
    return mail.open_channel(shared)


@pytest.fixture
def lmtp(desk):
    with mail.lmtp(desk.lmtp_port) as client:
        yield client


def raw_of(desk, inbound_id):
    return bytes(desk.query("SELECT bytes FROM inbound_raw WHERE id = %s", inbound_id)[0][0])


def count_of(desk, channel):
    """How many messages of a channel were ever accepted."""
    return desk.query("SELECT count(*) FROM inbound_key WHERE channel_id = %s", channel.id)[0][0]


# ---- over HTTP


def test_a_mail_over_http_becomes_a_message(shared, box):
    answer = box.hand_in(mail.written(box.address, "Missä tilaukseni on?", Subject="Tilaus 7"))
    assert answer.status == 202 and answer.json()["status"] == "accepted"
    conversation = box.conversation(shared.maija, answer.json())
    assert conversation["subject"] == "Tilaus 7"
    assert conversation["contact"]["name"] == "Aino"
    [message] = shared.maija.messages(conversation)
    assert message["text"].strip() == "Missä tilaukseni on?"


def test_the_same_mail_again_is_a_200(desk, box):
    one = mail.written(box.address)
    first, second = box.hand_in(one), box.hand_in(one)
    assert (first.status, second.status) == (202, 200)
    assert second.json() == {"status": "duplicate", "conflict": False, "inbound_id": first.json()["inbound_id"]}
    assert count_of(desk, box) == 1


def test_an_unsigned_mail_is_a_401(desk, box):
    one = mail.written(box.address)
    assert box.hand_in(one, headers={"webhook-signature": "v1,AAAA"}).status == 401
    headers = {"Content-Type": "message/rfc822"}
    assert box.post(mail.as_bytes(one), secret="whsec_" + "A" * 32, headers=headers).status == 401
    assert count_of(desk, box) == 0


def test_a_channel_of_another_kind_or_of_nobody_is_a_404(shared, desk, box):
    body = mail.as_bytes(mail.written(box.address))
    for channel_id in (shared.chat.id, "019a9f52-7b1c-7c33-8a51-0c1f6b8a4e20", "mail"):
        headers = {**program.signed_headers(shared.chat.secret, body), "Content-Type": "message/rfc822"}
        assert program.request("POST", f"{desk.url}/hooks/email/{channel_id}", body, headers).status == 404
    headers = {**program.signed_headers(box.secret, body), "Content-Type": "application/json"}
    assert program.request("POST", f"{desk.url}/hooks/webhook/{box.id}", body, headers).status == 404


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", None])
def test_what_says_that_it_is_no_mail_is_a_415(box, content_type):
    assert box.hand_in(mail.written(box.address), content_type).status == 415


def test_an_empty_body_is_a_422(box):
    assert box.hand_in(b"").status == 422


def test_a_mail_with_utf_8_in_its_header_may_say_so(box):
    assert box.hand_in(mail.written(box.address), "message/global; charset=utf-8").status == 202


def test_a_mail_that_is_too_large_is_a_413_and_the_largest_is_not(box):
    head = mail.as_bytes(mail.written(box.address))
    line = b"x" * 76 + b"\r\n"
    largest = head + line * ((25 * 1024 * 1024 - len(head)) // len(line))
    assert box.hand_in(largest).status == 202
    assert box.hand_in(largest + line).status == 413


# ---- what nobody can read


def test_what_nobody_can_read_waits_in_quarantine_with_its_bytes(support, desk):
    box, lead = mail.open_channel(support), support.agent("Leena", role="lead")
    answer = box.hand_in(UNREADABLE)
    assert answer.status == 202, answer
    inbound_id = answer.json()["inbound_id"]
    held = program.wait_until(lambda: lead.items("/v1/quarantine"), what="the quarantine of a mail")
    assert [(one["id"], one["channel_id"]) for one in held] == [(inbound_id, box.id)]
    assert "header" in held[0]["error"].lower(), held
    assert held[0]["sender_id"] is None
    assert raw_of(desk, inbound_id) == UNREADABLE
    assert box.hand_in(UNREADABLE).status == 200
    again = lead.post(f"/v1/quarantine/{inbound_id}/retry", status=409)
    assert "as before" in again["detail"]
    assert len(lead.items("/v1/quarantine")) == 1
    next_one = box.hand_in(mail.written(box.address))
    assert box.conversation(support.maija, next_one.json())["contact"]["name"] == "Aino", "the channel goes on"


def test_what_can_be_read_by_now_leaves_quarantine(support, desk):
    """As if the program had become a better one: the bytes are mended where they lie."""
    box, lead = mail.open_channel(support), support.agent("Leena", role="lead")
    inbound_id = box.hand_in(UNREADABLE).json()["inbound_id"]
    program.wait_until(lambda: lead.items("/v1/quarantine"), what="the quarantine of a mail")
    mended = mail.as_bytes(mail.written(box.address, "Vihdoin!"))
    desk.query("UPDATE inbound_raw SET bytes = %s WHERE id = %s", mended, inbound_id)
    lead.post(f"/v1/quarantine/{inbound_id}/retry", status=202)
    conversation = box.conversation(support.maija, {"inbound_id": inbound_id})
    assert support.maija.messages(conversation)[0]["text"].strip() == "Vihdoin!"
    assert lead.items("/v1/quarantine") == []


# ---- over LMTP


def test_a_mail_over_lmtp_becomes_a_message(shared, box, lmtp, desk):
    one = mail.written(box.address, "Hei!\n.\n..\n", Subject="Pisteitä")
    [(code, text)] = lmtp.give("aino@example.com", [box.address], one)
    assert (code, text[:16]) == (250, b"2.0.0 Stored as ")
    conversation = box.conversation(shared.maija, {"inbound_id": mail.stored_id(text)})
    assert conversation["subject"] == "Pisteitä"
    assert shared.maija.messages(conversation)[0]["text"].split() == ["Hei!", ".", ".."]
    raw = raw_of(desk, mail.stored_id(text))
    trace = f"Return-Path: <aino@example.com>\r\nDelivered-To: {box.address}\r\nReceived: "
    assert raw.startswith(trace.encode())
    assert raw.endswith(mail.as_bytes(one)), "what the sender wrote is not touched"


def test_it_says_what_it_can(lmtp):
    assert lmtp.ehlo()[0] == 250
    assert {"pipelining", "8bitmime", "smtputf8", "enhancedstatuscodes", "size"} <= set(lmtp.esmtp_features)
    assert 24 * 1024 * 1024 < int(lmtp.esmtp_features["size"]) <= 25 * 1024 * 1024


def test_each_recipient_has_an_answer_of_its_own(shared, box, lmtp):
    other = mail.open_channel(shared, name="Other")
    one = mail.written(box.address)
    answers = lmtp.give("a@example.com", [box.address, "nobody@desk.example", other.address, box.address.upper()], one)
    assert [code for code, _ in answers] == [250, 550, 250, 250]
    assert answers[1][1].startswith(b"5.1.1 ")
    assert answers[0][1] == answers[3][1], "one mail for one channel, whatever the letters' case"
    assert mail.stored_id(answers[0][1]) != mail.stored_id(answers[2][1])


def test_a_tag_behind_the_address_does_not_matter(box, lmtp):
    local, domain = box.address.split("@")
    [(code, _)] = lmtp.give("a@example.com", [f"{local}+anything.at.all@{domain}"], mail.written(box.address))
    assert code == 250


def test_a_disabled_channel_has_no_address(support, lmtp):
    box = mail.open_channel(support)
    support.admin.patch(f"/v1/channels/{box.id}", {"disabled": True})
    assert lmtp.give("a@example.com", [box.address], mail.written(box.address))[0][0] == 550


def test_the_same_mail_through_two_ways_is_one_message(desk, box, lmtp):
    one = mail.written(box.address)
    first = box.hand_in(b"Delivered-To: x@y\r\nReceived: from somewhere\r\n" + mail.as_bytes(one)).json()["inbound_id"]
    [(code, text)] = lmtp.give("aino@example.com", [box.address], one)
    assert code == 250 and mail.stored_id(text) == first and b"Known as" in text
    assert count_of(desk, box) == 1


def test_a_message_id_that_is_used_again_is_another_message(desk, box, lmtp):
    for text in ("Eka", "Toka"):
        one = mail.written(box.address, text, Message_ID="<same@example.com>")
        assert lmtp.give("aino@example.com", [box.address], one)[0][0] == 250
    assert count_of(desk, box) == 2


def test_mails_without_message_id_are_known_by_what_they_say(desk, box, lmtp):
    for text in ("Eka", "Toka", "Eka"):
        one = mail.written(box.address, text, Message_ID=None, Date="Thu, 26 Nov 2026 05:00:00 +0000")
        assert lmtp.give("aino@example.com", [box.address], one)[0][0] == 250
    assert count_of(desk, box) == 2


def test_files_are_there_before_the_acknowledgement(shared, box, lmtp, desk):
    one = mail.written(box.address)
    one.add_attachment(b"\x89PNG\r\n", maintype="image", subtype="png", filename="Näyttö.png")
    [(_, text)] = lmtp.give("aino@example.com", [box.address], one)
    stored = [name for _, _, names in os.walk(desk.environment["LUPAUS_BLOB_DIR"]) for name in names]
    assert stored
    [message] = shared.maija.messages(box.conversation(shared.maija, {"inbound_id": mail.stored_id(text)}))
    [file] = message["attachments"]
    assert (file["name"], file["content_type"], file["size_bytes"]) == ("Näyttö.png", "image/png", 6)
    assert shared.maija.call("GET", f"/v1/attachments/{file['id']}").body == b"\x89PNG\r\n"


def test_a_picture_in_the_text_is_found_by_its_content_id(shared, box, lmtp):
    one = mail.written(box.address)
    one.add_alternative('<p>Katso: <img src="cid:kuva@shop"></p>', subtype="html")
    one.get_payload()[1].add_related(b"\x89PNG\r\n", maintype="image", subtype="png", cid="<kuva@shop>")
    [(_, text)] = lmtp.give("aino@example.com", [box.address], one)
    [message] = shared.maija.messages(box.conversation(shared.maija, {"inbound_id": mail.stored_id(text)}))
    assert [file["content_id"] for file in message["attachments"]] == ["kuva@shop"]
    assert "cid:kuva@shop" in message["html"]


def test_an_older_mail_than_the_channel_has_a_date_that_decides_nothing(shared, box, lmtp):
    one = mail.written(box.address, Date="Mon, 01 Jan 2001 00:00:00 +0000")
    [(_, text)] = lmtp.give("aino@example.com", [box.address], one)
    conversation = box.conversation(shared.maija, {"inbound_id": mail.stored_id(text)})
    assert conversation["waiting_since"] > "2026", "it arrived now, and somebody waits"


# ---- the wire


def test_a_pipelined_transaction_in_slices(desk, box):
    body = mail.as_bytes(mail.written(box.address))
    stream = b"LHLO x\r\n" + mail.envelope(box.address, "no@desk.example") + body + b"\r\n.\r\nQUIT\r\n"
    with mail.wire(desk.lmtp_port) as line:
        for at in range(0, len(stream), 7):
            line.send(stream[at : at + 7])
        assert line.answer().startswith(b"250-")
        assert line.codes(6) == ["250 2.1.0", "250 2.1.5", "550 5.1.1", "354 Go", "250 2.0.0", "221 2.0.0"]
        assert line.answer() == b""


def test_what_other_servers_take_for_an_end_smuggles_nothing_in(desk, box):
    smuggled = b"\n.\r\n" + mail.envelope(box.address, sender="boss@desk.example") + b"From: boss@x\r\n\r\nPay!"
    with mail.wire(desk.lmtp_port) as line:
        line.send(b"LHLO x\r\n" + mail.envelope(box.address))
        line.send(mail.as_bytes(mail.written(box.address)) + b"a" + smuggled + b"\r\n.\r\nNOOP\r\n")
        line.answer()
        assert line.codes(5) == ["250 2.1.0", "250 2.1.5", "354 Go", "250 2.0.0", "250 2.0.0"]
    assert count_of(desk, box) == 1


def test_a_mail_that_is_too_large_is_refused_for_good(box, lmtp, desk):
    assert lmtp.give("a@example.com", [box.address], b"x" * (26 * 1024 * 1024))[0][0] == 552
    with mail.wire(desk.lmtp_port) as line:
        line.send(b"LHLO x\r\n" + mail.envelope(box.address))
        line.answer()
        assert line.codes(3) == ["250 2.1.0", "250 2.1.5", "354 Go"]
        for _ in range(26):
            line.send(b"x" * 1024 * 1024)
        line.send(b"\r\n.\r\nNOOP\r\n")
        assert line.codes(2) == ["552 5.3.4", "250 2.0.0"], "it was read to its end"
    assert count_of(desk, box) == 0


def test_connections_over_the_cap_are_told_to_come_back(desk):
    lines = []
    try:
        while len(lines) < 200:
            lines.append(mail.Wire(desk.lmtp_port))
            if not lines[-1].greeting.startswith(b"220 "):
                break
        assert lines[-1].greeting.startswith(b"421 4.3.2 ")
        assert len(lines) == 101
    finally:
        for line in lines:
            line.close()
    program.wait_until(lambda: desk.server.metric("lupaus_lmtp_connections") == 0, what="the end of all connections")
    assert desk.server.metric("lupaus_lmtp_turned_away_total") >= 1


def test_an_independent_client_hands_a_mail_over(shared, box, desk):
    words = ["swaks", "--protocol", "LMTP", "--server", "127.0.0.1", "--port", str(desk.lmtp_port)]
    words += ["--from", "aino@example.com", "--to", box.address, "--header", "Subject: Swaks", "--body", "Hei!"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
    program.wait_until(lambda: count_of(desk, box) == 1, what="the mail")


def test_recipients_are_counted_by_what_became_of_them(box, lmtp, desk):
    def counted():
        return {
            outcome: desk.server.metric("lupaus_lmtp_recipients_total", outcome=outcome)
            for outcome in ("stored", "unknown", "deferred", "refused")
        }

    before = counted()
    lmtp.give("a@example.com", [box.address, "nobody@desk.example"], mail.written(box.address))
    assert counted() == {**before, "stored": before["stored"] + 1, "unknown": before["unknown"] + 1}


def test_a_day_s_limit_holds_for_mail(support, desk, lmtp):
    box = mail.open_channel(support)
    desk.cli("account", "limit", account=support.id, messages_per_day=1)
    program.wait_until(lambda: refused_by_limit(box), what="the limit")
    [(code, text)] = lmtp.give("a@example.com", [box.address], mail.written(box.address))
    assert (code, text[:5]) == (451, b"4.7.1")


def refused_by_limit(box):
    answer = box.hand_in(mail.written(box.address))
    assert answer.status in (202, 429), answer
    return answer.status == 429 and json.loads(answer.body)["limit"] == "messages_per_day"
