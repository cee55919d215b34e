#include "common/crypto/webhook_signature.hpp"
#include "common/net/http_client.hpp"
#include "common/text/json_writer.hpp"
#include "services/lupaus/cli/admin.hpp"
#include "services/lupaus/cli/webhook_call.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace lupaus::cli {

namespace {

namespace asio = boost::asio;

std::string message_body(Arguments& arguments, const std::string& id) {
    std::string body;
    text::JsonWriter json(body);
    json.begin_object().field("id", id).key("sender").begin_object();
    json.field("id", arguments.optional_text("sender").value_or("u1"));
    if (const auto name = arguments.optional_text("name")) {
        json.field("name", *name);
    }
    json.end_object().field("text", arguments.text("text")).end_object();
    return body;
}

net::ClientResult send(net::ClientRequest request) {
    asio::io_context io(1);
    net::HttpClientOptions options;
    options.idle_per_origin_max = 0;
    net::HttpClient client(io.get_executor(), open_guard(), options);
    net::ClientResult result;
    std::exception_ptr failure;
    asio::co_spawn(io, client.send(std::move(request)), [&](std::exception_ptr error, net::ClientResult answered) {
        failure = error;
        result = std::move(answered);
    });
    io.run();
    if (failure) {
        std::rethrow_exception(failure);
    }
    return result;
}

Result<std::string> send_message(const Invocation& invocation) {
    auto& arguments = invocation.arguments;
    const auto url = arguments.text("url");
    const auto secret = crypto::parse_webhook_secret(arguments.text("secret"));
    if (!secret) {
        arguments.fail("secret", secret.error().detail);
    }
    auto body = message_body(arguments, arguments.optional_text("id").value_or("cli-" + to_string(make_uuid_v7())));
    if (auto error = arguments.error()) {
        return *std::move(error);
    }
    auto result = send(sign_message(url, *secret, std::move(body)));
    if (result.stage != net::ClientStage::answered) {
        return Error{.code = Errc::unavailable, .detail = result.detail};
    }
    if (result.response.status >= 300) {
        return Error{.code = Errc::conflict,
                     .detail = "answered " + std::to_string(result.response.status) + ": " + result.response.body};
    }
    return std::move(result.response.body);
}

}  // namespace

Command send_command() {
    return {.path = "channel send",
            .help = "Sign a customer's message and post it to a webhook channel; prints the answer",
            .options = {{"url", "URL", "The channel's address", Need::required, "LUPAUS_WEBHOOK_URL"},
                        {"secret", "whsec_...", "The channel's secret", Need::required, "LUPAUS_WEBHOOK_SECRET"},
                        {"text", "TEXT", "What the customer says", Need::required},
                        {"id", "ID", "The message's own id; the same one again is a duplicate (a new one)"},
                        {"sender", "ID", "The customer's id on the channel (u1)"},
                        {"name", "NAME", "The customer's name"}},
            .run = send_message};
}

}  // namespace lupaus::cli
