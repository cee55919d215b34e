#include "services/desk/revision/codec.hpp"

#include "common/base/limits.hpp"
#include "common/text/json_reader.hpp"
#include "services/desk/message/body.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace lupaus::desk::revision {

bool is_revision(std::string_view type) {
    return type == kEditedType || type == kDeletedType;
}

Result<Revision> parse_revision(const text::Json& body) {
    text::JsonReader reader(body);
    const text::StringRule id{.max_bytes = limits::kExternalIdBytesMax};
    Revision revision;
    revision.is_removal = reader.one_of("type", {kEditedType, kDeletedType}) == kDeletedType;
    reader.string("id", id);
    revision.message_id = reader.string("message_id", id);
    if (!revision.is_removal) {
        revision.html = reader.optional_string("html", {.max_bytes = limits::kTextBytesMax});
        const std::size_t least = revision.html ? 0 : 1;
        revision.text =
            reader.string("text", {.max_bytes = limits::kTextBytesMax, .min_bytes = least, .required = least > 0});
    }
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    auto said = message::received({.text = std::move(revision.text), .html = revision.html});
    message::cut_text(said);
    revision.text = std::move(said.text);
    revision.html = std::move(said.html);
    return revision;
}

}  // namespace lupaus::desk::revision
