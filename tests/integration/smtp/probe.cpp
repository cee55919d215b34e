// Writes mails and hands them over, for tests in Python: a line of JSON comes in, a line of JSON goes out. With a relay
// the mail is sent and the answer says what became of it; without one the answer is the mail's bytes in base64.

#include "common/crypto/encoding.hpp"
#include "common/mail/draft.hpp"
#include "common/smtp/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <nlohmann/json.hpp>

#include <iostream>
#include <string>

namespace {

using namespace lupaus;
using Json = nlohmann::json;

mail::Address read_address(const Json& json) {
    return {.name = json.value("name", ""), .address = json.at("address").get<std::string>()};
}

std::vector<mail::Address> read_addresses(const Json& json, const char* name) {
    std::vector<mail::Address> addresses;
    for (const auto& one : json.value(name, Json::array())) {
        addresses.push_back(read_address(one));
    }
    return addresses;
}

mail::Part read_part(const Json& json) {
    return {.name = json.value("name", ""),
            .content_type = json.at("content_type").get<std::string>(),
            .content_id = json.value("content_id", ""),
            .disposition = json.value("inline", false) ? mail::Disposition::inlined : mail::Disposition::attachment,
            .bytes = crypto::base64_decode(json.at("bytes").get<std::string>()).value()};
}

mail::Draft read_draft(const Json& json) {
    mail::Draft draft;
    draft.message_id = json.at("message_id").get<std::string>();
    draft.from = read_address(json.at("from"));
    if (json.contains("reply_to")) {
        draft.reply_to = read_address(json.at("reply_to"));
    }
    draft.to = read_addresses(json, "to");
    draft.cc = read_addresses(json, "cc");
    draft.bcc = read_addresses(json, "bcc");
    draft.subject = json.value("subject", "");
    draft.in_reply_to = json.value("in_reply_to", "");
    draft.references = json.value("references", std::vector<std::string>{});
    draft.date = Timestamp{std::chrono::seconds{json.value("date", std::int64_t{0})}};
    draft.text = json.value("text", "");
    if (json.contains("html")) {
        draft.html = json.at("html").get<std::string>();
    }
    for (const auto& part : json.value("parts", Json::array())) {
        draft.parts.push_back(read_part(part));
    }
    for (const auto& header : json.value("extra", Json::array())) {
        draft.extra.push_back({.name = header.at(0).get<std::string>(), .value = header.at(1).get<std::string>()});
    }
    return draft;
}

smtp::Job read_job(const Json& json, const mail::Draft& draft, std::string message) {
    smtp::Job job;
    job.hello = "shop.example";
    job.security = static_cast<smtp::Security>(json.value("security", 1));
    if (json.contains("secret")) {
        job.login = smtp::Login{.method = static_cast<smtp::Login::Method>(json.value("method", 0)),
                                .username = json.at("username").get<std::string>(),
                                .secret = Secret(json.at("secret").get<std::string>())};
    }
    job.from = json.value("return_path", draft.from.address);
    job.recipients = mail::recipients(draft);
    job.message = std::move(message);
    return job;
}

Json to_json(const smtp::Outcome& outcome) {
    Json recipients = Json::array();
    for (const auto& verdict : outcome.recipients) {
        recipients.push_back(
            {{"address", verdict.recipient}, {"fate", to_string(verdict.fate)}, {"detail", verdict.detail}});
    }
    return {{"fate", to_string(outcome.fate)},
            {"step", to_string(outcome.step)},
            {"code", outcome.code ? Json(*outcome.code) : Json(nullptr)},
            {"detail", outcome.detail},
            {"recipients", recipients}};
}

class Probe {
public:
    Probe(const std::string& ca_file, std::vector<net::Cidr> allowed)
        : client_(io_.get_executor(), net::UrlGuard(std::move(allowed)), {.ca_file = ca_file}) {}

    Json answer(const Json& asked) {
        const auto draft = read_draft(asked);
        auto written = mail::write(draft);
        if (!written) {
            return {{"field", written.error().fields.at(0).field}};
        }
        if (!asked.contains("port")) {
            return {{"bytes", crypto::base64_encode(*written)}};
        }
        smtp::Waits waits;
        waits.step = std::chrono::milliseconds{asked.value("step_ms", 10'000)};
        waits.ending = std::chrono::milliseconds{asked.value("ending_ms", 100)};
        waits.until = std::chrono::steady_clock::now() + std::chrono::milliseconds{asked.value("all_ms", 20'000)};
        const smtp::Relay relay{.host = asked.value("host", "localhost"),
                                .port = asked.at("port").get<std::uint16_t>()};
        auto outcome = boost::asio::co_spawn(
            io_, client_.send(relay, read_job(asked, draft, *std::move(written)), waits), boost::asio::use_future);
        io_.restart();
        io_.run();
        return to_json(outcome.get());
    }

private:
    boost::asio::io_context io_;
    smtp::Client client_;
};

}  // namespace

// smtp_probe CA_FILE [ALLOWED]: trusts that certificate, and reaches the addresses of that range.
int main(int count, char** words) {
    std::vector<net::Cidr> allowed;
    for (int i = 2; i < count; ++i) {
        allowed.push_back(net::parse_cidr(words[i]).value());
    }
    Probe probe(count > 1 ? words[1] : "", std::move(allowed));
    for (std::string line; std::getline(std::cin, line);) {
        std::cout << probe.answer(Json::parse(line)).dump() << std::endl;
    }
    return 0;
}
