#include "services/desk/channel/email_store.hpp"

#include "services/desk/channel/queries.sql.hpp"

namespace lupaus::desk::channel {

namespace {

constexpr int kFirstColumn = 15;
constexpr int kHealthColumn = 38;
constexpr std::string_view kNobodyReads = "No process with the role email reads it at the moment.";

std::optional<MailServer> read_server(const pqxx::row& row, int from) {
    if (row[from].is_null()) {
        return std::nullopt;
    }
    return MailServer{.host = row[from].as<std::string>(),
                      .port = row[from + 1].as<int>(),
                      .security = static_cast<Security>(row[from + 2].as<std::int16_t>()),
                      .user = read_optional_text(row[from + 3]).value_or(""),
                      .has_password = row[from + 4].as<bool>()};
}

std::optional<std::string> filled(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<std::string> seal(const crypto::SecretBox& box, const std::optional<std::string>& secret) {
    return secret ? std::optional(box.seal(*secret)) : std::nullopt;
}

// The sealed bytes live as long as the parameters.
void append_bytes(pqxx::params& values, const std::optional<std::string>& sealed) {
    if (sealed) {
        values.append(pqxx::binary_cast(*sealed));
    } else {
        values.append();
    }
}

void append_server(pqxx::params& values, const std::optional<MailServer>& server,
                   const std::optional<std::string>& sealed_password) {
    if (server) {
        values.append(server->host);
        values.append(server->port);
        values.append(static_cast<int>(server->security));
        values.append(filled(server->user));
    } else {
        for (int i = 0; i < 4; ++i) {
            values.append();
        }
    }
    append_bytes(values, sealed_password);
    values.append(server && server->has_password);
}

void put_acknowledgement(Tx& tx, const Channel& channel) {
    pqxx::params values{to_string(channel.account), to_string(channel.id)};
    if (const auto& words = channel.email->acknowledgement) {
        values.append(words->subject);
        values.append(words->text);
        tx.exec(sql::put_acknowledgement, values);
    } else {
        tx.exec(sql::drop_acknowledgement, values);
    }
}

Result<std::optional<std::string>> open_secret(const crypto::SecretBox& box, const pqxx::field& field) {
    if (field.is_null()) {
        return std::optional<std::string>();
    }
    auto opened = box.open(read_bytes(field));
    return opened ? Result<std::optional<std::string>>(std::optional(*std::move(opened)))
                  : Result<std::optional<std::string>>(opened.error());
}

}  // namespace

std::optional<Email> read_email(const pqxx::row& row) {
    const auto at = [&row](int column) { return row[kFirstColumn + column]; };
    if (at(0).is_null()) {
        return std::nullopt;
    }
    Email email{.address = at(0).as<std::string>(),
                .sender_name = at(1).as<std::string>(),
                .other_addresses = read_text_array(at(2)),
                .trusted_host = read_optional_text(at(3)),
                .attributes_forwarded = at(4).as<bool>(),
                .smtp = read_server(row, kFirstColumn + 5)};
    if (auto server = read_server(row, kFirstColumn + 10)) {
        email.imap = Mailbox{.server = *std::move(server),
                             .folder = at(15).as<std::string>(),
                             .mode = static_cast<FetchMode>(at(16).as<std::int16_t>()),
                             .move_to = read_optional_text(at(17)).value_or(""),
                             .sent_folder = read_optional_text(at(29)).value_or("")};
    }
    if (!at(18).is_null()) {
        email.oauth = OAuth{.token_url = at(18).as<std::string>(), .client_id = at(19).as<std::string>()};
    }
    email.quote_history = at(20).as<bool>();
    if (!at(21).is_null()) {
        email.acknowledgement = Acknowledgement{.subject = at(21).as<std::string>(), .text = at(22).as<std::string>()};
    }
    return email;
}

// What a process said that has left says nothing about now.
MailboxHealth read_mailbox_health(const pqxx::row& row) {
    const auto at = [&row](int column) { return row[kHealthColumn + column]; };
    MailboxHealth health{.reason = std::string(kNobodyReads)};
    if (at(0).is_null()) {
        return health;
    }
    const auto state = static_cast<MailboxState>(at(0).as<std::int16_t>());
    const bool is_read = !at(5).is_null() && at(5).as<bool>();
    if (is_read || state == MailboxState::held) {
        health.state = state;
        health.reason = at(1).as<std::string>();
    }
    health.last_good_at = read_optional_timestamp(at(2));
    health.mails = at(3).as<std::int64_t>();
    health.stored = at(4).as<std::int64_t>();
    return health;
}

Result<void> put_email(Tx& tx, const crypto::SecretBox& box, const Channel& channel, const MailSecrets& given) {
    const auto& email = *channel.email;
    const std::optional<MailServer> imap = email.imap ? std::optional(email.imap->server) : std::nullopt;
    const Mailbox mailbox = email.imap.value_or(Mailbox{});
    const MailSecrets sealed{.smtp_password = seal(box, given.smtp_password),
                             .imap_password = seal(box, given.imap_password),
                             .oauth_client_secret = seal(box, given.oauth_client_secret),
                             .oauth_refresh_token = seal(box, given.oauth_refresh_token)};
    pqxx::params values{to_string(channel.account),
                        to_string(channel.id),
                        email.address,
                        email.sender_name,
                        array_text(email.other_addresses),
                        email.trusted_host,
                        email.attributes_forwarded};
    append_server(values, email.smtp, sealed.smtp_password);
    append_server(values, imap, sealed.imap_password);
    values.append(mailbox.folder);
    values.append(static_cast<int>(mailbox.mode));
    values.append(filled(mailbox.move_to));
    values.append(email.oauth ? std::optional(email.oauth->token_url) : std::nullopt);
    values.append(email.oauth ? std::optional(email.oauth->client_id) : std::nullopt);
    append_bytes(values, sealed.oauth_client_secret);
    append_bytes(values, sealed.oauth_refresh_token);
    values.append(email.quote_history);
    values.append(filled(mailbox.sent_folder));
    try {
        tx.exec(sql::put_email, values);
    } catch (const pqxx::unique_violation&) {
        return Error{.code = Errc::conflict,
                     .detail = "Another channel has this address.",
                     .fields = {{.field = "/email/address", .detail = "is another channel's"}}};
    }
    put_acknowledgement(tx, channel);
    return {};
}

Result<MailSecrets> find_mail_secrets(Tx& tx, const crypto::SecretBox& box, const ChannelKey& key) {
    const auto rows = tx.exec(sql::find_mail_secrets, pqxx::params{to_string(key.account), to_string(key.id)});
    if (rows.empty()) {
        return not_found("channel");
    }
    MailSecrets secrets;
    std::optional<std::string>* const places[] = {&secrets.smtp_password, &secrets.imap_password,
                                                  &secrets.oauth_client_secret, &secrets.oauth_refresh_token};
    int column = 0;
    for (auto* place : places) {
        auto opened = open_secret(box, rows.at(0)[column++]);
        if (!opened) {
            return opened.error();
        }
        *place = *std::move(opened);
    }
    return secrets;
}

bool replace_refresh_token(Tx& tx, const RefreshToken& change) {
    const pqxx::params values{to_string(change.key.account), to_string(change.key.id),
                              pqxx::binary_cast(change.sealed_before), pqxx::binary_cast(change.sealed)};
    return tx.exec(sql::replace_refresh_token, values).affected_rows() > 0;
}

}  // namespace lupaus::desk::channel
