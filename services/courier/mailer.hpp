// Replies of email channels, by way of their mail servers. Writing a mail reads its files, so it is done on a few
// threads of its own; handing it over is the I/O thread's. Ends before the lease does: whoever takes the delivery over
// meanwhile would send it again.
#pragma once

#include "common/smtp/client.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/delivery/rules.hpp"
#include "services/desk/delivery/store.hpp"
#include "services/desk/mailtoken/mail_tokens.hpp"

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

    // The bytes that send() hands over. Errors: unprocessable, for what nothing mends.
    boost::asio::awaitable<Result<std::string>> write(const desk::delivery::Job& job);

private:
    struct Letter;

    Result<Letter> compose(const desk::delivery::Job& job) const;
    boost::asio::awaitable<Result<std::optional<smtp::Login>>> find_login(const desk::delivery::Job& job);

    desk::Context& desk_;
    smtp::Client& client_;
    desk::mailtoken::MailTokens tokens_;
    boost::asio::thread_pool pool_{2};
};

}  // namespace lupaus::courier
