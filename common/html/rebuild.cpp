#include "common/html/rebuild.hpp"

#include "common/base/limits.hpp"
#include "common/html/entities.hpp"
#include "common/html/tokens.hpp"

#include <algorithm>
#include <utility>

namespace lupaus::html {

namespace {

bool is_heading(Tag tag) {
    return tag >= Tag::h1 && tag <= Tag::h6;
}

std::size_t index_of(Tag tag) {
    return static_cast<std::size_t>(tag);
}

}  // namespace

Rebuild::Rebuild(std::size_t bytes) {
    out_.reserve(bytes + bytes / 8);
    last_.fill(-1);
}

void Rebuild::words(std::string_view text) {
    if (!std::ranges::all_of(text, is_space)) {
        enter_cell();
    }
    append_words(out_, text);
}

void Rebuild::start(Tag tag, std::string_view attributes) {
    if (is_part_of_table(tag)) {
        if (!enter_table(tag)) {
            return;
        }
    } else {
        make_room(tag);
        enter_cell();
    }
    if (kind_of(tag) == Kind::single) {
        out_.append("<").append(name_of(tag)).append(attributes).append(">");
    } else if (open_.size() >= limits::kHtmlDepthMax && !is_part_of_table(tag)) {
        ++beyond_[index_of(tag)];
    } else {
        push(tag, attributes);
    }
}

void Rebuild::end(Tag tag) {
    if (is_part_of_table(tag) && beyond_[index_of(Tag::table)] > 0) {
        return;  // of a table that is not there
    }
    if (auto& beyond = beyond_[index_of(tag)]; beyond > 0) {
        --beyond;
    } else if (last(tag) > limit_of(tag)) {
        close_to(last(tag));
    }
}

void Rebuild::end_link() {
    if (last(Tag::a) > cell()) {
        close_to(last(Tag::a));
    }
}

std::string Rebuild::finish() {
    close_to(0);
    return std::move(out_);
}

// What lies at this place or below it, this tag cannot close.
int Rebuild::limit_of(Tag tag) const {
    switch (tag) {
        case Tag::table:
            return -1;
        case Tag::li:
            return std::max({cell(), last(Tag::ul), last(Tag::ol)});
        case Tag::dd:
        case Tag::dt:
            return std::max(cell(), last(Tag::dl));
        default:
            break;
    }
    if (is_part_of_table(tag)) {
        return last(Tag::table);
    }
    return kind_of(tag) == Kind::block ? cell() : block();
}

// Ends what cannot hold an element of this name.
void Rebuild::make_room(Tag tag) {
    const auto close = [this](Tag other) {
        if (last(other) > limit_of(other)) {
            close_to(last(other));
        }
    };
    if (tag == Tag::li) {
        close(Tag::li);
    } else if (tag == Tag::dd || tag == Tag::dt) {
        close(Tag::dd);
        close(Tag::dt);
    }
    if (kind_of(tag) == Kind::block || tag == Tag::table || tag == Tag::hr) {
        close(Tag::p);
    }
    // Not before: the paragraph may have stood between the two.
    if (is_heading(tag) && !open_.empty() && is_heading(open_.back().tag)) {
        close_to(place());
    }
}

// Ends what stands between a table and the new part of it, and begins what it needs. False where there is no table.
bool Rebuild::enter_table(Tag tag) {
    const int table = last(Tag::table);
    if (table < 0 || beyond_[index_of(Tag::table)] > 0) {
        return false;
    }
    const int section = std::max({table, last(Tag::tbody), last(Tag::thead), last(Tag::tfoot)});
    switch (tag) {
        case Tag::tr:
            close_to(section + 1);
            break;
        case Tag::td:
        case Tag::th:
            enter(Tag::tr, section);
            break;
        case Tag::col:
            enter(Tag::colgroup, table);
            break;
        default:  // a caption, or a group of rows or columns
            close_to(table + 1);
    }
    return true;
}

// The innermost one of this name in `around`, or a new one.
void Rebuild::enter(Tag tag, int around) {
    const bool is_open = last(tag) > around;
    close_to((is_open ? last(tag) : around) + 1);
    if (!is_open) {
        push(tag);
    }
}

// Words and elements have no place in a table but in a cell; browsers would put them before it.
void Rebuild::enter_cell() {
    if (open_.empty() || kind_of(open_.back().tag) != Kind::frame) {
        return;
    }
    if (enter_table(Tag::td)) {
        push(Tag::td);
    }
}

void Rebuild::push(Tag tag, std::string_view attributes) {
    const int here = place() + 1;
    const auto kind = kind_of(tag);
    const bool is_cell = kind == Kind::cell || tag == Tag::table;
    const bool is_block = kind == Kind::block || kind == Kind::cell || kind == Kind::frame;
    open_.push_back(
        {.tag = tag, .same = last(tag), .block = is_block ? here : block(), .cell = is_cell ? here : cell()});
    last_[index_of(tag)] = here;
    out_.append("<").append(name_of(tag)).append(attributes).append(">");
}

void Rebuild::close_to(int size) {
    while (static_cast<int>(open_.size()) > size) {
        const auto innermost = open_.back();
        open_.pop_back();
        last_[index_of(innermost.tag)] = innermost.same;
        out_.append("</").append(name_of(innermost.tag)).append(">");
    }
}

}  // namespace lupaus::html
