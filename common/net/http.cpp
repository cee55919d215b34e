#include "common/net/http.hpp"

#include <algorithm>
#include <stdexcept>

namespace lupaus::net {

namespace {

constexpr std::string_view kMethodNames[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool is_token_character(char c) {
    if ((c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z')) {
        return true;
    }
    return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_value_character(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

constexpr std::size_t kWebSocketKeySize = 24;  // 16 bytes in base64

}  // namespace

std::string_view to_string(Method method) {
    return kMethodNames[static_cast<std::size_t>(method)];
}

Method parse_method(std::string_view name) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(Method::other); ++i) {
        if (kMethodNames[i] == name) {
            return static_cast<Method>(i);
        }
    }
    return Method::other;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool lists_token(std::string_view field_value, std::string_view token) {
    while (!field_value.empty()) {
        const auto comma = std::min(field_value.find(','), field_value.size());
        if (equals_ignoring_case(trim(field_value.substr(0, comma)), token)) {
            return true;
        }
        field_value.remove_prefix(std::min(comma + 1, field_value.size()));
    }
    return false;
}

void Headers::add(std::string_view name, std::string_view value) {
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_character) ||
        !std::all_of(value.begin(), value.end(), is_value_character)) {
        throw std::invalid_argument("a header field with a forbidden character");
    }
    fields_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                       static_cast<std::uint32_t>(value.size())});
    text_.append(name).append(value);
}

void Headers::set(std::string_view name, std::string_view value) {
    remove(name);
    add(name, value);
}

void Headers::remove(std::string_view name) {
    std::erase_if(fields_, [&](const Field& field) {
        return equals_ignoring_case(std::string_view(text_).substr(field.at, field.name_size), name);
    });
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        if (equals_ignoring_case(this->name(i), name)) {
            return value(i);
        }
    }
    return std::nullopt;
}

std::string_view Headers::value_or(std::string_view name, std::string_view fallback) const {
    return find(name).value_or(fallback);
}

std::size_t Headers::count(std::string_view name) const {
    std::size_t found = 0;
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        found += equals_ignoring_case(this->name(i), name) ? 1 : 0;
    }
    return found;
}

std::string_view Headers::name(std::size_t index) const {
    const auto& field = fields_.at(index);
    return std::string_view(text_).substr(field.at, field.name_size);
}

std::string_view Headers::value(std::size_t index) const {
    const auto& field = fields_.at(index);
    return std::string_view(text_).substr(field.at + field.name_size, field.value_size);
}

std::string_view Request::path() const {
    return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::param(std::string_view name) const {
    const auto found =
        std::find_if(params.begin(), params.end(), [&](const auto& param) { return param.name == name; });
    return found == params.end() ? std::string_view{} : std::string_view(found->value);
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
    const auto found = std::find_if(query.begin(), query.end(), [&](const auto& param) { return param.name == name; });
    return found == query.end() ? std::nullopt : std::optional<std::string_view>(found->value);
}

bool Request::wants_websocket() const {
    return method == Method::get && lists_token(headers.value_or("Upgrade", ""), "websocket") &&
           lists_token(headers.value_or("Connection", ""), "upgrade") &&
           headers.value_or("Sec-WebSocket-Version", "") == "13" &&
           headers.value_or("Sec-WebSocket-Key", "").size() == kWebSocketKeySize;
}

Response json_response(int status, std::string body) {
    Response response{.status = status, .body = std::move(body)};
    response.headers.add("Content-Type", "application/json");
    return response;
}

Response text_response(int status, std::string body, std::string_view content_type) {
    Response response{.status = status, .body = std::move(body)};
    response.headers.add("Content-Type", content_type);
    return response;
}

Response empty_response(int status) {
    return Response{.status = status};
}

std::string_view reason_phrase(int status) {
    struct Row {
        int status;
        std::string_view phrase;
    };

    static constexpr Row kRows[] = {
        {100, "Continue"},
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {422, "Unprocessable Content"},
        {426, "Upgrade Required"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
    };
    for (const auto& row : kRows) {
        if (row.status == status) {
            return row.phrase;
        }
    }
    return "Unknown";
}

}  // namespace lupaus::net
