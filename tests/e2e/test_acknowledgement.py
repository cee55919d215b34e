"""A customer who begins a conversation by mail is told at once that it has arrived, by a machine that says it is one;
and who is not told, and why."""

import secrets

import pytest

import exim
import mail
import program

HOST = "mx.shop.example"
WORDS = {"subject": "Nro {{conversation.number}}", "text": "Hei {{contact.name}}, kiitos viestistä!"}
IMPATIENT = {"LUPAUS_COURIER_RETRY_FIRST": "50ms", "LUPAUS_COURIER_RETRY_MAX": "100ms"}


@pytest.fixture(scope="module")
def relay():
    with exim.running_exim() as running:
        yield running


@pytest.fixture(scope="module")
def desk(cluster, relay, tmp_path_factory):
    [port] = program.free_ports(1)
    allow = {"LUPAUS_EGRESS_ALLOW": "127.0.0.0/8,::1", "LUPAUS_EMAIL_LMTP_LISTEN": f"127.0.0.1:{port}"}
    with program.running_desk(cluster, tmp_path_factory.mktemp("desk"), **IMPATIENT, **allow) as running:
        running.lmtp_port = port
        yield running


def open_box(account, relay, **options):
    server = {"host": "localhost", "port": relay.open_port, "security": "none"}
    given = {"smtp": server, "trusted_host": HOST, "acknowledgement": WORDS, **options}
    return mail.open_channel(account, sender_name="Shop", **given)


def new_sender():
    return "ada-" + secrets.token_hex(6)


def verified(box, name, text="Missä tilaukseni on?", results=f"{HOST}; dmarc=pass", **headers):
    headers = {"Authentication_Results": results, **headers}
    return mail.written(box.address, text, sender=f"Ada <{name}@example.org>", **headers)


def ask(account, box, one):
    """The conversation that a mail began."""
    return box.conversation(account.maija, box.hand_in(one).json())


def automatic(account, conversation):
    return [one for one in account.maija.messages(conversation) if one["kind"] == "automatic"]


def withheld(account, conversation):
    """What the history says of it, once it says something."""
    path = f"/v1/conversations/{conversation['id']}/timeline?limit=100"

    def look():
        return [one for one in account.maija.items(path) if one["type"] == "acknowledgement.withheld"]

    return program.wait_until(look, what="an acknowledgement that is withheld")


def test_a_new_customer_is_told_that_the_mail_has_arrived(support, relay):
    box, name = open_box(support, relay), new_sender()
    one = verified(box, name, Cc="boss@example.net", Reply_To="other@example.net")
    conversation = ask(support, box, one)
    [told] = relay.wait_for_mails(name)
    assert told["Return-path"] == "<>" and told["Auto-Submitted"] == "auto-replied"
    assert told["X-Auto-Response-Suppress"] == "All"
    assert told["Subject"] == f"Nro {conversation['number']}"
    assert [address.addr_spec for address in told["To"].addresses] == [f"{name}@example.org"]
    assert told["Cc"] is None, "whoever else the mail names was named by somebody unknown"
    assert told["In-Reply-To"] == one["Message-ID"] and one["Message-ID"] in told["References"]
    assert told.get_content().strip() == "Hei Ada, kiitos viestistä!"
    [message] = automatic(support, conversation)
    assert (message["direction"], message["author"]["type"]) == ("out", "system")
    still = support.maija.conversation(conversation["id"])
    assert still["waiting_since"], "it is no answer"
    assert "lupaus_acknowledgements_total" in support.desk.server.metrics()


def test_its_answer_comes_into_the_conversation_and_is_not_answered(support, relay):
    box, name = open_box(support, relay), new_sender()
    conversation = ask(support, box, verified(box, name))
    [told] = relay.wait_for_mails(name)
    tagged = told["Reply-To"].addresses[0].addr_spec
    answer = verified(box, name, "Kiitos!", To=tagged)
    assert ask(support, box, answer)["id"] == conversation["id"]
    person = support.maija.reply(conversation, "Tilauksesi on matkalla.")
    assert person["kind"] == "message"
    assert len(relay.wait_for_mails(name, 2)) == 2
    assert len(automatic(support, conversation)) == 1


def test_an_address_is_told_once_a_day(support, relay):
    box, name = open_box(support, relay), new_sender()
    ask(support, box, verified(box, name))
    second = ask(support, box, verified(box, name))
    [entry] = withheld(support, second)
    assert entry["data"]["rule"] == "once_a_day"
    assert entry["text"] == "Not acknowledged: a machine has written to the customer within the last day already"
    assert automatic(support, second) == []
    assert len(relay.wait_for_mails(name)) == 1


@pytest.mark.parametrize(
    "rule, how",
    [
        ("not_verified", {"results": None}),
        ("not_verified", {"results": "mx.evil.example; dmarc=pass"}),
        ("not_verified", {"results": f"{HOST}; dmarc=fail; spf=pass smtp.mailfrom=evil.example"}),
        ("list", {"List_Id": "<all.example.org>"}),
        ("list", {"Precedence": "bulk"}),
        ("not_addressed", {"To": "somebody@example.net"}),
    ],
)
def test_who_is_not_told_and_why(support, relay, rule, how):
    box = open_box(support, relay)
    conversation = ask(support, box, verified(box, new_sender(), **how))
    [entry] = withheld(support, conversation)
    assert entry["data"]["rule"] == rule
    assert automatic(support, conversation) == []
    assert conversation["waiting_since"], "a person answers all the same"


def test_nobody_is_told_where_nobody_reads(support, relay):
    box = open_box(support, relay)
    conversation = ask(support, box, verified(box, "no-reply"))
    assert withheld(support, conversation)[0]["data"]["rule"] == "machine_address"


def test_the_null_return_path_of_an_envelope_is_never_answered(support, relay, desk):
    """As Exim and Postfix hand it over: no header of the mail says it."""
    box = open_box(support, relay)
    one = verified(box, new_sender())
    with mail.lmtp(desk.lmtp_port) as client:
        [(code, text)] = client.give("", [box.address], one)
    assert code == 250
    conversation = box.conversation(support.maija, {"inbound_id": mail.stored_id(text)})
    assert automatic(support, conversation) == []


def test_a_channel_without_one_says_nothing(support, relay):
    box = open_box(support, relay, acknowledgement=None)
    conversation = ask(support, box, verified(box, new_sender()))
    path = f"/v1/conversations/{conversation['id']}/timeline?limit=100"
    assert "acknowledgement.withheld" not in [one["type"] for one in support.maija.items(path)]
    assert automatic(support, conversation) == []
