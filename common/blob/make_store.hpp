// The store that the configuration names.
#pragma once

#include "common/blob/blob_store.hpp"
#include "common/config/config.hpp"
#include "common/s3/bucket.hpp"

#include <memory>

namespace lupaus::blob {

std::unique_ptr<BlobStore> make_store(const config::Blob& options);
s3::Place place_of(const config::Blob& options);  // where it names a bucket

}  // namespace lupaus::blob
