// The bytes in front of a response's body. Pure. Source: RFC 9110, 9112.
#pragma once

#include "common/net/http.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace lupaus::net {

struct HeadFacts {
    std::string_view date;  // IMF-fixdate
    std::string_view request_id;
    bool keeps_alive = true;
    bool is_http_1_1 = true;
    bool is_stream = false;  // no length is known
};

// Appends to `out`. Fields that the server decides (Content-Length, Connection, Date …) are dropped from the response.
void append_head(std::string& out, const Response& response, const HeadFacts& facts);

bool may_have_body(int status);
std::string http_date(std::chrono::system_clock::time_point now);

}  // namespace lupaus::net
