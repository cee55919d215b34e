"""What is no person's words to the desk is kept and owed no answer; until somebody says that a person wrote it."""

import pytest

import program


@pytest.fixture(autouse=True)
def policies(support):
    support.policy("1h")
    support.policy("3h", kind="next_reply")


def said_in(api, conversation):
    return [message for message in api.messages(conversation) if message["direction"] == "in"]


def verdicts(api, conversation):
    return [(message["verdict"], message["verdict_rule"]) for message in said_in(api, conversation)]


def ids(conversations):
    return [conversation["id"] for conversation in conversations]


def types_since(api, cursor, conversation):
    told = api.events(after=cursor)
    return [event["type"] for event in told if event.get("conversation", {}).get("id") == conversation["id"]]


def treat(api, conversation, message, status=200):
    return api.act(conversation, f"messages/{message['id']}/treat-as-person", status=status)


def hand_in(support, text="Hei!", **more):
    """A message that has come, and its conversation, whatever became of it."""
    return support.chat.routed(support.maija, support.chat.say(text, **more))


# ---- verdicts of the channel and of the desk

UPSTREAM = {
    "automatic": ({"automatic": True}, ("automatic", "channel: automatic")),
    "spam": ({"spam": True}, ("spam", "channel: spam")),
    "both": ({"spam": True, "automatic": True}, ("spam", "channel: spam")),
}


@pytest.mark.parametrize("fields, verdict", UPSTREAM.values(), ids=UPSTREAM)
def test_what_the_channel_judged_is_kept_and_starts_no_wait(support, fields, verdict):
    maija = support.maija
    conversation = hand_in(support, "Out of the office", sender="pekka", **fields)
    assert (conversation["state"], conversation["waiting_since"], conversation["owed"]) == ("resolved", None, None)
    assert conversation["assignee_id"] is None
    assert verdicts(maija, conversation) == [verdict]
    [created] = [event for event in maija.events(types="message.created")]
    assert (created["message"]["verdict"], created["message"]["verdict_rule"]) == verdict
    found = program.wait_until(lambda: maija.items("/v1/search?q=office"), what="it is found")
    assert found[0]["conversation"]["id"] == conversation["id"]


def test_a_judgement_that_says_no_is_none(support):
    conversation = hand_in(support, spam=False, automatic=None)
    assert conversation["owed"] and verdicts(support.maija, conversation) == [(None, None)]


@pytest.mark.parametrize("fields", [{"spam": True}, {"automatic": True}])
def test_what_the_channel_judged_reopens_nothing_and_moves_nothing(support, fields):
    maija, chat = support.maija, support.chat
    late = support.channel("Late", team=support.support, live_since=program.from_now(hours=-2))
    waiting = late.ask(maija, sender="aino")
    earlier = late.say("Auto-reply", sender="aino", occurred_at=program.from_now(minutes=-10), **fields)
    same = late.routed(maija, earlier)
    assert (same["id"], same["owed"]) == (waiting["id"], waiting["owed"])
    assert (same["waiting_since"], same["assignee_id"]) == (waiting["waiting_since"], waiting["assignee_id"])
    answered = chat.ask(maija, sender="pekka")
    maija.reply(answered, then={"state": "resolved"})
    after = chat.routed(maija, chat.say("Auto-reply", sender="pekka", **fields))
    assert (after["id"], after["state"], after["owed"]) == (answered["id"], "resolved", None)
    snoozed = chat.ask(maija, sender="ville")
    maija.act(snoozed, "snooze", {"until": program.from_now(hours=1)})
    assert chat.routed(maija, chat.say("Auto-reply", sender="ville", **fields))["state"] == "snoozed"


def test_a_verdict_that_is_no_yes_or_no_is_refused_and_names_its_field(support):
    answer = support.chat.post({"id": "x", "sender": {"id": "u"}, "text": "Hei", "spam": "yes"})
    assert answer.status == 400 and [field["field"] for field in answer.json()["errors"]] == ["/spam"]


def test_whom_the_desk_blocked_has_nothing_to_say_whatever_it_is(support):
    maija, chat = support.maija, support.chat
    first = chat.ask(maija, sender="pest")
    contact = f"/v1/contacts/{first['contact']['id']}"
    maija.reply(first, then={"state": "resolved"})
    maija.patch(contact, {"blocked": True})
    hand_in(support, "Buy!", sender="pest")
    hand_in(support, "Buy more!", sender="pest", spam=True)
    blocked = ("blocked", "contact.blocked")
    assert verdicts(maija, first) == [(None, None), blocked, blocked]
    maija.patch(contact, {"blocked": False})
    assert verdicts(maija, first)[1:] == [blocked, blocked], "what came before is no person's still"
    back = hand_in(support, "Sorry!", sender="pest")
    assert (back["state"], back["owed"]["kind"]) == ("open", "next_reply")
    assert verdicts(maija, first)[-1] == (None, None)
    buying = said_in(maija, first)[1]
    after = treat(maija, first, buying)
    assert after["waiting_since"] == buying["created_at"] < back["waiting_since"]
    assert after["owed"]["id"] == back["owed"]["id"]
    assert verdicts(maija, first) == [(None, None), (None, None), blocked, (None, None)]


# ---- an agent's verdict


def test_spam_ends_the_wait_and_resolves(support):
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija, sender="seller")
    maija.assigned(conversation, maija.agent_id)
    hand_in(support, "Cheap!", sender="seller")
    before = maija.cursor()
    spam = maija.act(conversation, "spam")
    assert (spam["state"], spam["owed"], spam["waiting_since"], spam["spam"]) == ("resolved", None, None, True)
    assert verdicts(maija, conversation) == [("spam", "agent")] * 2
    assert maija.get(f"/v1/promises/{conversation['owed']['id']}")["outcome"] == "waived"
    assert maija.get("/v1/agents/me")["load"] == 0
    told = maija.events(after=before)
    assert [event["type"] for event in told] == ["conversation.resolved", "promise.settled", "conversation.judged"]
    assert told[0]["reason"] == "spam"
    assert (told[2]["verdict"], told[2]["rule"]) == ("spam", "agent")
    assert told[2]["message_ids"] == ids(said_in(maija, conversation))
    again = maija.act(conversation, "spam")
    assert again["version"] == spam["version"] and maija.cursor() == told[-1]["cursor"]


def test_spam_leaves_alone_what_was_answered(support):
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija, sender="seller")
    maija.reply(conversation)
    problem = maija.act(conversation, "spam", status=409)
    assert "unanswered" in problem["detail"]
    hand_in(support, "Cheap!", sender="seller")
    maija.act(conversation, "spam")
    assert verdicts(maija, conversation) == [(None, None), ("spam", "agent")]


def test_what_was_resolved_before_is_spam_too(support):
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija, sender="seller")
    maija.act(conversation, "resolve", {"reason": "thanks"})
    assert maija.act(conversation, "spam")["spam"]
    assert verdicts(maija, conversation) == [("spam", "agent")]


def test_history_and_what_others_judged_is_not_the_agents_to_judge(support):
    conversation = hand_in(support, sender="robot", automatic=True)
    support.maija.act(conversation, "spam", status=409)
    live = support.channel("Live", team=support.support, live_since=program.from_now(minutes=-1))
    old = live.routed(support.maija, live.say("Long ago", occurred_at=program.from_now(days=-3)))
    support.maija.act(old, "spam", status=409)


def test_not_spam_gives_the_wait_its_first_times_back(support):
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija, sender="aino")
    maija.assigned(conversation, maija.agent_id)
    hand_in(support, "Hello?", sender="aino")
    maija.act(conversation, "spam")
    before = maija.cursor()
    back = maija.act(conversation, "not-spam")
    assert (back["state"], back["spam"], back["assignee_id"]) == ("open", False, maija.agent_id)
    assert back["waiting_since"] == conversation["waiting_since"]
    owed = {**back["owed"], "id": None}
    assert owed == {**conversation["owed"], "id": None}, "kind, opened_at and due_at are the first ones"
    assert verdicts(maija, conversation) == [(None, None)] * 2
    assert maija.get("/v1/agents/me")["load"] == 1
    told = maija.events(after=before)
    assert [event["type"] for event in told] == ["conversation.judged", "promise.opened", "conversation.reopened"]
    assert (told[0]["verdict"], told[0]["rule"]) == (None, None)
    again = maija.act(conversation, "not-spam")
    assert again["version"] == back["version"] and maija.cursor() == told[-1]["cursor"]
    maija.reply(conversation)
    assert maija.get(f"/v1/promises/{back['owed']['id']}")["outcome"] == "kept"


def test_not_spam_is_routed_anew_where_its_agent_is_not_there(support):
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija)
    maija.assigned(conversation, maija.agent_id)
    maija.act(conversation, "spam")
    sami = support.agent("Sami", teams=[support.support])
    sami.online()
    maija.presence("away")
    back = sami.act(conversation, "not-spam")
    assert (back["assignee_id"], back["previous_agent_id"]) == (None, maija.agent_id)
    sami.assigned(conversation, sami.agent_id)


def test_what_the_customer_writes_after_the_verdict_counts(support):
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija, sender="aino")
    maija.act(conversation, "spam")
    later = hand_in(support, "I am a customer!", sender="aino")
    assert (later["id"], later["state"], later["owed"]["kind"]) == (conversation["id"], "open", "next_reply")
    before = maija.cursor()
    back = maija.act(conversation, "not-spam")
    assert back["owed"]["id"] == later["owed"]["id"]
    assert back["waiting_since"] == back["owed"]["opened_at"] == conversation["waiting_since"]
    assert back["owed"]["due_at"] == conversation["owed"]["due_at"], "it was promised first"
    assert types_since(maija, before, conversation) == ["conversation.judged", "promise.moved"]


def test_what_a_later_reply_answered_is_owed_no_more(support):
    maija, chat = support.maija, support.chat
    conversation = chat.ask(maija, sender="aino")
    maija.act(conversation, "spam")
    hand_in(support, "Hello?", sender="aino")
    maija.reply(conversation, then={"state": "resolved"})
    back = maija.act(conversation, "not-spam")
    assert (back["state"], back["owed"], back["spam"]) == ("resolved", None, False)
    assert verdicts(maija, conversation) == [(None, None)] * 2


def test_not_spam_takes_back_the_channels_verdict_too(support):
    maija = support.maija
    conversation = hand_in(support, "Cheap bicycles?", sender="aino", spam=True)
    assert conversation["spam"]
    back = maija.act(conversation, "not-spam")
    [message] = said_in(maija, conversation)
    assert back["waiting_since"] == back["owed"]["opened_at"] == message["created_at"]
    assert (back["state"], back["owed"]["kind"]) == ("open", "first_reply")
    maija.assigned(conversation, maija.agent_id)
    maija.act(hand_in(support, sender="robot", automatic=True), "not-spam")
    assert ids(maija.conversations(view="unanswered")) == [conversation["id"]], "what is automatic is not spam"


def test_a_flood_is_taken_back_a_thousand_at_a_time(support):
    maija = support.maija
    conversation = hand_in(support, "Buy!", sender="seller", spam=True)
    support.desk.query(
        "INSERT INTO message (account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, text,"
        " created_at, verdict, verdict_rule)"
        " SELECT account_id, gen_random_uuid(), conversation_id, nextval('arrival_seq'),"
        " ordered_at + n * interval '1 ms', 0, 0, 0, 'Buy!', created_at, 0, 'channel: spam'"
        " FROM message, generate_series(1, 1000) n WHERE conversation_id = %s",
        conversation["id"],
    )
    first = maija.act(conversation, "not-spam")
    assert first["spam"] and first["waiting_since"] == conversation["last_message_at"]
    assert len(maija.events(types="conversation.judged")[-1]["message_ids"]) == 1000
    second = maija.act(conversation, "not-spam")
    assert not second["spam"] and second["owed"] == first["owed"]


# ---- one message


def test_a_message_treated_as_a_persons_begins_the_wait_where_it_was_said(support):
    maija = support.maija
    conversation = hand_in(support, "Is it ready?", sender="aino", automatic=True)
    [message] = said_in(maija, conversation)
    before = maija.cursor()
    after = treat(maija, conversation, message)
    assert after["waiting_since"] == after["owed"]["opened_at"] == message["created_at"]
    assert (after["state"], after["owed"]["kind"]) == ("open", "first_reply")
    maija.assigned(conversation, maija.agent_id)
    told = [event for event in maija.events(after=before) if event["type"] == "message.judged"]
    assert [event["message"]["verdict"] for event in told] == [None]
    assert told[0]["message"]["id"] == message["id"]
    version = maija.conversation(conversation["id"])["version"]
    assert treat(maija, conversation, message)["version"] == version


def test_a_wait_that_a_person_opened_moves_back(support):
    maija = support.maija
    conversation = hand_in(support, "Is it ready?", sender="aino", automatic=True)
    later = hand_in(support, "Hello?", sender="aino")
    assert later["id"] == conversation["id"] and later["owed"]["kind"] == "next_reply"
    message = said_in(maija, conversation)[0]
    after = treat(maija, conversation, message)
    assert after["owed"]["id"] == later["owed"]["id"]
    assert after["waiting_since"] == after["owed"]["opened_at"] == message["created_at"]
    assert after["owed"]["due_at"] < later["owed"]["due_at"]
    assert maija.events(types="promise.moved")[-1]["promise"]["opened_at"] == message["created_at"]


def test_a_younger_message_moves_no_wait(support):
    maija = support.maija
    conversation = hand_in(support, "Is it ready?", sender="aino")
    hand_in(support, "I am away", sender="aino", automatic=True)
    after = treat(maija, conversation, said_in(maija, conversation)[1])
    assert (after["waiting_since"], after["owed"]) == (conversation["waiting_since"], conversation["owed"])


def test_after_a_reply_it_is_the_next_one_that_is_owed(support):
    maija = support.maija
    conversation = hand_in(support, "Is it ready?", sender="aino")
    maija.reply(conversation, then={"state": "resolved"})
    hand_in(support, "And my car?", sender="aino", automatic=True)
    after = treat(maija, conversation, said_in(maija, conversation)[1])
    assert (after["state"], after["owed"]["kind"], after["assignee_id"]) == ("open", "next_reply", maija.agent_id)


def test_what_a_reply_had_before_it_is_answered(support):
    maija = support.maija
    conversation = hand_in(support, "Is it ready?", sender="aino")
    hand_in(support, "I am away", sender="aino", automatic=True)
    maija.reply(conversation)
    after = treat(maija, conversation, said_in(maija, conversation)[1])
    assert (after["waiting_since"], after["owed"]) == (None, None)
    assert verdicts(maija, conversation) == [(None, None)] * 2


def test_history_begins_no_wait_whoever_it_is_from(support):
    live = support.channel("Live", team=support.support, live_since=program.from_now(minutes=-1))
    said = live.say("Long ago", occurred_at=program.from_now(days=-3), spam=True)
    conversation = live.routed(support.maija, said)
    [message] = said_in(support.maija, conversation)
    assert (message["history"], message["verdict"]) == (True, "spam")
    after = treat(support.maija, conversation, message)
    assert (after["state"], after["owed"], after["spam"]) == ("resolved", None, False)


def test_of_what_one_verdict_took_each_message_has_its_own_time(support):
    maija = support.maija
    conversation = hand_in(support, "Buy!", sender="aino")
    hand_in(support, "Is it ready?", sender="aino")
    maija.act(conversation, "spam")
    first, second = said_in(maija, conversation)
    after = treat(maija, conversation, second)
    assert after["waiting_since"] == second["created_at"] and after["spam"]
    assert after["owed"]["kind"] == "first_reply"
    both = treat(maija, conversation, first)
    assert both["waiting_since"] == conversation["waiting_since"] and not both["spam"]
    assert both["owed"]["due_at"] == conversation["owed"]["due_at"]


def test_only_what_a_customer_said_can_be_a_persons(support):
    maija, chat = support.maija, support.chat
    conversation = hand_in(support, sender="aino")
    mine = maija.reply(conversation)
    treat(maija, conversation, mine, status=409)
    treat(maija, conversation, {"id": program.new_id()}, status=404)
    other = hand_in(support, sender="pekka", automatic=True)
    treat(maija, conversation, said_in(maija, other)[0], status=404)
    said = chat.say("Buy!", sender="ville", spam=True)
    gone = chat.routed(maija, said)
    assert chat.post({"type": "message.deleted", "id": program.new_id(), "message_id": said["id"]}).status == 200
    treat(maija, gone, said_in(maija, gone)[0], status=409)
    assert maija.act(gone, "not-spam")["owed"] is None


def test_a_judged_message_keeps_no_wait_open(support):
    maija, chat = support.maija, support.chat
    said = chat.say("Where is it?", sender="aino")
    conversation = chat.routed(maija, said)
    hand_in(support, "I am away", sender="aino", automatic=True)
    assert chat.post({"type": "message.deleted", "id": program.new_id(), "message_id": said["id"]}).status == 200
    assert maija.conversation(conversation["id"])["waiting_since"] is None


# ---- lists


def test_the_view_spam_has_what_holds_that_verdict(support):
    maija = support.maija
    upstream = hand_in(support, "Buy!", sender="seller", spam=True)
    hand_in(support, "I am away", sender="robot", automatic=True)
    judged = hand_in(support, "Buy me!", sender="dealer")
    asked = hand_in(support, "Is it ready?", sender="aino")
    maija.act(judged, "spam")
    assert ids(maija.conversations(view="spam")) == ids([judged, upstream])
    for view in ("mine", "unassigned", "unanswered"):
        assert set(ids(maija.conversations(view=view))) <= {asked["id"]}
    counts = maija.get("/v1/counts")
    assert (counts["spam"]["count"], counts["unanswered"]["count"]) == (2, 1)
    team = {"team_id": support.support, "state": "resolved"}
    assert ids(maija.conversations(view="spam", **team)) == ids([judged, upstream])
    maija.expect(400, "GET", "/v1/conversations?view=spam&sort=due")
    maija.act(judged, "not-spam")
    assert ids(maija.conversations(view="spam")) == ids([upstream])


def test_a_bot_is_asked_nothing_by_what_is_judged(support):
    bot = support.token("bot", "conversations:read", "messages:write")
    channel = support.channel("Bot", team=support.support, bot_token_id=bot.token_id)
    quiet = channel.routed(support.maija, channel.say("I am away", automatic=True))
    assert (quiet["bot_token_id"], quiet["waiting_since"]) == (None, None)
    held = channel.ask(support.maija, sender="aino")
    assert held["bot_token_id"] == bot.token_id
    spam = support.maija.act(held, "spam")
    assert (spam["bot_token_id"], spam["state"]) == (None, "resolved")
    back = support.maija.act(held, "not-spam")
    assert (back["bot_token_id"], back["owed"]["kind"]) == (None, "first_reply")
    assert back["waiting_since"] == held["waiting_since"] < back["owed"]["opened_at"]
