#include "services/desk/arrival/fingerprint.hpp"

#include "common/base/limits.hpp"
#include "common/crypto/digest.hpp"
#include "common/crypto/encoding.hpp"
#include "common/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace lupaus::desk::arrival {

namespace {

constexpr std::size_t kHashBytes = 16;
constexpr std::size_t kIdBytesMax = 400;  // of a Message-ID: the hash has the whole of it
constexpr std::size_t kPieceBytes = 64 * 1024;

static_assert(kIdBytesMax + 1 + 2 * kHashBytes <= limits::kExternalIdBytesMax);

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// A line without its end, which may be LF alone.
std::string_view take_line(std::string_view& rest) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

// Runs of blanks become one, those at both ends go.
void append_relaxed(std::string& out, std::string_view text) {
    const auto start = out.size();
    auto word = std::ranges::find_if_not(text, is_blank);
    while (word != text.end()) {
        const auto end = std::find_if(word, text.end(), is_blank);
        if (out.size() > start) {
            out += ' ';
        }
        out.append(word, end);
        word = std::find_if_not(end, text.end(), is_blank);
    }
}

// The first field of each name, in this order.
struct Fields {
    static constexpr std::array<std::string_view, 4> kNames{"message-id", "from", "date", "subject"};

    std::array<std::optional<std::string>, kNames.size()> values{};

    std::string* place_of(std::string_view line) {
        const auto colon = line.find(':');
        const auto name = line.substr(0, line.find_last_not_of(" \t", colon == 0 ? 0 : colon - 1) + 1);
        for (std::size_t i = 0; colon != std::string_view::npos && i < kNames.size(); ++i) {
            const bool is_it = std::ranges::equal(name, kNames.at(i), [](char a, char b) {
                return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
            });
            if (is_it && !values.at(i)) {
                return &values.at(i).emplace(line.substr(colon + 1));
            }
        }
        return nullptr;
    }
};

// Up to the empty line that the body stands behind.
Fields take_fields(std::string_view& rest) {
    Fields fields;
    std::string* value = nullptr;
    while (!rest.empty()) {
        const auto line = take_line(rest);
        if (line.empty()) {
            break;
        }
        if (line.front() != ' ' && line.front() != '\t') {
            value = fields.place_of(line);
        } else if (value != nullptr) {
            *value += line;
        }
    }
    return fields;
}

void add_body(crypto::Sha256& hash, std::string_view body) {
    std::string piece;
    std::size_t empty_lines = 0;  // those at the end do not count
    while (!body.empty()) {
        const auto line = take_line(body);
        if (std::ranges::all_of(line, is_blank)) {
            ++empty_lines;
            continue;
        }
        piece.append(empty_lines, '\n');
        empty_lines = 0;
        append_relaxed(piece, line);
        piece += '\n';
        if (piece.size() >= kPieceBytes) {
            hash.add(piece);
            piece.clear();
        }
    }
    hash.add(piece);
}

std::string id_in(const std::optional<std::string>& field) {
    std::string id;
    append_relaxed(id, field.value_or(""));
    const auto open = id.find('<');
    const auto close = id.find('>', open == std::string::npos ? 0 : open);
    if (open != std::string::npos && close != std::string::npos) {
        id = id.substr(open + 1, close - open - 1);
    }
    std::erase_if(id, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
    return text::utf8_prefix(text::repair_utf8(id), kIdBytesMax);
}

}  // namespace

std::string fingerprint(std::string_view mail) {
    crypto::Sha256 hash;
    const auto fields = take_fields(mail);
    for (const auto& value : fields.values) {
        std::string relaxed;
        append_relaxed(relaxed, value.value_or(""));
        hash.add(relaxed);
        hash.add("\n");
    }
    add_body(hash, mail);
    const auto digest = hash.finish();
    return id_in(fields.values.front()) + "#" + crypto::hex_encode(crypto::as_bytes(digest).substr(0, kHashBytes));
}

}  // namespace lupaus::desk::arrival
