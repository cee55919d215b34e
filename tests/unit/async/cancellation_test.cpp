#include "common/async/cancellation.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <stdexcept>

namespace lupaus {
namespace {

TEST(CancellationTest, IsTheAbortedOperationAlone) {
    namespace error = boost::asio::error;
    EXPECT_TRUE(is_cancellation(boost::system::system_error(error::operation_aborted)));
    EXPECT_FALSE(is_cancellation(boost::system::system_error(error::connection_reset)));
    EXPECT_FALSE(is_cancellation(std::runtime_error("operation_aborted")));
}

}  // namespace
}  // namespace lupaus
