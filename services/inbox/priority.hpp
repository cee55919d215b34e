// The words of the API for priorities.
#pragma once

#include "common/text/json_reader.hpp"
#include "services/desk/conversation/rules.hpp"

#include <array>

namespace lupaus::inbox {

inline const std::array kPriorities{
    text::Choice<desk::conversation::Priority>{desk::conversation::to_string(desk::conversation::Priority::low),
                                               desk::conversation::Priority::low},
    text::Choice<desk::conversation::Priority>{desk::conversation::to_string(desk::conversation::Priority::normal),
                                               desk::conversation::Priority::normal},
    text::Choice<desk::conversation::Priority>{desk::conversation::to_string(desk::conversation::Priority::high),
                                               desk::conversation::Priority::high},
    text::Choice<desk::conversation::Priority>{desk::conversation::to_string(desk::conversation::Priority::urgent),
                                               desk::conversation::Priority::urgent},
};

}  // namespace lupaus::inbox
