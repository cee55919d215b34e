#include "common/net/deadline.hpp"

#include <utility>

namespace lupaus::net {

Deadline::Deadline(DeadlineWheel& wheel, std::function<void()> on_expired)
    : wheel_(wheel), on_expired_(std::move(on_expired)) {
    place_ = wheel_.deadlines_.insert(wheel_.deadlines_.end(), this);
}

Deadline::~Deadline() {
    wheel_.deadlines_.erase(place_);
}

void Deadline::set(Clock::duration wait) {
    at_ = Clock::now() + wait;
}

void DeadlineWheel::sweep(Deadline::Clock::time_point now) {
    for (auto* deadline : deadlines_) {
        if (deadline->at_ <= now) {
            deadline->clear();
            deadline->on_expired_();
        }
    }
}

}  // namespace lupaus::net
