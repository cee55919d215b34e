#include "common/text/json_reader.hpp"
#include "services/desk/conversation/rules.hpp"
#include "services/desk/policy/json.hpp"
#include "services/desk/policy/rules.hpp"
#include "services/desk/policy/store.hpp"
#include "services/desk/promise/rules.hpp"
#include "services/inbox/admin.hpp"
#include "services/inbox/if_match.hpp"
#include "services/inbox/page.hpp"
#include "services/inbox/priority.hpp"
#include "services/inbox/resource.hpp"

#include <array>

namespace lupaus::inbox {

namespace {

using desk::PolicyId;
using desk::conversation::Priority;
using desk::conversation::Visibility;
using desk::promise::Kind;
using desk::promise::Policy;

constexpr std::string_view kById = "policies.id";

const std::array kKinds{
    text::Choice<Kind>{desk::promise::to_string(Kind::first_reply), Kind::first_reply},
    text::Choice<Kind>{desk::promise::to_string(Kind::next_reply), Kind::next_reply},
};

const std::array kVisibilities{
    text::Choice<Visibility>{desk::conversation::to_string(Visibility::private_), Visibility::private_},
    text::Choice<Visibility>{desk::conversation::to_string(Visibility::public_), Visibility::public_},
};

// An absent field leaves its value, null takes it away.
template <class Value, class Read>
void replace(text::JsonReader& reader, std::string_view name, std::optional<Value>& value, Read read) {
    const bool given = reader.has(name);
    auto wanted = read(name);
    if (given) {
        value = std::move(wanted);
    }
}

void read_conditions(text::JsonReader& reader, Policy& policy) {
    auto channel = id_or_null(policy.channel);
    replace(reader, "channel_id", channel, [&](auto name) { return reader.optional_id<desk::ChannelId>(name); });
    policy.channel = channel.value_or(desk::ChannelId{});
    auto team = id_or_null(policy.team);
    replace(reader, "team_id", team, [&](auto name) { return reader.optional_id<desk::TeamId>(name); });
    policy.team = team.value_or(desk::TeamId{});
    auto hours = id_or_null(policy.hours);
    replace(reader, "hours_id", hours, [&](auto name) { return reader.optional_id<desk::HoursId>(name); });
    policy.hours = hours.value_or(desk::HoursId{});
    replace(reader, "priority", policy.priority,
            [&](auto name) { return reader.optional_one_of<Priority>(name, kPriorities); });
    replace(reader, "visibility", policy.visibility,
            [&](auto name) { return reader.optional_one_of<Visibility>(name, kVisibilities); });
}

desk::policy::Times read_times(text::JsonReader& reader, desk::policy::Times times) {
    const auto seconds = [&reader](std::string_view name) -> std::optional<std::chrono::seconds> {
        const auto count = reader.optional_integer(name, {.min = 0, .max = desk::policy::kTargetMax.count()});
        return count ? std::optional(std::chrono::seconds{*count}) : std::nullopt;
    };
    times.target = seconds("target_s").value_or(times.target);
    replace(reader, "warn_lead_s", times.warn_lead, seconds);
    replace(reader, "leads_after_s", times.leads_after, seconds);
    replace(reader, "account_after_s", times.account_after, seconds);
    return times;
}

// Everything a policy says, over what it said before; `times` of a new one are empty.
Result<void> read_policy(const Call& call, Policy& policy, const desk::policy::Times& before, bool is_new) {
    text::JsonReader reader(call.body);
    policy.kind = is_new ? reader.one_of<Kind>("kind", kKinds)
                         : reader.optional_one_of<Kind>("kind", kKinds).value_or(policy.kind);
    if (is_new) {
        reader.integer("target_s", {.min = 1, .max = desk::policy::kTargetMax.count()});
    }
    const auto times = read_times(reader, before);
    read_conditions(reader, policy);
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    return desk::policy::set_times(policy, times);
}

}  // namespace

Result<Answer> handle_list_policies(Tx& tx, const Call& call) {
    const auto page = read_page(call.request, kById);
    if (!page) {
        return page.error();
    }
    const auto after = page->after ? PolicyId{page->after->id} : PolicyId{};
    const auto rows = desk::policy::list(tx, call.principal.account, after, page->limit + 1);
    const auto place = [](const Policy& policy) { return Cursor{.key = {}, .id = policy.id.value}; };
    return Answer{.status = 200, .body = write_page(kById, *page, rows, desk::policy::write_policy, place)};
}

Result<Answer> handle_get_policy(Tx& tx, const Call& call) {
    const auto id = path_id<PolicyId>(call, "policy");
    const auto policy = id ? desk::policy::find(tx, call.principal.account, *id) : std::nullopt;
    if (!policy) {
        return not_found("policy");
    }
    return found(desk::policy::to_json(*policy), policy->version);
}

Result<Answer> handle_create_policy(Tx& tx, const Call& call) {
    Policy policy;
    policy.account = call.principal.account;
    policy.id = PolicyId::make();
    if (auto read = read_policy(call, policy, {}, true); !read) {
        return read.error();
    }
    if (auto stored = desk::policy::insert(tx, policy); !stored) {
        return stored.error();
    }
    append_changes(tx, call, {desk::policy::describe("policy.created", policy, call.actor())});
    return created(desk::policy::to_json(policy), policy.version);
}

Result<Answer> handle_edit_policy(Tx& tx, const Call& call) {
    const auto id = path_id<PolicyId>(call, "policy");
    auto policy = id ? desk::policy::lock(tx, call.principal.account, *id) : std::nullopt;
    if (!policy) {
        return not_found("policy");
    }
    if (auto match = check_if_match(call.request, policy->version); !match) {
        return match.error();
    }
    const desk::policy::Times times{.target = policy->target,
                                    .warn_lead = policy->warn_lead,
                                    .leads_after = policy->leads_after,
                                    .account_after = policy->account_after};
    if (auto read = read_policy(call, *policy, times, false); !read) {
        return read.error();
    }
    if (auto stored = desk::policy::update(tx, *policy); !stored) {
        return stored.error();
    }
    ++policy->version;
    append_changes(tx, call, {desk::policy::describe("policy.updated", *policy, call.actor())});
    return found(desk::policy::to_json(*policy), policy->version);
}

Result<Answer> handle_delete_policy(Tx& tx, const Call& call) {
    const auto id = path_id<PolicyId>(call, "policy");
    const auto policy = id ? desk::policy::lock(tx, call.principal.account, *id) : std::nullopt;
    if (!policy) {
        return not_found("policy");
    }
    if (auto match = check_if_match(call.request, policy->version); !match) {
        return match.error();
    }
    desk::policy::remove(tx, call.principal.account, *id);
    append_changes(tx, call, {desk::policy::describe("policy.deleted", *policy, call.actor())});
    return nothing_left();
}

}  // namespace lupaus::inbox
