"""Bots: the first to answer on a channel, until they hand over, fall silent, are taken away from, or end."""

import datetime

import pytest

import program

QUICK = {"LUPAUS_ROUTING_BOT_SILENCE": "5s", "LUPAUS_WATCHER_POLL": "60s"}
SCOPES = ("bot", "conversations:read", "conversations:write", "messages:write", "events:read")


@pytest.fixture(scope="module")
def desk(cluster, tmp_path_factory):
    """A bot may be silent for five seconds; the watcher hardly polls, so that what is punctual was scheduled."""
    with program.running_desk(cluster, tmp_path_factory.mktemp("desk"), **QUICK) as running:
        yield running


def at(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def choose(support, bot):
    chosen = support.admin.patch(f"/v1/channels/{support.chat.id}", {"bot_token_id": bot.token_id})
    assert chosen["bot_token_id"] == bot.token_id


@pytest.fixture
def bot(support):
    """The bot of the usual account's channel."""
    bot = support.token(*SCOPES)
    choose(support, bot)
    return bot


def promise_of(api, conversation):
    [item] = [one for one in api.items("/v1/owed?view=all") if one["conversation"]["id"] == conversation["id"]]
    return item


def is_held(api, conversation, bot):
    return api.conversation(conversation["id"])["bot_token_id"] == bot.token_id


def test_a_bot_answers_first_and_hands_over(support, bot, follow):
    """As an integrator drives it: it hears of the message on its stream, answers, and gives up."""
    maija = support.maija
    support.policy("2m")
    stream = follow(bot)
    sender = program.new_id()
    support.chat.say("Is my bicycle ready?", sender=sender)
    told = stream.event("message.created")
    conversation = told["conversation"]
    assert conversation["bot_token_id"] == bot.token_id and conversation["assignee_id"] is None
    assert conversation["owed"] is None and conversation["waiting_since"] is not None
    said = bot.reply(conversation, "Hello, I am a bot. What is your order's number?")
    assert (said["kind"], said["author"]["type"]) == ("automatic", "bot")
    held = maija.conversation(conversation["id"])
    assert held["waiting_since"] == conversation["waiting_since"], "a bot's answer ends no wait"
    for view in ("mine", "unassigned", "unanswered", "overdue"):
        assert maija.conversations(view=view) == [], view
    assert [one["id"] for one in maija.conversations(view="all")] == [conversation["id"]]
    assert maija.get("/v1/counts")["unanswered"]["count"] == 0
    assert maija.items("/v1/owed?view=all") == []
    handed = bot.act(conversation, "handoff")
    assert handed["bot_token_id"] is None and handed["owed"]["kind"] == "first_reply"
    assert handed["waiting_since"] == conversation["waiting_since"], "bot time is part of the wait"
    event = stream.event("conversation.handed_over")
    assert (event["reason"], event["bot_token_id"]) == ("asked", bot.token_id)
    assert event["actor"]["type"] == "bot"
    owed = promise_of(maija, conversation)
    bot_time = (at(owed["opened_at"]) - at(owed["waiting_since"])).total_seconds()
    assert bot_time > 0 and abs(owed["bot_seconds"] - bot_time) < 0.01
    assert at(owed["due_at"]) - at(owed["opened_at"]) == datetime.timedelta(minutes=2), "the desk has its full time"
    maija.assigned(conversation, maija.agent_id)
    maija.reply(conversation)
    settled = stream.event("promise.settled")["promise"]
    assert (settled["kind"], settled["outcome"]) == ("first_reply", "kept")
    assert settled["bot_seconds"] == owed["bot_seconds"]
    bot.act(conversation, "handoff", status=409)
    support.chat.say("Thanks!", sender=sender)
    assert stream.event("message.created", conversation_id=conversation["id"])["conversation"]["bot_token_id"] is None


def test_a_silent_bot_loses_the_conversation(support, bot, follow):
    """Not one that answered, until the customer asks again; told when its time was over, not when somebody looked."""
    maija = support.maija
    stream = follow(maija)
    sender = program.new_id()
    answered, asked_again = support.chat.ask(maija), support.chat.ask(maija, sender=sender)
    for one in (answered, asked_again):
        bot.reply(one, "Which order?")
    silent = support.chat.ask(maija)
    support.chat.say("Number 17.", sender=sender)
    for _ in range(2):
        event = stream.event("conversation.handed_over")
        conversation = event["conversation"]
        assert event["reason"] == "silence" and event["actor"]["type"] == "system"
        assert conversation["id"] in (silent["id"], asked_again["id"])
        assert conversation["bot_token_id"] is None and conversation["owed"]["kind"] == "first_reply"
        maija.assigned(conversation, maija.agent_id)
    owed = promise_of(maija, silent)
    assert 5 <= owed["bot_seconds"] < 10
    assert promise_of(maija, asked_again)["waiting_since"] == asked_again["waiting_since"]
    assert is_held(maija, answered, bot)


def test_nothing_is_alarming_while_a_bot_has_it(support, bot, follow):
    """Another customer's alerts come meanwhile."""
    support.policy("1s")
    other = support.channel("Other", team=support.support)
    stream = follow(support.maija)
    held = support.chat.ask(support.maija)
    bot.reply(held, "Which order?")
    alarming = other.ask(support.maija)
    stream.event("alert.raised", conversation_id=alarming["id"])
    assert [one["conversation_id"] for one in support.maija.items("/v1/alerts")] == [alarming["id"]]
    assert is_held(support.maija, held, bot)


def test_the_end_of_its_token_gives_everything_to_the_desk(support, bot, follow):
    stream = follow(support.maija)
    held = []
    for _ in range(3):
        held.append(support.chat.ask(support.maija))
        bot.reply(held[-1], "Which order?")
    support.admin.delete(f"/v1/tokens/{bot.token_id}")
    for one in held:
        assert support.maija.assigned(one)["bot_token_id"] is None
    assert {stream.event("conversation.handed_over")["reason"] for _ in held} == {"ended"}
    new = support.chat.ask(support.maija)
    assert new["bot_token_id"] is None and new["owed"]["kind"] == "first_reply"


def test_an_expired_token_has_ended_too(support):
    made = support.admin.post(
        "/v1/tokens",
        {"role": "integrator", "scopes": list(SCOPES), "expires_at": program.from_now(seconds=3)},
        201,
    )
    bot = program.Api(support.desk, made["token"])
    bot.token_id = made["id"]
    choose(support, bot)
    conversation = support.chat.ask(support.maija)
    bot.reply(conversation, "Which order?")
    assert support.maija.assigned(conversation)["bot_token_id"] is None
    handed = support.maija.events(types="conversation.handed_over")
    assert [one["reason"] for one in handed] == ["ended"]


@pytest.mark.parametrize(
    "action, body",
    [("messages", {"text": "Maija here."}), ("claim", {}), ("answered", {"how": "phone"}), ("resolve", {})],
)
def test_people_take_it_by_what_they_do(support, bot, action, body):
    conversation = support.chat.ask(support.maija)
    support.maija.post(f"/v1/conversations/{conversation['id']}/{action}", body, 201 if action == "messages" else 200)
    now = support.maija.conversation(conversation["id"])
    assert now["bot_token_id"] is None
    [event] = support.maija.events(types="conversation.handed_over")
    assert event["reason"] == "taken" and event["actor"]["id"] == support.maija.agent_id
    settled = [one["promise"] for one in support.maija.events(types="promise.settled")]
    outcomes = {"messages": ["kept"], "answered": ["kept"], "resolve": ["waived"], "claim": []}
    assert [one["outcome"] for one in settled] == outcomes[action]
    assert all(one["kind"] == "first_reply" for one in settled)
    if action in ("messages", "claim"):
        assert now["assignee_id"] == support.maija.agent_id


def test_what_it_resolves_was_never_owed(support, bot, follow):
    """And when the customer comes back, it is there first."""
    stream = follow(support.maija)
    sender = program.new_id()
    conversation = support.chat.ask(support.maija, sender=sender)
    bot.reply(conversation, "Open from nine to five.")
    resolved = bot.act(conversation, "resolve")
    assert (resolved["state"], resolved["waiting_since"], resolved["bot_token_id"]) == ("resolved", None, None)
    support.chat.say("And on Sundays?", sender=sender)
    reopened = stream.event("conversation.reopened", conversation_id=conversation["id"])["conversation"]
    assert reopened["bot_token_id"] == bot.token_id and reopened["owed"] is None
    assert support.maija.events(types="promise.opened") == []


def test_handing_over_needs_the_scope_and_the_conversation(support, bot):
    conversation = support.chat.ask(support.maija)
    path = f"/v1/conversations/{conversation['id']}/handoff"
    support.token("conversations:write").expect(403, "POST", path, {})
    support.token("bot").expect(409, "POST", path, {})
    bot.expect(400, "POST", path, {"team_id": support.support})
    assert is_held(support.maija, conversation, bot)
    assert support.maija.act(conversation, "handoff")["owed"]["kind"] == "first_reply"


def test_a_channel_takes_only_a_bot_that_could_answer(support, bot, desk):
    path = f"/v1/channels/{support.chat.id}"
    ended, plain = support.token("bot"), support.token("messages:write")
    support.admin.delete(f"/v1/tokens/{ended.token_id}")
    stranger = program.Account(desk, "Another").token("bot")
    for wrong in (ended.token_id, plain.token_id, stranger.token_id, support.support, "bot"):
        refusal = support.admin.expect(400, "PATCH", path, {"bot_token_id": wrong})
        assert [one["field"] for one in refusal["errors"]] == ["/bot_token_id"]
    assert support.admin.get(path)["bot_token_id"] == bot.token_id
    created = {"kind": "webhook", "name": "New", "bot_token_id": bot.token_id}
    assert support.admin.post("/v1/channels", created, 201)["bot_token_id"] == bot.token_id
    support.admin.patch(path, {"bot_token_id": None})
    assert support.chat.ask(support.maija)["bot_token_id"] is None


def test_handovers_are_counted(support, bot, desk):
    before = desk.server.metric("lupaus_bot_handovers_total", reason="asked") or 0
    bot.act(support.chat.ask(support.maija), "handoff")
    assert desk.server.metric("lupaus_bot_handovers_total", reason="asked") == before + 1
