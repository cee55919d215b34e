// Header fields as they stand in a block of them, still folded and encoded (RFC 5322, section 2.2). They are looked up
// where they stand: a list of them would take many times the bytes of a hostile header. Any thread, no errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lupaus::mail {

struct RawField {
    std::string_view name;
    std::string_view value;  // folds and blanks included
};

class FieldReader {
public:
    explicit FieldReader(std::string_view block) : rest_(block) {}

    std::optional<RawField> next();  // lines that are no field and belong to none are passed over

private:
    std::string_view rest_;
};

// How many bytes the name takes at the beginning of a field's first line; 0 where the line is none.
std::size_t field_name_bytes(std::string_view line);

// The first of a name, in any case; empty where there is none.
std::string_view find_field(std::string_view block, std::string_view name);

// What stands before the first empty line.
std::string_view header_of(std::string_view mail);

std::string unfold(std::string_view value);

}  // namespace lupaus::mail
