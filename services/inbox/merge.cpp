// One conversation becomes part of another: both, and what was merged into the first one before, are locked in the
// order of their ids; then what is owed is settled or moved, then everything that hangs on its messages, set-based.
#include "common/text/json_reader.hpp"
#include "services/desk/agent/store.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/rules.hpp"
#include "services/desk/inbound/store.hpp"
#include "services/desk/merging/rules.hpp"
#include "services/desk/merging/store.hpp"
#include "services/inbox/conversation_steps.hpp"
#include "services/inbox/conversations.hpp"
#include "services/inbox/resource.hpp"

#include <algorithm>

namespace lupaus::inbox {

namespace {

using desk::AgentId;
using desk::ConversationId;
using desk::conversation::State;
using desk::merging::Wait;
using desk::promise::Promise;

constexpr auto kInto = "/into";

Error conflict(std::string detail) {
    return Error{.code = Errc::conflict, .detail = std::move(detail)};
}

// As they were asked for. `earlier`: what leads to the source already.
struct Wanted {
    ConversationId source;
    ConversationId target;
    std::vector<ConversationId> earlier;
};

// The locked ones.
struct Both {
    ConversationChange* source = nullptr;
    ConversationChange* target = nullptr;
};

Result<Wanted> read_wanted(Tx& tx, const Call& call) {
    const auto id = path_id<ConversationId>(call, "conversation");
    if (!id) {
        return id.error();
    }
    text::JsonReader reader(call.body);
    const auto into = reader.id<ConversationId>("into");
    if (into == *id) {
        reader.fail("into", "is this conversation itself");
    }
    reader.refuse_unknown();
    if (auto error = reader.error()) {
        return *std::move(error);
    }
    auto earlier = desk::merging::merged_ones(tx, call.principal.account, *id, limits::kMergedMax + 1);
    return Wanted{.source = *id, .target = into, .earlier = std::move(earlier)};
}

ConversationChange* find(std::vector<ConversationChange>& changes, ConversationId id) {
    const auto found = std::ranges::find_if(changes, [id](const auto& change) { return change.conversation.id == id; });
    return found == changes.end() ? nullptr : &*found;
}

// Errors: not_found; invalid, naming into; conflict, where one of them was merged away itself.
Result<Both> find_both(std::vector<ConversationChange>& changes, const Wanted& wanted) {
    const Both both{.source = find(changes, wanted.source), .target = find(changes, wanted.target)};
    if (both.source == nullptr) {
        return not_found("conversation");
    }
    if (both.target == nullptr) {
        return invalid_field(kInto, "names no conversation");
    }
    for (const auto* change : {both.source, both.target}) {
        if (!change->conversation.merged_into.is_nil()) {
            return merged_away(change->conversation);
        }
    }
    return both;
}

std::vector<Promise> open_of(Tx& tx, const ConversationChange& change) {
    return desk::promise::open_of(tx, change.conversation.account, change.conversation.id);
}

// What makes it too much, or not the same customer's.
Result<void> check(Tx& tx, const Wanted& wanted, const Both& both) {
    const auto& source = both.source->conversation;
    const auto& target = both.target->conversation;
    if (source.contact != target.contact) {
        return conflict("These conversations are with two contacts; merge the contacts first.");
    }
    if (desk::merging::merged_ones(tx, source.account, source.id, limits::kMergedMax + 1) != wanted.earlier) {
        return Error{
            .code = Errc::unavailable, .detail = "Another one was just merged into it; ask again.", .retry_after_s = 1};
    }
    const auto at_most = [](std::string_view what, auto limit) {
        return conflict("A conversation with more than " + std::to_string(limit) + " " + std::string(what) + ".");
    };
    if (wanted.earlier.size() > static_cast<std::size_t>(limits::kMergedMax)) {
        return at_most("others merged into it is not merged away; merge into it instead", limits::kMergedMax);
    }
    const auto messages = desk::merging::count_messages(tx, source.account, source.id, limits::kMergeMessagesMax + 1);
    if (messages > limits::kMergeMessagesMax) {
        return at_most("messages is not merged away; merge into it instead", limits::kMergeMessagesMax);
    }
    if (desk::merging::united_tags(source, target).size() > limits::kTagsMax) {
        return at_most("tags cannot be; these have more together", limits::kTagsMax);
    }
    const auto is_word = [](const Promise& promise) { return promise.kind >= desk::promise::Kind::resolution; };
    const auto words = std::ranges::count_if(open_of(tx, *both.source), is_word) +
                       std::ranges::count_if(open_of(tx, *both.target), is_word);
    if (words > limits::kWordsMax) {
        return at_most("open promises cannot be; these have more together", limits::kWordsMax);
    }
    return {};
}

class Merging {
public:
    Merging(Tx& tx, const Call& call, Both both) : tx_(tx), call_(call), source_(*both.source), target_(*both.target) {}

    void run() {
        source_.take_from_bot("taken");
        target_.take_from_bot("taken");
        const auto from = source_.conversation;
        const auto into = target_.conversation;
        end_the_younger(desk::merging::wait_that_goes_on(from, into));
        const auto moved = move_promises(from, into);
        desk::merging::move_contents(tx_, from, into);
        target_.conversation = into;
        desk::merging::take_in(target_.conversation, from);
        desk::merging::leave(source_.conversation, into.id, source_.now());
        const auto open = open_of(tx_, target_);
        desk::conversation::owe_these(target_.conversation, open);
        source_.tell("conversation.merged");
        target_.tell("conversation.merged", text_member("merged_from", to_string(from.id)));
        tell_moved(open, moved);
        give_to_who_is_there(into);
        offer(moved);
    }

private:
    // Of two waits. Both are locked before, in the order of promises.
    void end_the_younger(Wait goes_on) {
        const auto& source = source_.conversation;
        const auto& target = target_.conversation;
        if (!source.waiting_since || !target.waiting_since) {
            return;
        }
        is_part_ = true;
        desk::promise::lock_open_replies(tx_, {{source.account, source.id}, {target.account, target.id}});
        auto& younger = goes_on == Wait::of_source ? target_ : source_;
        if (const auto settled = younger.end_wait(desk::promise::Ending::withdrawn, AgentId{}, {})) {
            younger.tell_settled(*settled);
        }
    }

    std::vector<desk::PromiseId> move_promises(const Conversation& from, const Conversation& into) {
        desk::merging::OpenPromises open{.ids = {}, .is_part_of_wait = is_part_};
        for (const auto& promise : open_of(tx_, source_)) {
            open.ids.push_back(promise.id);
        }
        desk::merging::move_promises(tx_, from, into, open);
        return open.ids;
    }

    void tell_moved(std::span<const Promise> open, std::span<const desk::PromiseId> moved) {
        for (const auto& promise : open) {
            if (std::ranges::count(moved, promise.id) > 0) {
                const bool is_wait = promise.kind < desk::promise::Kind::resolution;
                target_.tell("promise.moved", is_wait ? promise_member(promise) : word_member(promise));
            }
        }
    }

    // Its assignee gets back what was asleep, or a wait that began elsewhere, only if they can have it: as where a
    // customer writes.
    void give_to_who_is_there(const Conversation& before) {
        const auto& after = target_.conversation;
        const bool is_woken = before.state != State::open && after.state == State::open;
        const bool waits_anew = after.waiting_since != before.waiting_since;
        if (after.assignee.is_nil() || !(is_woken || waits_anew)) {
            return;
        }
        const auto agent = desk::agent::find(tx_, after.account, after.assignee, lease_terms(call_));
        const bool is_away = !agent || agent->presence == desk::agent::Presence::offline;
        if (!agent || agent->disabled_at || (waits_anew && is_away)) {
            target_.assign_to(AgentId{});
            target_.tell("conversation.unassigned");
        }
    }

    // Where it was offered before, nobody may have been able to take it; what that told spoke of another wait.
    void offer(std::span<const desk::PromiseId> moved) {
        const auto& after = target_.conversation;
        if (!moved.empty() && desk::conversation::is_offered(after)) {
            desk::inbound::push_command(tx_, after.account, desk::inbound::Kind::wake, after.id.value);
            tx_.after_commit([&wakeups = call_.desk.wakeups] { wakeups.announce(desk::Topic::queue); });
        }
    }

    Tx& tx_;
    const Call& call_;
    ConversationChange& source_;
    ConversationChange& target_;
    bool is_part_ = false;
};

// What led to the source leads to the target with it: nobody follows a chain.
void redirect(Tx& tx, std::vector<ConversationChange>& changes, const Wanted& wanted) {
    auto merged = wanted.earlier;
    merged.push_back(wanted.source);
    for (const auto& id : wanted.earlier) {
        auto* change = find(changes, id);
        change->conversation.merged_into = wanted.target;
        change->tell("conversation.merged");
    }
    desk::merging::lead_to(tx, changes.front().conversation.account, merged, wanted.target);
}

}  // namespace

Result<Answer> handle_merge_conversation(Tx& tx, const Call& call) {
    const auto wanted = read_wanted(tx, call);
    if (!wanted) {
        return wanted.error();
    }
    auto ids = wanted->earlier;
    ids.push_back(wanted->source);
    ids.push_back(wanted->target);
    auto changes = ConversationChange::begin_all(tx, call, ids);
    const auto both = find_both(changes, *wanted);
    if (!both) {
        return both.error();
    }
    if (auto may = check(tx, *wanted, *both); !may) {
        return may.error();
    }
    Merging(tx, call, *both).run();
    redirect(tx, changes, *wanted);
    ConversationChange::finish_all(changes);
    const auto& target = both->target->conversation;
    return found(desk::conversation::to_json(target), target.version);
}

}  // namespace lupaus::inbox
