"""Customers as another system knows them."""

import program


def put(api, external_id, body, status=200):
    answer = api.call("PUT", "/v1/contacts", {"external_id": external_id, **body})
    assert answer.status == status, answer
    return answer.json()


def address(channel, name):
    return {"channel_id": channel.id, "address": name}


def test_the_same_id_is_the_same_contact(support):
    crm = support.token("contacts:write", "contacts:read")
    made = put(crm, "crm/ä 1", {"name": "Aino", "email": "aino@example.org"})
    assert (made["external_id"], made["name"], made["email"]) == ("crm/ä 1", "Aino", "aino@example.org")
    changed = put(crm, "crm/ä 1", {"name": "Aino V.", "email": None})
    assert changed["id"] == made["id"] and changed["version"] > made["version"]
    assert (changed["name"], changed["email"]) == ("Aino V.", None)
    assert put(crm, "crm/ä 1", {"name": "Aino V."}) == changed
    assert put(crm, "crm/ä 2", {})["id"] != made["id"]
    told = [event["contact"]["name"] for event in support.admin.events(types="contact.updated")]
    assert told == ["Aino", "Aino V.", ""]


def test_each_account_has_ids_of_its_own(support):
    stranger = program.Account(support.desk)
    mine, theirs = put(support.admin, "crm-1", {"name": "Aino"}), put(stranger.admin, "crm-1", {"name": "Eino"})
    assert mine["id"] != theirs["id"] and support.admin.get(f"/v1/contacts/{mine['id']}")["name"] == "Aino"


def test_who_writes_from_a_known_address_is_that_contact(support):
    made = put(support.admin, "crm-1", {"name": "Aino Virtanen", "addresses": [address(support.chat, "u1")]})
    assert made["addresses"] == [address(support.chat, "u1")]
    conversation = support.chat.ask(support.maija, sender="u1", name="aino87")
    assert conversation["contact"]["id"] == made["id"]
    assert [one["id"] for one in support.maija.items("/v1/contacts")] == [made["id"]]


def test_an_address_of_somebody_else_changes_nothing(support):
    conversation = support.chat.ask(support.maija, sender="u1")
    body = {"name": "Aino", "addresses": [address(support.chat, "u2"), address(support.chat, "u1")]}
    assert put(support.admin, "crm-1", body, 409)["detail"].startswith("/addresses/1 ")
    assert [one["id"] for one in support.maija.items("/v1/contacts")] == [conversation["contact"]["id"]]
    assert support.chat.ask(support.maija, sender="u2")["contact"]["id"] != conversation["contact"]["id"]


def test_ten_at_once_make_one(support):
    bodies = [{"name": "Aino", "addresses": [address(support.chat, "u1")]}] * 10
    answers = program.in_parallel(*[lambda body=body: put(support.admin, "crm-1", body) for body in bodies])
    assert len({one["id"] for one in answers}) == 1
    assert len(support.maija.items("/v1/contacts")) == 1


def test_what_makes_no_sense_is_refused(support):
    theirs = program.Account(support.desk).channel("Theirs")
    wrong = {
        "/addresses/0/channel_id": {"addresses": [address(theirs, "u1")]},
        "/addresses/0/address": {"addresses": [address(support.chat, "")]},
        "/email": {"email": "nobody"},
        "/id": {"id": "x"},
    }
    for field, body in wrong.items():
        assert [error["field"] for error in put(support.admin, "crm-1", body, 400)["errors"]] == [field]
    put(support.admin, "x" * 513, {}, 413)
    put(support.admin, "", {}, 400)
    assert support.maija.items("/v1/contacts") == []
