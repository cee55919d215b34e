"""The history of a conversation, as people read it."""

import program
import receiver


def history(api, conversation, **query):
    more = "".join(f"&{name}={value}" for name, value in query.items())
    return api.items(f"/v1/conversations/{conversation['id']}/timeline?limit=100{more}")


def texts(entries):
    return [one["text"] for one in entries]


def test_everything_that_people_do_is_told(support):
    maija, sales = support.maija, support.team("Sales")
    asked = support.chat.ask(maija, name="Matti")
    maija.act(asked, "assign", {"agent_id": maija.agent_id})
    maija.patch(f"/v1/conversations/{asked['id']}", {"priority": "urgent", "tags": ["vip", "bike"]})
    maija.reply(asked, kind="note")
    maija.reply(asked)
    maija.act(asked, "snooze", {"until": program.from_now(days=1)})
    maija.act(asked, "reopen")
    support.admin.act(asked, "transfer", {"team_id": sales})
    maija.act(asked, "resolve")
    told = texts(history(maija, asked, order="oldest"))
    assert told[0] == "Matti began the conversation"
    for sentence in [
        "Assigned to Maija",
        "Maija changed the priority from normal to urgent, added the tags “vip” and “bike”",
        "Maija wrote a note",
        "Maija replied",
        "Maija reopened it",
        "Maija resolved it",
    ]:
        assert sentence in told, (sentence, told)
    assert any(one.startswith("Maija snoozed it until ") for one in told), told
    [moved] = [one for one in told if "ransferred " in one]
    assert moved.endswith("from Support to Sales"), moved
    assert history(maija, asked) == history(maija, asked, order="oldest")[::-1]


def test_pages_end_where_the_next_begins(support):
    maija = support.maija
    asked = support.chat.ask(maija)
    for number in range(5):
        maija.patch(f"/v1/conversations/{asked['id']}", {"subject": f"Subject {number}"})
    for order in ("newest", "oldest"):
        path = f"/v1/conversations/{asked['id']}/timeline?order={order}"
        assert maija.pages(path, 2) == history(maija, asked, order=order)
    [last, *_] = history(maija, asked)
    assert last["data"]["changes"] == {"subject": {"from": "Subject 3", "to": "Subject 4"}}


def test_a_refused_reply_is_told_and_its_usual_way_is_not(account):
    maija = account.agent("Maija")
    with receiver.running_receiver() as gone, receiver.running_receiver() as outlet:
        gone.answer_always((410, b"", {}))
        for url, wanted in ((gone.url, True), (outlet.url, False)):
            asked = account.channel("Chat " + url, outbound_url=url).ask(maija)
            sent = maija.reply(asked)["id"]

            def ended(sent=sent):
                told = maija.events(types="message.delivery")
                return any(one["delivery"]["message_id"] == sent and one["delivery"]["state"] in ("sent", "failed")
                           for one in told)

            program.wait_until(ended, what="the end of the delivery")
            told = [one for one in history(maija, asked) if one["type"] == "message.delivery"]
            assert bool(told) == wanted, told
            assert all(one["text"].startswith("The reply was not delivered: ") for one in told)


def test_a_late_reply_says_by_how_much(support):
    maija, channel = support.maija, support.channel("Urgent")
    support.policy("1s", channel=channel.id)
    asked = channel.ask(maija)

    def look():
        return [one for one in history(maija, asked) if one["type"] == "promise.overdue"]

    [overdue] = program.wait_until(look, what="the overdue promise")
    assert overdue["text"].startswith("The first reply is overdue; it was due at ")
    maija.reply(asked)
    [settled] = [one for one in history(maija, asked) if one["type"] == "promise.settled"]
    assert " came at " in settled["text"] and settled["text"].endswith(" late"), settled["text"]
    assert settled["data"]["promise"]["outcome"] == "late"


def is_told_elsewhere(event):
    """What a customer wrote is in the messages, what is owed for it in the conversation."""
    is_own_doing = event["actor"]["type"] in ("agent", "bot")
    return event["type"] in ("message.created", "promise.opened") and not is_own_doing


def test_what_the_log_has_the_history_has(support):
    maija = support.maija
    asked = support.chat.ask(maija, name="Matti")
    maija.reply(asked)
    maija.act(asked, "pending")
    logged = [one for one in maija.events() if one.get("conversation", {}).get("id") == asked["id"]]
    expected = [one["id"] for one in logged if one["type"] != "message.delivery" and not is_told_elsewhere(one)]
    assert [one["id"] for one in history(maija, asked, order="oldest")] == expected
