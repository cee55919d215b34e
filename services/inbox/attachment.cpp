#include "services/inbox/attachment.hpp"

#include "common/async/offload.hpp"
#include "common/net/problem.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/fetch/store.hpp"
#include "services/desk/message/files.hpp"
#include "services/inbox/file_link.hpp"
#include "services/inbox/queries.sql.hpp"
#include "services/inbox/resource.hpp"

#include <cctype>
#include <memory>
#include <stdexcept>

namespace lupaus::inbox {

namespace asio = boost::asio;
using desk::message::AttachmentState;

namespace {

constexpr std::string_view kScope = "conversations:read";
constexpr auto kLeast = desk::agent::Role::agent;

struct File {
    std::string name;
    std::string hash;
};

// Errors: not_found; conflict, while its bytes are not there.
Result<void> check(const pqxx::result& rows) {
    if (rows.empty()) {
        return not_found("attachment");
    }
    switch (static_cast<AttachmentState>(rows.at(0, 3).as<std::int16_t>())) {
        case AttachmentState::ready:
            return {};
        case AttachmentState::fetching:
            return Error{.code = Errc::conflict, .detail = "The file is still being fetched."};
        case AttachmentState::failed:
            break;
    }
    return Error{.code = Errc::conflict,
                 .detail = "The file could not be fetched: " + rows.at(0, 4).as<std::string>("") +
                           " POST /v1/attachments/{id}/retry tries again."};
}

// `rows`: name and hash.
Result<File> read_file(const pqxx::result& rows) {
    if (rows.empty()) {
        return not_found("attachment");
    }
    return File{.name = rows.at(0, 0).as<std::string>(), .hash = rows.at(0, 1).as<std::string>()};
}

pqxx::result find(Tx& tx, desk::AccountId account, std::string_view id) {
    const auto wanted = parse_id<desk::AttachmentId>(id);
    return wanted ? tx.exec(sql::find_attachment, pqxx::params{to_string(account), to_string(*wanted)})
                  : pqxx::result{};
}

asio::awaitable<std::string> next_part(const blob::BlobStore& blobs, std::shared_ptr<blob::Reader> reader) {
    const auto work = [&reader] { return reader->next(); };
    co_return co_await offload(blobs.executor(), work);
}

// What the database said is over before the store is asked, so that a slow one holds up nobody else.
asio::awaitable<net::Response> respond(const blob::BlobStore& blobs, File file) {
    const auto open = [&blobs, &file] { return blobs.open(file.hash); };
    auto opened = co_await offload(blobs.executor(), open);
    if (!opened) {
        throw std::runtime_error("the file of an attachment is missing: " + file.hash);
    }
    auto reader = std::make_shared<blob::Reader>(*std::move(opened));
    auto response = net::text_response(200, {}, "application/octet-stream");
    response.parts_size = reader->size();
    response.next_part = [&blobs, reader] { return next_part(blobs, reader); };
    response.headers.add("Content-Disposition", content_disposition(file.name));
    response.headers.add("Content-Security-Policy", "sandbox");
    response.headers.add("X-Content-Type-Options", "nosniff");
    co_return response;
}

asio::awaitable<net::Response> handle_file(desk::Context& desk, net::Request request) {
    const auto name = open_link(desk.box, request, system_now());
    if (!name) {
        co_return net::problem(name.error(), request.request_id);
    }
    const auto work = [&](Tx& tx) { return read_file(tx.exec(sql::find_file, pqxx::params{to_string(*name)})); };
    auto file = co_await desk.app.run(Scope::queues(), work);
    if (!file) {
        co_return net::problem(file.error(), request.request_id);
    }
    auto response = co_await respond(desk.blobs, *std::move(file));
    response.headers.add("Cache-Control", "private, no-store");
    response.headers.add("Referrer-Policy", "no-referrer");
    co_return response;
}

asio::awaitable<net::Response> handle(desk::Context& desk, Gate& gate, net::Request request) {
    const auto principal = co_await gate.admit(request, kScope, kLeast);
    if (!principal) {
        co_return refuse(principal.error(), request);
    }
    const auto account = (*principal)->account;
    const auto work = [&](Tx& tx) {
        const auto rows = find(tx, account, request.param("id"));
        const auto is_there = check(rows);
        return is_there ? read_file(rows) : Result<File>(is_there.error());
    };
    auto file = co_await desk.app.run(Scope::account(account.value), work);
    if (!file) {
        co_return refuse(file.error(), request);
    }
    auto response = co_await respond(desk.blobs, *std::move(file));
    response.headers.add("Cache-Control", "private, max-age=31536000, immutable");
    co_return response;
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

net::Route file_route(desk::Context& desk) {
    return {.method = "GET",
            .pattern = std::string(kFilesPath) + "{name}",
            .body_bytes_max = 0,
            .handler = [&desk](net::Request request) { return handle_file(desk, std::move(request)); }};
}

Result<Answer> handle_link_attachment(Tx& tx, const Call& call) {
    const auto rows = find(tx, call.principal.account, call.request.param("id"));
    if (const auto is_there = check(rows); !is_there) {
        return is_there.error();
    }
    const auto expires_at = std::chrono::floor<std::chrono::seconds>(system_now()) + kLinkLife;
    Answer answer;
    text::JsonWriter(answer.body)
        .begin_object()
        .field("url", make_link(call.desk.box, read_uuid(rows.at(0, 2)), expires_at))
        .field("expires_at", Timestamp(expires_at))
        .end_object();
    return answer;
}

Result<Answer> handle_retry_attachment(Tx& tx, const Call& call) {
    const auto id = path_id<desk::AttachmentId>(call, "attachment");
    if (!id) {
        return id.error();
    }
    if (auto empty = refuse_fields(call); !empty) {
        return empty.error();
    }
    const auto attachment = desk::fetch::retry(tx, call.principal.account, *id, call.actor());
    if (!attachment) {
        return attachment.error();
    }
    tx.after_commit([&wakeups = call.desk.wakeups] {
        wakeups.announce(desk::Topic::fetch);
        wakeups.announce(desk::Topic::event);
    });
    Answer answer{.status = 202, .body = {}, .version = 0};
    text::JsonWriter json(answer.body);
    desk::message::append_attachment(json, *attachment);
    return answer;
}

}  // namespace lupaus::inbox
