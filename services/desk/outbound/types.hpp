// Where a database is, and where sending was last allowed. A physical copy (a base backup, a snapshot of the disk)
// has the place of its original; whoever starts one beside it says so with `serve --hold-outbound`.
#pragma once

#include <cstdint>
#include <optional>

namespace lupaus::desk::outbound {

struct Place {
    std::int64_t system_identifier = 0;  // of the server, made by initdb
    std::int64_t database_oid = 0;

    friend bool operator==(const Place&, const Place&) = default;
};

struct Standing {
    Place here;
    std::optional<Place> home;  // empty: nobody ever allowed it
};

}  // namespace lupaus::desk::outbound
