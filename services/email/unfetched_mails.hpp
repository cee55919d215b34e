// What becomes of the mails of one mailbox that cannot be had: they wait in quarantine without their bytes, each once,
// however often the mailbox is numbered anew; one that somebody asks for again is fetched once more, and what comes of
// that ends the asking. Lives on the I/O thread.
#pragma once

#include "services/desk/unfetched/store.hpp"
#include "services/email/mailbox_core.hpp"
#include "services/email/store.hpp"

#include <map>
#include <span>
#include <vector>

namespace lupaus::email {

class UnfetchedMails {
public:
    UnfetchedMails(MailboxCore& core, const MailboxPlace& place) : core_(core), place_(place) {}

    using Entries = std::vector<desk::unfetched::Entry>;

    // What has to be entered with the checkpoint that is behind them. An error: not now.
    boost::asio::awaitable<Result<Entries>> hold(std::span<const mailbox::RawMail> mails, std::uint32_t uid_validity);

    // Those that somebody asks for again, and what came of one of them: true where it is stored now.
    boost::asio::awaitable<std::vector<mailbox::Wanted>> wanted(std::uint32_t uid_validity);
    boost::asio::awaitable<bool> settle(mailbox::RawMail mail);

    desk::unfetched::Numbering numbering(std::uint32_t uid_validity) const;

private:
    boost::asio::awaitable<void> give_back(desk::MessageId id, std::string reason);
    boost::asio::awaitable<void> replace(desk::MessageId id, desk::MessageId stored);

    Scope scope() const { return Scope::accounts({&place_.key.account.value, 1}); }

    MailboxCore& core_;
    const MailboxPlace& place_;
    std::map<std::uint32_t, desk::MessageId> wanted_;  // by the number in the mailbox
};

}  // namespace lupaus::email
