#include "common/oauth/token_source.hpp"

#include <algorithm>
#include <utility>

namespace lupaus::oauth {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kSpare{60};        // a token is renewed so long before its end
constexpr std::chrono::seconds kLongest{86'400};  // and a day after it came at the latest

}  // namespace

asio::awaitable<Result<Secret>> TokenSource::token() {
    const auto now = std::chrono::steady_clock::now();
    if (!access_.empty() && now < good_until_) {
        co_return access_;
    }
    if (!is_safe_endpoint(grant_.token_url)) {
        co_return Error{.code = Errc::invalid, .detail = "The token endpoint has to be an https URL."};
    }
    net::ClientRequest request;
    request.url = grant_.token_url;
    request.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.headers.add("Accept", "application/json");
    request.body = refresh_form(grant_).reveal();
    const auto answer = co_await client_.send(std::move(request));
    if (answer.stage != net::ClientStage::answered) {
        co_return Error{.code = Errc::unavailable, .detail = answer.detail};
    }
    auto token = parse_token(answer.response.status, answer.response.body);
    if (!token) {
        co_return token.error();
    }
    access_ = std::move(token->access);
    good_until_ = now + std::min(token->lifetime, kLongest) - std::min(kSpare, token->lifetime / 2);
    if (!token->refresh.empty()) {
        grant_.refresh_token = token->refresh;
        new_refresh_ = std::move(token->refresh);
    }
    co_return access_;
}

void TokenSource::forget() {
    access_ = Secret();
}

Secret TokenSource::take_new_refresh_token() {
    return std::exchange(new_refresh_, Secret());
}

}  // namespace lupaus::oauth
