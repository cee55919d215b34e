// What a simulation counts, and how it is told. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace lupaus::simulate {

class Tally {
public:
    void sent(const std::string& message_id) { accepted_.insert(message_id); }
    void refused() { ++refused_; }
    void answered(std::chrono::milliseconds waited) { waits_.push_back(waited); }
    void seen(const std::string& message_id) { ++seen_[message_id]; }  // an event message.created of a customer

    std::size_t sent_count() const { return accepted_.size(); }
    std::size_t answered_count() const { return waits_.size(); }
    std::size_t lost() const;     // accepted and in no event
    std::size_t doubled() const;  // in more than one

    std::string progress(std::chrono::seconds elapsed) const;  // one line
    std::string summary() const;                               // a JSON object

private:
    std::chrono::milliseconds wait_percentile(double share) const;

    std::set<std::string> accepted_;
    std::unordered_map<std::string, int> seen_;
    std::vector<std::chrono::milliseconds> waits_;
    std::size_t refused_ = 0;
};

}  // namespace lupaus::simulate
