#include "common/blob/file_store.hpp"

#include "common/base/limits.hpp"
#include "common/base/uuid.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

namespace lupaus::blob {
namespace {

namespace fs = std::filesystem;

constexpr auto* kAbcHash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class FileStoreTest : public ::testing::Test {
protected:
    ~FileStoreTest() override { fs::remove_all(root_); }

    std::size_t files_below(const fs::path& dir) {
        std::size_t count = 0;
        for (const auto& entry : fs::recursive_directory_iterator(dir)) {
            count += entry.is_regular_file() ? 1 : 0;
        }
        return count;
    }

    fs::path root_ = fs::temp_directory_path() / ("lupaus-blob-" + to_string(make_uuid_v7()));
    fs::path dir_ = root_ / "deep" / "blob";
};

TEST_F(FileStoreTest, KeepsWhatItWasGiven) {
    FileStore store(dir_);
    const auto stored = store.put("abc");
    EXPECT_EQ(stored.hash, kAbcHash);
    EXPECT_EQ(stored.size, 3U);
    EXPECT_TRUE(store.contains(kAbcHash));
    EXPECT_EQ(*store.read(kAbcHash), "abc");
    EXPECT_EQ(*FileStore(dir_).read(kAbcHash), "abc") << "also for the next process";
    EXPECT_TRUE(fs::exists(dir_ / "ba" / kAbcHash));
}

TEST_F(FileStoreTest, KeepsAnyBytesOfAnySize) {
    FileStore store(dir_);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65'536}, std::size_t{1'000'003}}) {
        std::string bytes(size, '\0');
        for (std::size_t i = 0; i < size; ++i) {
            bytes[i] = static_cast<char>(i * 7 % 256);
        }
        const auto stored = store.put(bytes);
        EXPECT_EQ(stored.size, size);
        EXPECT_EQ(*store.read(stored.hash), bytes);
    }
}

TEST_F(FileStoreTest, TakesAFileInParts) {
    FileStore store(dir_);
    auto draft = store.begin();
    draft.write("a");
    draft.write("bc");
    EXPECT_FALSE(store.contains(kAbcHash)) << "not before its end";
    const auto stored = draft.finish();
    EXPECT_EQ(stored.hash, kAbcHash);
    EXPECT_EQ(stored.size, 3U);
    EXPECT_EQ(*store.read(kAbcHash), "abc");
    EXPECT_EQ(files_below(dir_), 1U);
    auto again = store.begin();
    again.write("abc");
    EXPECT_EQ(again.finish().hash, kAbcHash);
    EXPECT_EQ(files_below(dir_), 1U);
}

TEST_F(FileStoreTest, LeavesNothingOfADraftThatWasDropped) {
    FileStore store(dir_);
    {
        auto draft = store.begin();
        draft.write("abc");
        EXPECT_EQ(files_below(dir_), 1U);
    }
    EXPECT_EQ(files_below(dir_), 0U);
}

TEST_F(FileStoreTest, StoresTheSameBytesOnce) {
    FileStore store(dir_);
    store.put("abc");
    const auto written = fs::last_write_time(dir_ / "ba" / kAbcHash);
    store.put("abc");
    EXPECT_EQ(fs::last_write_time(dir_ / "ba" / kAbcHash), written);
    EXPECT_EQ(files_below(dir_), 1U);
}

TEST_F(FileStoreTest, LetsManyWritersMeet) {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i) {
        writers.emplace_back([this] {
            FileStore store(dir_);
            for (int n = 0; n < 20; ++n) {
                store.put("shared " + std::to_string(n));
            }
        });
    }
    writers.clear();
    EXPECT_EQ(files_below(dir_), 20U);
}

TEST_F(FileStoreTest, RefusesWhatIsNoHash) {
    const FileStore store(dir_);
    for (const auto& hash :
         {std::string(), std::string("../../etc/passwd"), std::string(64, 'g'), std::string(64, 'A'),
          std::string(63, 'a'), std::string(65, 'a'), "../" + std::string(61, 'a'), std::string(64, '\0')}) {
        EXPECT_FALSE(store.contains(hash));
        const auto content = store.read(hash);
        ASSERT_TRUE(content.has_error()) << hash;
        EXPECT_EQ(content.error().code, Errc::invalid) << hash;
    }
}

TEST_F(FileStoreTest, SaysWhatItDoesNotHave) {
    const auto content = FileStore(dir_).read(kAbcHash);
    ASSERT_TRUE(content.has_error());
    EXPECT_EQ(content.error().code, Errc::not_found);
}

TEST_F(FileStoreTest, NoticesADamagedFile) {
    FileStore store(dir_);
    store.put("abc");
    std::ofstream(dir_ / "ba" / kAbcHash) << "abd";
    EXPECT_THROW(static_cast<void>(store.read(kAbcHash)), std::runtime_error);
    std::ofstream(dir_ / "ba" / kAbcHash) << "a";
    store.put("abc");
    EXPECT_EQ(*store.read(kAbcHash), "abc") << "a file of another size is replaced";
}

TEST_F(FileStoreTest, KeepsTheEndOfADamagedFileBack) {
    FileStore store(dir_);
    std::string bytes(2 * limits::kStreamPartBytes + 1, 'a');
    const auto stored = store.put(bytes);
    bytes.front() = 'b';
    std::ofstream(dir_ / stored.hash.substr(0, 2) / stored.hash) << bytes;
    auto reader = store.open(stored.hash).value();
    EXPECT_EQ(reader.size(), bytes.size()) << "whoever gets less than this sees that something is missing";
    EXPECT_EQ(reader.next().size(), limits::kStreamPartBytes);
    EXPECT_EQ(reader.next().size(), limits::kStreamPartBytes);
    EXPECT_THROW(reader.next(), std::runtime_error);
}

TEST_F(FileStoreTest, NoticesAFileThatBecomesShorter) {
    FileStore store(dir_);
    const auto stored = store.put(std::string(2 * limits::kStreamPartBytes, 'a'));
    auto reader = store.open(stored.hash).value();
    EXPECT_EQ(reader.next().size(), limits::kStreamPartBytes);
    fs::resize_file(dir_ / stored.hash.substr(0, 2) / stored.hash, limits::kStreamPartBytes);
    EXPECT_THROW(reader.next(), std::runtime_error);
}

TEST_F(FileStoreTest, GivesNoMoreOfAFileThanItSaid) {
    FileStore store(dir_);
    store.put("abc");
    auto reader = store.open(kAbcHash).value();
    std::ofstream(dir_ / "ba" / kAbcHash, std::ios::app) << "d";
    EXPECT_THROW(reader.next(), std::runtime_error);
}

TEST_F(FileStoreTest, SweepsOldLeftovers) {
    {
        const FileStore store(dir_);
    }
    std::ofstream(dir_ / "tmp" / "old") << "half";
    std::ofstream(dir_ / "tmp" / "fresh") << "half";
    fs::last_write_time(dir_ / "tmp" / "old", fs::file_time_type::clock::now() - std::chrono::hours{2});
    const FileStore again(dir_);
    EXPECT_FALSE(fs::exists(dir_ / "tmp" / "old"));
    EXPECT_TRUE(fs::exists(dir_ / "tmp" / "fresh")) << "another process may be writing it";
}

TEST_F(FileStoreTest, LeavesNothingBehindWhenTheDiskFails) {
    FileStore store(dir_);
    fs::remove_all(dir_ / "ba");
    EXPECT_THROW(store.put("abc"), std::system_error);
    EXPECT_EQ(files_below(dir_ / "tmp"), 0U);
}

TEST_F(FileStoreTest, NamesADirectoryThatCannotBeMade) {
    fs::create_directories(root_);
    std::ofstream(root_ / "file") << "x";
    EXPECT_THROW(FileStore(root_ / "file" / "blob"), std::system_error);
}

}  // namespace
}  // namespace lupaus::blob
