// Coarse deadlines for many connections: one timer for the whole server looks at all of them a few times a second,
// because a timer per read would cost more than the read. A deadline fires at most one tick late, never early.
// Lives on the I/O thread; a Deadline must not outlive its wheel.
#pragma once

#include <chrono>
#include <functional>
#include <list>

namespace lupaus::net {

class DeadlineWheel;

class Deadline {
public:
    using Clock = std::chrono::steady_clock;

    // `on_expired` may close sockets; it must neither create nor destroy a Deadline.
    Deadline(DeadlineWheel& wheel, std::function<void()> on_expired);
    ~Deadline();
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    void set(Clock::duration wait);

    void clear() { at_ = Clock::time_point::max(); }

private:
    friend class DeadlineWheel;

    DeadlineWheel& wheel_;
    std::function<void()> on_expired_;
    Clock::time_point at_ = Clock::time_point::max();
    std::list<Deadline*>::iterator place_;
};

class DeadlineWheel {
public:
    void sweep(Deadline::Clock::time_point now);

private:
    friend class Deadline;

    std::list<Deadline*> deadlines_;
};

}  // namespace lupaus::net
