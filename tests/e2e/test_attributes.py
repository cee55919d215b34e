"""Custom attributes: defined by an administrator, set on conversations and contacts, told with them everywhere."""

import pytest

import program


@pytest.fixture
def defined(support):
    support.attribute("conversation", "order_total", "number")
    support.attribute("conversation", "order")
    support.plan = support.attribute("contact", "plan", choices=["free", "gold"])
    return support


def set_of(api, conversation, status=200, **attributes):
    return api.patch(f"/v1/conversations/{conversation['id']}", {"attributes": attributes}, status)


def wrong(problem):
    return [error["field"] for error in problem["errors"]]


def test_a_conversation_has_values_until_null_takes_them(defined):
    maija = defined.maija
    conversation = defined.chat.ask(maija)
    assert conversation["attributes"] == {}
    first = set_of(maija, conversation, order_total=129.9, order="A-7")
    assert first["attributes"] == {"order_total": 129.9, "order": "A-7"}
    assert first["version"] == conversation["version"] + 1
    second = set_of(maija, conversation, order=None)
    assert second["attributes"] == {"order_total": 129.9}
    assert maija.conversation(conversation["id"])["attributes"] == {"order_total": 129.9}
    assert [one["attributes"] for one in maija.items("/v1/conversations")] == [{"order_total": 129.9}]
    again = set_of(maija, conversation, order_total=129.9)
    assert again["version"] == second["version"]
    told = [event["conversation"] for event in maija.events(types="conversation.updated")]
    assert [one["attributes"] for one in told] == [first["attributes"], second["attributes"]]


def test_what_routing_writes_leaves_them(defined, follow):
    maija = defined.maija
    conversation = defined.chat.ask(maija, sender="u1")
    set_of(maija, conversation, order="A-7")
    stream = follow(maija)
    defined.chat.say("And?", sender="u1")
    assert stream.event("message.created")["conversation"]["attributes"] == {"order": "A-7"}
    maija.reply(conversation)
    assert maija.conversation(conversation["id"])["attributes"] == {"order": "A-7"}


def test_a_contact_has_values_of_its_own(defined):
    maija = defined.maija
    contact = defined.chat.ask(maija)["contact"]["id"]
    path = f"/v1/contacts/{contact}"
    edited = maija.patch(path, {"attributes": {"plan": "gold"}})
    assert (edited["attributes"], edited["version"]) == ({"plan": "gold"}, 2)
    assert maija.get(path) == edited
    assert [one["attributes"] for one in maija.items("/v1/contacts")] == [{"plan": "gold"}]
    [told] = maija.events(types="contact.updated")
    assert told["contact"]["attributes"] == {"plan": "gold"}
    assert maija.patch(path, {"name": "Aino"})["attributes"] == {"plan": "gold"}
    crm = {"external_id": "crm-1", "attributes": {"plan": "free"}}
    first = maija.call("PUT", "/v1/contacts", crm).json()
    assert first["attributes"] == {"plan": "free"}
    assert maija.call("PUT", "/v1/contacts", crm).json() == first


def test_what_is_wrong_is_named_and_changes_nothing(defined):
    maija = defined.maija
    conversation = defined.chat.ask(maija)
    problem = set_of(maija, conversation, 400, order_total="much", order=5, plan="gold")
    assert sorted(wrong(problem)) == ["/attributes/order", "/attributes/order_total", "/attributes/plan"]
    assert wrong(set_of(maija, conversation, 400, order="x" * 501)) == ["/attributes/order"]
    assert set_of(maija, conversation, order="x" * 500)["attributes"] == {"order": "x" * 500}
    path = f"/v1/conversations/{conversation['id']}"
    for body in ({"attributes": None}, {"attributes": ["order"]}, {"attributes": "order"}):
        assert wrong(maija.patch(path, body, 400)) == ["/attributes"], body
    contact = f"/v1/contacts/{conversation['contact']['id']}"
    assert wrong(maija.patch(contact, {"attributes": {"plan": "silver"}}, 400)) == ["/attributes/plan"]
    assert maija.get(contact)["attributes"] == {}


def test_a_value_goes_with_its_attribute_and_does_not_come_back(defined):
    maija, admin = defined.maija, defined.admin
    contact = defined.chat.ask(maija)["contact"]["id"]
    path = f"/v1/contacts/{contact}"
    defined.attribute("contact", "vip", "boolean")
    before = maija.patch(path, {"attributes": {"plan": "gold", "vip": True}})
    admin.delete(f"/v1/attributes/{defined.plan['id']}")
    after = maija.get(path)
    assert after == {**before, "attributes": {"vip": True}}
    assert wrong(maija.patch(path, {"attributes": {"plan": "gold"}}, 400)) == ["/attributes/plan"]
    defined.attribute("contact", "plan", "number")
    assert maija.get(path) == after
    assert maija.patch(path, {"attributes": {"plan": 3}})["attributes"] == {"plan": 3, "vip": True}


def test_a_choice_that_is_no_longer_offered_stays_where_it_is(defined):
    maija, admin = defined.maija, defined.admin
    path = f"/v1/contacts/{defined.chat.ask(maija)['contact']['id']}"
    maija.patch(path, {"attributes": {"plan": "gold"}})
    edited = admin.patch(f"/v1/attributes/{defined.plan['id']}", {"choices": ["free"]})
    assert (edited["choices"], edited["version"], edited["type"]) == (["free"], 2, "choice")
    assert maija.get(path)["attributes"] == {"plan": "gold"}
    maija.patch(path, {"attributes": {"plan": "gold"}}, 400)
    maija.patch(path, {"attributes": {"plan": "free"}})


NEW = {"applies_to": "contact", "key": "size", "name": "Size", "type": "text"}
WRONG = {
    "/key": [{"key": "Size"}, {"key": "2x"}, {"key": "si ze"}, {"key": "s" * 41}, {"key": ""}],
    "/type": [{"type": "list"}, {"type": None}],
    "/applies_to": [{"applies_to": "message"}],
    "/choices": [{"choices": ["a"]}, {"type": "choice"}, {"type": "choice", "choices": ["a", "a"]}],
    "/name": [{"name": ""}],
    "/id": [{"id": 1}],
}


@pytest.mark.parametrize("field", WRONG)
def test_what_makes_no_attribute_is_refused(shared, field):
    for more in WRONG[field]:
        assert wrong(shared.admin.post("/v1/attributes", {**NEW, **more}, 400)) == [field], more


def test_keys_are_unique_among_those_of_one_subject(defined):
    defined.admin.post("/v1/attributes", {**NEW, "key": "plan"}, 409)
    defined.admin.post("/v1/attributes", {**NEW, "key": "plan", "applies_to": "conversation"}, 201)
    listed = [(one["applies_to"], one["key"]) for one in defined.maija.pages("/v1/attributes", 2)]
    of_conversations = [("conversation", key) for key in ("order", "order_total", "plan")]
    assert listed == of_conversations + [("contact", "plan")]
    told = [event["type"] for event in defined.admin.events() if event["type"].startswith("attribute.")]
    assert told == ["attribute.created"] * 4


def test_what_an_attribute_is_cannot_be_changed(defined):
    path = f"/v1/attributes/{defined.plan['id']}"
    for body in ({"key": "tariff"}, {"type": "text"}, {"applies_to": "conversation"}):
        assert wrong(defined.admin.patch(path, body, 400)) == ["/" + next(iter(body))]
    assert wrong(defined.admin.patch(path, {"choices": []}, 400)) == ["/choices"]
    assert defined.admin.get(path) == defined.plan


def test_each_account_has_attributes_of_its_own(defined):
    stranger = program.Account(defined.desk)
    path = f"/v1/attributes/{defined.plan['id']}"
    stranger.admin.expect(404, "GET", path)
    stranger.admin.patch(path, {"name": "Theirs"}, 404)
    stranger.admin.delete(path, 404)
    theirs = stranger.attribute("contact", "plan", "number")
    assert theirs["id"] != defined.plan["id"]
    mine = f"/v1/contacts/{defined.chat.ask(defined.maija)['contact']['id']}"
    assert defined.maija.patch(mine, {"attributes": {"plan": "gold"}})["attributes"] == {"plan": "gold"}
