// The elements that are open while a message is written anew. Whatever order tags come in, what goes out is balanced,
// bounded in depth, and nested as browsers would nest it, so that they read it as it is written: paragraphs hold no
// blocks, links no links, and the frame of a table nothing but cells. One thread. Source: WHATWG HTML,
// section 13.2.6.4.
#pragma once

#include "common/html/elements.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace lupaus::html {

class Rebuild {
public:
    explicit Rebuild(std::size_t bytes);

    void words(std::string_view text);  // decoded

    // With its attributes as they shall be written, each after a space.
    void start(Tag tag, std::string_view attributes);
    void end(Tag tag);
    void end_link();  // a link begins, or what only looks like one
    std::string finish();

private:
    struct Open {
        Tag tag;
        int same;   // the place of the one before of this name, as `last_` had it
        int block;  // the place of the innermost block, this one included
        int cell;   // of the innermost table or cell, likewise
    };

    int last(Tag tag) const { return last_[static_cast<std::size_t>(tag)]; }

    int block() const { return open_.empty() ? -1 : open_.back().block; }

    int cell() const { return open_.empty() ? -1 : open_.back().cell; }

    int place() const { return static_cast<int>(open_.size()) - 1; }

    int limit_of(Tag tag) const;
    void make_room(Tag tag);
    bool enter_table(Tag tag);
    void enter(Tag tag, int around);
    void enter_cell();
    void push(Tag tag, std::string_view attributes = {});
    void close_to(int size);

    std::string out_;
    std::vector<Open> open_;
    std::array<int, kTags> last_{};            // the place of the innermost of a name, -1: none is open
    std::array<std::size_t, kTags> beyond_{};  // how many of a name were left out as too deep and have not ended
};

}  // namespace lupaus::html
