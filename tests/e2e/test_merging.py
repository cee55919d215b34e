"""Conversations become one, and no message is lost on the way."""

import random
import threading

import pytest

import program


def merge(api, source, target, status=200):
    return api.act(source, "merge", {"into": target["id"]}, status)


def revise(channel, message_id, text):
    body = {"type": "message.edited", "id": program.new_id(), "message_id": message_id, "text": text}
    answer = channel.post(body)
    assert answer.status == 200, answer
    return answer.json()["status"]


def texts(api, conversation):
    return [message["text"] for message in api.pages(f"/v1/conversations/{conversation['id']}/messages", 100)]


@pytest.fixture
def pair(support):
    """Two conversations of one customer, the older first."""

    def ask(thread, text):
        return support.chat.ask(support.maija, text, sender="u1", thread_id=thread)

    support.ask = ask
    support.first, support.second = ask("t1", "First"), ask("t2", "Second")
    return support


def test_what_was_merged_away_says_where_it_is(pair):
    taken = merge(pair.maija, pair.second, pair.first)
    assert taken["id"] == pair.first["id"] and taken["merged_into"] is None
    assert texts(pair.maija, pair.first) == ["First", "Second"]
    left = pair.maija.conversation(pair.second["id"])
    assert (left["merged_into"], left["state"], left["waiting_since"]) == (pair.first["id"], "resolved", None)
    assert [one["id"] for one in pair.maija.conversations(state="open")] == [pair.first["id"]]
    refused = pair.maija.reply(pair.second, status=409)
    assert refused["merged_into"] == pair.first["id"]
    assert merge(pair.maija, pair.second, pair.first, 409)["merged_into"] == pair.first["id"]
    pair.maija.reply(pair.first)
    assert pair.maija.conversation(pair.first["id"])["waiting_since"] is None


def test_later_messages_of_its_thread_come_into_the_other(pair):
    third = pair.ask("t3", "Third")
    merge(pair.maija, pair.first, pair.second)
    merge(pair.maija, pair.second, third)
    for thread in ("t1", "t2", "t3"):
        assert pair.ask(thread, "More of " + thread)["id"] == third["id"]
    assert len(texts(pair.maija, third)) == 6
    for one in (pair.first, pair.second):
        assert pair.maija.conversation(one["id"])["merged_into"] == third["id"]


def test_without_a_thread_the_customer_goes_on_in_the_other(pair):
    """The newest conversation was merged into an older one."""
    pair.chat.ask(pair.maija, "Between", sender="u1", thread_id="t3")
    newest = pair.chat.ask(pair.maija, "Newest", sender="u1", thread_id="t4")
    merge(pair.maija, newest, pair.first)
    assert pair.chat.ask(pair.maija, "And?", sender="u1")["id"] == pair.first["id"]


def test_a_reply_on_its_way_is_still_told_of(pair, outlet):
    shop = pair.channel("Shop", team=pair.support, outbound_url=outlet.url)
    source = shop.ask(pair.maija, sender="u1", thread_id="a")
    target = shop.ask(pair.maija, sender="u1", thread_id="b")
    merged = []

    def while_it_is_sent():
        if not merged:
            merged.append(merge(pair.maija, source, target))

    outlet.on_arrival = while_it_is_sent
    outlet.answer_always((200, b'{"id":"sms-1"}', {"Content-Type": "application/json"}))
    reply = pair.maija.reply(source)

    def state():
        [found] = [one for one in pair.maija.messages(target) if one["id"] == reply["id"]] or [{}]
        return found.get("delivery_state")

    program.wait_until(lambda: state() == "sent", what="the reply sent")
    assert merged
    receipt = {"type": "delivery.updated", "id": program.new_id(), "message_id": "sms-1", "state": "read"}
    assert shop.post(receipt).json() == {"status": "noted", "state": "read"}
    assert state() == "read"
    told = pair.maija.events(types="message.delivery")[-1]
    assert told["conversation"]["id"] == target["id"]


def test_an_edit_finds_what_was_moved(pair):
    said = pair.chat.say("Where?", sender="u1", thread_id="t2")
    pair.chat.routed(pair.maija, said)
    merge(pair.maija, pair.second, pair.first)
    assert revise(pair.chat, said["id"], "Where, please?") == "noted"
    assert texts(pair.maija, pair.first)[-1] == "Where, please?"
    assert pair.chat.fate(pair.maija, said)["conversation_id"] == pair.first["id"]


def test_over_two_channels_each_reply_answers_its_own(pair):
    """One customer at two channels. A reply names what was said at the channel over which it goes."""
    sms = pair.channel("SMS", team=pair.support)
    known = {"external_id": "crm-1", "addresses": [{"channel_id": one.id, "address": "u9"} for one in (sms, pair.chat)]}
    pair.admin.put("/v1/contacts", known)
    there = sms.ask(pair.maija, "By SMS", sender="u9")
    asked = pair.chat.say("By chat", sender="u9")
    here = pair.chat.routed(pair.maija, asked)
    merge(pair.maija, there, here)
    later = sms.ask(pair.maija, "By SMS again", sender="u9")
    assert later["id"] == here["id"]
    reply = pair.maija.reply(here)
    [sent] = [one["body"] for one in pair.maija.items(f"/v1/channels/{pair.chat.id}/outbox")]
    assert (sent["id"], sent["in_reply_to"], sent["contact"]["address"]) == (reply["id"], asked["id"], "u9")


def test_search_finds_it_where_it_is_now(pair):
    def found(words):
        return {hit["conversation"]["id"] for hit in pair.maija.items("/v1/search?q=" + words)}

    program.wait_until(lambda: found("Second") == {pair.second["id"]}, what="the message is found")
    merge(pair.maija, pair.second, pair.first)
    program.wait_until(lambda: found("Second") == {pair.first["id"]}, what="the message is found in the other")
    number = str(pair.second["number"])
    program.wait_until(lambda: found(number) == {pair.first["id"]}, what="its old number leads to the other")


def test_two_customers_are_not_mixed(pair):
    other = pair.chat.ask(pair.maija)
    assert "contacts" in merge(pair.maija, other, pair.first, 409)["detail"]
    pair.maija.act(pair.first, "merge", {"into": pair.first["id"]}, 400)
    pair.maija.act(pair.first, "merge", {"into": pair.second["id"], "more": 1}, 400)
    pair.maija.act(pair.first, "merge", {}, 400)


def test_a_webhook_is_told_of_both(pair, outlet):
    pair.admin.post("/v1/webhooks", {"url": outlet.url, "types": ["conversation.merged"]}, 201)
    merge(pair.maija, pair.second, pair.first)
    told = [one.json() for one in outlet.wait(2)]
    seen = {one["conversation"]["id"]: (one["conversation"]["merged_into"], one.get("merged_from")) for one in told}
    assert seen == {pair.second["id"]: (pair.first["id"], None), pair.first["id"]: (None, pair.second["id"])}


def test_what_arrives_in_the_middle_is_there_once(pair):
    """Two hundred messages through the hook while their conversations become fewer."""
    threads = [f"w{number}" for number in range(8)]
    open_ones = [pair.ask(thread, thread)["id"] for thread in threads]
    chance = random.Random(7)
    said = []

    def write():
        for number in range(200):
            said.append(pair.chat.say(f"m{number}", sender="u1", thread_id=chance.choice(threads)))

    writer = threading.Thread(target=write)
    writer.start()
    merging = random.Random(8)
    for turn in range(1, 8):
        program.wait_until(lambda turn=turn: len(said) >= 25 * turn, what="more messages")
        source = open_ones.pop(merging.randrange(len(open_ones)))
        merge(pair.maija, {"id": source}, {"id": merging.choice(open_ones)})
    writer.join()
    [left] = open_ones
    for message in said:
        assert pair.chat.routed(pair.maija, message)["id"] == left
    found = texts(pair.maija, {"id": left})
    assert sorted(found) == sorted([*threads, *(f"m{number}" for number in range(200))])

# ---- contacts


def test_two_contacts_become_one(pair):
    """Who wrote from two addresses."""
    other = pair.chat.ask(pair.maija, "From elsewhere", sender="u2")
    source, target = other["contact"]["id"], pair.first["contact"]["id"]
    merged = pair.maija.post(f"/v1/contacts/{source}/merge", {"into": target})
    assert {one["address"] for one in merged["addresses"]} == {"u1", "u2"}
    assert pair.maija.get(f"/v1/contacts/{source}")["merged_into"] == target
    assert source not in {one["id"] for one in pair.maija.items("/v1/contacts")}
    assert pair.maija.conversation(other["id"])["contact"]["id"] == target
    again = pair.chat.ask(pair.maija, "Again", sender="u2", thread_id="t9")
    assert again["contact"]["id"] == target
    merge(pair.maija, other, pair.first)
    assert texts(pair.maija, pair.first) == ["First", "From elsewhere"]
    told = [event for event in pair.maija.events(types="contact.merged") if "merged_from" in event]
    assert [(one["contact"]["id"], one["merged_from"]) for one in told] == [(target, source)]


def test_who_writes_while_contacts_are_merged_is_somebody(pair):
    """Twenty customers write on while they turn out to be one."""
    senders = [f"w{number}" for number in range(20)]
    contacts = [pair.chat.ask(pair.maija, sender=sender)["contact"]["id"] for sender in senders]
    said = []

    def write():
        for number in range(100):
            said.append(pair.chat.say(f"m{number}", sender=senders[number % 20]))

    writer = threading.Thread(target=write)
    writer.start()
    for turn, source in enumerate(contacts[1:], 1):
        program.wait_until(lambda turn=turn: len(said) >= 4 * turn, what="more messages")
        pair.maija.post(f"/v1/contacts/{source}/merge", {"into": contacts[0]})
    writer.join()
    for message in said:
        assert pair.chat.routed(pair.maija, message)["contact"]["id"] == contacts[0]
    assert len(pair.maija.get(f"/v1/contacts/{contacts[0]}")["addresses"]) == 20


# ---- splitting


def test_a_question_of_its_own_becomes_a_conversation(pair):
    pair.policy("1h")
    said = pair.ask("t1", "And a lamp?")
    [question] = [one for one in pair.maija.messages(said) if one["text"] == "And a lamp?"]
    made = pair.maija.act(pair.first, "split", {"message_id": question["id"]}, 201)
    assert (made["split_from"], made["previous_id"]) == (pair.first["id"], pair.first["id"])
    assert (made["owed"]["kind"], made["waiting_since"]) == ("first_reply", question["created_at"])
    assert made["number"] > pair.second["number"] and made["contact"] == pair.first["contact"]
    pair.maija.assigned(made, pair.maija.agent_id)
    assert texts(pair.maija, made) == ["And a lamp?"] and texts(pair.maija, pair.first) == ["First"]
    pair.maija.reply(made)
    [sent] = [one["body"] for one in pair.maija.items(f"/v1/channels/{pair.chat.id}/outbox")]
    assert sent["thread_id"] == "t1", "the platform knows one thread"
    assert pair.ask("t1", "More")["id"] == pair.first["id"], "which stays where it was"
    assert pair.maija.conversation(pair.first["id"])["waiting_since"] == pair.first["waiting_since"]


def test_what_is_split_off_is_found_there(pair):
    said = pair.ask("t1", "Lantern")
    [question] = [one for one in pair.maija.messages(said) if one["text"] == "Lantern"]

    def found():
        return {hit["conversation"]["id"] for hit in pair.maija.items("/v1/search?q=Lantern")}

    program.wait_until(lambda: found() == {pair.first["id"]}, what="the message is found")
    made = pair.maija.act(pair.first, "split", {"message_id": question["id"]}, 201)
    program.wait_until(lambda: found() == {made["id"]}, what="the message is found in the new conversation")
    refused = pair.maija.reply(pair.first, status=409, after=question["id"])
    assert refused["split_into"] == made["id"]
    pair.maija.act(made, "split", {"message_id": question["id"]}, 409)


def test_what_was_split_off_can_be_merged_again(pair):
    said = pair.ask("t1", "And a lamp?")
    question = pair.maija.messages(said)[-1]
    made = pair.maija.act(pair.first, "split", {"message_id": question["id"]}, 201)
    merge(pair.maija, made, pair.first)
    assert texts(pair.maija, pair.first) == ["First", "And a lamp?"]
    assert pair.maija.conversation(pair.first["id"])["waiting_since"] == pair.first["waiting_since"]
