// The public API as the simulator uses it: one bearer token, JSON in and out, every call bounded by the client's waits.
#pragma once

#include "common/net/http_client.hpp"

#include <nlohmann/json.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace lupaus::simulate {

class Api {
public:
    Api(net::HttpClient& client, std::string url, std::string token)
        : client_(client), url_(std::move(url)), token_(std::move(token)) {}

    // Nothing: not reached, refused, or no JSON; last_problem() says why.
    boost::asio::awaitable<std::optional<nlohmann::json>> call(std::string method, std::string path, std::string body);
    boost::asio::awaitable<std::optional<nlohmann::json>> get(std::string path);
    const std::string& last_problem() const { return last_problem_; }
    const nlohmann::json& refusal() const { return refusal_; }  // the last problem document; an object

private:
    net::HttpClient& client_;
    std::string url_;
    std::string token_;
    std::string last_problem_;
    nlohmann::json refusal_ = nlohmann::json::object();
};

}  // namespace lupaus::simulate
