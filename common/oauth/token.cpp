#include "common/oauth/token.hpp"

#include "common/net/url_guard.hpp"
#include "common/text/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace lupaus::oauth {

namespace {

constexpr std::chrono::seconds kUnknownLifetime{300};  // where the provider does not say
constexpr std::size_t kErrorBytesMax = 60;

void append_encoded(std::string& form, std::string_view text) {
    constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr std::string_view kHex = "0123456789ABCDEF";
    for (const char c : text) {
        if (kPlain.find(c) != std::string_view::npos) {
            form += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            form.append({'%', kHex[byte >> 4U], kHex[byte & 15U]});
        }
    }
}

void append_field(std::string& form, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        form.append(form.empty() ? "" : "&").append(name).append("=");
        append_encoded(form, value);
    }
}

std::string string_of(const text::Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// A word from the RFC's own list, or "" for anything that is none: other texts may repeat what was sent.
std::string error_word(const text::Json& object) {
    auto word = string_of(object, "error");
    const bool is_word = word.size() <= kErrorBytesMax &&
                         std::ranges::all_of(word, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    return is_word ? word : std::string();
}

Error refusal(int status, const std::string& word) {
    if (word == "invalid_grant") {
        return {.code = Errc::unauthenticated,
                .detail = "The provider no longer accepts the consent (invalid_grant): give it anew."};
    }
    const bool is_passing = status == 429 || status >= 500;
    return {
        .code = is_passing ? Errc::unavailable : Errc::invalid,
        .detail = "The provider gave no token: " + (word.empty() ? "status " + std::to_string(status) : word) + "."};
}

}  // namespace

Secret refresh_form(const Grant& grant) {
    std::string form = "grant_type=refresh_token";
    append_field(form, "refresh_token", grant.refresh_token.reveal());
    append_field(form, "client_id", grant.client_id);
    append_field(form, "client_secret", grant.client_secret.reveal());
    append_field(form, "scope", grant.scope);
    return Secret(std::move(form));
}

Result<Token> parse_token(int status, std::string_view body) {
    const auto answer = text::parse_json(body);
    const bool is_object = answer && answer->is_object();
    if (status != 200) {
        return refusal(status, is_object ? error_word(*answer) : "");
    }
    auto access = is_object ? string_of(*answer, "access_token") : "";
    if (access.empty()) {
        return Error{.code = Errc::invalid, .detail = "The provider's answer holds no token."};
    }
    const auto lifetime = answer->find("expires_in");
    const bool is_told =
        lifetime != answer->end() && lifetime->is_number_integer() && lifetime->get<std::int64_t>() > 0;
    return Token{.access = Secret(std::move(access)),
                 .lifetime = is_told ? std::chrono::seconds(lifetime->get<std::int64_t>()) : kUnknownLifetime,
                 .refresh = Secret(string_of(*answer, "refresh_token"))};
}

bool is_safe_endpoint(std::string_view url) {
    const auto parsed = net::parse_url(url);
    if (!parsed) {
        return false;
    }
    boost::system::error_code not_literal;
    const auto address = boost::asio::ip::make_address(parsed->host, not_literal);
    return parsed->is_tls || (!not_literal && net::unmapped(address).is_loopback());
}

}  // namespace lupaus::oauth
