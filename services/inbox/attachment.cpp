#include "services/inbox/attachment.hpp"

#include "services/desk/ids.hpp"
#include "services/inbox/queries.sql.hpp"

#include <cctype>

namespace lupaus::inbox {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kScope = "conversations:read";
constexpr auto kLeast = desk::agent::Role::agent;

struct File {
    std::string name;
    std::string bytes;
};

Result<File> read_file(Tx& tx, const blob::BlobStore& blobs, desk::AccountId account, std::string_view id) {
    const auto wanted = parse_id<desk::AttachmentId>(id);
    if (!wanted) {
        return not_found("attachment");
    }
    const auto rows = tx.exec(sql::find_attachment, pqxx::params{to_string(account), to_string(*wanted)});
    if (rows.empty()) {
        return not_found("attachment");
    }
    auto bytes = blobs.read(rows.at(0, 1).view());
    if (!bytes) {
        throw std::runtime_error("the file of an attachment is missing: " + std::string(id));
    }
    return File{.name = rows.at(0, 0).as<std::string>(), .bytes = *std::move(bytes)};
}

net::Response respond(File file) {
    auto response = net::text_response(200, std::move(file.bytes), "application/octet-stream");
    response.headers.add("Content-Disposition", content_disposition(file.name));
    response.headers.add("Content-Security-Policy", "sandbox");
    response.headers.add("X-Content-Type-Options", "nosniff");
    response.headers.add("Cache-Control", "private, max-age=31536000, immutable");
    return response;
}

asio::awaitable<net::Response> handle(desk::Context& desk, Gate& gate, net::Request request) {
    const auto principal = co_await gate.admit(request, kScope, kLeast);
    if (!principal) {
        co_return refuse(principal.error(), request);
    }
    const auto account = (*principal)->account;
    const auto work = [&](Tx& tx) { return read_file(tx, desk.blobs, account, request.param("id")); };
    auto file = co_await desk.app.run(Scope::account(account.value), work);
    if (!file) {
        co_return refuse(file.error(), request);
    }
    co_return respond(*std::move(file));
}

}  // namespace

std::string content_disposition(std::string_view file_name) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string value = "attachment; filename*=UTF-8''";
    for (const char c : file_name) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 && byte < 0x80) {
            value += c;
            continue;
        }
        value += c == '.' || c == '-' || c == '_' ? std::string(1, c)
                                                  : std::string{'%', kHex[byte >> 4U], kHex[byte & 0x0fU]};
    }
    return value;
}

net::Route attachment_route(desk::Context& desk, Gate& gate) {
    return {.method = "GET",
            .pattern = "/v1/attachments/{id}",
            .body_bytes_max = 0,
            .handler = [&desk, &gate](net::Request request) { return handle(desk, gate, std::move(request)); }};
}

}  // namespace lupaus::inbox
