#include "services/desk/conversation/rules.hpp"
#include "services/desk/policy/json.hpp"
#include "services/desk/policy/rules.hpp"
#include "services/desk/policy/store.hpp"
#include "services/desk/promise/rules.hpp"
#include "services/lupaus/cli/admin.hpp"
#include "services/lupaus/cli/owner.hpp"

namespace lupaus::cli {

namespace {

using desk::conversation::Priority;
using desk::conversation::Visibility;
using desk::promise::Kind;
using desk::promise::Policy;

Result<Policy> read_policy(Arguments& arguments) {
    Policy policy;
    policy.account = arguments.optional_id<desk::AccountId>("account");
    policy.id = desk::PolicyId::make();
    policy.kind = arguments.optional_code("kind", {Kind::first_reply, Kind::next_reply}).value_or(policy.kind);
    policy.channel = arguments.optional_id<desk::ChannelId>("channel");
    policy.team = arguments.optional_id<desk::TeamId>("team");
    policy.priority =
        arguments.optional_code("priority", {Priority::low, Priority::normal, Priority::high, Priority::urgent});
    policy.visibility = arguments.optional_code("visibility", {Visibility::private_, Visibility::public_});
    desk::policy::Times times;
    times.target = arguments.duration("target");
    times.warn_lead = arguments.optional_duration("warn-lead");
    times.leads_after = arguments.optional_duration("leads-after");
    times.account_after = arguments.optional_duration("account-after");
    if (auto error = arguments.error()) {
        return *std::move(error);
    }
    if (auto set = desk::policy::set_times(policy, times); !set) {
        return set.error();
    }
    return policy;
}

Result<std::string> add_policy(const Invocation& invocation) {
    auto policy = read_policy(invocation.arguments);
    if (!policy) {
        return policy.error();
    }
    const auto stored = on_account(invocation, policy->account, [&](Tx& tx, desk::AccountId account) -> Result<void> {
        policy->account = account;
        if (auto made = desk::policy::insert(tx, *policy); !made) {
            return made;
        }
        tell(tx, "lupaus policy add", std::vector{desk::policy::describe("policy.created", *policy, kOperator)});
        return {};
    });
    if (!stored) {
        return stored.error();
    }
    std::string answer;
    text::JsonWriter(answer).begin_object().field("id", policy->id).end_object();
    return answer;
}

}  // namespace

std::vector<Command> policy_commands() {
    return {{.path = "policy add",
             .help = "Make a service promise for whatever matches every condition given; prints its id",
             .options = {kAccountOption,
                         {"kind", "first_reply|next_reply", "What is promised", Need::required},
                         {"target", "2m", "How soon", Need::required},
                         {"warn-lead", "30s", "Warn so long before it is due (at 75 % of the target)"},
                         {"leads-after", "1m", "Tell the leads so long after it was due (half of the target)"},
                         {"account-after", "2m", "Tell everybody in charge so long after it was due (the target)"},
                         {"channel", "ID", "Only on this channel"},
                         {"team", "ID", "Only in this team"},
                         {"priority", "low|normal|high|urgent", "Only with this priority"},
                         {"visibility", "private|public", "Only private, or only public conversations"}},
             .run = add_policy}};
}

}  // namespace lupaus::cli
