#include "common/net/router.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace lupaus::net {
namespace {

namespace asio = boost::asio;

Route route(std::string method, std::string pattern) {
    return {.method = std::move(method),
            .pattern = std::move(pattern),
            .body_bytes_max = 10,
            .handler = [](Request) -> asio::awaitable<Response> { co_return Response{}; }};
}

RouteTable table() {
    RouteTable routes;
    routes.add(route("GET", "/"));
    routes.add(route("GET", "/v1/agents"));
    routes.add(route("POST", "/v1/agents"));
    routes.add(route("GET", "/v1/agents/{id}"));
    routes.add(route("DELETE", "/v1/agents/{id}"));
    routes.add(route("PUT", "/v1/agents/me/presence"));
    routes.add(route("GET", "/v1/agents/{id}/presence"));
    routes.add(route("GET", "/v1/conversations/{conversation}/messages/{message}"));
    return routes;
}

std::string pattern_of(const RouteMatch& match) {
    return match.route == nullptr ? "none" : match.route->method + " " + match.route->pattern;
}

TEST(Router, FindsLiteralsAndParameters) {
    const auto routes = table();
    EXPECT_EQ(pattern_of(routes.match(Method::get, "/")), "GET /");
    EXPECT_EQ(pattern_of(routes.match(Method::post, "/v1/agents")), "POST /v1/agents");
    const auto match = routes.match(Method::get, "/v1/conversations/a%20b/messages/2");
    ASSERT_NE(match.route, nullptr);
    ASSERT_EQ(match.params.size(), 2U);
    EXPECT_EQ(match.params[0].name, "conversation");
    EXPECT_EQ(match.params[0].value, "a b");
    EXPECT_EQ(match.params[1].name, "message");
    EXPECT_EQ(match.params[1].value, "2");
}

TEST(Router, PrefersLiteralsAndTriesParametersAfterThem) {
    const auto routes = table();
    EXPECT_EQ(pattern_of(routes.match(Method::put, "/v1/agents/me/presence")), "PUT /v1/agents/me/presence");
    EXPECT_EQ(pattern_of(routes.match(Method::get, "/v1/agents/me/presence")), "GET /v1/agents/{id}/presence");
    EXPECT_EQ(pattern_of(routes.match(Method::get, "/v1/agents/me")), "GET /v1/agents/{id}");
}

TEST(Router, HeadIsAnsweredByGet) {
    EXPECT_EQ(pattern_of(table().match(Method::head, "/v1/agents/7")), "GET /v1/agents/{id}");
}

TEST(Router, KnowsUnknownPathsFromUnknownMethods) {
    const auto routes = table();
    for (const auto* path : {"/v1", "/v1/agents/", "/v1/agents/7/", "//", "/v1//presence", "/v1/agents/%ff", "", "x"}) {
        const auto match = routes.match(Method::get, path);
        EXPECT_EQ(match.route, nullptr) << path;
        EXPECT_EQ(match.allow, "") << path;
    }
    EXPECT_EQ(routes.match(Method::put, "/v1/agents/7").allow, "GET, HEAD, DELETE");
    EXPECT_EQ(routes.match(Method::other, "/v1/agents").allow, "GET, HEAD, POST");
}

TEST(Router, ListsRoutesInTheirOrder) {
    const auto routes = table();
    ASSERT_EQ(routes.routes().size(), 8U);
    EXPECT_EQ(routes.routes()[2]->pattern, "/v1/agents");
    EXPECT_EQ(routes.routes()[2]->method, "POST");
}

TEST(Router, RefusesRoutesThatCannotBe) {
    auto routes = table();
    EXPECT_THROW(routes.add(route("GET", "/v1/agents/{other}")), std::logic_error);
    EXPECT_THROW(routes.add(route("FETCH", "/x")), std::logic_error);
    EXPECT_THROW(routes.add(route("GET", "x")), std::logic_error);
}

}  // namespace
}  // namespace lupaus::net
