// A queue of many owners in which each has a line of its own: the lines take turns, one item a turn, so that whoever
// brings a thousand items holds up nobody else for longer than one. In a line the order is that of arrival. One thread.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <utility>

namespace lupaus {

template <class Owner, class Item>
class FairQueue {
public:
    void push(const Owner& owner, Item item) {
        auto& line = lines_[owner];
        if (line.empty()) {
            turns_.push_back(owner);
        }
        line.push_back(std::move(item));
        ++size_;
    }

    const Item& front() const { return lines_.at(turns_.front()).front(); }  // what pop() would give

    Item pop() {
        const auto owner = std::move(turns_.front());
        turns_.pop_front();
        const auto line = lines_.find(owner);
        Item item = std::move(line->second.front());
        line->second.pop_front();
        if (line->second.empty()) {
            lines_.erase(line);
        } else {
            turns_.push_back(owner);
        }
        --size_;
        return item;
    }

    std::size_t size() const { return size_; }

    std::size_t size_of(const Owner& owner) const {
        const auto line = lines_.find(owner);
        return line == lines_.end() ? 0 : line->second.size();
    }

    bool empty() const { return size_ == 0; }

private:
    std::map<Owner, std::deque<Item>> lines_;  // none is empty
    std::deque<Owner> turns_;                  // each of them once
    std::size_t size_ = 0;
};

}  // namespace lupaus
