// An integrator's endpoint as a courier meets it: answers by path as told, holds answers back, remembers every request.
// Lives on the test's io_context.
#pragma once

#include "common/async/doorbell.hpp"
#include "common/net/http_server.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace lupaus::courier {

class Receiver {
public:
    explicit Receiver(const boost::asio::any_io_executor& executor);

    std::string url(const std::string& name) const;
    void answer(const std::string& name, std::vector<net::Response> responses);  // in order; the last one for good

    void hold(const std::string& name) { held_.insert(name); }  // no answer until release()

    void release(const std::string& name);
    std::vector<net::Request> requests(const std::string& name) const;

    std::size_t waiting() const { return bells_.size(); }

    boost::asio::awaitable<void> stop();

private:
    boost::asio::awaitable<net::Response> handle(net::Request request);

    boost::asio::any_io_executor executor_;
    std::map<std::string, std::vector<net::Response>> answers_;
    std::set<std::string> held_;
    std::map<std::string, std::vector<net::Request>> requests_;
    std::vector<std::shared_ptr<Doorbell>> bells_;
    std::unique_ptr<net::HttpServer> server_;
};

net::Response response_with(int status, const std::string& header = {}, const std::string& value = {});

}  // namespace lupaus::courier
