// How a mailbox is read: what is asked for next, what is fetched together, when a mail is given up, how long a server
// is left alone. Pure: chance comes in as an argument.
#pragma once

#include "common/base/limits.hpp"
#include "services/email/mailbox/types.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lupaus::email::mailbox {

// Where reading goes on, in a folder that has this UIDVALIDITY and gives its next mail this number (0: not told). What
// was numbered anew is read again from the start; so is what is behind, as after the return of a backup.
Checkpoint resume(const Checkpoint& kept, std::uint32_t uid_validity, std::uint32_t uid_next);

// A stretch of numbers to look at; they have gaps, so an empty stretch doubles the next one.
struct Window {
    std::uint32_t first = 1;
    std::uint32_t last = 0;  // 0: to the end, where the newest mails are

    bool operator==(const Window&) const = default;
};

// `uid_next`: what the server said that the next mail gets; 0 where it did not.
Window next_window(std::uint32_t read_up_to, std::uint32_t uid_next, std::uint32_t width);

// How many of the first of these mails are fetched together: at least one, at most `count_max`.
std::size_t batch_size(std::span<const std::uint64_t> sizes, std::size_t count_max = limits::kImapBatchMax);

// Why a mail of this size is not fetched; empty: it is.
std::string too_large(std::uint64_t size);

// Why a fetch came to nothing.
enum class Fault : std::uint8_t {
    withheld,   // the server said no, or nothing
    cut,        // the connection ended meanwhile
    malformed,  // what came is no IMAP
    too_large,  // it is larger than announced, and than mails may be
};

// How often it came to nothing so far; how often of that other mails came by the same connection (then it is the mail,
// and not the line), and how often no other was asked for, which would have shown it.
struct Attempts {
    int count = 0;
    int beside_others = 0;
    int alone = 0;
};

// Whether the mail is given up, so that those behind it come.
bool is_given_up(Fault fault, const Attempts& attempts);

// In which order these are asked for. One that was cut before comes every other time behind another one, which shows
// whether the connection bears a mail at all; not each time, since on some lines it is always the second that is cut.
std::vector<std::uint32_t> order_of(std::vector<std::uint32_t> uids, int cuts_of_first);

// How long a server is left alone.
struct Pauses {
    std::chrono::milliseconds first{1'000};    // doubled with each failure
    std::chrono::milliseconds login{120'000};  // the shortest where it refused the login
    std::chrono::milliseconds longest{300'000};
};

// After so many connections in a row that brought nothing. A refused login is left alone for longer: servers lock
// accounts for the like. `chance` is in [0, 1).
std::chrono::milliseconds backoff(int failures, bool is_login_refused, double chance, const Pauses& pauses = {});

}  // namespace lupaus::email::mailbox
