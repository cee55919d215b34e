// Alerts as people see them: listed, read, taken. Taking one holds its ladder for a while; only the end of the wait
// stops it. Each handler is one transaction on a database thread.
#pragma once

#include "services/inbox/endpoint.hpp"

namespace lupaus::inbox {

Result<Answer> handle_list_alerts(Tx& tx, const Call& call);
Result<Answer> handle_get_alert(Tx& tx, const Call& call);
Result<Answer> handle_acknowledge_alert(Tx& tx, const Call& call);

}  // namespace lupaus::inbox
