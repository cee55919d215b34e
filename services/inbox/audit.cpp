#include "services/inbox/audit.hpp"

#include "services/desk/audit/changes.hpp"
#include "services/desk/audit/json.hpp"
#include "services/desk/audit/store.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/time_cursor.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace lupaus::inbox {

namespace {

using desk::audit::Entry;
using desk::audit::EntryId;

constexpr std::string_view kByAge = "audit.occurred_at";
constexpr std::string_view kRoot = "/v1/";
constexpr std::string_view kTokens = "/v1/tokens/";
constexpr std::string_view kId = "{id}";

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kKinds{{{"account", "account"},
                                                                                {"attributes", "attribute"},
                                                                                {"agents", "agent"},
                                                                                {"teams", "team"},
                                                                                {"channels", "channel"},
                                                                                {"policies", "policy"},
                                                                                {"hours", "hours"},
                                                                                {"webhooks", "webhook"},
                                                                                {"tokens", "token"},
                                                                                {"canned", "canned"},
                                                                                {"quarantine", "message"}}};

// A 204 shows nothing.
nlohmann::json shown(const Result<Answer>& answer) {
    return answer && !answer->body.empty() ? nlohmann::json::parse(answer->body) : nlohmann::json();
}

// The one in the path; of what is new, the one in its answer; else it is the account itself.
Uuid subject_of(const Call& call, const nlohmann::json& after) {
    const auto given = call.request.param("id");
    const auto made = given.empty() && after.is_object() ? after.value("id", std::string()) : std::string(given);
    return parse_uuid(made).value_or(call.principal.account.value);
}

}  // namespace

bool is_audited(const Endpoint& endpoint) {
    return endpoint.method != "GET" &&
           (endpoint.least >= desk::agent::Role::lead || endpoint.pattern.starts_with(kTokens));
}

std::string_view subject_kind(std::string_view pattern) {
    const auto path = pattern.substr(std::min(kRoot.size(), pattern.size()));
    const auto* const found = std::ranges::find(kKinds, path.substr(0, path.find('/')),
                                                &std::pair<std::string_view, std::string_view>::first);
    return found == kKinds.end() ? std::string_view{} : found->second;
}

std::string_view subject_pattern(std::string_view pattern) {
    const auto id = pattern.find(kId);
    return id == std::string_view::npos ? pattern : pattern.substr(0, id + kId.size());
}

AuditNote::AuditNote(Tx& tx, const Call& call, Handle read) : call_(call) {
    desk::audit::lock(tx, call.principal.account);
    if (read != nullptr) {
        before_ = shown(read(tx, call));
    }
}

void AuditNote::record(Tx& tx, const Endpoint& endpoint, const Answer& answer) {
    const auto after = shown(answer);
    const desk::audit::Views views{.before = before_, .asked = call_.body, .after = after};
    Entry entry;
    entry.account = call_.principal.account;
    entry.agent = call_.principal.agent;
    entry.token = call_.principal.token;
    entry.operation = std::string(endpoint.method) + ' ' + std::string(endpoint.pattern);
    entry.kind = subject_kind(endpoint.pattern);
    entry.subject = subject_of(call_, after);
    entry.changes = desk::audit::changes(views);
    desk::audit::record(tx, entry);
}

Result<Answer> handle_list_audit(Tx& tx, const Call& call) {
    const auto page = read_page(call.request, kByAge);
    if (!page) {
        return page.error();
    }
    std::optional<desk::audit::After> after;
    if (page->after) {
        const auto time = read_time(*page->after);
        if (!time) {
            return time.error();
        }
        after = desk::audit::After{.at = *time, .id = EntryId{page->after->id}};
    }
    const auto rows = desk::audit::list(tx, call.principal.account, after, page->limit + 1);
    const auto place = [](const Entry& entry) { return time_cursor(entry.at, entry.id.value); };
    return Answer{.status = 200, .body = write_page(kByAge, *page, rows, desk::audit::write, place)};
}

}  // namespace lupaus::inbox
