#include "services/email/unfetched_mails.hpp"

#include "services/email/rules.hpp"

#include <utility>

namespace lupaus::email {

namespace asio = boost::asio;
namespace unfetched = desk::unfetched;
using mailbox::RawMail;

namespace {

constexpr std::string_view kGone =
    "The mail is no longer in the mailbox, or the mailbox was numbered anew and hands it out now.";

std::string name_of(const RawMail& mail, std::uint32_t uid_validity) {
    return "unfetched#" + std::to_string(uid_validity) + "#" + std::to_string(mail.uid) + "#" +
           std::to_string(mail.size) + "#" + (mail.arrived ? to_rfc3339(*mail.arrived) : std::string());
}

unfetched::Mail known_of(const RawMail& mail) {
    return {.uid = mail.uid, .size = mail.size, .arrived = mail.arrived};
}

}  // namespace

unfetched::Numbering UnfetchedMails::numbering(std::uint32_t uid_validity) const {
    return {
        .account = place_.key.account, .channel = place_.key.id, .source = place_.source, .uid_validity = uid_validity};
}

asio::awaitable<Result<UnfetchedMails::Entries>> UnfetchedMails::hold(std::span<const RawMail> mails,
                                                                      std::uint32_t uid_validity) {
    if (mails.empty()) {
        co_return Entries{};
    }
    std::vector<unfetched::Mail> listed;
    for (const auto& mail : mails) {
        listed.push_back(known_of(mail));
    }
    const auto here = numbering(uid_validity);
    const auto look = [&here, &listed](Tx& tx) { return unfetched::recognise(tx, here, listed); };
    const auto known = co_await core_.context.worker.run(Scope::queues(), look);
    Entries entries;
    for (const auto& mail : mails) {
        if (known.contains(mail.uid)) {
            core_.count(desk::inbound::Receipt{.duplicate = true}, true);
            continue;
        }
        Arrival arrival{.channel = place_.key.id,
                        .bytes = {},
                        .received_at = received_at(mail.arrived, system_now()),
                        .missing = Missing{.external_id = name_of(mail, uid_validity), .reason = mail.trouble}};
        const auto receipt = co_await core_.mailroom.take(std::move(arrival));
        if (!receipt && receipt.error().code != Errc::invalid) {
            co_return receipt.error();
        }
        core_.count(receipt, true);
        if (receipt) {
            entries.push_back({.id = receipt->id, .mail = known_of(mail)});
        }
    }
    co_return entries;
}

asio::awaitable<std::vector<mailbox::Wanted>> UnfetchedMails::wanted(std::uint32_t uid_validity) {
    const auto here = numbering(uid_validity);
    const auto look = [&here](Tx& tx) { return unfetched::list_asked(tx, here, limits::kMailboxWantedMax); };
    const auto asked = co_await core_.context.worker.run(Scope::queues(), look);
    std::vector<mailbox::Wanted> wanted;
    wanted_.clear();
    for (const auto& [entry, is_current] : asked) {
        if (is_current) {
            wanted.push_back({.uid = entry.mail.uid, .arrived = entry.mail.arrived});
            wanted_.emplace(entry.mail.uid, entry.id);
        } else {
            co_await give_back(entry.id, std::string(kGone));
        }
    }
    co_return wanted;
}

asio::awaitable<bool> UnfetchedMails::settle(RawMail mail) {
    const auto id = wanted_.at(mail.uid);
    if (!mail.trouble.empty()) {
        co_await give_back(id, std::move(mail.trouble));
        co_return false;
    }
    Arrival arrival{.channel = place_.key.id,
                    .bytes = std::move(mail.bytes),
                    .received_at = received_at(mail.arrived, system_now()),
                    .missing = {}};
    const auto receipt = co_await core_.mailroom.take(std::move(arrival));
    core_.count(receipt, false);
    if (!receipt) {
        co_await give_back(id, receipt.error().detail);
        co_return false;
    }
    co_await replace(id, receipt->id);
    co_return true;
}

asio::awaitable<void> UnfetchedMails::give_back(desk::MessageId id, std::string reason) {
    const auto work = [this, id, &reason](Tx& tx) { return unfetched::give_back(tx, place_.key.account, id, reason); };
    co_await core_.context.worker.run(scope(), work);
}

asio::awaitable<void> UnfetchedMails::replace(desk::MessageId id, desk::MessageId stored) {
    const auto work = [this, id, stored](Tx& tx) {
        const bool is_replaced = unfetched::replace(tx, place_.key.account, id, stored);
        if (is_replaced) {
            count_stored(tx, place_);
        }
        return is_replaced;
    };
    co_await core_.context.worker.run(scope(), work);
}

}  // namespace lupaus::email
