#include "common/mail/parameters.hpp"

#include "common/mail/ascii.hpp"
#include "common/mail/encoded_word.hpp"
#include "common/mail/field.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <tuple>

namespace lupaus::mail {

namespace {

constexpr int kWhole = -1;
constexpr CharSet kNameEnds("=;");
constexpr CharSet kValueEnds(" \t(");

// One of `name*0*="…"; name*1="…"`, or all of `name="…"` and `name*=…`.
struct Piece {
    std::string name;
    int index = kWhole;  // pieces in their order; the whole in the form without charset comes last
    bool is_extended = false;
    std::string value;
    std::size_t place = 0;  // of two that say the same, the first counts
};

class PieceReader {
public:
    explicit PieceReader(std::string_view text) : rest_(text) {}

    std::optional<Piece> next() {
        while (!rest_.empty() && (rest_.front() == ';' || is_blank(rest_.front()))) {
            rest_.remove_prefix(1);
        }
        if (rest_.empty()) {
            return std::nullopt;
        }
        const auto end = kNameEnds.find_in(rest_, 0);
        auto piece = make_piece(trim(rest_.substr(0, end)));
        rest_.remove_prefix(end);
        if (rest_.starts_with('=')) {
            rest_.remove_prefix(1);
            rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
            piece.value = rest_.starts_with('"') ? take_quoted() : take_bare();
        }
        return piece;
    }

private:
    static Piece make_piece(std::string_view name) {
        Piece piece;
        piece.is_extended = name.ends_with('*');
        if (piece.is_extended) {
            piece.index = 0;
            name.remove_suffix(1);
        }
        const auto star = name.find('*');
        if (star != std::string_view::npos) {
            const auto digits = name.substr(star + 1);
            const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), piece.index);
            piece.index = read.ec == std::errc{} && piece.index >= 0 ? piece.index : 0;
        }
        piece.name = to_lower(name.substr(0, star));
        return piece;
    }

    // Only a quote and a backslash can be escaped: any other backslash stands in a path that somebody wrote bare.
    std::string take_quoted() {
        std::string value;
        std::size_t at = 1;
        for (; at < rest_.size() && rest_[at] != '"'; ++at) {
            const bool is_escape =
                rest_[at] == '\\' && at + 1 < rest_.size() && (rest_[at + 1] == '"' || rest_[at + 1] == '\\');
            at += is_escape ? 1 : 0;
            value += rest_[at];
        }
        rest_.remove_prefix(std::min(at + 1, rest_.size()));
        rest_.remove_prefix(std::min(rest_.find(';'), rest_.size()));
        return value;
    }

    std::string take_bare() {
        const auto end = std::min(rest_.find(';'), rest_.size());
        const auto value = std::string(trim(rest_.substr(0, end)));
        rest_.remove_prefix(end);
        return value;
    }

    std::string_view rest_;
};

int percent_byte(std::string_view text, std::size_t at) {
    if (at + 2 >= text.size() || text[at] != '%') {
        return -1;
    }
    unsigned value = 0;
    const auto read = std::from_chars(text.data() + at + 1, text.data() + at + 3, value, 16);
    return read.ec == std::errc{} && read.ptr == text.data() + at + 3 ? static_cast<int>(value) : -1;
}

void append_extended(std::string& bytes, std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const int byte = percent_byte(text, at);
        bytes += byte >= 0 ? static_cast<char>(byte) : text[at];
        at += byte >= 0 ? 3 : 1;
    }
}

void append_piece(Parameter& parameter, const Piece& piece, bool is_first) {
    std::string_view value = piece.value;
    if (!piece.is_extended) {
        parameter.bytes += value;
        return;
    }
    // charset'language'text
    const auto first = value.find('\'');
    const auto second = first == std::string_view::npos ? first : value.find('\'', first + 1);
    if (is_first && second != std::string_view::npos) {
        parameter.charset = value.substr(0, first);
        value.remove_prefix(second + 1);
    }
    append_extended(parameter.bytes, value);
}

// What RFC 2231 can say goes before the plain form, which is there for those who cannot read it. Of pieces, those that
// follow one another without a gap.
std::vector<Parameter> put_together(std::vector<Piece> pieces) {
    std::ranges::sort(pieces, {}, [](const Piece& piece) {
        return std::tuple<const std::string&, bool, int, std::size_t>(piece.name, piece.index == kWhole, piece.index,
                                                                      piece.place);
    });
    std::vector<Parameter> list;
    std::int64_t wanted = 0;
    for (const auto& piece : pieces) {
        const bool is_new = list.empty() || list.back().name != piece.name;
        if (is_new) {
            list.push_back({.name = piece.name});
            wanted = std::max(piece.index, 0);
        }
        if (is_new || piece.index == wanted) {
            append_piece(list.back(), piece, is_new);
            ++wanted;
        }
    }
    return list;
}

}  // namespace

std::string_view Parameters::find(std::string_view name) const {
    const auto found = std::ranges::find(list, name, &Parameter::name);
    return found == list.end() ? std::string_view{} : std::string_view(found->bytes);
}

Decoded Parameters::text(std::string_view name) const {
    const auto found = std::ranges::find(list, name, &Parameter::name);
    if (found == list.end()) {
        return {};
    }
    auto decoded = found->charset.empty() ? decode_words(found->bytes) : to_utf8(found->bytes, found->charset);
    decoded.text = to_one_line(std::move(decoded.text));
    return decoded;
}

Parameters parse_parameters(std::string_view folded) {
    const auto text = unfold(folded);
    const auto semicolon = std::min(text.find(';'), text.size());
    const auto value = trim(std::string_view(text).substr(0, semicolon));
    Parameters parameters{.value = to_lower(value.substr(0, kValueEnds.find_in(value, 0))), .list = {}};
    std::vector<Piece> pieces;
    PieceReader reader(std::string_view(text).substr(semicolon));
    while (auto piece = reader.next()) {
        piece->place = pieces.size();
        pieces.push_back(std::move(*piece));
    }
    parameters.list = put_together(std::move(pieces));
    return parameters;
}

}  // namespace lupaus::mail
