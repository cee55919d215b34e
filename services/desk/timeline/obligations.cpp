#include "services/desk/timeline/obligations.hpp"

#include "services/desk/timeline/wording.hpp"

#include <algorithm>

namespace lupaus::desk::timeline {

namespace {

std::string thing_of(const Owed& owed) {
    if (owed.kind == "commitment") {
        return "the promise " + in_quotes(owed.text);
    }
    std::string words = owed.kind;
    std::ranges::replace(words, '_', ' ');
    return "the " + words;
}

std::string thing(const Happening& it) {
    return it.promise ? thing_of(*it.promise) : "what is owed";
}

std::string due(const Happening& it, std::string_view before, std::string_view otherwise) {
    return it.promise && it.promise->due_at ? std::string(before) + moment(*it.promise->due_at)
                                            : std::string(otherwise);
}

std::string came(const Owed& owed) {
    const std::string_view verb = owed.kind == "commitment" ? " was kept at " : " came at ";
    const auto at = owed.settled_at.value_or(Timestamp{});
    auto text = capitalised(thing_of(owed));
    if (!owed.due_at) {
        return text + std::string(verb) + moment(at) + ", after " + span_of(at - owed.opened_at);
    }
    text += " was due at " + moment(*owed.due_at) + " and" + std::string(verb) + moment(at);
    return text + (at > *owed.due_at ? ", " + span_of(at - *owed.due_at) + " late" : ", in time");
}

std::string level_of(const Happening& it) {
    return "level " + std::to_string(it.alert ? it.alert->level : 0);
}

std::string recipient_of(const Raised& alert, const Names& names) {
    if (alert.recipient_type == "agent") {
        return name_of(alert.recipient, names, "its agent");
    }
    const auto team = name_of(alert.recipient, names, "");
    if (alert.recipient_type == "team") {
        return team.empty() ? "its team" : "the team " + team;
    }
    if (alert.recipient_type == "leads") {
        return team.empty() ? "team leads" : "team leads of " + team;
    }
    return "everybody in charge";
}

std::string_view cause_of(const Raised& alert) {
    if (alert.kind == "silent") {
        return "the customer has waited for long";
    }
    if (alert.kind == "unattended") {
        return "nobody is able to take it";
    }
    if (alert.kind == "undelivered") {
        return "a reply did not reach the customer";
    }
    return alert.level == 0 ? "what is owed is due soon" : "what is owed is due";
}

}  // namespace

std::string promise_opened(const Happening& it, const Names& names) {
    if (it.promise && it.promise->kind == "commitment") {
        return name_of(it.promise->agent, names, "The desk") + " promised " + in_quotes(it.promise->text) +
               due(it, " by ", "");
    }
    return capitalised(thing(it)) + " is owed" + due(it, " by ", "; it has no due time");
}

std::string promise_moved(const Happening& it, const Names& /*names*/) {
    const auto since = it.promise ? it.promise->opened_at : it.at;
    return capitalised(thing(it)) + " is owed since " + moment(since) + due(it, " and due at ", "");
}

std::string promise_due_soon(const Happening& it, const Names& /*names*/) {
    return capitalised(thing(it)) + " is due soon" + due(it, ", at ", "");
}

std::string promise_overdue(const Happening& it, const Names& /*names*/) {
    return capitalised(thing(it)) + " is overdue" + due(it, "; it was due at ", "");
}

std::string promise_settled(const Happening& it, const Names& /*names*/) {
    if (!it.promise || it.promise->outcome == "kept" || it.promise->outcome == "late") {
        return it.promise ? came(*it.promise) : "What was owed is settled";
    }
    const auto& outcome = it.promise->outcome;
    const auto what = capitalised(thing(it)) + due(it, ", due at ", "") + (it.promise->due_at ? "," : "");
    if (outcome == "broken") {
        return what + " was given up";
    }
    if (outcome == "renegotiated") {
        return what + " was put off";
    }
    if (outcome == "withdrawn") {
        return what + " is no longer owed: the customer took the question back";
    }
    return what + " is no longer needed";
}

std::string alert_raised(const Happening& it, const Names& names) {
    if (!it.alert) {
        return "Alert";
    }
    return "Alert: " + level_of(it) + ", " + recipient_of(*it.alert, names) + ": " + std::string(cause_of(*it.alert));
}

std::string alert_acknowledged(const Happening& it, const Names& names) {
    return did(it, names, "took the alert of " + level_of(it), "The alert of " + level_of(it) + " was taken");
}

std::string alert_superseded(const Happening& it, const Names& /*names*/) {
    return "The alert of " + level_of(it) + " was replaced by a higher one";
}

std::string alert_resolved(const Happening& it, const Names& /*names*/) {
    return "The alert of " + level_of(it) + " is over";
}

std::string delivery_changed(const Happening& it, const Names& names) {
    if (!it.delivery) {
        return "The reply is on its way";
    }
    const auto why = it.delivery->error.empty() ? "" : ": " + it.delivery->error;
    if (it.delivery->state == "failed") {
        return "The reply was not delivered" + why;
    }
    if (it.delivery->state == "uncertain") {
        return "Nobody knows whether the reply arrived" + why;
    }
    if (it.delivery->state == "undone") {
        return did(it, names, "took the reply back before it was sent", "The reply was taken back before it was sent");
    }
    if (it.delivery->state == "queued") {
        return "The reply waits to be sent" + why;
    }
    return "The reply is " + (it.delivery->state == "sending" ? "on its way" : it.delivery->state);
}

}  // namespace lupaus::desk::timeline
