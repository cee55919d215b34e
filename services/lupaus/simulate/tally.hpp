// What a simulation counts, and how it is told. A message is known by the mark that its sender put into its text, and
// not by any id that the desk gave it: a message that the desk stored twice has two ids and one mark. Pure.
#pragma once

#include "common/base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lupaus::simulate {

class Tally {
public:
    // While it runs.
    void accepted(const std::string& mark) { accepted_.insert(mark); }

    void refused() { ++refused_; }

    void answered(std::chrono::milliseconds waited) { waits_.push_back(waited); }  // a reply, the first or a later one

    // What the event log says of it afterwards, in the log's order. Promises are those of a first reply; one in a
    // conversation where nobody of this simulation has written is not ours.
    void stored(const std::string& mark, const std::string& conversation);
    void promised(const std::string& promise, const std::string& conversation, Timestamp opened_at);
    void replied(const std::string& promise, Timestamp at);

    void released(const std::string& promise) { promises_.erase(promise); }  // without an answer: waived, withdrawn

    std::size_t sent_count() const { return accepted_.size(); }

    std::size_t answered_count() const { return waits_.size(); }

    std::size_t lost() const;     // accepted, and nowhere in the log
    std::size_t doubled() const;  // more than once in the log

    std::string progress(std::chrono::seconds elapsed) const;  // one line
    std::string summary(Timestamp now) const;                  // a JSON object

private:
    struct FirstReply {
        Timestamp opened_at{};
        std::optional<Timestamp> replied_at{};
    };

    std::set<std::string> accepted_;
    std::map<std::string, int> stored_;  // by mark: how many times
    std::set<std::string> conversations_;
    std::map<std::string, FirstReply> promises_;
    std::vector<std::chrono::milliseconds> waits_;
    std::size_t refused_ = 0;
};

}  // namespace lupaus::simulate
