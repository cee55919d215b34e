// SQL of verdicts. Whoever calls any of these holds the conversation, but for the lists, which need no lock.
#pragma once

#include "common/postgres/tx.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/message/types.hpp"
#include "services/desk/verdict/types.hpp"

#include <optional>
#include <span>
#include <vector>

namespace lupaus::desk::verdict {

// What a person said that nobody has answered, the oldest first: since the wait began or, where nobody waits, since the
// last reply. At most kJudgedMax.
std::vector<MessageId> unanswered(Tx& tx, const conversation::Conversation& conversation);

// `waived`: the reply promise that ended with it; nil: none was open.
struct Marking {
    AccountId account;
    message::Judgement judgement;
    PromiseId waived;
};

void mark(Tx& tx, const Marking& marking, std::span<const MessageId> messages);

// The oldest of those that the conversation holds with a verdict. At most kJudgedMax.
std::vector<Judged> held(Tx& tx, const conversation::Key& conversation, message::Verdict verdict);
std::optional<Judged> find(Tx& tx, const conversation::Key& conversation, MessageId message);

void clear(Tx& tx, AccountId account, std::span<const Judged> messages);
bool holds(Tx& tx, const conversation::Key& conversation, message::Verdict verdict);

// Whether an older message keeps the verdict for which the same promise was waived: that one's wait began there.
bool is_led_by_another(Tx& tx, const conversation::Key& conversation, const Judged& message);

// The place of a person's last reply among what became visible; 0: there is none that did not fail.
std::int64_t replied_to(Tx& tx, const conversation::Key& conversation);

// Whether anything came before it that somebody answered or had to.
bool is_first(Tx& tx, const conversation::Key& conversation, const Judged& message);

// ---- lists

struct Page {
    AccountId account;
    message::Verdict verdict = message::Verdict::automatic;
    std::optional<Timestamp> before;  // nothing: from the newest
    MessageId before_id;
    int limit = 0;
};

std::vector<message::Message> list(Tx& tx, const Page& page);  // by arrival, the newest first; without attachments

// Of the last kDaysShown, the newest first; kCountedMax messages at most.
std::vector<DayCount> count_days(Tx& tx, AccountId account, message::Verdict verdict);

}  // namespace lupaus::desk::verdict
