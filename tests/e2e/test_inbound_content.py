"""What a customer's message becomes: files, threads, time, history, visibility, people who are blocked."""

import base64
import hashlib
import json
import os
import uuid

import program


def ago(**length):
    return program.from_now(**{unit: -count for unit, count in length.items()})


def live_since(account, **length):
    """The channel has been live for so long."""
    account.admin.patch(f"/v1/channels/{account.chat.id}", {"live_since": ago(**length)})


def test_attachments_are_stored_by_their_content(support, desk):
    photo = os.urandom(200_000)
    files = [
        {"name": "photo.jpg", "content_type": "image/jpeg", "content": base64.b64encode(photo).decode()},
        {"name": "liite ä.txt", "content": base64.b64encode(b"Hei!").decode()},
        {"name": "again.jpg", "content": base64.b64encode(photo).decode()},
    ]
    conversation = support.chat.ask(support.maija, text="", attachments=files)
    shown = support.maija.messages(conversation)[0]["attachments"]
    assert [(one["name"], one["content_type"], one["size_bytes"]) for one in shown] == [
        ("photo.jpg", "image/jpeg", 200_000),
        ("liite ä.txt", "application/octet-stream", 4),
        ("again.jpg", "application/octet-stream", 200_000),
    ]
    for one, content in zip(shown, (photo, b"Hei!", photo)):
        file = support.maija.call("GET", f"/v1/attachments/{one['id']}")
        assert file.status == 200 and file.body == content
        assert file.content_type == "application/octet-stream" and file.headers["X-Content-Type-Options"] == "nosniff"
        assert file.headers["Content-Disposition"].startswith("attachment")
    hashes = desk.query("SELECT DISTINCT sha256 FROM attachment WHERE account_id = %s ORDER BY 1", support.id)
    assert [row[0] for row in hashes] == sorted(hashlib.sha256(one).hexdigest() for one in (photo, b"Hei!"))
    stored = [
        os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(desk.folder, "blobs")) for name in names
    ]
    contents = {hashlib.sha256(open(path, "rb").read()).hexdigest() for path in stored}
    assert {row[0] for row in hashes} <= contents


def test_a_sender_without_a_thread_goes_on_in_the_newest_conversation(support):
    chat, maija = support.chat, support.maija
    first = chat.ask(maija, sender="u1")
    assert chat.routed(maija, chat.say("And?", sender="u1"))["id"] == first["id"]
    assert chat.routed(maija, chat.say("Me too", sender="u2"))["id"] != first["id"]


def test_a_thread_is_exactly_one_conversation(support):
    chat, maija = support.chat, support.maija
    order = chat.routed(maija, chat.say("Where is it?", sender="u1", thread_id="order-7"))
    assert order["thread_id"] == "order-7"
    other = chat.routed(maija, chat.say("And this one?", sender="u1", thread_id="order-8"))
    assert other["id"] != order["id"]
    again = chat.routed(maija, chat.say("Here!", sender="u9", thread_id="order-7"))
    assert again["id"] == order["id"]
    maija.act(order, "resolve")
    assert chat.routed(maija, chat.say("Once more", sender="u1", thread_id="order-7"))["id"] == order["id"]


def test_a_resolved_conversation_reopens_with_a_next_reply(support):
    chat, maija = support.chat, support.maija
    first = chat.ask(maija, sender="u1")
    maija.reply(first)
    maija.act(first, "resolve")
    again = chat.routed(maija, chat.say("It broke again", sender="u1"))
    assert (again["id"], again["state"], again["owed"]["kind"]) == (first["id"], "open", "next_reply")


def test_ten_messages_at_once_of_a_new_customer_are_one_conversation(support):
    messages = [{"id": program.new_id(), "sender": {"id": "album", "name": "Aino"}, "text": str(n)} for n in range(10)]
    program.in_parallel(*[lambda one=one: support.chat.post(one) for one in messages])
    found = {support.chat.routed(support.maija, message)["id"] for message in messages}
    assert len(found) == 1
    assert len(support.maija.items("/v1/contacts")) == 1


def test_a_wait_begins_when_the_customer_wrote_and_does_not_move(support):
    chat, maija = support.chat, support.maija
    live_since(support, days=30)
    said_at = ago(minutes=10)
    conversation = chat.ask(maija, sender="u1", occurred_at=said_at)
    assert conversation["waiting_since"] == said_at == conversation["owed"]["opened_at"]
    assert maija.messages(conversation)[0]["sent_at"] == said_at
    later = chat.routed(maija, chat.say("Hello?", sender="u1"))
    assert later["waiting_since"] == said_at


def test_the_time_is_at_most_7_days_past_and_never_in_the_future(support):
    chat, maija = support.chat, support.maija
    live_since(support, days=300)
    old = chat.ask(maija, occurred_at=ago(days=100))
    assert ago(days=7, minutes=1) < old["waiting_since"] < ago(days=7)
    ahead = chat.ask(maija, occurred_at=ago(days=-1))
    assert ahead["waiting_since"] < ago(minutes=-1)


def test_what_was_said_before_the_channel_lived_is_history(support):
    chat, maija = support.chat, support.maija
    support.policy("1s")
    before = maija.cursor()
    conversation = chat.ask(maija, sender="u1", occurred_at=ago(days=2))
    assert (conversation["owed"], conversation["waiting_since"], conversation["assignee_id"]) == (None, None, None)
    assert maija.messages(conversation)[0]["history"] is True
    assert [one["type"] for one in maija.events(before)] == ["conversation.created", "message.created"]
    fresh = chat.routed(maija, chat.say("Now really", sender="u1"))
    assert fresh["owed"] is not None and maija.assigned(fresh, maija.agent_id)


def test_a_backlog_of_history_opens_nothing_and_lets_what_is_new_go_ahead(cluster, tmp_path):
    """500 old messages wait when a new one comes; the router, which starts only then, takes the new one first."""
    with program.running_desk(cluster, tmp_path, "--roles", "chat,inbox") as desk:
        account = program.Account(desk)
        team = account.team("Support")
        maija = account.agent("Maija", teams=[team], capacity=1000)
        maija.online()
        account.policy("1s", leads_after="0s", account_after="0s")
        chat = account.channel("Chat", team=team)
        old = [{"sender": f"old-{n % 50}", "occurred_at": ago(days=30 + n)} for n in range(500)]

        def say_all(part):
            for message in part:
                chat.say("Long ago", **message)

        program.in_parallel(*(lambda part=old[n::4]: say_all(part) for n in range(4)))
        new = chat.say("Now", sender="new")
        assert desk.query("SELECT count(*) FROM inbound WHERE kind = 0") == [(501,)]
        desk.join("--roles", "router")
        conversation = chat.routed(maija, new)
        program.wait_until(lambda: desk.query("SELECT count(*) FROM inbound") == [(0,)], what="the routing of all")
        messages = maija.events(types="message.created")
        assert len(messages) == 501
        place = [event["message"]["id"] for event in messages].index(chat.fate(maija, new)["message_id"])
        assert place < 200, "it was in the first batch"
        assert maija.conversation(conversation["id"])["assignee_id"] == maija.agent_id
        promised = [event["conversation"]["id"] for event in maija.events(types="promise.opened")]
        assigned = [event["conversation"]["id"] for event in maija.events(types="conversation.assigned")]
        assert promised == assigned == [conversation["id"]]
        program.wait_until(lambda: maija.items("/v1/alerts?state=firing"), what="the alert for the new one")
        assert {one["conversation_id"] for one in maija.items("/v1/alerts?limit=100")} == {conversation["id"]}
        seqs = desk.query("SELECT max(seq) FILTER (WHERE history) < max(seq) FILTER (WHERE NOT history) FROM message")
        assert seqs == [(True,)]


def test_public_and_private_are_told_apart_and_promised_differently(support):
    support.policy("1h", visibility="public")
    chat, maija = support.chat, support.maija
    seen = chat.ask(maija, visibility="public")
    direct = chat.ask(maija)
    assert (seen["visibility"], direct["visibility"]) == ("public", "private")
    assert seen["owed"]["due_at"] is not None and direct["owed"]["due_at"] is None


ATTACK = '<p onclick="run()">Hei!</p><script>alert("x")</script><img src=x onerror=run()>'


def test_markup_is_given_out_sanitised_wherever_it_is_read(support):
    conversation = support.chat.ask(support.maija, html=ATTACK)
    message = support.maija.messages(conversation)[0]
    assert message["html"] == "<p>Hei!</p>"
    told = support.maija.events(types="message.created")[-1]["message"]
    assert (told["id"], told["html"]) == (message["id"], "<p>Hei!</p>")


def test_what_the_customer_sent_is_kept_and_compared_as_it_came(support, desk):
    """Two messages that look the same once they are sanitised are two meanings."""
    said = support.chat.say("Hei!", html=ATTACK)
    conversation = support.chat.routed(support.maija, said)
    assert support.chat.post(said).json()["conflict"] is False
    assert support.chat.post({**said, "html": "<p>Hei!</p>"}).json()["conflict"] is True
    [(raw,)] = desk.query(
        "SELECT r.bytes FROM inbound_raw r JOIN message m USING (account_id, id) WHERE m.conversation_id = %s",
        conversation["id"],
    )
    assert json.loads(bytes(raw))["html"] == ATTACK


def test_a_message_with_markup_alone_has_its_text_read_from_there(support):
    html = "<p>Hei!</p><ul><li>a <b>lamp</b><li>a bell &amp; a light</ul><style>p { color: red }</style>"
    conversation = support.chat.ask(support.maija, text=None, html=html)
    message = support.maija.messages(conversation)[0]
    assert message["text"] == "Hei!\n\n- a lamp\n- a bell & a light"
    found = program.wait_until(lambda: support.maija.items("/v1/search?q=bell"), what="its words are found")
    assert found[0]["conversation"]["id"] == conversation["id"]


def test_markup_of_which_nothing_may_be_shown_is_none(support):
    conversation = support.chat.ask(support.maija, html="<script>run()</script>")
    assert support.maija.messages(conversation)[0]["html"] is None


def test_a_customers_pictures_from_elsewhere_are_off(support):
    html = '<img src="https://shop.example/seen.gif"><img src="cid:lamp" alt="The lamp">'
    conversation = support.chat.ask(support.maija, html=html)
    assert support.maija.messages(conversation)[0]["html"] == html.replace("src=\"https", "data-src=\"https")


def test_an_edit_is_sanitised_as_the_message_was(support):
    said = support.chat.say("Hei!", html="<b>Hei!</b>")
    conversation = support.chat.routed(support.maija, said)
    edit = {"type": "message.edited", "id": program.new_id(), "message_id": said["id"], "html": ATTACK}
    assert support.chat.post(edit).json() == {"status": "noted"}
    message = support.maija.messages(conversation)[0]
    assert (message["html"], message["text"]) == ("<p>Hei!</p>", "Hei!")
    assert support.chat.post({**edit, "id": program.new_id()}).json() == {"status": "known"}


def test_a_reply_is_sanitised_for_the_desk_and_for_the_customer(support):
    conversation = support.chat.ask(support.maija)
    html = ATTACK + '<img src="https://desk.example/logo.png">'
    reply = support.maija.reply(conversation, "Hei!", html=html)
    shown = '<p>Hei!</p><img src="https://desk.example/logo.png">'
    assert reply["html"] == shown
    [waiting] = support.maija.items(f"/v1/channels/{support.chat.id}/outbox")
    assert waiting["body"]["html"] == shown


def test_a_blocked_contact_starts_no_wait(support):
    chat, maija = support.chat, support.maija
    first = chat.ask(maija, sender="spammer")
    maija.act(first, "waive", {"reason": "spam"})
    maija.patch(f"/v1/contacts/{first['contact']['id']}", {"blocked": True})
    again = chat.routed(maija, chat.say("Buy this", sender="spammer"))
    assert again["owed"] is None and again["waiting_since"] is None
    assert len(maija.messages(again)) == 2
    maija.patch(f"/v1/contacts/{first['contact']['id']}", {"blocked": False})
    assert chat.routed(maija, chat.say("Sorry", sender="spammer"))["owed"] is not None


def test_the_command_line_signs_and_sends(support, desk):
    sent = desk.run(
        "channel",
        "send",
        url=desk.url + support.chat.path,
        secret=support.chat.secret,
        text="From the shell",
        sender="u1",
        id="cli-1",
    )
    assert sent.returncode == 0 and '"accepted"' in sent.stdout, sent.stderr
    conversation = support.chat.routed(support.maija, {"id": "cli-1"})
    assert support.maija.messages(conversation)[0]["text"] == "From the shell"
    wrong = desk.run("channel", "send", url=desk.url + support.chat.path, secret="whsec_" + "A" * 43 + "=", text="No")
    assert wrong.returncode != 0 and "401" in wrong.stderr


def test_what_cannot_be_routed_goes_to_quarantine_and_can_be_tried_again(support, desk):
    """A queue row whose payload nobody can read: as if written by another version of the program."""
    chat, lead = support.chat, support.agent("Leena", role="lead")
    broken = str(uuid.uuid4())
    desk.query(
        "INSERT INTO inbound (account_id, id, channel_id, payload) VALUES (%s, %s, %s, %s)",
        support.id,
        broken,
        chat.id,
        '{"v":0}',
    )
    after = chat.ask(support.maija)
    assert after["id"]
    kept = program.wait_until(lambda: lead.items("/v1/quarantine"), what="the quarantine")
    assert [one["id"] for one in kept] == [broken] and kept[0]["error"]
    lead.post(f"/v1/quarantine/{broken}/retry", status=202)
    again = program.wait_until(
        lambda: [one for one in lead.items("/v1/quarantine") if one["quarantined_at"] > kept[0]["quarantined_at"]],
        what="the second failure",
    )
    assert [one["id"] for one in again] == [broken]
