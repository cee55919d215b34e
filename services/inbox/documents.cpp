#include "services/inbox/documents.hpp"

#include "services/inbox/description.hpp"

#include <memory>

namespace lupaus::inbox {

namespace asio = boost::asio;

namespace {

struct Document {
    std::string text;
    std::string content_type;
};

asio::awaitable<net::Response> serve(std::shared_ptr<const Document> document) {
    auto response = net::text_response(200, document->text, document->content_type);
    response.headers.add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    response.headers.add("X-Content-Type-Options", "nosniff");
    response.headers.add("Cache-Control", "no-cache");
    co_return response;
}

net::Route route_to(std::string pattern, Document document) {
    auto shared = std::make_shared<const Document>(std::move(document));
    return {.method = "GET", .pattern = std::move(pattern), .body_bytes_max = 0, .handler = [shared](net::Request) {
                return serve(shared);
            }};
}

}  // namespace

std::vector<net::Route> document_routes() {
    std::vector<net::Route> routes;
    routes.push_back(
        route_to("/openapi.yaml", {.text = std::string(description_yaml()), .content_type = "application/yaml"}));
    routes.push_back(route_to("/docs", {.text = render_docs(), .content_type = "text/html; charset=utf-8"}));
    return routes;
}

}  // namespace lupaus::inbox
