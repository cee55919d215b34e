#include "services/inbox/backlog.hpp"

#include <utility>

namespace lupaus::inbox {

namespace {

constexpr std::string_view kBefore = R"({"type":"event","event":)";
constexpr std::string_view kAfter = "}";

}  // namespace

std::string_view Frame::event() const {
    const std::string_view whole = text;
    return whole.substr(kBefore.size(), whole.size() - kBefore.size() - kAfter.size());
}

FramePtr make_event_frame(std::int64_t seq, std::string type, std::string_view event_json) {
    std::string text;
    text.reserve(kBefore.size() + event_json.size() + kAfter.size());
    text.append(kBefore).append(event_json).append(kAfter);
    return std::make_shared<const Frame>(Frame{.seq = seq, .type = std::move(type), .text = std::move(text)});
}

FramePtr make_frame(std::string type, std::string text) {
    return std::make_shared<const Frame>(Frame{.seq = 0, .type = std::move(type), .text = std::move(text)});
}

void Backlog::push(FramePtr frame) {
    if (is_lost_) {
        return;
    }
    bytes_ += frame->text.size();
    frames_.push_back(std::move(frame));
    if (frames_.size() > frames_max_ || bytes_ > bytes_max_) {
        is_lost_ = true;
        bytes_ = 0;
        frames_ = {};
    }
}

std::vector<FramePtr> Backlog::take() {
    bytes_ = 0;
    return std::exchange(frames_, {});
}

}  // namespace lupaus::inbox
