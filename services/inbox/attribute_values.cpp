#include "services/inbox/attribute_values.hpp"

#include "services/desk/attribute/store.hpp"
#include "services/desk/attribute/values.hpp"

#include <nlohmann/json.hpp>

namespace lupaus::inbox {

std::optional<AttributesEdit> read_attributes(Tx& tx, text::JsonReader& reader, const AttributesBefore& before) {
    if (reader.is_null("attributes")) {
        reader.fail("attributes", "must not be null; an attribute of it may be");
    }
    auto inner = reader.optional_object("attributes");
    const auto* given = reader.any("attributes");
    if (!inner || !given->is_object()) {
        return std::nullopt;
    }
    const auto known = desk::attribute::all_of(tx, before.account, before.subject);
    auto merged = desk::attribute::merge(known, before.by_key, *given);
    for (const auto& fault : merged.faults) {
        inner->fail(fault.field, fault.detail);
    }
    if (!merged.faults.empty() || !merged.is_changed) {
        return std::nullopt;
    }
    return AttributesEdit{.by_key = std::move(merged.by_key), .by_slot = std::move(merged.by_slot)};
}

}  // namespace lupaus::inbox
