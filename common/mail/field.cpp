#include "common/mail/field.hpp"

#include "common/mail/ascii.hpp"
#include "common/mail/lines.hpp"

namespace lupaus::mail {

std::size_t field_name_bytes(std::string_view line) {
    std::size_t bytes = 0;
    while (bytes < line.size() && line[bytes] > ' ' && line[bytes] < '\x7f' && line[bytes] != ':') {
        ++bytes;
    }
    // Blanks before the colon are obsolete but still read (RFC 5322, section 4.5).
    const auto colon = line.find_first_not_of(" \t", bytes);
    return colon != std::string_view::npos && line[colon] == ':' ? bytes : 0;
}

std::optional<RawField> FieldReader::next() {
    LineReader lines(rest_);
    std::string_view name;
    std::size_t begin = 0;
    std::size_t end = 0;
    while (const auto line = lines.next()) {
        const bool is_continued = line->text.starts_with(' ') || line->text.starts_with('\t');
        if (!name.empty() && !is_continued) {
            break;
        }
        if (const auto bytes = name.empty() ? field_name_bytes(line->text) : 0; bytes > 0) {
            name = line->text.substr(0, bytes);
            begin = line->begin + line->text.find(':') + 1;
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
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool is_fold = value[i] == '\n' || (value[i] == '\r' && i + 1 < value.size() && value[i + 1] == '\n');
        if (!is_fold) {
            line += value[i];
        }
    }
    return line;
}

}  // namespace lupaus::mail
