"""Whether a customer's next message opens again what was resolved, and to whom it goes then: as the channel says."""

import pytest

import program

DAY_S = 24 * 3600


def resolved(support, channel, ago_s=0, **more):
    """A conversation that Maija answered and resolved so long ago."""
    conversation = channel.ask(support.maija, sender="aino", **more)
    support.maija.assigned(conversation, support.maija.agent_id)
    support.maija.reply(conversation, then={"state": "resolved"})
    older = "UPDATE conversation SET resolved_at = resolved_at - %s * interval '1 second' WHERE id = %s"
    support.desk.query(older, ago_s, conversation["id"])
    return conversation


def ask_again(support, channel, **more):
    return channel.routed(support.maija, channel.say("Hello again", sender="aino", **more))


# (reopen_window_s of the channel, seconds since the resolution, whether it is reopened); the desk's own is a week
WINDOWS = {
    "the desk's, inside": (None, 7 * DAY_S - 60, True),
    "the desk's, after": (None, 7 * DAY_S + 1, False),
    "shorter, inside": (3600, 3540, True),
    "shorter, after": (3600, 3601, False),
    "longer, inside": (30 * DAY_S, 29 * DAY_S, True),
    "longer, after": (30 * DAY_S, 30 * DAY_S + 1, False),
    "never": (0, 0, False),
}


@pytest.mark.parametrize("window, ago_s, is_reopened", WINDOWS.values(), ids=WINDOWS)
def test_the_channels_window_decides(support, window, ago_s, is_reopened):
    channel = support.channel("Own", team=support.support, reopen_window_s=window)
    before = resolved(support, channel, ago_s)
    after = ask_again(support, channel)
    assert (after["id"] == before["id"]) == is_reopened
    assert after["state"] == "open"
    assert after["owed"]["kind"] == ("next_reply" if is_reopened else "first_reply")
    assert after["previous_id"] == (None if is_reopened else before["id"])
    old = support.maija.conversation(before["id"])
    assert old["state"] == ("open" if is_reopened else "resolved")


def test_a_thread_is_opened_again_however_long_ago_it_was(support):
    channel = support.channel("Own", team=support.support, reopen_window_s=0)
    before = resolved(support, channel, 400 * DAY_S, thread_id="t-1")
    assert ask_again(support, channel, thread_id="t-1")["id"] == before["id"]


@pytest.mark.parametrize("is_there, takes", [(True, "maija"), (False, "sami")])
def test_it_goes_to_who_had_it_if_they_are_online(support, is_there, takes):
    """The default; over capacity if need be."""
    before = resolved(support, support.chat)
    sami = support.agent("Sami", teams=[support.support])
    sami.online()
    support.admin.patch(f"/v1/agents/{support.maija.agent_id}", {"capacity": 0})
    support.maija.presence("online" if is_there else "away")
    ask_again(support, support.chat)
    support.maija.assigned(before, {"maija": support.maija, "sami": sami}[takes].agent_id)


def test_it_goes_to_the_queue_for_whoever_is_free(support):
    channel = support.channel("Own", team=support.support, reopen_to="queue")
    before = resolved(support, channel)
    busy = support.chat.ask(support.maija, sender="ville")
    support.maija.assigned(busy, support.maija.agent_id)
    sami = support.agent("Sami", teams=[support.support])
    sami.online()
    after = ask_again(support, channel)
    assert (after["id"], after["previous_agent_id"]) == (before["id"], support.maija.agent_id)
    sami.assigned(before, sami.agent_id)


def test_in_the_queue_nobody_gets_more_than_they_can_take(support):
    channel = support.channel("Own", team=support.support, reopen_to="queue")
    before = resolved(support, channel)
    support.admin.patch(f"/v1/agents/{support.maija.agent_id}", {"capacity": 0})
    after = ask_again(support, channel)
    assert (after["id"], after["assignee_id"], after["state"]) == (before["id"], None, "open")
    support.admin.patch(f"/v1/agents/{support.maija.agent_id}", {"capacity": 1})
    support.maija.assigned(before, support.maija.agent_id)


def test_what_a_snooze_ends_goes_back_to_its_agent_all_the_same(support):
    channel = support.channel("Own", team=support.support, reopen_to="queue")
    conversation = channel.ask(support.maija, sender="aino")
    support.maija.assigned(conversation, support.maija.agent_id)
    support.agent("Sami", teams=[support.support]).online()
    support.maija.act(conversation, "snooze", {"until": program.from_now(hours=1)})
    after = ask_again(support, channel)
    assert (after["state"], after["assignee_id"]) == ("open", support.maija.agent_id)


def test_the_settings_are_shown_changed_and_taken_back(support):
    path = f"/v1/channels/{support.chat.id}"
    assert support.admin.get(path)["reopen_window_s"] is None
    assert support.admin.get(path)["reopen_to"] == "same_agent"
    changed = support.admin.patch(path, {"reopen_window_s": 3600, "reopen_to": "queue"})
    assert (changed["reopen_window_s"], changed["reopen_to"]) == (3600, "queue")
    assert support.admin.patch(path, {"name": "Other"})["reopen_window_s"] == 3600
    assert support.admin.patch(path, {"reopen_window_s": None})["reopen_window_s"] is None
    for wrong in ({"reopen_window_s": -1}, {"reopen_window_s": 365 * DAY_S + 1}, {"reopen_to": "nobody"}):
        [field] = wrong
        problem = support.admin.patch(path, wrong, 400)
        assert [error["field"] for error in problem["errors"]] == ["/" + field]
