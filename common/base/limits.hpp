// Every bound of the program on one page: queues, pages, bodies, retries, buffers, waits. Units are in the names.
// A test stands at each N and N + 1 where a caller can reach it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace lupaus::limits {

// HTTP, server side.
inline constexpr std::size_t kHeaderBytesMax = 16 * 1024;
inline constexpr std::size_t kJsonBodyBytesMax = 1024 * 1024;
inline constexpr std::size_t kWebhookBodyBytesMax = 25 * 1024 * 1024;   // inline attachments travel as base64
inline constexpr std::size_t kAttachmentBytesMax = 19'660'800;          // what fits there; of a fetched one, too
inline constexpr std::size_t kSmallBodyBytesMax = 64 * 1024;            // larger bodies share the next one
inline constexpr std::size_t kLargeBodiesBytesMax = 128 * 1024 * 1024;  // of all that are read or handled at one time
inline constexpr std::size_t kConnectionsMax = 10'000;
inline constexpr std::chrono::seconds kHeaderWait{10};
inline constexpr std::chrono::seconds kBodyWait{30};
inline constexpr std::chrono::seconds kIdleWait{75};
inline constexpr std::chrono::seconds kWriteWait{30};
inline constexpr std::chrono::seconds kDrainWait{15};  // SIGTERM: how long requests in flight may take

// HTTP, client side.
inline constexpr std::size_t kResponseBytesMax = 64 * 1024;
inline constexpr std::chrono::seconds kConnectWait{10};
inline constexpr std::chrono::seconds kResponseWait{20};
inline constexpr std::size_t kStreamPartBytes = 256 * 1024;  // of a body that is passed on part by part, in memory

// SMTP, client side.
inline constexpr std::chrono::seconds kMailEndingWait{10};  // the least that a relay is given to say whether it took it
inline constexpr std::chrono::seconds kMailAnswerWait{600};  // the most: RFC 5321, section 4.5.3.2.6

// Live feed.
inline constexpr std::size_t kStreamQueueMax = 256;  // frames waiting for one reader
inline constexpr std::size_t kStreamQueueBytesMax = 4 * 1024 * 1024;
inline constexpr std::size_t kStreamFrameBytesMax = 16 * 1024;  // upstream
inline constexpr std::chrono::seconds kStreamPing{20};
inline constexpr int kEventPageMax = 500;
inline constexpr std::int64_t kEventPageBytesMax = 256 * 1024;  // for this long one reader holds up others

// JSON.
inline constexpr int kJsonDepthMax = 64;

// Database.
inline constexpr std::size_t kDatabaseQueueMax = 2'000;  // jobs waiting for a database thread
inline constexpr std::chrono::seconds kConnectDatabaseWait{5};
inline constexpr std::chrono::seconds kDatabaseAnswerSlack{2};  // beyond statement_timeout; then the server is gone
inline constexpr std::chrono::seconds kListenerPing{5};         // of silence; its answer may take as long

// Intake and routing.
inline constexpr std::size_t kIntakeQueueMax = 4'000;  // messages waiting for the next group commit
inline constexpr std::size_t kIntakeBatchMax = 200;
inline constexpr int kRouteBatchMax = 200;
inline constexpr int kRouteLanesMax = 32;

// What an account sets up. Every routing transaction reads it as a whole.
inline constexpr int kTeamsMax = 500;
inline constexpr int kAgentsMax = 5'000;  // not counting those who are disabled
inline constexpr int kChannelsMax = 1'000;
inline constexpr int kPoliciesMax = 1'000;
inline constexpr int kWebhooksMax = 100;
inline constexpr int kHoursMax = 500;  // not counting those that were deleted

// Integrators' webhooks.
inline constexpr int kWebhookWindowMax = 500;  // deliveries that wait for one endpoint; the rest stays in the log
inline constexpr std::size_t kWebhookAttemptsMax = 256;             // under way in one process
inline constexpr int kWebhookAttemptsPerEndpointMax = 8;            // of them to one endpoint
inline constexpr std::int64_t kWebhookBytesMax = 64 * 1024 * 1024;  // of bodies under way in one process
inline constexpr std::size_t kFanoutAccountsMax = 50;               // a transaction of fan-out, as are those below
inline constexpr int kFanoutEventsMax = 128;                        // read after one cursor, and rendered in all
inline constexpr std::size_t kFanoutDeliveriesMax = 2'000;

// Attachments that are named by a URL.
inline constexpr std::size_t kUrlBytesMax = 2'048;
inline constexpr int kFetchesMax = 16;                      // under way in one process
inline constexpr int kFetchesPerAccountMax = 4;             // of them of one account
inline constexpr std::chrono::hours kFetchGiveUpAfter{24};  // platforms' own links are over sooner

// Mails.
inline constexpr std::size_t kMailBytesMax = 25 * 1024 * 1024;
inline constexpr std::size_t kMailHeaderBytesMax = 512 * 1024;  // of all header fields of a mail, or of one part
inline constexpr std::size_t kMailFieldBytesMax = 128 * 1024;   // of one field: two thousand recipients
inline constexpr std::size_t kMailDepthMax = 50;                // multiparts in multiparts
inline constexpr std::size_t kMailPartsMax = 1'000;
inline constexpr std::size_t kMailFailedRecipientsMax = 1'000;  // of a report; the others are in its part

// What the desk remembers of a mail.
inline constexpr std::size_t kMailReferencesMax = 20;  // that are looked for: the newest, and the oldest
inline constexpr std::size_t kMailPeopleMax = 100;     // whom it names
inline constexpr std::size_t kMailIdBytesMax = 998;    // a line of RFC 5322
inline constexpr std::size_t kMailAddressesMax = 50;   // of one channel besides its own

// The store of attachments. A bucket's waits are short, because whoever sends a file waits as well.
inline constexpr std::size_t kBlobThreads = 16;  // reads and writes under way in one process
inline constexpr int kBucketTriesMax = 4;
inline constexpr std::chrono::seconds kBucketConnectWait{5};
inline constexpr std::chrono::seconds kBucketPartWait{8};  // for the next part to be taken or to come
inline constexpr std::chrono::seconds kBucketWait{10};     // after which nothing is tried again
inline constexpr std::chrono::milliseconds kBucketPauseFirst{200};
inline constexpr std::chrono::milliseconds kBucketPauseMax{2'000};
inline constexpr std::chrono::seconds kBucketKnownFor{60};  // what was stored so lately is not asked about
inline constexpr std::size_t kBucketKnownMax = 10'000;

// Promises.
inline constexpr int kWordsMax = 50;  // open at the same time in one conversation

// Mailboxes that are read over IMAP.
inline constexpr std::size_t kImapLineBytesMax = 64 * 1024;         // of a response, not counting its literals
inline constexpr std::size_t kImapMailBytesMax = kMailBytesMax;     // larger ones are reported, and not fetched
inline constexpr std::size_t kImapListMax = 1'000;                  // mails looked at in one go
inline constexpr std::size_t kImapBatchMax = 200;                   // of them fetched and stored together
inline constexpr std::size_t kImapBatchBytesMax = 8 * 1024 * 1024;  // the same; a larger mail comes alone
inline constexpr int kImapAttemptsMax = 4;                          // at a mail that the server does not hand out
inline constexpr int kImapCutsMax = 8;           // in the midst of a mail, where nothing else is there to be fetched
inline constexpr int kImapCutsBesideOthers = 3;  // the same, while others come
inline constexpr std::chrono::seconds kImapWait{60};         // of silence
inline constexpr std::chrono::minutes kImapCommandWait{15};  // of everything that was asked at once
inline constexpr std::chrono::seconds kImapIdle{240};        // then it is looked anyway; routers forget after 10 min
inline constexpr std::chrono::seconds kImapPoll{30};         // where a server has no IDLE
inline constexpr int kMailboxesMax = 500;                    // read by one process
inline constexpr std::size_t kMailboxBytesMax = 128 * 1024 * 1024;  // of mails that all of them fetch at one time
inline constexpr std::size_t kMailboxMailsAtOnce = 8;               // of a batch, taken apart and stored side by side
inline constexpr std::chrono::seconds kMailboxLease{20};            // then another process reads it
inline constexpr int kMailboxWantedMax = 10;  // mails asked for again in one go, of those that somebody wants to have

// Copies of sent mails in mailboxes.
inline constexpr std::size_t kSentCopiesMax = 8;          // under way in one process
inline constexpr int kSentCopyAttemptsMax = 5;            // then the folder is left without it
inline constexpr std::chrono::seconds kSentCopyWait{60};  // for each step: to sign in, to look, to put it there
inline constexpr std::chrono::minutes kSentCopyLease{5};  // for all of them

// Merging, in one transaction.
inline constexpr int kMergeMessagesMax = 10'000;  // of the conversation that is merged away
inline constexpr int kMergedMax = 100;            // that lead to it already, and from now on to where it goes

// LMTP. A line of 512 bytes (RFC 5321, section 4.5.3.1), with room for parameters and long addresses; as many errors as
// a pipelined transaction may have commands.
inline constexpr std::size_t kLmtpConnectionsMax = 100;
inline constexpr std::size_t kLmtpLineBytesMax = 2'048;
inline constexpr std::size_t kLmtpRecipientsMax = 100;
inline constexpr std::size_t kLmtpErrorsMax = 200;
inline constexpr std::size_t kLmtpBytesMax = 128 * 1024 * 1024;  // of all mails that are read at one time
inline constexpr std::chrono::minutes kLmtpCommandWait{5};
inline constexpr std::chrono::minutes kLmtpReadWait{3};   // for the next piece of a mail
inline constexpr std::chrono::minutes kLmtpMailWait{10};  // for the whole of it

// Lists.
inline constexpr int kPageDefault = 25;
inline constexpr int kPageMax = 100;

// Fields.
inline constexpr std::size_t kTextBytesMax = 256 * 1024;
inline constexpr std::size_t kNameBytesMax = 200;
inline constexpr std::size_t kExternalIdBytesMax = 512;
inline constexpr std::size_t kAttachmentsMax = 20;
inline constexpr std::size_t kTagsMax = 50;
inline constexpr std::size_t kIdempotencyKeyBytesMax = 255;

// HTML of messages.
inline constexpr std::size_t kHtmlDepthMax = 256;      // elements in one another; what lies deeper loses its tags
inline constexpr std::size_t kSignatureLinesMax = 15;  // after a "-- "; what is longer is no signature
inline constexpr std::size_t kQuoteMarksMax = 5;       // "> " before a line of text that was made from HTML

}  // namespace lupaus::limits
