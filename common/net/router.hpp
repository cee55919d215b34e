// Which handler answers a request. Built once at start-up, then only read. A literal segment wins over a {name}, so
// /agents/me and /agents/{id} live together. Registering a method and pattern twice throws std::logic_error.
#pragma once

#include "common/net/http.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::net {

struct Route {
    std::string method;          // "GET" also answers HEAD
    std::string pattern;         // /v1/conversations/{id}/messages
    std::size_t body_bytes_max;  // known before the body is read; one byte more is 413
    Handler handler;
};

struct RouteMatch {
    const Route* route = nullptr;     // valid as long as the table
    std::vector<Parameter> params{};  // decoded
    std::string allow{};              // without a route: the methods this path knows (405); empty: no such path (404)
};

class RouteTable {
public:
    RouteTable();
    ~RouteTable();
    RouteTable(RouteTable&&) noexcept;
    RouteTable& operator=(RouteTable&&) noexcept;

    void add(Route route);
    std::vector<const Route*> routes() const;  // in the order of registration
    RouteMatch match(Method method, std::string_view path) const;

private:
    struct Node;
    std::vector<std::unique_ptr<Route>> routes_;
    std::unique_ptr<Node> root_;
};

}  // namespace lupaus::net
