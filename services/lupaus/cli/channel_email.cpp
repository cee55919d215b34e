#include "services/lupaus/cli/channel_email.hpp"

#include "common/text/json.hpp"
#include "services/desk/channel/email_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace lupaus::cli {

namespace {

using text::Json;

constexpr std::int64_t kPortMax = 65'535;
constexpr std::array<std::string_view, 4> kServerWords{"host", "security", "user", "password"};
constexpr std::array<std::string_view, 4> kMailboxWords{"folder", "after_fetch", "move_to", "sent_folder"};
constexpr std::array<std::string_view, 4> kOAuthWords{"token_url", "client_id", "client_secret", "refresh_token"};

// imap and move_to: --imap-move-to
std::string option_name(std::string_view group, std::string_view word) {
    std::string name(group);
    name += (name.empty() ? "" : "-") + std::string(word);
    std::ranges::replace(name, '_', '-');
    return name;
}

void take_words(const Arguments& arguments, std::string_view group, std::span<const std::string_view> words,
                Json& object) {
    for (const auto word : words) {
        if (const auto given = arguments.optional_text(option_name(group, word))) {
            object[std::string(word)] = *given;
        }
    }
}

void take_port(Arguments& arguments, std::string_view group, Json& server) {
    if (const auto port = arguments.optional_integer(option_name(group, "port"), 1, kPortMax)) {
        server["port"] = *port;
    }
}

Json email_of(Arguments& arguments) {
    Json email = Json::object();
    take_words(arguments, "", std::array<std::string_view, 3>{"address", "sender_name", "trusted_host"}, email);
    if (const auto others = arguments.list("other-address"); !others.empty()) {
        email["other_addresses"] = others;
    }
    if (arguments.has("attribute-forwarded")) {
        email["attributes_forwarded"] = true;
    }
    if (arguments.has("quote-history")) {
        email["quote_history"] = true;
    }
    Json smtp = Json::object();
    take_words(arguments, "smtp", kServerWords, smtp);
    take_port(arguments, "smtp", smtp);
    Json imap = Json::object();
    take_words(arguments, "imap", kServerWords, imap);
    take_words(arguments, "imap", kMailboxWords, imap);
    take_port(arguments, "imap", imap);
    Json oauth = Json::object();
    take_words(arguments, "oauth", kOAuthWords, oauth);
    for (auto [name, object] : {std::pair("smtp", &smtp), std::pair("imap", &imap), std::pair("oauth", &oauth)}) {
        if (!object->empty()) {
            email[name] = std::move(*object);
        }
    }
    return email;
}

// /email/smtp/host: --smtp-host, by way of /smtp_host.
void name_options(Error& error) {
    constexpr std::string_view kMember = "/email/";
    for (auto& field : error.fields) {
        if (field.field.starts_with(kMember)) {
            field.field.erase(1, kMember.size() - 1);
            std::replace(field.field.begin() + 1, field.field.end(), '/', '_');
        }
    }
}

}  // namespace

std::vector<Option> email_options() {
    return {
        {"address", "ADDRESS", "Of an email channel: its address"},
        {"sender-name", "NAME", "What customers see beside it"},
        {"other-address", "ADDRESS", "One more that is its own; may be repeated", Need::repeated},
        {"trusted-host", "NAME", "Whose Authentication-Results and spam headers are believed"},
        {"attribute-forwarded", "", "What is forwarded from its own addresses is the original sender's", Need::flag},
        {"quote-history", "", "Replies carry the message that they answer below them", Need::flag},
        {"smtp-host", "HOST", "Where replies are handed in; without it they wait in the outbox"},
        {"smtp-port", "N", "465 unless given"},
        {"smtp-security", "tls|starttls|none", "tls unless given"},
        {"smtp-user", "NAME", "Who signs in there"},
        {"smtp-password", "SECRET", "With what", Need::optional, "LUPAUS_SMTP_PASSWORD"},
        {"imap-host", "HOST", "Whose mailbox is fetched; without it mail is handed over"},
        {"imap-port", "N", "993 unless given"},
        {"imap-security", "tls|starttls|none", "tls unless given"},
        {"imap-user", "NAME", "Who signs in there"},
        {"imap-password", "SECRET", "With what", Need::optional, "LUPAUS_IMAP_PASSWORD"},
        {"imap-folder", "NAME", "Which folder (INBOX)"},
        {"imap-after-fetch", "leave|seen|move", "What becomes of a fetched mail there (leave)"},
        {"imap-move-to", "NAME", "The folder for move"},
        {"imap-sent-folder", "NAME", "Where copies of what was sent are put; without it none are made"},
        {"oauth-token-url", "URL", "Instead of passwords: where access tokens are had (XOAUTH2)"},
        {"oauth-client-id", "ID", "As whom"},
        {"oauth-client-secret", "SECRET", "With what", Need::optional, "LUPAUS_OAUTH_CLIENT_SECRET"},
        {"oauth-refresh-token", "SECRET", "For whom", Need::optional, "LUPAUS_OAUTH_REFRESH_TOKEN"},
    };
}

Result<desk::channel::MailSecrets> read_email(Arguments& arguments, desk::channel::Channel& channel) {
    if (channel.kind != desk::channel::Kind::email) {
        return desk::channel::MailSecrets{};
    }
    const Json body{{"email", email_of(arguments)}};
    if (auto error = arguments.error()) {
        return *std::move(error);
    }
    text::JsonReader reader(body);
    auto secrets = desk::channel::read_email(reader, channel);
    if (auto error = reader.error()) {
        name_options(*error);
        return *std::move(error);
    }
    return secrets;
}

}  // namespace lupaus::cli
