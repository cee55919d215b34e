// Replies of email channels, by way of their mail servers. Writing a mail reads its files, so it is done on a few
// threads of its own; handing it over is the I/O thread's. Ends before the lease does: whoever takes the delivery over
// meanwhile would send it again.
#pragma once

#include "common/smtp/client.hpp"
#include "services/courier/mail_tokens.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/delivery/rules.hpp"
#include "services/desk/delivery/store.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace lupaus::courier {

struct MailResult {
    desk::delivery::Report report{};
    std::optional<int> status{};  // the mail server's code
    std::string message_id{};
};

class Mailer {
public:
    Mailer(desk::Context& desk, smtp::Client& client, net::HttpClient& http)
        : desk_(desk), client_(client), tokens_(desk, http) {}

    ~Mailer();
    Mailer(const Mailer&) = delete;
    Mailer& operator=(const Mailer&) = delete;

    boost::asio::awaitable<MailResult> send(const desk::delivery::Job& job,
                                            std::chrono::steady_clock::time_point claimed_at);

private:
    struct Letter;

    Result<Letter> compose(const desk::delivery::Job& job) const;
    boost::asio::awaitable<Result<std::optional<smtp::Login>>> find_login(const desk::delivery::Job& job);

    desk::Context& desk_;
    smtp::Client& client_;
    MailTokens tokens_;
    boost::asio::thread_pool pool_{2};
};

}  // namespace lupaus::courier
