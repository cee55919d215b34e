#include "services/router/batch.hpp"

#include "services/desk/acknowledgement/store.hpp"
#include "services/desk/acknowledgement/writing.hpp"
#include "services/desk/alert/store.hpp"
#include "services/desk/capacity/store.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/delivery/store.hpp"
#include "services/desk/event/store.hpp"
#include "services/desk/fetch/store.hpp"
#include "services/desk/letter/store.hpp"
#include "services/desk/message/store.hpp"
#include "services/desk/promise/store.hpp"
#include "services/router/load.hpp"
#include "services/router/store.hpp"

#include <algorithm>

namespace lupaus::router {

namespace {

using desk::inbound::Kind;
using desk::inbound::Queued;

class Batch {
public:
    Batch(Tx& tx, const BatchOptions& options) : tx_(tx), options_(options) {}

    BatchReport run(std::span<const desk::inbound::Lane> lanes) {
        if (!lock_lanes(lanes)) {
            return std::move(report_);
        }
        const auto per_lane = std::max<int>(1, options_.rows_max / static_cast<int>(report_.locked.size()));
        report_.claimed = desk::inbound::claim(tx_, report_.locked, per_lane);
        if (report_.claimed.empty()) {
            return std::move(report_);
        }
        auto decoded = decode_all(report_.claimed);
        loaded_ = load(tx_, accounts_, decoded, options_);
        changes_ = route(loaded_.snapshot, decoded.items, options_.route);
        store(decoded);
        return std::move(report_);
    }

private:
    bool lock_lanes(std::span<const desk::inbound::Lane> lanes) {
        std::vector<AccountId> wanted;
        for (const auto& lane : lanes) {
            wanted.push_back(lane.account);
        }
        std::ranges::sort(wanted);
        const auto locked = desk::inbound::try_lanes(tx_, wanted);
        for (const auto& lane : lanes) {
            if (std::ranges::count(locked, lane.account) > 0) {
                report_.locked.push_back(lane);
                accounts_.push_back(lane.account.value);
            }
        }
        if (!accounts_.empty()) {
            tx_.narrow(Scope::accounts(accounts_));
        }
        return !accounts_.empty();
    }

    // ---- writing, in the one lock order: conversations and promises are held; then agents, numbers, rows, events last

    void store(Decoded& decoded) {
        move_promises();
        reserve_agents();
        const auto [created, updated] = final_conversations();
        insert_contacts(tx_, changes_.contacts);
        desk::conversation::insert(tx_, created);
        desk::conversation::update(tx_, updated);
        report_.messages = changes_.messages.size();
        const auto mails = write_acknowledgements();
        desk::message::insert(tx_, changes_.messages);
        desk::letter::insert(tx_, changes_.letters);
        desk::delivery::enqueue_automatic(tx_, mails);
        report_.fetches = desk::fetch::enqueue(tx_, changes_.messages);
        desk::promise::insert(tx_, changes_.promises);
        const auto looks = later_looks();
        set_timers(tx_, looks);
        push_again();
        finish_rows(decoded);
        resolve_unattended();
        append_events();
        report_.conversations = created.size();
        report_.promises = changes_.promises.size() + changes_.moved.size();
        report_.assigned = changes_.assignments.size();
        report_.timers = looks.size();
        report_.handovers = changes_.handovers;
        report_.acknowledged = mails.size();
        report_.withheld = changes_.withheld;
    }

    void move_promises() {
        std::vector<desk::promise::Promise> moved;
        for (const auto& [id, promise] : changes_.moved) {
            moved.push_back(promise);
        }
        desk::promise::move(tx_, moved);
    }

    // The snapshot's loads may be out of date: the conditional update decides, and who was refused stays in the queue.
    void reserve_agents() {
        std::map<std::pair<AccountId, AgentId>, int> weights;
        for (const auto& assignment : changes_.assignments) {
            weights[{assignment.account, assignment.agent}] += assignment.weight;
        }
        std::vector<desk::capacity::Change> takes;
        for (const auto& [who, weight] : weights) {
            takes.push_back({.account = who.first, .agent = who.second, .weight = weight});
        }
        auto everybody = takes;
        everybody.insert(everybody.end(), changes_.returned.begin(), changes_.returned.end());
        desk::capacity::lock(tx_, everybody);
        desk::capacity::apply(tx_, changes_.returned);
        const auto granted = desk::capacity::reserve(tx_, takes);
        std::set<AgentId> refused;
        for (std::size_t i = 0; i < takes.size(); ++i) {
            if (!granted[i]) {
                refused.insert(takes[i].agent);
                again_.insert(takes[i].account);
            }
        }
        std::erase_if(changes_.assignments, [&refused](const Assignment& a) { return refused.contains(a.agent); });
        for (const auto& assignment : changes_.assignments) {
            auto& change = changes_.conversations.at(assignment.conversation);
            change.conversation.assignee = assignment.agent;
            change.conversation.passed_on = false;
            change.is_changed = true;
        }
    }

    using Unnumbered = std::map<AccountId, std::vector<ConversationChange*>>;

    struct Final {
        std::vector<Conversation> created;
        std::vector<Conversation> updated;
    };

    Final final_conversations() {
        Unnumbered unnumbered;
        for (auto& [id, change] : changes_.conversations) {
            if (change.is_new) {
                unnumbered[change.conversation.account].push_back(&change);
            } else if (change.is_changed) {
                ++change.conversation.version;
            }
        }
        number(unnumbered);
        Final final;
        for (const auto& [id, change] : changes_.conversations) {
            if (change.is_new) {
                final.created.push_back(change.conversation);
            } else if (change.is_changed) {
                final.updated.push_back(change.conversation);
            }
        }
        return final;
    }

    void number(Unnumbered& unnumbered) {
        std::vector<desk::conversation::NumberRange> ranges;
        for (const auto& [account, list] : unnumbered) {
            ranges.push_back({.account = account, .count = static_cast<std::int64_t>(list.size())});
        }
        const auto first = desk::conversation::take_numbers(tx_, ranges);
        std::size_t range = 0;
        for (auto& [account, list] : unnumbered) {
            std::ranges::sort(list, {}, &ConversationChange::begun_by);
            auto next = first[range++];
            for (auto* change : list) {
                change->conversation.number = next++;
            }
        }
    }

    // Their conversations have numbers by now. Beside the customers' messages and mails; what is to be sent is
    // returned.
    std::vector<desk::delivery::NewDelivery> write_acknowledgements() {
        std::vector<desk::delivery::NewDelivery> deliveries;
        std::vector<desk::acknowledgement::Sender> senders;
        for (const auto& [id, conversation, item] : changes_.acknowledgements) {
            const auto& setting = loaded_.snapshot.acknowledgements.at(item->message.channel);
            auto written =
                desk::acknowledgement::write(*options_.box, setting,
                                             {.id = id,
                                              .conversation = changes_.conversations.at(conversation).conversation,
                                              .mail = item->message,
                                              .now = loaded_.snapshot.now});
            changes_.messages.push_back(std::move(written.message));
            changes_.letters.push_back(std::move(written.letter));
            deliveries.push_back(std::move(written.delivery));
            senders.push_back({.account = item->message.account, .address = item->message.sender_id});
        }
        desk::acknowledgement::note(tx_, senders);
        return deliveries;
    }

    // Conversations that somebody has to look at again, and when.
    std::vector<desk::timer::Timer> later_looks() const {
        std::vector<desk::timer::Timer> timers;
        using TimerKind = desk::timer::Kind;
        const auto add = [this, &timers](TimerKind kind, ConversationId id, Timestamp at) {
            const auto change = changes_.conversations.find(id);
            const auto& c =
                change == changes_.conversations.end() ? loaded_.snapshot.held.at(id) : change->second.conversation;
            timers.push_back({.key = {.account = c.account, .kind = kind, .subject = id.value}, .due_at = at});
        };
        for (const auto id : changes_.nobody) {
            add(TimerKind::unattended, id, loaded_.snapshot.now + options_.unattended_patience);
        }
        for (const auto& later : changes_.later) {
            add(TimerKind::unattended, later.conversation, later.at);
        }
        for (const auto& silence : changes_.silences) {
            add(TimerKind::bot_silence, silence.conversation, silence.at);
        }
        return timers;
    }

    // More waits than was looked at, and there is still room after something was given out.
    void note_cut() {
        std::map<AccountId, int> room;
        for (const auto& agent : loaded_.snapshot.agents) {
            room[agent.account] += room_of(agent);
        }
        std::map<AccountId, int> given;
        for (const auto& assignment : changes_.assignments) {
            given[assignment.account] += assignment.weight;
        }
        for (const auto& [account, weight] : given) {
            if (loaded_.cut.contains(account) && weight < room[account]) {
                again_.insert(account);
            }
        }
    }

    void push_again() {
        note_cut();
        again_.insert(loaded_.held_up.begin(), loaded_.held_up.end());
        std::vector<desk::inbound::Command> commands;
        for (const auto& account : again_) {
            commands.push_back({.account = account, .kind = Kind::drain, .subject = {}});
        }
        for (const auto& [account, agent] : loaded_.unfinished) {
            commands.push_back({.account = account, .kind = Kind::release, .subject = agent.value});
        }
        for (const auto& [account, bot] : loaded_.bots_unfinished) {
            commands.push_back({.account = account, .kind = Kind::bot_gone, .subject = bot.value});
        }
        desk::inbound::push_commands(tx_, commands);
        report_.pushed = commands.size();
    }

    void finish_rows(const Decoded& decoded) {
        std::set<std::int64_t> deferred;
        for (const auto* item : changes_.deferred) {
            deferred.insert(item->row.seq);
        }
        std::vector<Queued> done;
        for (const auto& item : decoded.items) {
            if (!deferred.contains(item.row.seq)) {
                done.push_back(item.row);
            }
        }
        desk::inbound::remove(tx_, done);
        desk::inbound::quarantine(tx_, decoded.failed);
        report_.finished = std::move(done);
        for (const auto& failed : decoded.failed) {
            report_.finished.push_back(failed.row);
        }
        report_.deferred = deferred.size();
        report_.quarantined = decoded.failed.size();
    }

    void resolve_unattended() {
        std::vector<desk::alert::InConversation> attended;
        for (const auto& assignment : changes_.assignments) {
            attended.push_back({.account = assignment.account, .conversation = assignment.conversation});
        }
        for (const auto& alert : desk::alert::resolve_unattended(tx_, attended)) {
            std::string extra = "\"alert\":";
            desk::alert::append_json(extra, alert);
            changes_.happenings.push_back(Happening{.type = "alert.resolved",
                                                    .conversation = alert.conversation,
                                                    .message = {},
                                                    .customer = {},
                                                    .extra = extra});
        }
    }

    // Every event of a conversation shows it as it is after the whole batch; it is written out once.
    void append_events() {
        std::unordered_map<ConversationId, std::string> shown;
        const auto show = [this, &shown](ConversationId id) -> const std::string& {
            const auto [at, is_first] = shown.try_emplace(id);
            if (is_first) {
                at->second =
                    "{\"conversation\":" + desk::conversation::to_json(changes_.conversations.at(id).conversation);
            }
            return at->second;
        };
        std::vector<desk::event::Draft> drafts;
        for (const auto& happening : changes_.happenings) {
            const auto& conversation = changes_.conversations.at(happening.conversation).conversation;
            const bool by_customer = !happening.customer.is_nil();
            drafts.push_back(
                {.account = conversation.account,
                 .type = happening.type,
                 .actor = {.type = by_customer ? desk::event::ActorType::customer : desk::event::ActorType::system,
                           .id = happening.customer.value,
                           .token = {}},
                 .conversation = conversation.id,
                 .message = happening.message,
                 .data = show(conversation.id) + (happening.extra.empty() ? "" : "," + happening.extra) + "}"});
        }
        for (const auto& assignment : changes_.assignments) {
            drafts.push_back({.account = assignment.account,
                              .type = "conversation.assigned",
                              .actor = desk::event::Actor::system(),
                              .conversation = assignment.conversation,
                              .message = {},
                              .data = show(assignment.conversation) + "}"});
        }
        if (!drafts.empty()) {
            desk::event::append(tx_, drafts);
        }
    }

    Tx& tx_;
    const BatchOptions& options_;
    std::vector<Uuid> accounts_;
    Loaded loaded_;
    Changes changes_;
    BatchReport report_;
    std::set<AccountId> again_;  // where waiting work has to be offered once more
};

}  // namespace

BatchReport route_batch(Tx& tx, std::span<const desk::inbound::Lane> lanes, const BatchOptions& options) {
    return Batch(tx, options).run(lanes);
}

}  // namespace lupaus::router
