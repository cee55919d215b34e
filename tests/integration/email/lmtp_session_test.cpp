// What a server that hands mails over is told while the desk has no room for them, or cannot store them.
#include "services/email/lmtp_session.hpp"

#include "tests/store/inbound/intake_fixture.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lupaus::email {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ::testing::HasSubstr;

class LmtpSessionTest : public desk::inbound::IntakeFixture {
protected:
    LmtpSessionTest() {
        support::make_channel(desk.database, account,
                              {.name = "Mail", .email = desk::channel::Email{.address = "support@shop.example"}});
    }

    ~LmtpSessionTest() override { room_.stop(); }

    // All that is said on a connection that hands over one mail of so many bytes.
    asio::awaitable<std::string> hand_over(std::size_t bytes) {
        tcp::acceptor acceptor(desk.io, {asio::ip::address_v4::loopback(), 0});
        tcp::socket near(desk.io);
        near.connect(acceptor.local_endpoint());
        {
            LmtpSession session(core_, acceptor.accept());
            asio::write(near, asio::buffer("LHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<support@shop.example>\r\n"
                                           "DATA\r\n\r\n" +
                                           std::string(bytes, 'x') + "\r\n.\r\nQUIT\r\n"));
            co_await session.run();
        }
        std::string said;
        boost::system::error_code end;
        asio::read(near, asio::dynamic_buffer(said), end);
        co_return said;
    }

    desk::door::Doors doors_{desk.context, desk.io.get_executor()};
    Mailroom room_{desk.context, intake, doors_};
    std::shared_ptr<LmtpCore> core_ = std::make_shared<LmtpCore>(desk.context, room_, desk.io.get_executor());
};

TEST_F(LmtpSessionTest, TakesNoMoreMailsThanThereIsRoomFor) {
    run([&]() -> asio::awaitable<void> {
        constexpr std::size_t kBytes = 2 * limits::kSmallBodyBytesMax;
        net::BodyShare others(core_->bytes);
        EXPECT_TRUE(others.grow_to(limits::kLmtpBytesMax - kBytes / 2));
        const auto refused = co_await hand_over(kBytes);
        EXPECT_THAT(refused, HasSubstr("\r\n452 4.3.1 "));
        others.give_back();
        const auto stored = co_await hand_over(kBytes);
        EXPECT_THAT(stored, HasSubstr("\r\n250 2.0.0 Stored as "));
        EXPECT_TRUE(others.grow_to(limits::kLmtpBytesMax)) << "both gave back what they had";
    });
}

TEST_F(LmtpSessionTest, TakesNothingOverThatItCannotStore) {
    run([&]() -> asio::awaitable<void> {
        ask("REVOKE INSERT ON inbound_key FROM lupaus_worker");
        const auto refused = co_await hand_over(10);
        EXPECT_THAT(refused, HasSubstr("\r\n451 4.3.0 "));
        ask("GRANT INSERT ON inbound_key TO lupaus_worker");
        const auto stored = co_await hand_over(10);
        EXPECT_THAT(stored, HasSubstr("\r\n250 2.0.0 Stored as "));
    });
}

}  // namespace
}  // namespace lupaus::email
