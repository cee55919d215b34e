// Access tokens for mail servers that take no password (XOAUTH2), one grant a channel, kept until shortly before they
// end. A provider that hands out a new refresh token with one has it kept in place of the old one. I/O thread. Errors:
// as of oauth::TokenSource; internal where the grant was sealed with another key.
#pragma once

#include "common/oauth/token_source.hpp"
#include "services/desk/context/context.hpp"
#include "services/desk/delivery/store.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <string>

namespace lupaus::courier {

class MailTokens {
public:
    MailTokens(desk::Context& desk, net::HttpClient& client) : desk_(desk), client_(client) {}

    boost::asio::awaitable<Result<Secret>> token(const desk::delivery::Job& job);
    void forget(desk::ChannelId channel);  // the mail server refused it

private:
    // As long as the channel's grant is the same.
    struct Kept {
        std::string sealed_refresh_token;
        oauth::TokenSource source;
    };

    Result<std::shared_ptr<Kept>> find(const desk::delivery::Job& job);
    boost::asio::awaitable<void> keep_refresh_token(const desk::delivery::Job& job, Kept& kept);

    desk::Context& desk_;
    net::HttpClient& client_;
    std::map<desk::ChannelId, std::shared_ptr<Kept>> kept_;
};

}  // namespace lupaus::courier
