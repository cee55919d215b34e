// GET /openapi.yaml and GET /docs: the API's description as it is and as a page to read, both made once at start.
#pragma once

#include "common/net/router.hpp"

#include <string>
#include <vector>

namespace lupaus::inbox {

std::vector<net::Route> document_routes();
std::string render_docs();  // a whole HTML page that needs nothing from elsewhere (docs_page.cpp)

}  // namespace lupaus::inbox
