#include "tools/fetch_progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "output/terminal_text.h"

namespace symline::tools {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kFirstOnTerminal{500};
constexpr seconds kPlainInterval{10};
constexpr std::size_t kDefaultColumns = 80;

struct Unit {
    std::uint64_t bytes;
    std::string_view name;
};

Unit unit_for(std::uint64_t bytes) {
    if (bytes >= 1'000'000'000) return {1'000'000'000, " GB"};
    if (bytes >= 1'000'000) return {1'000'000, " MB"};
    if (bytes >= 1'000) return {1'000, " kB"};
    return {1, " bytes"};
}

/// Three digits or so: "1.2", "35".
std::string in_unit(std::uint64_t bytes, const Unit& unit) {
    const auto whole = bytes / unit.bytes;
    std::string text = std::to_string(whole);
    if (whole < 10 && unit.bytes > 1) {
        (text += '.') += static_cast<char>('0' + bytes % unit.bytes * 10 / unit.bytes);
    }
    return text;
}

std::string size_text(std::uint64_t bytes) {
    const Unit unit = unit_for(bytes);
    return in_unit(bytes, unit) += unit.name;
}

std::string duration_text(std::uint64_t left) {
    if (left < 100) return std::to_string(left) + " s";
    if (left < std::uint64_t{100} * 60) return std::to_string(left / 60) + " min";
    return std::to_string(left / 3600) + " h";
}

std::uint64_t left_of(const FetchedFile& file) {
    return file.size > file.bytes ? file.size - file.bytes : 0;
}

std::string waiting_text(const FetchedFile& file, std::uint64_t seconds_so_far) {
    return file.name + ", waiting for " + file.server + ", " + duration_text(seconds_so_far);
}

std::string transfer_text(const FetchedFile& file, std::uint64_t milliseconds_so_far) {
    std::string text = file.name + ", ";
    if (file.size == 0) {
        text += size_text(file.bytes);
    } else {
        const Unit unit = unit_for(file.size);
        (((text += in_unit(file.bytes, unit)) += " of ") += in_unit(file.size, unit)) += unit.name;
    }
    if (milliseconds_so_far < 100) return text;
    const auto speed = file.bytes * 1000 / milliseconds_so_far;
    ((text += ", ") += size_text(speed)) += "/s";
    if (file.size != 0 && speed != 0) {
        ((text += ", ") += duration_text(left_of(file) / speed)) += " left";
    }
    return text;
}

std::size_t columns_of_terminal() {
    winsize size{};
    const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : kDefaultColumns;
}

void write_to_terminal(std::string_view text) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

std::string progress_text(const FetchProgress& progress, Clock::time_point now) {
    if (progress.files.empty()) return {};
    const FetchedFile& file = *std::ranges::max_element(progress.files, {}, left_of);
    const auto elapsed = std::chrono::duration_cast<milliseconds>(now - file.begun).count();
    const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed, 0));
    std::string text;
    if (progress.count > 1) {
        const auto current = std::min(progress.done + 1, progress.count);
        text = std::to_string(current) + " of " + std::to_string(progress.count) + ": ";
    }
    return text += file.bytes == 0 ? waiting_text(file, time / 1000) : transfer_text(file, time);
}

std::string fit_to_columns(std::string text, std::size_t columns) {
    constexpr std::string_view kGap = "...";
    if (text.size() <= columns) return text;
    if (columns <= kGap.size()) return text.substr(0, columns);
    // What matters stands in the end; the beginning of the name says which file it is.
    const auto front = (columns - kGap.size()) / 3;
    const auto back = columns - kGap.size() - front;
    return text.substr(0, front) + std::string(kGap) + text.substr(text.size() - back);
}

ProgressLine::ProgressLine(std::string program)
    : program_(std::move(program)), terminal_(::isatty(STDERR_FILENO) != 0) {}

void ProgressLine::clear() {
    if (drawn_) write_to_terminal("\r\x1b[K");
    drawn_ = false;
}

void ProgressLine::end() {
    clear();
    under_way_ = false;
}

bool ProgressLine::due(Clock::time_point now) {
    if (!under_way_) {
        under_way_ = true;
        next_ = now + (terminal_ ? kFirstOnTerminal : milliseconds(kPlainInterval));
    }
    return now >= next_;
}

void ProgressLine::show(const FetchProgress& progress) {
    if (progress.ended) return end();
    const auto now = Clock::now();
    if (due(now)) write(progress_text(progress, now), now);
}

void ProgressLine::show(std::string text) {
    const auto now = Clock::now();
    if (due(now)) write(std::move(text), now);
}

void ProgressLine::write(std::string text, Clock::time_point now) {
    if (text.empty()) return;
    if (!program_.empty()) text.insert(0, program_ + ": ");
    text = output::visible(text);
    if (!terminal_) {
        write_to_terminal(text + "\n");
        next_ = now + kPlainInterval;
        return;
    }
    // A line that fills the last column would wrap.
    // What is cut out may leave part of a character.
    const auto fitting = fit_to_columns(std::move(text), columns_of_terminal() - 1);
    write_to_terminal("\r" + output::visible(fitting) + "\x1b[K");
    drawn_ = true;
}

}  // namespace symline::tools
