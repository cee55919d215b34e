"""Canned replies: written by leads, filled in for a conversation by the server."""

import pytest

import program


@pytest.fixture
def lead(support):
    return support.agent("Leena", role="lead")


def write(api, shortcut, text, status=201, **more):
    return api.post("/v1/canned", {"shortcut": shortcut, "text": text, **more}, status)


def rendered(api, conversation, canned):
    return api.get(f"/v1/conversations/{conversation['id']}/canned/{canned['id']}")["text"]


def test_variables_are_filled_in_for_the_conversation(support, lead):
    maija = support.maija
    text = "Hei {{contact.name}}! {{ agent.name }}, {{team.name}}, {{channel.name}}: {{conversation.number}}"
    canned = write(lead, "hello", text)
    conversation = support.chat.ask(maija, name="Aino {{agent.name}}")
    filled = rendered(maija, conversation, canned)
    assert filled == f"Hei Aino {{{{agent.name}}}}! Maija, Support, Chat: {conversation['number']}"
    said = maija.reply(conversation, filled)
    assert said["text"] == filled


UNKNOWN = ["{{contact.iban}}", "{{", "{{contact.name", "}}", "{{}}", "{{contact.name|you}}"]


@pytest.mark.parametrize("text", UNKNOWN)
def test_what_could_not_be_filled_in_is_refused_when_it_is_written(shared, text):
    problem = write(shared.admin, "bad", text, 400)
    assert [error["field"] for error in problem["errors"]] == ["/text"]


def test_editing_is_checked_like_writing(support, lead):
    canned = write(lead, "bye", "Bye!")
    path = f"/v1/canned/{canned['id']}"
    lead.patch(path, {"text": "{{customer}}"}, 400)
    assert lead.get(path) == canned
    edited = lead.patch(path, {"text": "Bye, {{contact.name}}!", "team_id": support.support})
    assert (edited["version"], edited["team_id"], edited["shortcut"]) == (2, support.support, "bye")
    lead.patch(path, {"text": "?"}, 412, headers={"If-Match": '"1"'})
    told = [event["type"] for event in lead.events() if event["type"].startswith("canned.")]
    assert told == ["canned.created", "canned.updated"]
    support.admin.delete(f"/v1/teams/{support.support}", 409)
    lead.delete(path)
    lead.expect(404, "GET", path)


def test_shortcuts_are_unique_and_one_small_word(support, lead):
    write(lead, "thanks", "Thanks!")
    write(lead, "thanks", "Thank you!", 409)
    other = write(lead, "thank-you", "Thank you!")
    lead.patch(f"/v1/canned/{other['id']}", {"shortcut": "thanks"}, 409)
    for shortcut in ("", "Thanks", "two words", "x" * 51):
        answer = lead.call("POST", "/v1/canned", {"shortcut": shortcut, "text": "x"})
        assert answer.status in (400, 413), answer
    write(lead, "long", "x" * 8193, 413)
    write(lead, "long", "x" * 8192)


def test_agents_use_and_only_leads_write(support, lead):
    maija = support.maija
    write(maija, "mine", "Hei!", 403)
    canned = write(lead, "ours", "Hei!")
    assert maija.get(f"/v1/canned/{canned['id']}") == canned
    maija.patch(f"/v1/canned/{canned['id']}", {"text": "Moi!"}, 403)
    maija.delete(f"/v1/canned/{canned['id']}", 403)
    reader = support.token("canned:read")
    assert reader.items("/v1/canned") == [canned]
    write(reader, "theirs", "Hei!", 403)


def test_a_team_sees_its_own_and_everybodys_page_by_page(support, lead):
    billing = support.team("Billing")
    for shortcut, team in (("b", billing), ("a", None), ("d", support.support), ("c", None), ("e-2", None)):
        write(lead, shortcut, "Hei!", team_id=team)
    listed = [one["shortcut"] for one in lead.pages("/v1/canned", 2)]
    assert listed == ["a", "b", "c", "d", "e-2"]
    of_billing = [one["shortcut"] for one in lead.pages(f"/v1/canned?team_id={billing}", 2)]
    assert of_billing == ["a", "b", "c", "e-2"]


def test_another_accounts_are_unknown(support, lead, desk):
    other = program.Account(desk)
    foreign = write(other.admin, "theirs", "Hei!")
    conversation = support.chat.ask(support.maija)
    lead.expect(404, "GET", f"/v1/canned/{foreign['id']}")
    lead.patch(f"/v1/canned/{foreign['id']}", {"text": "Moi!"}, 404)
    lead.delete(f"/v1/canned/{foreign['id']}", 404)
    lead.expect(404, "GET", f"/v1/conversations/{conversation['id']}/canned/{foreign['id']}")
    own = write(lead, "ours", "Hei!")
    foreign_one = other.channel("Chat").ask(other.admin)
    lead.expect(404, "GET", f"/v1/conversations/{foreign_one['id']}/canned/{own['id']}")
    write(lead, "nowhere", "Hei!", 400, team_id=other.team("Foreign"))
