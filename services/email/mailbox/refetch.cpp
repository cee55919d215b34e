#include "services/email/mailbox/refetch.hpp"

#include <algorithm>
#include <utility>

namespace lupaus::email::mailbox {

namespace asio = boost::asio;

namespace {

std::string cut(const imap::Session& session) {
    return "The mail could not be fetched: " + session.failure().value_or(imap::Failure{}).detail;
}

}  // namespace

asio::awaitable<RawMail> refetch(imap::Client& client, Store& store, Wanted wanted) {
    auto& session = client.session();
    RawMail mail{.uid = wanted.uid, .arrived = wanted.arrived};
    session.list({.first = wanted.uid, .last = wanted.uid}, 1);
    const bool is_listed = co_await client.run();
    if (!is_listed) {
        mail.trouble = cut(session);
        co_return mail;
    }
    const auto listed = session.take_listed();
    const auto found = std::ranges::find(listed, wanted.uid, &imap::Listed::uid);
    if (found == listed.end() || found->arrived != wanted.arrived) {
        mail.trouble = "The mail is no longer in the mailbox.";
        co_return mail;
    }
    mail.size = found->size;
    mail.trouble = too_large(found->size);
    if (!mail.trouble.empty()) {
        co_return mail;
    }
    co_await store.make_room(found->size);
    session.fetch(std::span(&wanted.uid, 1), limits::kImapMailBytesMax);
    co_await client.run();
    auto mails = session.take_mails();
    if (mails.empty() || !mails.front().is_answered) {
        mail.trouble = cut(session);
    } else if (mails.front().bytes) {
        mail.bytes = *std::move(mails.front().bytes);
    } else {
        mail.trouble = std::move(mails.front().reason);
    }
    co_return mail;
}

}  // namespace lupaus::email::mailbox
