"""Conversations that integrators know by a reference of their own."""

import urllib.parse

import pytest

import program


def by_ref(api, ref):
    return api.conversations(external_ref=ref)


def test_a_message_names_its_conversation(support):
    chat, maija = support.chat, support.maija
    conversation = chat.ask(maija, sender="u1", external_ref="order-77")
    assert conversation["external_ref"] == "order-77"
    assert by_ref(maija, "order-77") == [conversation]
    assert by_ref(maija, "order-7") == by_ref(maija, "ORDER-77") == []
    created = maija.events(types="conversation.created")[-1]
    assert created["conversation"]["external_ref"] == "order-77"
    again = chat.routed(maija, chat.say("And?", sender="u1", external_ref="order-78"))
    assert (again["id"], again["external_ref"]) == (conversation["id"], "order-77"), "the first one stays"
    maija.act(again, "resolve")
    assert [one["state"] for one in by_ref(maija, "order-77")] == ["resolved"]


def test_a_conversation_that_has_none_takes_that_of_a_later_message(support):
    chat, maija = support.chat, support.maija
    conversation = chat.ask(maija, sender="u1")
    assert conversation["external_ref"] is None
    later = chat.routed(maija, chat.say("Order 79", sender="u1", external_ref="order-79"))
    assert (later["id"], later["external_ref"]) == (conversation["id"], "order-79")
    assert later["version"] > conversation["version"]


def test_what_another_conversation_has_is_nobody_elses(support):
    chat, maija = support.chat, support.maija
    first = chat.ask(maija, external_ref="order-80")
    second = chat.ask(maija, external_ref="order-80")
    assert second["id"] != first["id"] and second["external_ref"] is None
    assert by_ref(maija, "order-80")[0]["id"] == first["id"]
    problem = maija.patch(f"/v1/conversations/{second['id']}", {"external_ref": "order-80"}, 409)
    assert problem["conversation_id"] == first["id"]
    maija.patch(f"/v1/conversations/{first['id']}", {"external_ref": None})
    assert maija.patch(f"/v1/conversations/{second['id']}", {"external_ref": "order-80"})["external_ref"] == "order-80"
    assert by_ref(maija, "order-80")[0]["id"] == second["id"]


def test_one_batch_gives_a_reference_once(cluster, tmp_path):
    """Both messages wait when the router starts."""
    with program.running_desk(cluster, tmp_path, "--roles", "chat,inbox") as desk:
        account = program.Account(desk)
        maija = account.agent("Maija", teams=[account.team("Support")])
        chat = account.channel("Chat")
        said = [chat.say("Mine", sender=f"u{n}", external_ref="order-81") for n in range(5)]
        desk.join("--roles", "router")
        refs = [chat.routed(maija, one)["external_ref"] for one in said]
        assert sorted(filter(None, refs)) == ["order-81"]
        assert refs[0] == "order-81", "the first that arrived"


def test_an_edit_is_told_and_checked(support):
    maija = support.maija
    conversation = support.chat.ask(maija)
    before = maija.cursor()
    path = f"/v1/conversations/{conversation['id']}"
    edited = maija.patch(path, {"external_ref": "CRM/4711 ä"})
    assert edited["external_ref"] == "CRM/4711 ä" and edited["version"] == conversation["version"] + 1
    assert [one["type"] for one in maija.events(before)] == ["conversation.updated"]
    assert by_ref(maija, "CRM/4711 ä")[0]["id"] == conversation["id"]
    for wrong in ("", "x" * 513, 7):
        status = 413 if wrong == "x" * 513 else 400
        assert maija.patch(path, {"external_ref": wrong}, status)["errors"][0]["field"] == "/external_ref"
    maija.patch(path, {"external_ref": "CRM/4711 ä"})
    assert len(maija.events(before)) == 1, "nothing has changed"


def test_of_two_at_the_same_moment_one_gets_it(support):
    maija = support.maija
    pairs = [[support.chat.ask(maija) for _ in range(2)] for _ in range(5)]
    for number, pair in enumerate(pairs):
        body = {"external_ref": f"race-{number}"}
        answers = program.in_parallel(
            *(lambda one=one, body=body: maija.call("PATCH", f"/v1/conversations/{one['id']}", body) for one in pair)
        )
        assert sorted(answer.status for answer in answers) == [200, 409]


def test_another_account_has_references_of_its_own(support, desk):
    first = support.chat.ask(support.maija, external_ref="order-82")
    other = program.Account(desk)
    sirpa = other.agent("Sirpa", role="admin")
    assert by_ref(sirpa, "order-82") == []
    theirs = other.channel("Chat").ask(sirpa, external_ref="order-82")
    assert theirs["external_ref"] == "order-82" and theirs["id"] != first["id"]


@pytest.mark.parametrize("filters", [{"state": "open"}, {"view": "all"}, {"sort": "due"}])
def test_it_stands_beside_no_other_filter(support, filters):
    query = urllib.parse.urlencode({"external_ref": "order-83", **filters})
    problem = support.maija.expect(400, "GET", "/v1/conversations?" + query)
    assert [error["field"] for error in problem["errors"]] == list(filters)


def test_an_empty_reference_is_no_question(support):
    for wrong in ("", "x" * 513):
        problem = support.maija.expect(400, "GET", "/v1/conversations?external_ref=" + wrong)
        assert problem["errors"][0]["field"] == "external_ref"
