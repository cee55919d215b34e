#include "common/blob/make_store.hpp"

#include "common/blob/bucket_store.hpp"
#include "common/blob/file_store.hpp"

namespace lupaus::blob {

std::unique_ptr<BlobStore> make_store(const config::Blob& options) {
    if (options.endpoint.empty()) {
        return std::make_unique<FileStore>(options.dir);
    }
    return std::make_unique<BucketStore>(place_of(options), options.dir);
}

s3::Place place_of(const config::Blob& options) {
    return {.endpoint = options.endpoint,
            .bucket = options.bucket,
            .is_in_host = options.addressing == "host",
            .key = {.access_key = options.access_key, .secret_key = options.secret_key, .region = options.region}};
}

}  // namespace lupaus::blob
