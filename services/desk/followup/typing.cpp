#include "services/desk/followup/typing.hpp"

#include "common/base/limits.hpp"
#include "common/postgres/values.hpp"
#include "common/text/json_reader.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/context/stream_notice.hpp"
#include "services/desk/followup/queries.sql.hpp"

#include <nlohmann/json.hpp>

namespace lupaus::desk::followup {

Result<Typing> parse_typing(const text::Json& body) {
    text::JsonReader reader(body);
    const text::StringRule id{.max_bytes = limits::kExternalIdBytesMax};
    reader.string("type");
    reader.optional_string("id", id);
    Typing typing{.sender_id = reader.object("sender").string("id", id)};
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    return typing;
}

bool tell_typing(Tx& tx, const Typing& typing) {
    const auto rows = tx.exec(sql::find_conversation,
                              pqxx::params{to_string(typing.account), to_string(typing.channel), typing.sender_id});
    if (rows.empty()) {
        return false;
    }
    std::string frame;
    text::JsonWriter json(frame);
    json.begin_object().field("type", kTypingType).field("conversation_id", read_uuid(rows.at(0, 0)));
    json.key("customer").begin_object().field("id", read_uuid(rows.at(0, 1))).field("name", rows.at(0, 2).view());
    json.end_object().end_object();
    tx.exec(sql::notify_streams, pqxx::params{stream_notice({}, typing.account, kTypingType, frame)});
    return true;
}

}  // namespace lupaus::desk::followup
