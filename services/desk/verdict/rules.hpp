// What is owed again once verdicts are taken back. Pure.
#pragma once

#include "services/desk/verdict/types.hpp"

#include <optional>
#include <span>
#include <vector>

namespace lupaus::desk::verdict {

struct Counted {
    std::optional<Judged> oldest;    // that nobody has answered: a wait begins with it; empty: nothing is owed
    std::vector<PromiseId> waivers;  // the promises that were waived for what counts again, each once
};

// `taken_back`: in their order. Those that were visible when the last reply of a person was sent have been answered by
// it, as if they had always counted; `replied_to`: its place among what became visible, 0: there is none.
Counted count_again(std::span<const Judged> taken_back, std::int64_t replied_to);

}  // namespace lupaus::desk::verdict
