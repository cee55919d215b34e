"""Conversations by mail, for tests of what goes out."""

import program


def mail_channel(account, team, port, security="none", **more):
    """A channel that hands its replies to a mail server on this machine. `more`: of its server."""
    server = {"host": "localhost", "port": port, "security": security, **more}
    email = {"address": f"support-{program.new_id()[4:16]}@shop.example", "sender_name": "Shop", "smtp": server}
    return account.admin.post("/v1/channels", {"kind": "email", "name": "Mail", "team_id": team, "email": email}, 201)


def ask_by_mail(account, channel, name):
    """A conversation as if name@example.org had begun it by mail."""
    desk, conversation = account.desk, account.chat.ask(account.maija)
    values = channel["id"], conversation["id"]
    desk.query("UPDATE conversation SET channel_id = %s WHERE id = %s", *values)
    desk.query(
        "INSERT INTO address (account_id, channel_id, address, contact_id)"
        " SELECT account_id, channel_id, %s, contact_id FROM conversation WHERE id = %s",
        name + "@example.org",
        conversation["id"],
    )
    return conversation
