// What tests/bench/mails measures: `read_mails read SECONDS FILE…` reads the files over and over and prints how many
// mails a second that makes; `read_mails show SECONDS FILE…` does with each what is done to show it, too; `read_mails
// once FILE` reads one mail and prints how long it took and how much memory it took besides the bytes of the mail.

#include "common/html/html.hpp"
#include "common/mail/mail.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

using namespace lupaus;
using Clock = std::chrono::steady_clock;

namespace {

double seconds_since(Clock::time_point begun) {
    return std::chrono::duration<double>(Clock::now() - begun).count();
}

// The most that the process has had at one time. getrusage would count what its parent had, too.
double peak_mib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) {
            return std::strtod(line.c_str() + 6, nullptr) / 1024;
        }
    }
    return 0;
}

// In one piece: a string that grows would leave a peak behind that hides what is measured after it.
std::string load(const char* path) {
    std::string bytes(std::filesystem::file_size(path), '\0');
    std::ifstream(path, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return bytes;
}

void read_once(const std::string& bytes) {
    const auto before = peak_mib();
    const auto begun = Clock::now();
    const auto mail = mail::read(bytes);
    const auto taken = seconds_since(begun);
    std::printf("{\"seconds\":%.4f,\"mib\":%.1f,\"parts\":%zu}\n", taken, peak_mib() - before,
                mail ? mail->parts.size() : 0);
}

// How much there is to be seen, found as the desk finds it when a mail arrives.
std::size_t show(const mail::Mail& mail) {
    const auto safe = html::sanitise(mail.html.value_or(""));
    const auto text = mail.text.empty() && mail.html ? html::to_text(safe) : mail.text;
    return html::find_text_fold(text) + html::find_html_fold(safe.html);
}

void read_again_and_again(const std::vector<std::string>& mails, bool is_shown, double seconds) {
    std::size_t count = 0;
    std::size_t bytes = 0;
    const auto begun = Clock::now();
    do {
        for (const auto& one : mails) {
            const auto mail = mail::read(one);
            count += 1;
            bytes += mail ? mail->text.size() : 0;
            bytes += mail && is_shown ? show(*mail) : 0;
        }
    } while (seconds_since(begun) < seconds);
    std::printf("{\"per_second\":%.1f,\"bytes\":%zu}\n", static_cast<double>(count) / seconds_since(begun), bytes);
}

}  // namespace

int main(int count, char** arguments) {
    const std::string_view what = count > 1 ? arguments[1] : "";
    if (what == "once" && count == 3) {
        read_once(load(arguments[2]));
        return 0;
    }
    if (count < 4 || (what != "read" && what != "show")) {
        std::puts("usage: read_mails read|show SECONDS FILE..., read_mails once FILE");
        return 2;
    }
    std::vector<std::string> mails;
    for (int i = 3; i < count; ++i) {
        mails.push_back(load(arguments[i]));
    }
    read_again_and_again(mails, what == "show", std::atof(arguments[2]));
    return 0;
}
