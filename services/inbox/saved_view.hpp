// The saved views that a request names in its query, as looks at conversations.
#pragma once

#include "services/desk/view/look.hpp"
#include "services/desk/view/types.hpp"
#include "services/inbox/endpoint.hpp"

#include <string_view>
#include <vector>

namespace lupaus::inbox {

struct NamedLook {
    desk::view::SavedView view;
    desk::view::Look look;  // from the beginning, without a limit yet
};

// `ids`: as they stand in `view_id`. Errors: invalid, naming `view_id`.
Result<std::vector<NamedLook>> saved_looks(Tx& tx, const Call& call, const std::vector<std::string_view>& ids);

}  // namespace lupaus::inbox
