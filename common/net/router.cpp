#include "common/net/router.hpp"

#include "common/net/target.hpp"

#include <array>
#include <stdexcept>
#include <utility>

namespace lupaus::net {

namespace {

constexpr std::size_t kMethods = static_cast<std::size_t>(Method::other);

// Cuts the next segment off "/a/b"; false at the end of the path.
bool next_segment(std::string_view& rest, std::string_view& segment) {
    if (rest.empty()) {
        return false;
    }
    rest.remove_prefix(1);  // the slash
    const auto end = std::min(rest.find('/'), rest.size());
    segment = rest.substr(0, end);
    rest.remove_prefix(end);
    return true;
}

bool is_parameter(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

}  // namespace

struct RouteTable::Node {
    std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;
    std::unique_ptr<Node> parameter;
    std::array<const Route*, kMethods> routes{};

    Node& child(std::string_view segment) {
        if (is_parameter(segment)) {
            if (!parameter) {
                parameter = std::make_unique<Node>();
            }
            return *parameter;
        }
        for (auto& [text, node] : literals) {
            if (text == segment) {
                return *node;
            }
        }
        literals.emplace_back(segment, std::make_unique<Node>());
        return *literals.back().second;
    }

    bool answers_anything() const {
        for (const auto* route : routes) {
            if (route != nullptr) {
                return true;
            }
        }
        return false;
    }

    const Route* answer(Method method) const {
        if (method == Method::other) {
            return nullptr;
        }
        const auto* route = routes[static_cast<std::size_t>(method)];
        return route == nullptr && method == Method::head ? routes[static_cast<std::size_t>(Method::get)] : route;
    }

    // The first node that knows the method, literals before parameters; `path_only` remembers one that knows the path.
    const Node* find(Method method, std::string_view rest, const Node*& path_only) const {
        std::string_view segment;
        if (!next_segment(rest, segment)) {
            if (answer(method) != nullptr) {
                return this;
            }
            if (path_only == nullptr && answers_anything()) {
                path_only = this;
            }
            return nullptr;
        }
        for (const auto& [text, node] : literals) {
            if (text == segment) {
                if (const auto* found = node->find(method, rest, path_only)) {
                    return found;
                }
            }
        }
        return parameter && !segment.empty() ? parameter->find(method, rest, path_only) : nullptr;
    }

    std::string allow() const {
        std::string list;
        for (std::size_t i = 0; i < kMethods; ++i) {
            if (answer(static_cast<Method>(i)) != nullptr) {
                list.append(list.empty() ? "" : ", ").append(to_string(static_cast<Method>(i)));
            }
        }
        return list;
    }
};

RouteTable::RouteTable() : root_(std::make_unique<Node>()) {}

RouteTable::~RouteTable() = default;
RouteTable::RouteTable(RouteTable&&) noexcept = default;
RouteTable& RouteTable::operator=(RouteTable&&) noexcept = default;

void RouteTable::add(Route route) {
    const auto method = parse_method(route.method);
    if (method == Method::other || !route.pattern.starts_with('/') || !route.handler) {
        throw std::logic_error("a route that cannot be: " + route.method + " " + route.pattern);
    }
    auto* node = root_.get();
    std::string_view rest = route.pattern;
    std::string_view segment;
    while (next_segment(rest, segment)) {
        node = &node->child(segment);
    }
    auto& place = node->routes[static_cast<std::size_t>(method)];
    if (place != nullptr) {
        throw std::logic_error("two routes for " + route.method + " " + route.pattern);
    }
    routes_.push_back(std::make_unique<Route>(std::move(route)));
    place = routes_.back().get();
}

std::vector<const Route*> RouteTable::routes() const {
    std::vector<const Route*> list;
    for (const auto& route : routes_) {
        list.push_back(route.get());
    }
    return list;
}

RouteMatch RouteTable::match(Method method, std::string_view path) const {
    RouteMatch match;
    if (!path.starts_with('/')) {
        return match;
    }
    const Node* path_only = nullptr;
    const auto* node = root_->find(method, path, path_only);
    if (node == nullptr) {
        match.allow = path_only == nullptr ? std::string{} : path_only->allow();
        return match;
    }
    const auto* route = node->answer(method);
    std::string_view pattern = route->pattern;
    std::string_view name;
    std::string_view value;
    while (next_segment(pattern, name) && next_segment(path, value)) {
        if (!is_parameter(name)) {
            continue;
        }
        auto decoded = percent_decode(value, false);
        if (!decoded) {
            return RouteMatch{};  // no id looks like this, so there is no such thing
        }
        match.params.push_back({std::string(name.substr(1, name.size() - 2)), std::move(*decoded)});
    }
    match.route = route;
    return match;
}

}  // namespace lupaus::net
