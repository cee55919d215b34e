#include "services/desk/outbound/rules.hpp"

namespace lupaus::desk::outbound {

bool is_copy(const Standing& standing) {
    return standing.home != standing.here;
}

std::string explain_hold(bool is_asked, bool is_elsewhere) {
    if (is_elsewhere) {
        return "held: this database was restored or cloned from another one, so nothing is sent, replies wait and "
               "mailboxes are left alone; if it takes the original's place, run lupaus outbound release";
    }
    return is_asked ? "held: this process was told to send nothing (serve --hold-outbound or courier.hold), so replies "
                      "wait and mailboxes are left alone"
                    : "";
}

}  // namespace lupaus::desk::outbound
