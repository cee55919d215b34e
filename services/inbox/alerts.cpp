#include "services/inbox/alerts.hpp"

#include "services/desk/alert/store.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/promise/store.hpp"
#include "services/desk/timer/store.hpp"
#include "services/inbox/conversation_change.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/resource.hpp"
#include "services/inbox/time_cursor.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace lupaus::inbox {

namespace {

using desk::AlertId;
using desk::alert::Alert;
using desk::alert::Kind;
using desk::alert::State;

constexpr std::string_view kNewest = "alerts.newest";
constexpr std::array kStates{State::firing, State::acknowledged, State::superseded, State::resolved};

// Empty: of any state. Errors: invalid.
Result<std::optional<State>> read_state(const net::Request& request) {
    const auto text = request.query_value("state");
    if (!text) {
        return std::optional<State>();
    }
    const auto* known =
        std::ranges::find_if(kStates, [&text](State state) { return desk::alert::to_string(state) == *text; });
    if (known == kStates.end()) {
        return invalid_field("state", "must be one of firing, acknowledged, superseded, resolved");
    }
    return std::optional(*known);
}

// The index orders within a state: of any state means the newest of each, merged.
std::vector<Alert> read_rows(Tx& tx, desk::alert::Page page, const std::optional<State>& state) {
    std::vector<Alert> rows;
    for (const auto wanted : kStates) {
        if (state && *state != wanted) {
            continue;
        }
        page.state = wanted;
        std::ranges::move(desk::alert::page(tx, page), std::back_inserter(rows));
    }
    std::ranges::sort(
        rows, [](const Alert& a, const Alert& b) { return std::tie(a.raised_at, a.id) > std::tie(b.raised_at, b.id); });
    rows.resize(std::min(rows.size(), static_cast<std::size_t>(page.limit)));
    return rows;
}

std::string alert_json(const Alert& alert) {
    std::string body;
    desk::alert::append_json(body, alert);
    return body;
}

void write_alert(text::JsonWriter& json, const Alert& alert) {
    json.raw(alert_json(alert));
}

// Promise before alert, timer before alert: the order in which the watcher takes them. What holds nothing, because the
// wait is over, is refused by the alert's own state.
void hold_ladder(Tx& tx, const Call& call, const Alert& alert) {
    const auto options = ladder_options(call);
    if (alert.kind == Kind::undelivered) {
        const desk::timer::Key key{
            .account = alert.account, .kind = desk::timer::Kind::undelivered, .subject = alert.subject};
        desk::timer::postpone(tx, key, options.acknowledge_hold);
    } else if (!alert.promise.is_nil()) {
        desk::promise::hold(tx, alert.account, alert.promise, options);
    }
}

void append_acknowledged(Tx& tx, const Call& call, const Alert& alert) {
    std::string data = "{" + alert_member(alert);
    const auto conversation = desk::conversation::find(tx, {.account = alert.account, .id = alert.conversation});
    if (conversation) {
        data += R"(,"conversation":)";
        desk::conversation::append_json(data, *conversation);
    }
    data += '}';
    append_changes(tx, call,
                   {{.account = alert.account,
                     .type = "alert.acknowledged",
                     .actor = call.actor(),
                     .conversation = alert.conversation,
                     .message = {},
                     .data = std::move(data)}});
}

}  // namespace

Result<Answer> handle_list_alerts(Tx& tx, const Call& call) {
    const auto state = read_state(call.request);
    if (!state) {
        return state.error();
    }
    const auto page = read_page(call.request, kNewest, {"state"});
    if (!page) {
        return page.error();
    }
    desk::alert::Page wanted;
    wanted.account = call.principal.account;
    wanted.limit = page->limit + 1;
    if (page->after) {
        const auto at = read_time(*page->after);
        if (!at) {
            return at.error();
        }
        wanted.before = *at;
        wanted.before_id = AlertId{page->after->id};
    }
    const auto rows = read_rows(tx, wanted, *state);
    const auto place = [](const Alert& alert) { return time_cursor(alert.raised_at, alert.id.value); };
    return Answer{.status = 200, .body = write_page(kNewest, *page, rows, write_alert, place)};
}

Result<Answer> handle_get_alert(Tx& tx, const Call& call) {
    const auto id = path_id<AlertId>(call, "alert");
    if (!id) {
        return id.error();
    }
    const auto alert = desk::alert::find(tx, call.principal.account, *id);
    if (!alert) {
        return alert.error();
    }
    return found(alert_json(*alert), alert->version);
}

Result<Answer> handle_acknowledge_alert(Tx& tx, const Call& call) {
    if (auto empty = refuse_fields(call); !empty) {
        return empty.error();
    }
    if (call.principal.agent.is_nil()) {
        return Error{.code = Errc::forbidden, .detail = "This token speaks for no agent who could take the alert."};
    }
    const auto id = path_id<AlertId>(call, "alert");
    if (!id) {
        return id.error();
    }
    const auto known = desk::alert::find(tx, call.principal.account, *id);
    if (!known) {
        return known.error();
    }
    hold_ladder(tx, call, *known);
    const auto taken = desk::alert::acknowledge(tx, call.principal.account, *id, call.principal.agent);
    if (!taken) {
        return taken.error();
    }
    append_acknowledged(tx, call, *taken);
    return found(alert_json(*taken), taken->version);
}

}  // namespace lupaus::inbox
