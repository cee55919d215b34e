#include "services/desk/channel/email_json.hpp"

#include "common/base/limits.hpp"
#include "common/net/url_guard.hpp"
#include "common/text/utf8.hpp"
#include "services/desk/canned/rules.hpp"
#include "services/desk/channel/rules.hpp"

#include <algorithm>
#include <array>

namespace lupaus::desk::channel {

namespace {

using Secret = std::optional<std::string>;

constexpr std::array kSecurities{text::Choice<Security>{"tls", Security::tls},
                                 text::Choice<Security>{"starttls", Security::starttls},
                                 text::Choice<Security>{"none", Security::none}};
constexpr std::array kFetchModes{text::Choice<FetchMode>{"leave", FetchMode::leave},
                                 text::Choice<FetchMode>{"seen", FetchMode::seen},
                                 text::Choice<FetchMode>{"move", FetchMode::move}};
constexpr std::int64_t kPortMax = 65'535;
constexpr std::size_t kHostBytesMax = 253;
constexpr text::StringRule kSecretRule{.max_bytes = 4'096};  // refresh tokens are long

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool is_host(std::string_view text) {
    return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:_") == std::string_view::npos;
}

// What ends in a line of a mail or of a protocol.
void read_line(text::JsonReader& reader, std::string_view name, std::string& out) {
    if (const auto given = reader.optional_string(name, {.min_bytes = 0})) {
        if (std::ranges::any_of(*given, is_control)) {
            reader.fail(name, "must not contain control characters");
        }
        out = *given;
    } else if (reader.is_null(name)) {
        out.clear();
    }
}

void read_addresses(text::JsonReader& reader, Email& email) {
    if (const auto address = reader.optional_string("address")) {
        email.address = text::lower_ascii(*address);
        if (!is_mail_address(*address)) {
            reader.fail("address", "must be an e-mail address");
        }
    } else if (email.address.empty() || reader.is_null("address")) {
        reader.string("address");
    }
    const auto others = reader.optional_string_list("other_addresses", {.max_items = limits::kMailAddressesMax});
    if (!others) {
        return;
    }
    email.other_addresses.clear();
    for (const auto& other : *others) {
        if (!is_mail_address(other)) {
            reader.fail("other_addresses", "must be e-mail addresses");
        }
        email.other_addresses.push_back(text::lower_ascii(other));
    }
}

// A secret goes to the host that it was given for, and to no other.
Secret read_server(text::JsonReader& reader, MailServer& server, int default_port) {
    const auto before = server.host;
    const bool is_new = before.empty();
    if (const auto host = reader.optional_string("host", {.max_bytes = kHostBytesMax})) {
        server.host = text::lower_ascii(*host);
        if (!is_host(server.host)) {
            reader.fail("host", "must be the name or the address of a host");
        }
    } else if (is_new || reader.is_null("host")) {
        reader.string("host");
    }
    const text::IntegerRule port{.min = 1, .max = kPortMax};
    server.port = static_cast<int>(reader.optional_integer("port", port).value_or(is_new ? default_port : server.port));
    server.security = reader.optional_one_of<Security>("security", kSecurities).value_or(server.security);
    read_line(reader, "user", server.user);
    const bool forgets = reader.is_null("password");
    auto password = reader.optional_string("password", kSecretRule);
    const bool had_password = server.has_password && !forgets;
    if (had_password && !password && server.host != before) {
        reader.fail("password", "must be given again, or be null, where the host changes");
    }
    server.has_password = had_password || password.has_value();
    if (server.has_password && server.user.empty()) {
        reader.fail("user", "is required where there is a password");
    }
    return password;
}

Secret read_smtp(text::JsonReader& reader, Email& email) {
    constexpr int kSubmissionsPort = 465;
    if (reader.is_null("smtp")) {
        email.smtp.reset();
    }
    auto server = reader.optional_object("smtp");
    if (!server) {
        return std::nullopt;
    }
    auto smtp = email.smtp.value_or(MailServer{});
    auto password = read_server(*server, smtp, kSubmissionsPort);
    server->refuse_unknown();
    email.smtp = std::move(smtp);
    return password;
}

Secret read_imap(text::JsonReader& reader, Email& email) {
    constexpr int kImapsPort = 993;
    if (reader.is_null("imap")) {
        email.imap.reset();
    }
    auto server = reader.optional_object("imap");
    if (!server) {
        return std::nullopt;
    }
    auto mailbox = email.imap.value_or(Mailbox{});
    auto password = read_server(*server, mailbox.server, kImapsPort);
    if (mailbox.server.user.empty()) {
        server->fail("user", "is required: nobody may read a mailbox unnamed");
    }
    read_line(*server, "folder", mailbox.folder);
    if (mailbox.folder.empty()) {
        server->fail("folder", "must not be empty");
    }
    mailbox.mode = server->optional_one_of<FetchMode>("after_fetch", kFetchModes).value_or(mailbox.mode);
    read_line(*server, "move_to", mailbox.move_to);
    if ((mailbox.mode == FetchMode::move) == mailbox.move_to.empty()) {
        server->fail("move_to", "goes with after_fetch move, and is required by it");
    }
    read_line(*server, "sent_folder", mailbox.sent_folder);
    if (!mailbox.sent_folder.empty() && mailbox.sent_folder == mailbox.folder) {
        server->fail("sent_folder", "must be another folder than the one that is fetched");
    }
    server->refuse_unknown();
    email.imap = std::move(mailbox);
    return password;
}

void read_oauth(text::JsonReader& reader, Email& email, MailSecrets& given) {
    if (reader.is_null("oauth")) {
        email.oauth.reset();
    }
    auto object = reader.optional_object("oauth");
    if (!object) {
        return;
    }
    const auto before = email.oauth.value_or(OAuth{});
    auto oauth = before;
    oauth.token_url =
        object->optional_string("token_url", {.max_bytes = limits::kUrlBytesMax}).value_or(before.token_url);
    const auto url = net::parse_url(oauth.token_url);
    if (!url) {
        object->fail("token_url", url.error().detail);
    } else if (!oauth.token_url.starts_with("https:") && !is_this_machine(url->host)) {
        object->fail("token_url", "must be https: secrets are sent there");
    }
    oauth.client_id = object->optional_string("client_id").value_or(before.client_id);
    if (oauth.client_id.empty()) {
        object->string("client_id");
    }
    given.oauth_client_secret = object->optional_string("client_secret", kSecretRule);
    given.oauth_refresh_token = object->optional_string("refresh_token", kSecretRule);
    const bool is_other = oauth.token_url != before.token_url || oauth.client_id != before.client_id;
    if (is_other && !given.oauth_refresh_token) {
        object->fail("refresh_token", "must be given where token_url or client_id is new");
    }
    if (is_other && !before.client_id.empty() && !given.oauth_client_secret) {
        object->fail("client_secret", "must be given again where token_url or client_id changes");
    }
    object->refuse_unknown();
    email.oauth = std::move(oauth);
}

void check_words(text::JsonReader& reader, std::string_view name, std::string_view words) {
    if (const auto mistake = canned::find_mistake(words); !mistake.empty()) {
        reader.fail(name, mistake);
    } else if (canned::mentions(words, "agent.name")) {
        reader.fail(name, "has {{agent.name}}, and no agent writes it");
    }
}

void read_acknowledgement(text::JsonReader& reader, Email& email) {
    if (reader.is_null("acknowledgement")) {
        email.acknowledgement.reset();
    }
    if (auto object = reader.optional_object("acknowledgement")) {
        auto words = email.acknowledgement.value_or(Acknowledgement{});
        read_line(*object, "subject", words.subject);
        check_words(*object, "subject", words.subject);
        if (const auto text = object->optional_string("text", {.max_bytes = canned::kTextBytesMax})) {
            words.text = *text;
        } else if (words.text.empty() || object->is_null("text")) {
            object->string("text");
        }
        check_words(*object, "text", words.text);
        object->refuse_unknown();
        email.acknowledgement = std::move(words);
    }
    if (email.acknowledgement && !email.trusted_host) {
        reader.fail("acknowledgement", "needs trusted_host: a machine writes only to whom that host has verified");
    }
}

// How the desk signs in, once everything is known that was given and that was there.
void check_sign_in(text::JsonReader& reader, std::string_view name, const MailServer& server, const Email& email) {
    if (!server.user.empty() && !server.has_password && !email.oauth) {
        reader.fail(name, "has a user and no password: give one, or oauth");
    }
    if (const auto why = exposes_secret(server, email.oauth.has_value()); !why.empty()) {
        reader.fail(name, std::string(why));
    }
}

std::optional<std::string> text_or_null(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

void write_server(text::JsonWriter& json, const MailServer& server) {
    json.field("host", server.host).field("port", server.port).field("security", to_string(server.security));
    json.field("user", text_or_null(server.user));
    json.field("has_password", server.has_password);
}

void write_acknowledgement(text::JsonWriter& json, const std::optional<Acknowledgement>& words) {
    json.key("acknowledgement");
    if (words) {
        json.begin_object().field("subject", words->subject).field("text", words->text).end_object();
    } else {
        json.value(nullptr);
    }
}

void write_servers(text::JsonWriter& json, const Email& email) {
    json.key("smtp");
    if (email.smtp) {
        json.begin_object();
        write_server(json, *email.smtp);
        json.end_object();
    } else {
        json.value(nullptr);
    }
    json.key("imap");
    if (email.imap) {
        json.begin_object();
        write_server(json, email.imap->server);
        json.field("folder", email.imap->folder).field("after_fetch", to_string(email.imap->mode));
        json.field("move_to", text_or_null(email.imap->move_to));
        json.field("sent_folder", text_or_null(email.imap->sent_folder));
        json.end_object();
    } else {
        json.value(nullptr);
    }
    json.key("oauth");
    if (email.oauth) {
        json.begin_object().field("token_url", email.oauth->token_url);
        json.field("client_id", email.oauth->client_id).end_object();
    } else {
        json.value(nullptr);
    }
}

}  // namespace

MailSecrets read_email(text::JsonReader& reader, Channel& channel) {
    MailSecrets given;
    if (channel.kind != Kind::email) {
        return given;
    }
    if (channel.outbound_url) {
        reader.fail("outbound_url", "goes with a webhook channel");
    }
    auto object = reader.optional_object("email");
    if (!object) {
        if (!channel.email) {
            reader.object("email");
        } else if (reader.is_null("email")) {
            reader.fail("email", "is what the channel is, and cannot be taken away");
        }
        return given;
    }
    auto email = channel.email.value_or(Email{});
    read_addresses(*object, email);
    read_line(*object, "sender_name", email.sender_name);
    std::string trusted = email.trusted_host.value_or("");
    read_line(*object, "trusted_host", trusted);
    email.trusted_host = trusted.empty() ? std::nullopt : std::optional(text::lower_ascii(trusted));
    if (email.trusted_host && !is_host(*email.trusted_host)) {
        object->fail("trusted_host", "must be the name of a host");
    }
    email.attributes_forwarded = object->optional_boolean("attributes_forwarded").value_or(email.attributes_forwarded);
    email.quote_history = object->optional_boolean("quote_history").value_or(email.quote_history);
    read_acknowledgement(*object, email);
    read_oauth(*object, email, given);
    given.smtp_password = read_smtp(*object, email);
    given.imap_password = read_imap(*object, email);
    if (email.smtp) {
        check_sign_in(*object, "smtp", *email.smtp, email);
    }
    if (email.imap) {
        check_sign_in(*object, "imap", email.imap->server, email);
    }
    object->refuse_unknown();
    channel.email = std::move(email);
    return given;
}

void write_email(text::JsonWriter& json, const Email& email) {
    json.begin_object().field("address", email.address).field("sender_name", email.sender_name);
    json.key("other_addresses").begin_array();
    for (const auto& address : email.other_addresses) {
        json.value(address);
    }
    json.end_array();
    json.field("trusted_host", email.trusted_host).field("attributes_forwarded", email.attributes_forwarded);
    json.field("quote_history", email.quote_history);
    write_servers(json, email);
    write_acknowledgement(json, email.acknowledgement);
    json.end_object();
}

}  // namespace lupaus::desk::channel
