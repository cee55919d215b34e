// text/plain; format=flowed (RFC 3676): lines that were broken for the way are joined again. Pure, linear.
#pragma once

#include <string>
#include <string_view>

namespace lupaus::mail {

// Lines end with \n, before and after. `delsp`: the blank at the end of a broken line is none of the text.
std::string unflow(std::string_view text, bool delsp);

}  // namespace lupaus::mail
