// What becomes of one mailbox' mails: each batch is read side by side, stored in an order in which answers find what
// they answer, and only then the checkpoint moves. Mails that come a second time are known by their keys. What cannot
// be had goes to quarantine without its bytes. What the account may not have now is not taken: it stays in the mailbox.
// Lives on the I/O thread; its mailbox and its own task are ended before it is.
#pragma once

#include "common/async/doorbell.hpp"
#include "services/email/mailbox/mailbox.hpp"
#include "services/email/mailbox_core.hpp"
#include "services/email/store.hpp"
#include "services/email/unfetched_mails.hpp"

#include <vector>

namespace lupaus::email {

class KeptMailbox : public mailbox::Store {
public:
    KeptMailbox(MailboxCore& core, MailboxPlace place, const boost::asio::any_io_executor& executor);

    boost::asio::awaitable<mailbox::Checkpoint> checkpoint() override;
    boost::asio::awaitable<Result<imap::Login>> login(bool is_refused) override;
    boost::asio::awaitable<void> make_room(std::size_t bytes) override;
    boost::asio::awaitable<bool> store(mailbox::Batch batch) override;
    boost::asio::awaitable<std::vector<mailbox::Wanted>> wanted(mailbox::Checkpoint checkpoint) override;
    boost::asio::awaitable<bool> settle(mailbox::RawMail mail) override;

    std::string refusal() const override { return refusal_; }

    void tell(const mailbox::Health& health) override;

    boost::asio::awaitable<void> run();  // writes down what was told; endless

    desk::ChannelId channel() const { return place_.key.id; }

    mailbox::State state() const { return health_.state; }

private:
    struct Reading;
    struct Storing;

    boost::asio::awaitable<void> read_some(Reading& reading);
    boost::asio::awaitable<void> store_some(Storing& storing);
    boost::asio::awaitable<bool> store_in_order(std::vector<Letter> letters);
    boost::asio::awaitable<void> write_health();

    Scope scope() const { return Scope::accounts({&place_.key.account.value, 1}); }

    MailboxCore& core_;
    MailboxPlace place_;
    UnfetchedMails unfetched_;
    net::BodyShare share_;
    std::string refusal_;
    mailbox::Health health_;
    bool is_told_ = false;  // and not written yet
    Doorbell bell_;
};

}  // namespace lupaus::email
