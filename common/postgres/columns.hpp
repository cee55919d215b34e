// Columns for unnest($1::uuid[]) and its like in PostgreSQL's binary form, which neither side has to escape, print or
// parse: four bytes of size and the value, behind a header (array_recv in utils/adt/arrayfuncs.c; the element types are
// those of catalog/pg_type.dat). The parameter's type must be just that array; for the others there is ArrayText.
#pragma once

#include "common/base/clock.hpp"
#include "common/base/uuid.hpp"

#include <pqxx/pqxx>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lupaus {

class BinaryColumn {
public:
    std::size_t size() const { return size_; }

    bool empty() const { return size_ == 0; }

    pqxx::bytes_view param() const;  // for pqxx::params; valid as long as the column, until the next add

protected:
    explicit BinaryColumn(std::uint32_t element_type);
    void add_value(std::string_view bytes);
    void add_nothing();

private:
    void count();

    std::string bytes_;
    std::size_t size_ = 0;
};

class UuidColumn : public BinaryColumn {
public:
    UuidColumn();
    UuidColumn& add(const Uuid& id);
    UuidColumn& add_null();

    template <class Tag>
    UuidColumn& add(const StrongId<Tag>& id) {
        return id.is_nil() ? add_null() : add(id.value);
    }
};

class TextColumn : public BinaryColumn {
public:
    TextColumn();
    TextColumn& add(std::string_view text);  // NUL bytes must have been refused at the edge
    TextColumn& add(const std::optional<std::string>& text);

    TextColumn& add(const std::string& text) { return add(std::string_view(text)); }
};

class TimeColumn : public BinaryColumn {
public:
    TimeColumn();
    TimeColumn& add(Timestamp time);
    TimeColumn& add(const std::optional<Timestamp>& time);
};

}  // namespace lupaus
