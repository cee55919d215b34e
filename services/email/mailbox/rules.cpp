#include "services/email/mailbox/rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lupaus::email::mailbox {

namespace {

constexpr int kDoublingsMax = 9;
constexpr int kMalformedAttemptsMax = 2;

}  // namespace

std::string_view to_string(State state) {
    static constexpr std::array<std::string_view, 4> kNames{"connecting", "fetching", "waiting", "failing"};
    return kNames[static_cast<std::size_t>(state)];
}

Checkpoint resume(const Checkpoint& kept, std::uint32_t uid_validity, std::uint32_t uid_next) {
    const bool is_behind = uid_next != 0 && uid_next <= kept.uid;
    const bool is_same = kept.uid_validity == uid_validity && !is_behind;
    return {.uid_validity = uid_validity, .uid = is_same ? kept.uid : 0};
}

Window next_window(std::uint32_t read_up_to, std::uint32_t uid_next, std::uint32_t width) {
    const std::uint64_t last = std::uint64_t{read_up_to} + width;
    const bool is_before_end = last + 1 < uid_next;
    return {.first = read_up_to + 1, .last = is_before_end ? static_cast<std::uint32_t>(last) : 0};
}

std::size_t batch_size(std::span<const std::uint64_t> sizes, std::size_t count_max) {
    std::uint64_t bytes = 0;
    std::size_t count = 0;
    for (const auto size : sizes.first(std::min(sizes.size(), count_max))) {
        bytes += std::min<std::uint64_t>(size, limits::kImapMailBytesMax);
        if (count > 0 && bytes > limits::kImapBatchBytesMax) {
            break;
        }
        ++count;
    }
    return count;
}

std::string too_large(std::uint64_t size) {
    if (size <= limits::kImapMailBytesMax) {
        return {};
    }
    return "The mail has " + std::to_string(size) + " bytes; at most " + std::to_string(limits::kImapMailBytesMax) +
           " are fetched.";
}

bool is_given_up(Fault fault, const Attempts& attempts) {
    switch (fault) {
        case Fault::too_large:
            return true;
        case Fault::malformed:
            return attempts.count >= kMalformedAttemptsMax;
        case Fault::withheld:
            return attempts.count >= limits::kImapAttemptsMax;
        case Fault::cut:
            break;
    }
    return attempts.beside_others >= limits::kImapCutsBesideOthers || attempts.alone >= limits::kImapCutsMax;
}

std::vector<std::uint32_t> order_of(std::vector<std::uint32_t> uids, int cuts_of_first) {
    if (cuts_of_first % 2 == 1 && uids.size() > 1) {
        std::swap(uids[0], uids[1]);
    }
    return uids;
}

std::chrono::milliseconds backoff(int failures, bool is_login_refused, double chance, const Pauses& pauses) {
    if (failures <= 0) {
        return std::chrono::milliseconds{0};
    }
    const auto doubled = pauses.first * (1 << std::min(failures - 1, kDoublingsMax));
    const auto least = is_login_refused ? pauses.login : pauses.first;
    const auto pause = std::clamp(doubled, least, pauses.longest);
    return std::chrono::duration_cast<std::chrono::milliseconds>(pause * (0.75 + chance / 2));
}

}  // namespace lupaus::email::mailbox
