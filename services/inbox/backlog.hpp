// The frames that wait for one reader, bounded by number and bytes: a reader that does not keep up loses all of them at
// once and is told to resume, because everything is still in the log. Pure.
#pragma once

#include "common/base/limits.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::inbox {

// What a stream carries, serialised once for all its readers: {"type":"event","event":{…}} or something that is in no
// log.
struct Frame {
    std::int64_t seq = 0;  // the event's cursor; 0: not in the log
    std::string type;      // the event's, or typing, viewing
    std::string text;

    std::string_view event() const;  // the inner object of an event's frame
};

using FramePtr = std::shared_ptr<const Frame>;

FramePtr make_event_frame(std::int64_t seq, std::string type, std::string_view event_json);
FramePtr make_frame(std::string type, std::string text);  // of what is in no log

class Backlog {
public:
    explicit Backlog(std::size_t frames_max = limits::kStreamQueueMax,
                     std::size_t bytes_max = limits::kStreamQueueBytesMax)
        : frames_max_(frames_max), bytes_max_(bytes_max) {}

    void push(FramePtr frame);
    std::vector<FramePtr> take();  // everything, in order

    bool is_empty() const { return frames_.empty(); }

    bool is_lost() const { return is_lost_; }  // once full, for good

private:
    std::size_t frames_max_;
    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    bool is_lost_ = false;
    std::vector<FramePtr> frames_;
};

}  // namespace lupaus::inbox
