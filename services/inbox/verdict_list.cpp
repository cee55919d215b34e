#include "services/inbox/verdict_list.hpp"

#include "common/text/json_writer.hpp"
#include "services/desk/message/store.hpp"
#include "services/desk/verdict/store.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/time_cursor.hpp"

namespace lupaus::inbox {

namespace {

using desk::message::Message;
using desk::message::Verdict;

constexpr std::string_view kNewestFirst = "verdicts.newest";

Result<Verdict> read_verdict(const Call& call) {
    const auto text = call.request.query_value("verdict");
    if (!text) {
        return Verdict::automatic;
    }
    for (const auto verdict : {Verdict::spam, Verdict::automatic, Verdict::blocked}) {
        if (*text == to_string(verdict)) {
            return verdict;
        }
    }
    return invalid_field("verdict", "must be one of spam, automatic, blocked");
}

void write_judged(text::JsonWriter& json, const Message& message) {
    std::string shown;
    desk::message::append_json(shown, message);
    json.begin_object().field("conversation_id", message.conversation).raw_field("message", shown).end_object();
}

}  // namespace

Result<Answer> handle_list_verdicts(Tx& tx, const Call& call) {
    const auto verdict = read_verdict(call);
    if (!verdict) {
        return verdict.error();
    }
    const auto page = read_page(call.request, kNewestFirst, {"verdict"});
    if (!page) {
        return page.error();
    }
    desk::verdict::Page wanted{.account = call.principal.account,
                               .verdict = *verdict,
                               .before = {},
                               .before_id = {},
                               .limit = page->limit + 1};
    if (page->after) {
        const auto at = read_time(*page->after);
        if (!at) {
            return at.error();
        }
        wanted.before = *at;
        wanted.before_id = desk::MessageId{page->after->id};
    }
    const auto place = [](const Message& message) { return time_cursor(message.created_at, message.id.value); };
    return Answer{.status = 200,
                  .body = write_page(kNewestFirst, *page, desk::verdict::list(tx, wanted), write_judged, place)};
}

Result<Answer> handle_count_verdict_days(Tx& tx, const Call& call) {
    const auto verdict = read_verdict(call);
    if (!verdict) {
        return verdict.error();
    }
    for (const auto& parameter : call.request.query) {
        if (parameter.name != "verdict") {
            return invalid_field(parameter.name, "is not a known parameter here");
        }
    }
    Answer answer{.status = 200, .body = {}};
    text::JsonWriter json(answer.body);
    json.begin_object().key("items").begin_array();
    for (const auto& [day, rule, count] : desk::verdict::count_days(tx, call.principal.account, *verdict)) {
        json.begin_object().field("day", day).field("rule", rule).field("count", count).end_object();
    }
    json.end_array().end_object();
    return answer;
}

}  // namespace lupaus::inbox
