// A saved view: a filter and an order under a name, of one agent or of everybody.
#pragma once

#include "services/desk/conversation/list.hpp"
#include "services/desk/ids.hpp"

#include <string>

namespace lupaus::desk::view {

using ViewId = StrongId<struct ViewTag>;

struct SavedView {
    AccountId account;
    ViewId id;
    AgentId agent;  // whose it is; nil: everybody's
    std::string name;
    std::string filter;  // JSON, as it was checked
    conversation::Sort sort = conversation::Sort::newest;
    int position = 0;  // among the others, for people
    int version = 1;
};

}  // namespace lupaus::desk::view
