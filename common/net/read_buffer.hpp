// Bytes that came from a socket and were not used yet: one block, filled behind, used up in front. It grows only while
// somebody asks for more room and gives the memory back with shrink(), since idle connections are many.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace lupaus::net {

class ReadBuffer {
public:
    static constexpr std::size_t kSmall = 4 * 1024;
    static constexpr std::size_t kLarge = 64 * 1024;

    std::string_view unread() const { return {data_.get() + begin_, end_ - begin_}; }

    bool empty() const { return begin_ == end_; }

    std::size_t size() const { return end_ - begin_; }

    std::size_t capacity() const { return capacity_; }

    char* free_begin() { return data_.get() + end_; }

    std::size_t free_size() const { return capacity_ - end_; }

    void commit(std::size_t count) { end_ += count; }

    void consume(std::size_t count) {
        begin_ += count;
        if (begin_ == end_) {
            begin_ = 0;
            end_ = 0;
        }
    }

    // At least one free byte; the block becomes `capacity` large if it was smaller.
    void make_room(std::size_t capacity) {
        if (capacity > capacity_) {
            auto larger = std::make_unique_for_overwrite<char[]>(capacity);
            move_to(larger.get());
            data_ = std::move(larger);
            capacity_ = capacity;
        } else if (end_ == capacity_) {
            move_to(data_.get());
        }
    }

    void shrink() {
        if (empty() && capacity_ > kSmall) {
            data_.reset();
            capacity_ = 0;
        }
    }

private:
    void move_to(char* place) {
        const auto count = size();
        if (count > 0) {
            std::memmove(place, data_.get() + begin_, count);
        }
        begin_ = 0;
        end_ = count;
    }

    std::unique_ptr<char[]> data_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace lupaus::net
