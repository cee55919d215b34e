// A filter from JSON:
//     {"all": [{"field": "state", "in": ["open", "pending"]},
//              {"any": [{"field": "tag", "has": "vip"}, {"field": "attributes.plan", "is": "gold"}]},
//              {"not": {"field": "assignee", "is": "me"}},
//              {"field": "waiting_since", "before": "-2h"}]}
// Pure; what attributes there are is asked by check().
#pragma once

#include "common/base/error.hpp"
#include "common/text/json.hpp"
#include "services/desk/filter/types.hpp"

#include <vector>

namespace lupaus::desk::filter {

struct Parsed {
    Node filter;                     // of no use where there are faults
    std::vector<FieldError> faults;  // named by JSON pointers into the filter: /all/1/field
};

Parsed parse(const text::Json& json);

}  // namespace lupaus::desk::filter
