// Sentences about what is owed, who was alerted, and replies on their way. Pure.
#pragma once

#include "services/desk/timeline/types.hpp"

#include <string>

namespace lupaus::desk::timeline {

std::string promise_opened(const Happening& it, const Names& names);
std::string promise_moved(const Happening& it, const Names& names);
std::string promise_due_soon(const Happening& it, const Names& names);
std::string promise_overdue(const Happening& it, const Names& names);
std::string promise_settled(const Happening& it, const Names& names);

std::string alert_raised(const Happening& it, const Names& names);
std::string alert_acknowledged(const Happening& it, const Names& names);
std::string alert_superseded(const Happening& it, const Names& names);
std::string alert_resolved(const Happening& it, const Names& names);

std::string delivery_changed(const Happening& it, const Names& names);

}  // namespace lupaus::desk::timeline
