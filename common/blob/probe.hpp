// Whether a bucket can be used, for an operator: what is empty is written there under its name and read again.
// Blocking, any thread.
#pragma once

#include "common/s3/bucket.hpp"

#include <string>

namespace lupaus::blob {

std::string probe(s3::Place place);  // what is wrong, in a sentence; empty: nothing

}  // namespace lupaus::blob
