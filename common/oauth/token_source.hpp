// The access token of one grant, renewed shortly before it ends. Lives on the I/O thread; the client must outlive it.
// Whoever asks while it is being renewed asks once more for itself: a grant belongs to one mailbox, and that is one
// task. Errors: as in token.hpp, and unavailable where the endpoint cannot be reached.
#pragma once

#include "common/net/http_client.hpp"
#include "common/oauth/token.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace lupaus::oauth {

class TokenSource {
public:
    TokenSource(net::HttpClient& client, Grant grant) : client_(client), grant_(std::move(grant)) {}

    boost::asio::awaitable<Result<Secret>> token();
    void forget();  // the one at hand was refused

    Secret take_new_refresh_token();  // to be kept in place of the old one; empty: there is none

private:
    net::HttpClient& client_;
    Grant grant_;
    Secret access_;
    std::chrono::steady_clock::time_point good_until_{};
    Secret new_refresh_;
};

}  // namespace lupaus::oauth
