#include "common/telemetry/log.hpp"

#include "common/text/json_writer.hpp"
#include "common/text/utf8.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>

#include <array>
#include <cstdio>
#include <mutex>

namespace lupaus::log {

namespace {

// One write a line, so that lines of several threads and processes on one stderr never mix.
class LineSink : public spdlog::sinks::base_sink<std::mutex> {
public:
    void redirect(std::function<void(std::string_view)> writer) {
        const std::lock_guard lock(mutex_);
        writer_ = std::move(writer);
    }

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        std::string_view line(message.payload.data(), message.payload.size());
        if (writer_) {
            line.remove_suffix(1);
            writer_(line);
            return;
        }
        std::fwrite(line.data(), 1, line.size(), stderr);
    }

    void flush_() override { std::fflush(stderr); }

private:
    std::function<void(std::string_view)> writer_;
};

struct Output {
    std::shared_ptr<LineSink> sink = std::make_shared<LineSink>();
    spdlog::logger logger{"lupaus", sink};
};

// Never destroyed: the last lines are written by destructors of other static objects.
Output& output() {
    static auto* const instance = new Output();
    return *instance;
}

struct LevelRow {
    Level level;
    spdlog::level::level_enum number;
    std::string_view word;
};

constexpr std::array kLevels{
    LevelRow{Level::debug, spdlog::level::debug, "debug"},
    LevelRow{Level::info, spdlog::level::info, "info"},
    LevelRow{Level::warn, spdlog::level::warn, "warn"},
    LevelRow{Level::error, spdlog::level::err, "error"},
};

const LevelRow& row_of(Level level) {
    return kLevels[static_cast<std::size_t>(level)];
}

void append_text(text::JsonWriter& json, std::string_view content) {
    if (content.size() <= kValueBytesMax) {
        json.value(content);
    } else {
        json.value(text::utf8_prefix(content, kValueBytesMax) + "…");
    }
}

void append_field(text::JsonWriter& json, const Field& field) {
    json.key(field.key());
    std::visit(
        [&json](const auto& value) {
            if constexpr (std::same_as<std::decay_t<decltype(value)>, std::string_view>) {
                append_text(json, value);
            } else {
                json.value(value);
            }
        },
        field.value());
}

void write(Level level, std::string_view message, Fields fields) {
    if (!enabled(level)) {
        return;
    }
    thread_local std::string line;
    line.clear();
    text::JsonWriter json(line);
    json.begin_object().field("time", system_now()).field("level", row_of(level).word).key("message");
    append_text(json, message);
    for (const auto& field : fields) {
        append_field(json, field);
    }
    json.end_object();
    line += '\n';
    output().logger.log(row_of(level).number, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void debug(std::string_view message, Fields fields) {
    write(Level::debug, message, fields);
}

void info(std::string_view message, Fields fields) {
    write(Level::info, message, fields);
}

void warn(std::string_view message, Fields fields) {
    write(Level::warn, message, fields);
}

void error(std::string_view message, Fields fields) {
    write(Level::error, message, fields);
}

bool enabled(Level level) {
    return output().logger.should_log(row_of(level).number);
}

void set_level(Level level) {
    output().logger.set_level(row_of(level).number);
}

std::optional<Level> parse_level(std::string_view word) {
    for (const auto& row : kLevels) {
        if (row.word == word) {
            return row.level;
        }
    }
    return std::nullopt;
}

std::string describe(std::exception_ptr failure) {
    if (!failure) {
        return "no exception";
    }
    try {
        std::rethrow_exception(std::move(failure));
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "an exception of an unknown type";
    }
}

void redirect(std::function<void(std::string_view line)> writer) {
    output().sink->redirect(std::move(writer));
}

}  // namespace lupaus::log
