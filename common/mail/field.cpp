#include "common/mail/field.hpp"

#include "common/mail/ascii.hpp"
#include "common/mail/lines.hpp"

namespace lupaus::mail {

namespace {

bool is_continued(std::string_view line) {
    return line.starts_with(' ') || line.starts_with('\t');
}

// Blanks before the colon are obsolete but still read (RFC 5322, section 4.5).
std::size_t colon_of(std::string_view line, std::size_t name_bytes) {
    while (name_bytes < line.size() && (line[name_bytes] == ' ' || line[name_bytes] == '\t')) {
        ++name_bytes;
    }
    return name_bytes;
}

}  // namespace

std::size_t field_name_bytes(std::string_view line) {
    std::size_t bytes = 0;
    while (bytes < line.size() && line[bytes] > ' ' && line[bytes] < '\x7f' && line[bytes] != ':') {
        ++bytes;
    }
    const auto colon = colon_of(line, bytes);
    return colon < line.size() && line[colon] == ':' ? bytes : 0;
}

std::optional<RawField> FieldReader::next() {
    LineReader lines(rest_);
    std::string_view name;
    std::size_t begin = 0;
    std::size_t end = 0;
    while (name.empty() || is_continued(rest_.substr(end))) {
        const auto line = lines.next();
        if (!line) {
            break;
        }
        if (const auto bytes = name.empty() ? field_name_bytes(line->text) : 0; bytes > 0) {
            name = line->text.substr(0, bytes);
            begin = line->begin + colon_of(line->text, bytes) + 1;
        }
        end = line->end;
    }
    const auto value = rest_.substr(begin, end - begin);
    rest_.remove_prefix(end);
    return name.empty() ? std::nullopt : std::optional(RawField{.name = name, .value = value});
}

std::string_view find_field(std::string_view block, std::string_view name) {
    FieldReader fields(block);
    while (const auto field = fields.next()) {
        if (is_same_name(field->name, name)) {
            return field->value;
        }
    }
    return {};
}

std::string_view header_of(std::string_view mail) {
    LineReader lines(mail);
    while (const auto line = lines.next()) {
        if (line->text.empty()) {
            return mail.substr(0, line->begin);
        }
    }
    return mail;
}

std::string unfold(std::string_view value) {
    std::string line;
    line.reserve(value.size());
    LineReader lines(value);
    while (const auto folded = lines.next()) {
        line += folded->text;
    }
    return line;
}

}  // namespace lupaus::mail
