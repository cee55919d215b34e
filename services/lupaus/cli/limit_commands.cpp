#include "services/desk/account/json.hpp"
#include "services/desk/account/store.hpp"
#include "services/desk/channel/json.hpp"
#include "services/desk/channel/store.hpp"
#include "services/desk/event/store.hpp"
#include "services/lupaus/cli/admin.hpp"
#include "services/lupaus/cli/owner.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>

namespace lupaus::cli {

namespace {

namespace account = desk::account;

constexpr std::array kOfChannel{account::kInboundPerSecond};
constexpr std::int64_t kValueMax = std::numeric_limits<std::int32_t>::max();

// What was asked for: each name that was given, with its value or, for 0, none.
using Wanted = std::vector<std::pair<std::string, std::optional<int>>>;

std::string option_of(std::string_view name) {
    std::string option(name);
    std::ranges::replace(option, '_', '-');
    return option;
}

Wanted read_wanted(Arguments& arguments, std::span<const std::string_view> names) {
    Wanted wanted;
    for (const auto name : names) {
        if (const auto value = arguments.optional_integer(option_of(name), 0, kValueMax)) {
            wanted.emplace_back(name, *value == 0 ? std::nullopt : std::optional(static_cast<int>(*value)));
        }
    }
    return wanted;
}

std::string shown(Tx& tx, const account::QuotaKey& key, std::span<const std::string_view> names) {
    std::string json;
    text::JsonWriter writer(json);
    write_quotas(writer, names, account::list_quotas(tx, key.account, key.subject));
    return json;
}

// One entry of the audit for one command.
void change(Tx& tx, const account::QuotaKey& key, const Wanted& wanted, desk::audit::Entry entry) {
    text::JsonWriter json(entry.changes);
    json.begin_object();
    for (const auto& [name, value] : wanted) {
        const account::QuotaKey one{.account = key.account, .subject = key.subject, .name = name};
        const auto before = account::find_quota(tx, one);
        account::set_quota(tx, one, value);
        if (before != value) {
            json.key(name).begin_object().field("from", before).field("to", value).end_object();
        }
    }
    json.end_object();
    entry.account = key.account;
    entry.subject = key.subject;
    desk::audit::record(tx, entry);
}

desk::audit::Entry entry_of(std::string_view command, std::string_view kind) {
    desk::audit::Entry entry;
    entry.operation = command;
    entry.kind = kind;
    return entry;
}

Result<std::string> limit_account(const Invocation& invocation) {
    auto& arguments = invocation.arguments;
    const auto named = arguments.optional_id<desk::AccountId>("account");
    const auto wanted = read_wanted(arguments, account::kQuotas);
    if (auto error = arguments.error()) {
        return *std::move(error);
    }
    return on_account(invocation, named, [&wanted](Tx& tx, desk::AccountId id) -> Result<std::string> {
        const account::QuotaKey key{.account = id, .subject = id.value, .name = {}};
        if (!wanted.empty()) {
            change(tx, key, wanted, entry_of("lupaus account limit", "account"));
            const auto found = account::find(tx, id);
            desk::event::append(tx, std::vector{describe("account.updated", *found, kOperator)});
        }
        return shown(tx, key, account::kQuotas);
    });
}

Result<std::string> limit_channel(const Invocation& invocation) {
    auto& arguments = invocation.arguments;
    const auto named = arguments.optional_id<desk::AccountId>("account");
    const auto id = arguments.id<desk::ChannelId>("id");
    const auto wanted = read_wanted(arguments, kOfChannel);
    if (auto error = arguments.error()) {
        return *std::move(error);
    }
    return on_account(invocation, named, [&wanted, id](Tx& tx, desk::AccountId owner) -> Result<std::string> {
        const auto channel = desk::channel::find(tx, owner, id);
        if (!channel) {
            return not_found("channel");
        }
        const account::QuotaKey key{.account = owner, .subject = id.value, .name = {}};
        if (!wanted.empty()) {
            change(tx, key, wanted, entry_of("lupaus channel limit", "channel"));
            desk::event::append(tx, std::vector{describe("channel.updated", *channel, kOperator)});
        }
        return shown(tx, key, kOfChannel);
    });
}

}  // namespace

std::vector<Command> limit_commands() {
    return {{.path = "account limit",
             .help = "Set what an account may, 0 for no limit of its own; prints all limits. They count within seconds",
             .options = {kAccountOption,
                         {"requests-per-second", "N", "Of all its tokens together; twice as many may come at once"},
                         {"messages-per-day", "N", "New messages of customers, by days in UTC; more are answered 429"},
                         {"agents", "N", "Not counting those who are disabled"},
                         {"channels", "N", "Channels"},
                         {"webhooks", "N", "Webhooks"}},
             .run = limit_account},
            {.path = "channel limit",
             .help = "Set what a channel may, 0 for no limit; prints it. It counts within seconds",
             .options = {kAccountOption,
                         {"id", "ID", "The channel", Need::required},
                         {"inbound-per-second", "N", "Signed requests; twice as many may come at once"}},
             .run = limit_channel}};
}

}  // namespace lupaus::cli
