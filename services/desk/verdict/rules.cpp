#include "services/desk/verdict/rules.hpp"

#include <algorithm>

namespace lupaus::desk::verdict {

Counted count_again(std::span<const Judged> taken_back, std::int64_t replied_to) {
    Counted counted;
    for (const auto& message : taken_back) {
        if (!message.can_wait || message.visible_seq < replied_to) {
            continue;
        }
        counted.oldest = counted.oldest ? counted.oldest : message;
        if (!message.waived.is_nil() && std::ranges::find(counted.waivers, message.waived) == counted.waivers.end()) {
            counted.waivers.push_back(message.waived);
        }
    }
    return counted;
}

}  // namespace lupaus::desk::verdict
