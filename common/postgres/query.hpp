// A named SQL statement, generated from a queries.sql. The name is prepared statement, metric label and log field.
#pragma once

#include <string_view>

namespace lupaus {

struct Query {
    std::string_view name;  // unique in the program: folder_block
    std::string_view sql;
};

}  // namespace lupaus
