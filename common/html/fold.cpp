#include "common/html/fold.hpp"

#include "common/base/limits.hpp"
#include "common/html/phrases.hpp"

#include <algorithm>
#include <vector>

namespace lupaus::html {

namespace {

constexpr std::size_t kAttributionLinesMax = 3;
constexpr std::size_t kHeadLinesMax = 10;  // of a mail that is quoted without any sign but its head

// What a line says by itself. Found once for each, for its neighbours ask as well.
struct Signs {
    std::size_t begin = 0;  // of its words, normalised
    std::size_t size = 0;
    Field field = Field::none;
    bool is_original_marker = false;
    bool is_forward_marker = false;
    bool is_rule = false;
    bool is_signature_marker = false;
    bool is_sent_from = false;
    std::uint8_t history = 0;  // how many lines say from here on that history follows
};

class Judge {
public:
    Judge(std::string_view words, std::span<const Line> lines) : lines_(lines) {
        normalised_.reserve(words.size());
        signs_.reserve(lines.size());
        for (const auto& line : lines) {
            signs_.push_back(read_signs(words.substr(line.begin, line.end - line.begin)));
        }
        for (std::size_t at = 0; at < lines.size(); ++at) {
            const auto head = begins_quotation(at) ? 0 : count_head(at);
            const auto lead = head > 0 || begins_quotation(at) ? head : count_attribution(at);
            signs_[at].history = static_cast<std::uint8_t>(lead);
        }
    }

    std::size_t count_fresh() {
        std::size_t fresh = 0;
        for (std::size_t at = 0; at < lines_.size();) {
            if (is_forwarded(at)) {
                return lines_.size();  // what is passed on is what the writer has to say
            }
            const auto old = count_old(at);
            is_after_old_ = old > 0;
            at += std::max<std::size_t>(old, 1);
            fresh = old > 0 ? fresh : at;
        }
        return fresh > 0 ? fresh : lines_.size();
    }

private:
    std::string_view line(std::size_t at) const {
        return std::string_view(normalised_).substr(signs_[at].begin, signs_[at].size);
    }

    Signs read_signs(std::string_view words) {
        const auto begin = normalised_.size();
        append_normalised(normalised_, words);
        const auto text = std::string_view(normalised_).substr(begin);
        return Signs{.begin = begin,
                     .size = text.size(),
                     .field = field_of_head(text),
                     .is_original_marker = is_original_marker(text),
                     .is_forward_marker = is_forward_marker(text),
                     .is_rule = is_rule(text),
                     .is_signature_marker = is_signature_marker(text),
                     .is_sent_from = is_sent_from(text)};
    }

    bool begins_quotation(std::size_t at) const {
        return at < lines_.size() && (lines_[at].mark == Mark::quote || lines_[at].depth > 0);
    }

    // What is set in without a word about it may be the writer's own.
    bool is_quoted(std::size_t at) const {
        return lines_[at].mark == Mark::quote || (lines_[at].depth > 0 && is_after_old_);
    }

    bool is_forwarded(std::size_t at) const {
        const auto mark = lines_[at].mark;
        const bool may_be = (mark == Mark::none || mark == Mark::attribution) && lines_[at].depth == 0;
        return may_be && signs_[at].is_forward_marker;
    }

    // How many lines from here on are history or signature.
    std::size_t count_old(std::size_t at) const {
        const auto mark = lines_[at].mark;
        if (mark == Mark::history) {
            return lines_.size() - at;
        }
        if (mark != Mark::none || is_quoted(at)) {
            return 1;
        }
        const auto& signs = signs_[at];
        if (signs.history > 0) {
            // All of the rest is history, unless it is quoted line by line.
            const auto next = at + signs.history;
            return next == lines_.size() || begins_quotation(next) ? signs.history : lines_.size() - at;
        }
        if (signs.is_signature_marker) {
            return count_signature(at);
        }
        return signs.is_sent_from ? 1 : 0;
    }

    // "-----Original Message-----", or the head of a mail: its writer, when, and to whom or about what.
    std::size_t count_head(std::size_t at) const {
        if (signs_[at].is_original_marker) {
            return 1;
        }
        const auto first = at + (signs_[at].is_rule ? 1 : 0);
        if (first >= lines_.size() || signs_[first].field != Field::from) {
            return 0;
        }
        bool has_date = false;
        bool has_more = false;
        auto last = first;
        for (auto next = first + 1; next < std::min(first + kHeadLinesMax, lines_.size()); ++next) {
            const auto field = signs_[next].field;
            if (field == Field::none && lines_[next].is_after_blank) {
                break;
            }
            has_date = has_date || field == Field::date;
            has_more = has_more || field == Field::to || field == Field::subject;
            last = field == Field::none ? last : next;
        }
        return has_date && has_more ? last + 1 - at : 0;
    }

    // "On … wrote:", which programs break into lines.
    std::size_t count_attribution(std::size_t at) const {
        std::string joined;
        for (std::size_t lines = 1;; ++lines) {
            const auto next = at + lines;
            const auto text = lines == 1 ? line(at) : std::string_view(joined);
            const auto how = attribution_of(text);
            if (how == Attribution::surely || (how == Attribution::before_a_quotation && begins_quotation(next))) {
                return lines;
            }
            const bool may_end_later = next < lines_.size() && !lines_[next].is_after_blank && !begins_quotation(next);
            if (lines == kAttributionLinesMax || !may_end_later || !may_go_on(text) || begins_attribution(next)) {
                return 0;
            }
            joined = join_lines(text, line(next));
        }
    }

    bool begins_attribution(std::size_t at) const {
        const auto text = line(at);
        if (!opens_attribution(text)) {
            return false;
        }
        const bool has_more = at + 1 < lines_.size();
        return attribution_of(text) != Attribution::no ||
               (has_more && attribution_of(join_lines(text, line(at + 1))) != Attribution::no);
    }

    std::size_t count_signature(std::size_t at) const {
        auto end = at + 1;
        while (end < lines_.size() && !begins_quotation(end) && signs_[end].history == 0) {
            if (++end - at > limits::kSignatureLinesMax + 1) {
                return 0;
            }
        }
        return end - at;
    }

    std::span<const Line> lines_;
    std::string normalised_;  // the words of all lines
    std::vector<Signs> signs_;
    bool is_after_old_ = false;
};

}  // namespace

std::size_t count_fresh(std::string_view words, std::span<const Line> lines) {
    return Judge(words, lines).count_fresh();
}

}  // namespace lupaus::html
