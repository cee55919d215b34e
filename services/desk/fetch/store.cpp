#include "services/desk/fetch/store.hpp"

#include "common/postgres/columns.hpp"
#include "common/text/json_writer.hpp"
#include "services/desk/conversation/json.hpp"
#include "services/desk/conversation/store.hpp"
#include "services/desk/event/store.hpp"
#include "services/desk/fetch/queries.sql.hpp"
#include "services/desk/message/files.hpp"
#include "services/desk/message/store.hpp"

#include <utility>

namespace lupaus::desk::fetch {

namespace {

using conversation::Conversation;
using message::Attachment;
using message::AttachmentState;

std::string full_accounts(const ClaimOptions& options) {
    ArrayText full;
    for (const auto& busy : options.in_flight) {
        if (busy.count >= options.per_account) {
            full.add(busy.account);
        }
    }
    return full.str();
}

ConversationId find_place(Tx& tx, AccountId account, AttachmentId id) {
    const auto rows = tx.exec(sql::find_place, pqxx::params{to_string(account), to_string(id)});
    return rows.empty() ? ConversationId{} : read_id<ConversationId>(rows.at(0, 0));
}

// Its message may have moved into another conversation before the first one could be locked.
Result<Conversation> lock_place(Tx& tx, AccountId account, AttachmentId id) {
    const auto seen = find_place(tx, account, id);
    auto conversation = conversation::lock_one(tx, {account, seen});
    const auto place = find_place(tx, account, id);
    return place == seen ? conversation : conversation::lock_one(tx, {account, place});
}

void tell(Tx& tx, std::string_view type, const event::Actor& actor, const Conversation& conversation,
          const Attachment& attachment) {
    std::string data = "{\"conversation\":" + conversation::to_json(conversation) + ",\"attachment\":";
    text::JsonWriter json(data);
    message::append_attachment(json, attachment);
    data += '}';
    const event::Draft draft{.account = conversation.account,
                             .type = type,
                             .actor = actor,
                             .conversation = conversation.id,
                             .message = attachment.message,
                             .data = std::move(data)};
    event::append(tx, std::span(&draft, 1));
}

std::optional<Attachment> note_state(Tx& tx, const Conclusion& end, AttachmentState state) {
    const auto rows = tx.exec(sql::note_state,
                              pqxx::params{to_string(end.account), to_string(end.attachment), static_cast<int>(state),
                                           end.error.empty() ? std::nullopt : std::optional(end.error)});
    return rows.empty() ? std::nullopt : std::optional(message::read_attachment(rows.at(0)));
}

// Whether the attempt is the newest still.
bool postpone(Tx& tx, const Conclusion& end) {
    const auto wait = end.wait ? std::optional(end.wait->count()) : std::nullopt;
    const pqxx::params params{to_string(end.account), to_string(end.attachment), end.attempt, wait};
    return !tx.exec(sql::postpone, params).empty();
}

bool finish(Tx& tx, const Conclusion& end) {
    const pqxx::params params{to_string(end.account), to_string(end.attachment), end.attempt};
    return !tx.exec(sql::finish, params).empty();
}

}  // namespace

std::size_t enqueue(Tx& tx, std::span<const message::Message> messages) {
    UuidColumn account, id;
    TextColumn url;
    std::size_t count = 0;
    for (const auto& message : messages) {
        for (const auto& attachment : message.attachments) {
            if (attachment.state == AttachmentState::fetching) {
                account.add(message.account);
                id.add(attachment.id);
                url.add(attachment.url);
                ++count;
            }
        }
    }
    if (count > 0) {
        tx.exec(sql::enqueue, pqxx::params{account.param(), id.param(), url.param()});
    }
    return count;
}

Claim claim(Tx& tx, const ClaimOptions& options) {
    ArrayText account, under_way;
    for (const auto& busy : options.in_flight) {
        account.add(busy.account);
        under_way.add(busy.count);
    }
    const auto full = full_accounts(options);
    Claim claim;
    for (const auto& row : tx.exec(sql::claim, pqxx::params{options.limit, full, account.str(), under_way.str(),
                                                            options.per_account, options.lease.count()})) {
        claim.jobs.push_back({.account = read_id<AccountId>(row[0]),
                              .attachment = read_id<AttachmentId>(row[1]),
                              .url = row[2].as<std::string>(),
                              .attempt = row[3].as<int>(),
                              .number = row[4].as<int>(),
                              .since = read_timestamp(row[5]),
                              .begun_at = read_timestamp(row[6])});
        claim.is_cut = row[7].as<std::int64_t>() >= options.limit;
    }
    if (!claim.is_cut) {
        const auto next = tx.exec(sql::until_next_due, pqxx::params{full}).at(0, 0);
        claim.until_next =
            next.is_null() ? std::nullopt : std::optional(std::chrono::milliseconds{next.as<std::int64_t>()});
    }
    return claim;
}

Ended conclude(Tx& tx, const Conclusion& end) {
    const auto conversation = lock_place(tx, end.account, end.attachment);
    if (!conversation) {
        finish(tx, end);  // the message was taken back: nobody wants the file any more
        return Ended::outdated;
    }
    if (end.file ? !finish(tx, end) : !postpone(tx, end)) {
        return Ended::outdated;
    }
    if (!end.file) {
        const auto state = end.wait ? AttachmentState::fetching : AttachmentState::failed;
        const auto attachment = note_state(tx, end, state);
        if (attachment && state == AttachmentState::failed) {
            tell(tx, "attachment.failed", event::Actor::system(), *conversation, *attachment);
        }
        return end.wait ? Ended::again : Ended::failed;
    }
    const auto rows =
        tx.exec(sql::store_file, pqxx::params{to_string(end.account), to_string(end.attachment), end.file->sha256,
                                              end.file->size_bytes, end.file->content_type});
    if (rows.empty()) {
        return Ended::outdated;
    }
    tell(tx, "attachment.ready", event::Actor::system(), *conversation, message::read_attachment(rows.at(0)));
    return Ended::ready;
}

Result<Attachment> retry(Tx& tx, AccountId account, AttachmentId id, const event::Actor& actor) {
    const auto conversation = lock_place(tx, account, id);
    const auto named = pqxx::params{to_string(account), to_string(id)};
    const auto rows = tx.exec(sql::find_attachment, named);
    if (!conversation || rows.empty()) {
        return not_found("attachment");
    }
    const auto attachment = message::read_attachment(rows.at(0));
    if (attachment.state == AttachmentState::ready) {
        return Error{.code = Errc::conflict, .detail = "The file is there: there is nothing to fetch."};
    }
    tx.exec(sql::hasten, named);
    if (attachment.state == AttachmentState::fetching) {
        return attachment;
    }
    const Conclusion anew{.account = account, .attachment = id};
    auto shown = note_state(tx, anew, AttachmentState::fetching).value();
    tell(tx, "attachment.retried", actor, *conversation, shown);
    return shown;
}

void give_back(Tx& tx, std::span<const Job> jobs) {
    ArrayText account, id, attempt;
    for (const auto& job : jobs) {
        account.add(job.account);
        id.add(job.attachment);
        attempt.add(job.attempt);
    }
    tx.exec(sql::give_back, pqxx::params{account.str(), id.str(), attempt.str()});
}

Backlog measure_backlog(Tx& tx) {
    const auto row = tx.exec(sql::measure_backlog, pqxx::params{kBacklogCountMax}).at(0);
    return {.due = row[0].as<std::int64_t>(), .age = std::chrono::seconds{row[1].as<std::int64_t>()}};
}

}  // namespace lupaus::desk::fetch
