#include "tests/integration/courier/receiver.hpp"

namespace lupaus::courier {

namespace asio = boost::asio;

Receiver::Receiver(const asio::any_io_executor& executor) : executor_(executor) {
    net::RouteTable routes;
    routes.add(
        {.method = "POST", .pattern = "/{name}", .body_bytes_max = 100'000, .handler = [this](net::Request request) {
             return handle(std::move(request));
         }});
    server_ = std::make_unique<net::HttpServer>(executor_, net::HttpServerOptions{}, std::move(routes));
    server_->start();
}

std::string Receiver::url(const std::string& name) const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + "/" + name;
}

void Receiver::answer(const std::string& name, std::vector<net::Response> responses) {
    answers_[name] = std::move(responses);
}

void Receiver::release(const std::string& name) {
    held_.erase(name);
    for (const auto& bell : bells_) {
        bell->ring();
    }
}

std::vector<net::Request> Receiver::requests(const std::string& name) const {
    const auto known = requests_.find(name);
    return known == requests_.end() ? std::vector<net::Request>{} : known->second;
}

asio::awaitable<void> Receiver::stop() {
    held_.clear();
    for (const auto& bell : bells_) {
        bell->ring();
    }
    co_await server_->stop();
}

asio::awaitable<net::Response> Receiver::handle(net::Request request) {
    const std::string name(request.param("name"));
    requests_[name].push_back(std::move(request));
    if (held_.contains(name)) {
        const auto bell = std::make_shared<Doorbell>(executor_);
        bells_.push_back(bell);
        while (held_.contains(name)) {
            co_await bell->wait();
        }
        std::erase(bells_, bell);
    }
    auto& answers = answers_[name];
    if (answers.empty()) {
        co_return net::json_response(200, R"({"id":"r-1"})");
    }
    auto answer = answers.front();
    if (answers.size() > 1) {
        answers.erase(answers.begin());
    }
    co_return answer;
}

net::Response response_with(int status, const std::string& header, const std::string& value) {
    auto response = net::empty_response(status);
    if (!header.empty()) {
        response.headers.add(header, value);
    }
    return response;
}

}  // namespace lupaus::courier
