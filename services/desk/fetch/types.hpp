// Attachments that customers' messages named by an address: fetched after the message was routed, which never waits for
// them. An attempt is leased; one whose result never came is made again when the lease is over.
#pragma once

#include "common/base/clock.hpp"
#include "services/desk/ids.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace lupaus::desk::fetch {

// One attempt to make, committed as begun.
struct Job {
    AccountId account;
    AttachmentId attachment;
    std::string url;  // its query may be a secret: never logged, never shown
    int attempt = 0;
    int number = 0;        // within its round; the first is 1
    Timestamp since{};     // when the round began
    Timestamp begun_at{};  // the database's clock
};

// What an attempt brought: a file, or why not and when it is tried again.
struct Conclusion {
    struct File {
        std::string sha256;  // in the store already
        std::int64_t size_bytes = 0;
        std::optional<std::string> content_type{};  // empty: nobody said
    };

    AccountId account;
    AttachmentId attachment;
    int attempt = 0;
    std::optional<File> file{};
    std::optional<std::chrono::milliseconds> wait{};  // neither file nor wait: given up
    std::string error{};
};

enum class Ended { ready, again, failed, outdated };

}  // namespace lupaus::desk::fetch
