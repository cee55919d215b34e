#include "services/lupaus/simulate/api.hpp"

#include "common/text/json.hpp"

#include <nlohmann/json.hpp>

namespace lupaus::simulate {

namespace asio = boost::asio;

asio::awaitable<std::optional<nlohmann::json>> Api::call(std::string method, std::string path, std::string body) {
    net::ClientRequest request;
    request.method = std::move(method);
    request.url = url_ + path;
    request.headers.add("Authorization", "Bearer " + token_);
    if (!body.empty()) {
        request.headers.add("Content-Type", "application/json");
    }
    request.body = std::move(body);
    const auto result = co_await client_.send(std::move(request));
    if (result.stage != net::ClientStage::answered || result.response.status >= 300) {
        last_problem_ = result.detail + result.response.body;
        const auto problem = text::parse_json(result.response.body);
        refusal_ = problem && problem->is_object() ? *problem : nlohmann::json::object();
        co_return std::nullopt;
    }
    auto json = text::parse_json(result.response.body.empty() ? "{}" : result.response.body);
    if (!json) {
        last_problem_ = json.error().detail;
        co_return std::nullopt;
    }
    co_return std::move(*json);
}

asio::awaitable<std::optional<nlohmann::json>> Api::get(std::string path) {
    auto answer = co_await call("GET", std::move(path), "");
    co_return answer;
}

}  // namespace lupaus::simulate
