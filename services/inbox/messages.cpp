#include "services/inbox/messages.hpp"

#include "common/text/json_writer.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/letter/people.hpp"
#include "services/desk/letter/store.hpp"
#include "services/desk/message/store.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"

#include <algorithm>
#include <limits>
#include <map>

namespace lupaus::inbox {

namespace {

using desk::ConversationId;
using desk::MessageId;
using desk::message::Message;
using desk::message::Place;

constexpr std::string_view kOldestFirst = "messages";
constexpr std::string_view kNewestFirst = "messages.newest";

// A cursor's key: which way the pages go from the message that it names.
constexpr std::string_view kAfter = "after";
constexpr std::string_view kBefore = "before";

// Behind every message: the last year that a timestamp of the wire format may name.
constexpr Place kEnd{.ordered_at = std::chrono::sys_days{std::chrono::year{2262} / 1 / 1},
                     .seq = std::numeric_limits<std::int64_t>::max()};

struct Wanted {
    ConversationId conversation;
    Page page;
    bool is_newest_first = false;
    bool goes_back = false;         // pages go towards older messages
    std::optional<MessageId> from;  // empty: from the one end or the other
    std::string from_name{};        // the parameter that named it
};

Result<void> read_from(const Call& call, Wanted& wanted) {
    const auto& request = call.request;
    const auto count = std::ranges::count_if(request.query, [](const net::Parameter& parameter) {
        return parameter.name == kBefore || parameter.name == kAfter || parameter.name == "cursor";
    });
    for (const auto name : {kBefore, kAfter}) {
        const auto text = request.query_value(name);
        if (!text) {
            continue;
        }
        const auto id = parse_id<MessageId>(*text);
        if (!id) {
            return invalid_field(std::string(name), "must be an id (a UUID of 36 characters)");
        }
        if (count > 1 || wanted.is_newest_first) {
            return invalid_field(std::string(name), "goes neither with cursor, order=newest nor its opposite");
        }
        wanted.from = *id;
        wanted.from_name = name;
        wanted.goes_back = name == kBefore;
    }
    if (wanted.page.after) {
        wanted.from = MessageId{wanted.page.after->id};
        wanted.from_name = "cursor";
        wanted.goes_back = wanted.page.after->key == kBefore;
    }
    return {};
}

Result<Wanted> read_wanted(const Call& call) {
    Wanted wanted;
    const auto order = call.request.query_value("order");
    if (order && *order != "oldest" && *order != "newest") {
        return invalid_field("order", "must be one of oldest, newest");
    }
    wanted.is_newest_first = order && *order == "newest";
    wanted.goes_back = wanted.is_newest_first;
    const auto id = path_id<ConversationId>(call, "conversation");
    if (!id) {
        return id.error();
    }
    wanted.conversation = *id;
    const auto page =
        read_page(call.request, wanted.is_newest_first ? kNewestFirst : kOldestFirst, {kBefore, kAfter, "order"});
    if (!page) {
        return page.error();
    }
    wanted.page = *page;
    auto from = read_from(call, wanted);
    return from ? Result<Wanted>(std::move(wanted)) : Result<Wanted>(from.error());
}

Result<Place> find_place(Tx& tx, const Call& call, const Wanted& wanted) {
    if (!wanted.from) {
        return wanted.goes_back ? kEnd : Place{};
    }
    const auto message = desk::message::find(tx, call.principal.account, *wanted.from);
    if (!message || message->conversation != wanted.conversation) {
        return invalid_field(wanted.from_name, "names no message of this conversation");
    }
    return Place{.ordered_at = message->ordered_at, .seq = message->seq};
}

std::map<MessageId, desk::inbound::MailHead> heads_of(Tx& tx, const Call& call, const std::vector<Message>& rows) {
    std::vector<MessageId> ids;
    for (const auto& row : rows) {
        ids.push_back(row.id);
    }
    return desk::letter::heads_of(tx, call.principal.account, ids);
}

void append_mail(std::string& out, const desk::inbound::MailHead& head) {
    out.back() = ',';
    out += R"("mail":)";
    text::JsonWriter json(out);
    json.begin_object().field("header_id", head.id).key("people");
    desk::letter::write_people(json, head.people);
    json.end_object();
    out += '}';
}

// Rows come in the direction of reading, with one too many where there is more.
std::string messages_page(const Wanted& wanted, std::vector<Message> rows,
                          const std::map<MessageId, desk::inbound::MailHead>& heads) {
    std::optional<std::string> next;
    if (rows.size() > static_cast<std::size_t>(wanted.page.limit)) {
        rows.resize(static_cast<std::size_t>(wanted.page.limit));
        const Cursor cursor{.key = std::string(wanted.goes_back ? kBefore : kAfter), .id = rows.back().id.value};
        next = encode_cursor(wanted.is_newest_first ? kNewestFirst : kOldestFirst, cursor);
    }
    if (wanted.goes_back && !wanted.is_newest_first) {
        std::ranges::reverse(rows);
    }
    std::string items;
    for (const auto& row : rows) {
        items += items.empty() ? "" : ",";
        desk::message::append_json(items, row);
        if (const auto head = heads.find(row.id); head != heads.end()) {
            append_mail(items, head->second);
        }
    }
    std::string body;
    text::JsonWriter(body).begin_object().raw_field("items", "[" + items + "]").field("next_cursor", next).end_object();
    return body;
}

}  // namespace

Answer created_message(const Message& message, const std::string& members) {
    Answer answer{.status = 201, .body = {}, .version = 0};
    desk::message::append_json(answer.body, message);
    if (!members.empty()) {
        answer.body.back() = ',';
        answer.body += members + "}";
    }
    return answer;
}

Result<Answer> handle_list_messages(Tx& tx, const Call& call) {
    const auto wanted = read_wanted(call);
    if (!wanted) {
        return wanted.error();
    }
    const auto conversation =
        desk::conversation::find(tx, {.account = call.principal.account, .id = wanted->conversation});
    if (!conversation) {
        return conversation.error();
    }
    const auto place = find_place(tx, call, *wanted);
    if (!place) {
        return place.error();
    }
    desk::message::Page page{.account = call.principal.account,
                             .conversation = wanted->conversation,
                             .after = {},
                             .before = {},
                             .limit = wanted->page.limit + 1};
    (wanted->goes_back ? page.before : page.after) = *place;
    auto rows = desk::message::page(tx, page);
    const auto heads = heads_of(tx, call, rows);
    return Answer{.status = 200, .body = messages_page(*wanted, std::move(rows), heads)};
}

}  // namespace lupaus::inbox
