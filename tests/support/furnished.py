"""An account in which every kind of thing can be had, each new and in the state that most operations want."""

import base64
import secrets
import urllib.parse
import uuid

import program


class Furnished(program.Account):
    """Everything is done by Maija, who is an agent and an administrator. `outlet`: a receiver that takes everything;
    `gone`: one that wants nothing any more."""

    def __init__(self, desk, outlet, gone, name="Furnished"):
        super().__init__(desk, name)
        self.outlet, self.gone = outlet, gone
        self.support = self.team("Support")
        self.maija = self.agent("Maija", role="admin", teams=[self.support], capacity=1000)
        self.maija.online()
        self.urgent = self.channel("Urgent")
        self.policy("1s", channel=self.urgent.id, leads_after="0s", account_after="0s")
        self.attribute("contact", "plan", choices=["free", "silver", "gold"])
        self.attribute("conversation", "order_total", "number")
        self.attribute("conversation", "order")

    def things(self):
        return Things(self)


class Things(dict):
    """One of each kind, made when it is first asked for; those that can belong together do."""

    def __init__(self, account):
        super().__init__()
        self.account, self.maija, self.made_channel = account, account.maija, None
        self.sender = "customer-" + uuid.uuid4().hex

    def __missing__(self, kind):
        self[kind] = getattr(self, "make_" + kind)()
        return self[kind]

    def all(self):
        for name in dir(self):
            if name.startswith("make_"):
                self[name.removeprefix("make_")]  # pylint: disable=pointless-statement
        return self

    @property
    def chat(self):
        if self.made_channel is None:
            self.made_channel = self.account.channel("Chat " + secrets.token_hex(6), team=self.account.support)
        return self.made_channel

    def make_agent(self):
        body = {"name": "Sami", "email": f"{secrets.token_hex(6)}@example.com"}
        return self.maija.post("/v1/agents", body, 201)["id"]

    def make_team(self):
        return self.account.team("Team " + secrets.token_hex(6))

    def make_channel(self):
        return self.chat.id

    def make_conversation(self):
        file = {"name": "a.txt", "content": base64.b64encode(b"Hei!").decode()}
        return self.chat.ask(self.maija, sender=self.sender, attachments=[file])["id"]

    def make_sibling(self):
        """Another conversation of the same contact."""
        return self.chat.ask(self.maija, sender=self.sender, thread_id="thread-" + secrets.token_hex(6))["id"]

    def make_question(self):
        """A customer's message in the conversation, and not the only one."""
        said = self.chat.say("And a lamp?", sender=self.sender)
        assert self.chat.routed(self.maija, said)["id"] == self["conversation"]
        return self.messages()[-1]["id"]

    def make_namesake(self):
        """Another contact."""
        return self.chat.ask(self.maija)["contact"]["id"]

    def make_contact(self):
        return self.maija.conversation(self["conversation"])["contact"]["id"]

    def make_attachment(self):
        [message] = [one for one in self.messages() if one["attachments"]]
        return message["attachments"][0]["id"]

    def make_promise(self):
        word = {"conversation_id": self["conversation"], "text": "The part.", "due_at": program.from_now(days=1)}
        return self.maija.post("/v1/promises", word, 201)["id"]

    def make_message(self):
        """A reply, said after the promise."""
        self["promise"]  # pylint: disable=pointless-statement
        return self.maija.reply({"id": self["conversation"]})["id"]

    def make_said(self):
        """What the customer said in the conversation."""
        return next(one["id"] for one in self.messages() if one["direction"] == "in")

    def make_delivery(self):
        wanted = self["message"]
        waiting = self.maija.items(f"/v1/channels/{self.chat.id}/outbox")
        return next(one["id"] for one in waiting if one["message_id"] == wanted)

    def make_alert(self):
        conversation = self.account.urgent.ask(self.maija)

        def look():
            alerts = self.maija.items("/v1/alerts?state=firing&limit=100")
            return [one for one in alerts if one["conversation_id"] == conversation["id"] and one["level"] == 3]

        return program.wait_until(look, what="the last level of an alert")[0]["id"]

    def make_webhook(self):
        body = {"url": self.account.outlet.url, "types": ["message.created"], "channel_ids": [self.chat.id]}
        return self.maija.post("/v1/webhooks", body, 201)["id"]

    def make_event(self):
        """Told to the webhook."""
        path = f"/v1/webhooks/{self['webhook']}/deliveries"
        self.chat.ask(self.maija)

        def look():
            return [one for one in self.maija.items(path) if one["state"] == "sent"]

        return program.wait_until(look, what="a delivery to the webhook")[0]["event_id"]

    def make_token(self):
        """It may be a channel's bot."""
        return self.account.token("agents:read", "bot").token_id

    def make_policy(self):
        return self.account.policy("2h", team=self.account.support, priority="low")

    def make_hours(self):
        body = {"name": "Hours " + secrets.token_hex(6), "zone": "UTC", "week": {"mon": [["09:00", "17:00"]]}}
        return self.maija.post("/v1/hours", body, 201)["id"]

    def make_canned(self):
        body = {"shortcut": "ready-" + secrets.token_hex(6), "text": "Hei {{contact.name}}!"}
        return self.maija.post("/v1/canned", body, 201)["id"]

    def make_attribute(self):
        return self.account.attribute("conversation", "key_" + secrets.token_hex(6), choices=["yes", "no"])["id"]

    def make_view(self):
        """Maija's own."""
        body = {"name": "Urgent", "filter": {"field": "priority", "is": "urgent"}}
        return self.maija.post("/v1/views", body, 201)["id"]

    def make_draft(self):
        """Maija's own, in the conversation: it has no other id."""
        self.maija.put(f"/v1/conversations/{self['conversation']}/draft", {"text": "Hei"})
        return self["conversation"]

    def make_rejection(self):
        """An id that was taken by another message: it can be replayed."""
        first = self.chat.say("First")
        assert self.chat.post({**first, "text": "Second"}).json()["conflict"]
        return self.maija.items(f"/v1/channels/{self.chat.id}/rejections")[0]["id"]

    def make_inbound(self):
        """Quarantined: a row of the queue whose payload nobody can read, as if another version had written it."""
        made = str(uuid.uuid4())
        self.account.desk.query(
            "INSERT INTO inbound (account_id, id, channel_id, payload) VALUES (%s, %s, %s, '{\"v\":0}')",
            self.account.id,
            made,
            self.chat.id,
        )
        self.chat.ask(self.maija)

        def look():
            return [one for one in self.maija.items("/v1/quarantine?limit=100") if one["id"] == made]

        program.wait_until(look, what="the quarantine")
        return made

    def make_external_id(self):
        said = self.chat.say("Hei!")
        self.chat.routed(self.maija, said)
        return said["id"]

    def messages(self):
        return self.maija.messages({"id": self["conversation"]})

    def held_conversation(self):
        """One that a bot has."""
        return self.account.channel("Held", bot_token_id=self["token"]).ask(self.maija)["id"]

    def link(self):
        """The parts of a link to the attachment, by name."""
        parts = urllib.parse.urlsplit(self.maija.get(f"/v1/attachments/{self['attachment']}/link")["url"])
        return {"name": parts.path.rpartition("/")[2], **dict(urllib.parse.parse_qsl(parts.query))}

    def failed_attachment(self):
        """One whose address must not be called."""
        conversation = self.chat.ask(self.maija, attachments=[{"url": "http://169.254.169.254/latest"}])

        def look():
            [file] = self.maija.messages(conversation)[0]["attachments"]
            return file["id"] if file["state"] == "failed" else None

        return program.wait_until(look, what="the refusal of an address")

    def held_message(self):
        """A reply that can still be taken back."""
        return self.maija.reply({"id": self["conversation"]}, undo_s=60)["id"]

    def failed_delivery(self):
        """A reply that its receiver refused for good."""
        channel = self.account.channel("Gone", outbound_url=self.account.gone.url)
        conversation = channel.ask(self.maija)
        wanted = self.maija.reply(conversation)["id"]

        def look():
            told = [one["delivery"] for one in self.maija.events(types="message.delivery")]
            return [one for one in told if one["message_id"] == wanted and one["state"] == "failed"]

        return program.wait_until(look, what="the refusal of a reply")[0]["id"]
