// Access tokens for mail servers that take no password (XOAUTH2), one grant a channel, kept until shortly before they
// end. A provider that hands out a new refresh token with one has it kept in place of the old one; whoever asks names
// the grant as the database has it, so that one which was replaced elsewhere is used here too. I/O thread. Errors: as
// of oauth::TokenSource; internal where the grant was sealed with another key.
#pragma once

#include "common/oauth/token_source.hpp"
#include "services/desk/channel/store.hpp"
#include "services/desk/context/context.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <string>

namespace lupaus::desk::mailtoken {

struct Asked {
    channel::ChannelKey key{};
    channel::SealedGrant grant{};
};

class MailTokens {
public:
    MailTokens(Context& desk, net::HttpClient& client) : desk_(desk), client_(client) {}

    boost::asio::awaitable<Result<Secret>> token(Asked asked);
    void forget(ChannelId channel);  // the mail server refused it

private:
    // As long as the channel's grant is the same.
    struct Kept {
        std::string sealed_refresh_token;
        lupaus::oauth::TokenSource source;
    };

    Result<std::shared_ptr<Kept>> find(const Asked& asked);
    boost::asio::awaitable<void> keep_refresh_token(channel::ChannelKey key, Kept& kept);

    Context& desk_;
    net::HttpClient& client_;
    std::map<ChannelId, std::shared_ptr<Kept>> kept_;
};

}  // namespace lupaus::desk::mailtoken
