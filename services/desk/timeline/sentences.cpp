#include "services/desk/timeline/sentences.hpp"

#include "services/desk/timeline/obligations.hpp"
#include "services/desk/timeline/wording.hpp"

#include <algorithm>
#include <array>

namespace lupaus::desk::timeline {

namespace {

using message::Direction;
using message::Kind;

const Shown& after(const Happening& it) {
    static const Shown nothing;
    return it.after ? *it.after : nothing;
}

std::string to_bot(const Happening& it, const Names& names) {
    const auto& bot = after(it).bot;
    const bool is_news = it.type == "conversation.created" || (it.before && it.before->bot.is_nil());
    return bot.is_nil() || !is_news ? "" : "; given to the bot " + name_of(bot, names, "of the channel");
}

std::string created(const Happening& it, const Names& names) {
    return did(it, names, "began the conversation", "The conversation began") + to_bot(it, names);
}

void add_part(std::string& list, const std::string& part) {
    list += (list.empty() ? "" : ", ") + part;
}

// Those of one that the other lacks: "the tags “a” and “b”", or empty.
std::string tags_beyond(const std::vector<std::string>& tags, const std::vector<std::string>& others) {
    std::vector<std::string> names;
    for (const auto& tag : tags) {
        if (std::ranges::find(others, tag) == others.end()) {
            names.push_back(in_quotes(tag));
        }
    }
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    }
    return text.empty() ? "" : (names.size() == 1 ? "the tag " : "the tags ") + text;
}

std::string team_move(const Happening& it, const Names& names) {
    const auto to = after(it).team.is_nil() ? "no team" : name_of(after(it).team, names, "another team");
    const bool has_from = it.before && !it.before->team.is_nil();
    return (has_from ? "from " + name_of(it.before->team, names, "another team") + " " : "") + "to " + to;
}

std::string updated(const Happening& it, const Names& names) {
    std::string what;
    if (it.before && it.after) {
        const auto& from = *it.before;
        const auto& to = *it.after;
        if (differs(Field::subject, from, to)) {
            add_part(what, "changed the subject from " + in_quotes(from.subject) + " to " + in_quotes(to.subject));
        }
        if (differs(Field::priority, from, to)) {
            add_part(what, "changed the priority from " + from.priority + " to " + to.priority);
        }
        if (const auto more = tags_beyond(to.tags, from.tags); !more.empty()) {
            add_part(what, "added " + more);
        }
        if (const auto less = tags_beyond(from.tags, to.tags); !less.empty()) {
            add_part(what, "removed " + less);
        }
        if (differs(Field::team, from, to)) {
            add_part(what, "moved it " + team_move(it, names));
        }
    }
    what = what.empty() ? "changed it" : what;
    return did(it, names, what, capitalised(what));
}

std::string assigned(const Happening& it, const Names& names) {
    const auto& to = after(it).assignee;
    const bool is_own = it.actor.type == event::ActorType::agent && to == it.actor.id;
    const auto name = name_of(to, names, "an agent");
    const bool has_from = it.before && !it.before->assignee.is_nil() && it.before->assignee != to;
    const auto from = has_from ? " instead of " + name_of(it.before->assignee, names, "another agent") : "";
    return is_own ? doer(it, names) + " took it" + from
                  : did(it, names, "assigned it to " + name + from, "Assigned to " + name + from);
}

std::string unassigned(const Happening& it, const Names& names) {
    const auto from = it.before ? it.before->assignee : Uuid{};
    if (!from.is_nil() && it.actor.type == event::ActorType::agent && from == it.actor.id) {
        return doer(it, names) + " gave it back";
    }
    const auto name = name_of(from, names, "its agent");
    return did(it, names, "took it from " + name, "Taken from " + name);
}

std::string transferred(const Happening& it, const Names& names) {
    const auto move = team_move(it, names);
    return did(it, names, "transferred it " + move, "Transferred " + move);
}

std::string snoozed(const Happening& it, const Names& names) {
    const auto until = after(it).snoozed_until ? " until " + moment(*after(it).snoozed_until) : "";
    return did(it, names, "snoozed it" + until, "Snoozed" + until);
}

std::string woken(const Happening& it, const Names& names) {
    return did(it, names, "woke it: it is open again", "Woken: it is open again");
}

std::string pending(const Happening& it, const Names& names) {
    return did(it, names, "set it to pending", "Set to pending");
}

std::string resolved(const Happening& it, const Names& names) {
    const auto why = it.reason.empty() ? "" : "; no answer was needed: " + it.reason;
    return did(it, names, "resolved it" + why, "Resolved" + why);
}

std::string reopened(const Happening& it, const Names& names) {
    return did(it, names, "reopened it", "Reopened");
}

std::string answered(const Happening& it, const Names& names) {
    const auto way = it.how == "phone" ? " by phone" : it.how == "in_person" ? " in person" : " in another way";
    return did(it, names, "answered" + std::string(way), "Answered" + std::string(way));
}

std::string waived(const Happening& it, const Names& names) {
    const auto why = it.reason.empty() ? "" : ": " + it.reason;
    return did(it, names, "said that no answer is needed" + why, "No answer is needed" + why);
}

std::string handed_over(const Happening& it, const Names& names) {
    const auto bot = name_of(it.lost_by, names, "the bot");
    if (it.reason == "silence") {
        return "Handed over to the desk: " + bot + " did not answer in time";
    }
    if (it.reason == "ended") {
        return "Handed over to the desk: the token of " + bot + " ended";
    }
    if (it.reason == "taken") {
        return did(it, names, "took it over from " + bot, "Taken over from " + bot);
    }
    return did(it, names, "handed it over to the desk", "Handed over to the desk");
}

std::string message_created(const Happening& it, const Names& names) {
    if (!it.message || it.message->direction == Direction::in) {
        return did(it, names, "wrote", "A message came") + to_bot(it, names);
    }
    switch (it.message->kind) {
        case Kind::note:
            return did(it, names, "wrote a note", "A note was written");
        case Kind::automatic:
            return did(it, names, "sent an automatic message", "An automatic message was sent");
        case Kind::message:
            break;
    }
    return did(it, names, "replied", "A reply was written");
}

std::string acknowledgement_withheld(const Happening& it, const Names&) {
    return "Not acknowledged: " + std::string(withheld_because(it.rule));
}

std::string message_edited(const Happening& it, const Names& names) {
    return did(it, names, "changed a message", "A message was changed");
}

std::string message_deleted(const Happening& it, const Names& names) {
    return did(it, names, "took a message back", "A message was taken back");
}

std::string merged(const Happening& it, const Names& names) {
    return it.merged_from.is_nil()
               ? did(it, names, "merged it into another conversation", "Merged into another conversation")
               : did(it, names, "merged another conversation into it", "Another conversation was merged into it");
}

std::string split_off(const Happening& it, const Names& names) {
    return it.split_into.is_nil()
               ? did(it, names, "split it off from another conversation", "Split off from another one")
               : did(it, names, "split a message off", "A message was split off");
}

std::string conversation_judged(const Happening& it, const Names& names) {
    return it.verdict.empty() ? did(it, names, "said that it is no spam", "It is no spam")
                              : did(it, names, "said that it is spam", "It is spam");
}

std::string message_judged(const Happening& it, const Names& names) {
    return did(it, names, "said that a message is a person's", "A message counts as a person's");
}

std::string file_of(const Happening& it) {
    return it.file ? "the file " + in_quotes(it.file->name) : "a file";
}

std::string file_ready(const Happening& it, const Names&) {
    return capitalised(file_of(it)) + " was fetched";
}

std::string file_failed(const Happening& it, const Names&) {
    const auto why = it.file && !it.file->error.empty() ? ": " + it.file->error : "";
    return capitalised(file_of(it)) + " could not be fetched" + why;
}

std::string file_retried(const Happening& it, const Names& names) {
    return did(it, names, "had " + file_of(it) + " fetched again", capitalised(file_of(it)) + " is fetched again");
}

std::string mentioned(const Happening& it, const Names& names) {
    const auto name = name_of(it.mentioned, names, "an agent");
    return did(it, names, "mentioned " + name + " in a note", capitalised(name) + " was mentioned in a note");
}

struct Entry {
    std::string_view type;
    std::string (*say)(const Happening&, const Names&);
    std::span<const Field> fields{};
};

constexpr std::array kUpdated{Field::subject, Field::priority, Field::tags, Field::team};
constexpr std::array kAssignee{Field::assignee};
constexpr std::array kTeam{Field::team};
constexpr std::array kState{Field::state};
constexpr std::array kSleep{Field::state, Field::snoozed_until};

constexpr std::array kEntries{
    Entry{"conversation.created", created},
    Entry{"conversation.updated", updated, kUpdated},
    Entry{"conversation.assigned", assigned, kAssignee},
    Entry{"conversation.unassigned", unassigned, kAssignee},
    Entry{"conversation.transferred", transferred, kTeam},
    Entry{"conversation.snoozed", snoozed, kSleep},
    Entry{"conversation.woken", woken, kState},
    Entry{"conversation.pending", pending, kState},
    Entry{"conversation.resolved", resolved, kState},
    Entry{"conversation.reopened", reopened, kState},
    Entry{"conversation.answered", answered},
    Entry{"conversation.waived", waived},
    Entry{"conversation.handed_over", handed_over},
    Entry{"conversation.merged", merged},
    Entry{"conversation.split", split_off},
    Entry{"conversation.judged", conversation_judged},
    Entry{"message.created", message_created},
    Entry{"acknowledgement.withheld", acknowledgement_withheld},
    Entry{"message.edited", message_edited},
    Entry{"message.deleted", message_deleted},
    Entry{"message.delivery", delivery_changed},
    Entry{"message.judged", message_judged},
    Entry{"attachment.ready", file_ready},
    Entry{"attachment.failed", file_failed},
    Entry{"attachment.retried", file_retried},
    Entry{"agent.mentioned", mentioned},
    Entry{"promise.opened", promise_opened},
    Entry{"promise.moved", promise_moved},
    Entry{"promise.due_soon", promise_due_soon},
    Entry{"promise.overdue", promise_overdue},
    Entry{"promise.settled", promise_settled},
    Entry{"alert.raised", alert_raised},
    Entry{"alert.acknowledged", alert_acknowledged},
    Entry{"alert.superseded", alert_superseded},
    Entry{"alert.resolved", alert_resolved},
};

const Entry* find(std::string_view type) {
    const auto* found = std::ranges::find(kEntries, type, &Entry::type);
    return found == kEntries.end() ? nullptr : found;
}

}  // namespace

std::vector<std::string_view> said_types() {
    std::vector<std::string_view> types;
    for (const auto& entry : kEntries) {
        types.push_back(entry.type);
    }
    return types;
}

bool has_sentence(std::string_view type) {
    return find(type) != nullptr;
}

std::string sentence(const Happening& it, const Names& names) {
    const auto* entry = find(it.type);
    return entry == nullptr ? it.type : entry->say(it, names);
}

std::span<const Field> fields_of(std::string_view type) {
    const auto* entry = find(type);
    return entry == nullptr ? std::span<const Field>{} : entry->fields;
}

bool differs(Field field, const Shown& before, const Shown& after) {
    switch (field) {
        case Field::subject:
            return before.subject != after.subject;
        case Field::state:
            return before.state != after.state;
        case Field::priority:
            return before.priority != after.priority;
        case Field::assignee:
            return before.assignee != after.assignee;
        case Field::team:
            return before.team != after.team;
        case Field::tags:
            return before.tags != after.tags;
        case Field::snoozed_until:
            return before.snoozed_until != after.snoozed_until;
    }
    return false;
}

}  // namespace lupaus::desk::timeline
