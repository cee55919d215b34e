#include "common/postgres/columns.hpp"

#include <boost/endian/conversion.hpp>

namespace lupaus {

namespace {

constexpr std::uint32_t kText = 25;
constexpr std::uint32_t kTimestamptz = 1184;
constexpr std::uint32_t kUuid = 2950;

// The header: dimensions, whether there are NULLs, type of the elements, their number, the first one's index.
constexpr std::size_t kHasNulls = 7;
constexpr std::size_t kCount = 12;

constexpr auto kEpoch = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};

template <class Number>
void append(std::string& bytes, Number number) {
    const auto big = boost::endian::native_to_big(number);
    bytes.append(reinterpret_cast<const char*>(&big), sizeof(big));
}

}  // namespace

BinaryColumn::BinaryColumn(std::uint32_t element_type) {
    for (const auto number : {std::uint32_t{1}, std::uint32_t{0}, element_type, std::uint32_t{0}, std::uint32_t{1}}) {
        append(bytes_, number);
    }
}

void BinaryColumn::count() {
    boost::endian::store_big_u32(reinterpret_cast<unsigned char*>(bytes_.data() + kCount),
                                 static_cast<std::uint32_t>(++size_));
}

void BinaryColumn::add_value(std::string_view bytes) {
    append(bytes_, static_cast<std::uint32_t>(bytes.size()));
    bytes_ += bytes;
    count();
}

void BinaryColumn::add_nothing() {
    append(bytes_, std::int32_t{-1});
    bytes_[kHasNulls] = 1;
    count();
}

pqxx::bytes_view BinaryColumn::param() const {
    return pqxx::binary_cast(bytes_);
}

UuidColumn::UuidColumn() : BinaryColumn(kUuid) {}

UuidColumn& UuidColumn::add(const Uuid& id) {
    add_value(std::string_view(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()));
    return *this;
}

UuidColumn& UuidColumn::add_null() {
    add_nothing();
    return *this;
}

TextColumn::TextColumn() : BinaryColumn(kText) {}

TextColumn& TextColumn::add(std::string_view text) {
    add_value(text);
    return *this;
}

TextColumn& TextColumn::add(const std::optional<std::string>& text) {
    text ? add_value(*text) : add_nothing();
    return *this;
}

TimeColumn::TimeColumn() : BinaryColumn(kTimestamptz) {}

TimeColumn& TimeColumn::add(Timestamp time) {
    const std::int64_t since = std::chrono::duration_cast<std::chrono::microseconds>(time - kEpoch).count();
    std::string bytes;
    append(bytes, since);
    add_value(bytes);
    return *this;
}

TimeColumn& TimeColumn::add(const std::optional<Timestamp>& time) {
    time ? add(*time) : (add_nothing(), *this);
    return *this;
}

}  // namespace lupaus
