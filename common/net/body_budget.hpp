// What large request bodies may take of the process' memory together: they are read before anybody knows whether their
// signature is good, so their sum is bounded and not only each of them. Small ones are not counted and always pass. A
// share grows with the bytes that have arrived, since an announced length alone takes no memory. I/O thread.
#pragma once

#include "common/base/limits.hpp"

#include <cstddef>

namespace lupaus::net {

class BodyBudget {
public:
    explicit BodyBudget(std::size_t bytes_max) : free_(bytes_max) {}

    // Whether a body that announces this length may begin.
    bool has_room(std::size_t length) const { return length <= limits::kSmallBodyBytesMax || length <= free_; }

private:
    friend class BodyShare;

    std::size_t free_;
};

// What one request has of it, until it was handled.
class BodyShare {
public:
    explicit BodyShare(BodyBudget& budget) : budget_(budget) {}

    ~BodyShare() { give_back(); }

    BodyShare(const BodyShare&) = delete;
    BodyShare& operator=(const BodyShare&) = delete;

    // So many bytes have arrived by now. False: the others leave no room for them.
    bool grow_to(std::size_t bytes) {
        if (bytes <= limits::kSmallBodyBytesMax || bytes <= bytes_) {
            return true;
        }
        const auto more = bytes - bytes_;
        if (more > budget_.free_) {
            return false;
        }
        budget_.free_ -= more;
        bytes_ = bytes;
        return true;
    }

    void give_back() {
        budget_.free_ += bytes_;
        bytes_ = 0;
    }

private:
    BodyBudget& budget_;
    std::size_t bytes_ = 0;
};

}  // namespace lupaus::net
