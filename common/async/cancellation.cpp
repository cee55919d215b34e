#include "common/async/cancellation.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace lupaus {

bool is_cancellation(const std::exception& failure) {
    const auto* error = dynamic_cast<const boost::system::system_error*>(&failure);
    return error != nullptr && error->code() == boost::asio::error::operation_aborted;
}

}  // namespace lupaus
