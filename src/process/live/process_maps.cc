#include "process/live/process_maps.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace symline::process {
namespace {

std::string proc_path(int pid, std::string_view name) {
    return "/proc/" + std::to_string(pid) + "/" + std::string(name);
}

/// Removes a hexadecimal number, and the character after it, from the front of `text`.
std::uint64_t remove_hex(std::string_view& text) {
    std::uint64_t value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value, 16).ptr;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty()) text.remove_prefix(1);
    return value;
}

/// The kernel escapes line ends in a name, as "\012", and nothing else.
std::string file_name(std::string_view text) {
    std::string name;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool line_end = text.substr(i).starts_with("\\012");
        name += line_end ? '\n' : text[i];
        if (line_end) i += 3;
    }
    return name;
}

// 55b65a4e9000-55b65a4ea000 r-xp 00001000 08:01 1234   /usr/bin/cat
void parse_line(std::string_view line, ProcessMaps& maps) {
    const auto begin = remove_hex(line);
    const auto end = remove_hex(line);
    if (end <= begin || line.size() < 5) return;
    CoreSegment segment;
    segment.address = begin;
    segment.memory_size = end - begin;
    segment.flags =
        (line[0] == 'r' ? 4U : 0U) | (line[1] == 'w' ? 2U : 0U) | (line[2] == 'x' ? 1U : 0U);
    line.remove_prefix(5);
    const auto offset = remove_hex(line);
    const auto name = line.find('/');
    const auto kind = line.find('[');
    if (kind < name) segment.name = line.substr(kind);
    maps.segments.push_back(std::move(segment));
    if (name == std::string_view::npos || kind < name) return;
    maps.files.push_back({begin, end, offset, file_name(line.substr(name))});
}

Error system_error(const std::string& path) {
    const auto code =
        errno == ENOENT || errno == ESRCH ? ErrorCode::not_found : ErrorCode::unreadable;
    return {code, path, std::strerror(errno)};
}

}  // namespace

Expected<std::string> read_proc_file(int pid, std::string_view name) {
    const auto path = proc_path(pid, name);
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return std::unexpected(system_error(path));
    std::string text;
    std::array<char, 16384> piece{};
    ssize_t count = 0;
    while ((count = ::read(descriptor, piece.data(), piece.size())) > 0) {
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
    const bool failed = count < 0 && text.empty();
    auto error = system_error(path);
    ::close(descriptor);
    if (failed) return std::unexpected(std::move(error));
    return text;
}

ProcessMaps parse_maps(std::string_view text) {
    ProcessMaps maps;
    while (!text.empty()) {
        const auto end = text.find('\n');
        parse_line(text.substr(0, end), maps);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return maps;
}

Expected<ProcessMaps> read_maps(int pid) {
    const auto text = read_proc_file(pid, "maps");
    if (!text) return std::unexpected(text.error());
    return parse_maps(*text);
}

ProcessMemory::ProcessMemory(int pid)
    : descriptor_(::open(proc_path(pid, "mem").c_str(), O_RDONLY | O_CLOEXEC)) {}

ProcessMemory::~ProcessMemory() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

bool ProcessMemory::read(std::uint64_t address, std::span<std::uint8_t> to) const {
    while (!to.empty()) {
        const auto count = ::pread(descriptor_, to.data(), to.size(), static_cast<off_t>(address));
        if (count <= 0) return false;
        address += static_cast<std::uint64_t>(count);
        to = to.subspan(static_cast<std::size_t>(count));
    }
    return true;
}

Expected<ProcessFormat> read_process_format(int pid) {
    const auto path = proc_path(pid, "exe");
    std::array<std::uint8_t, 20> header{};
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return std::unexpected(system_error(path));
    const auto count = ::read(descriptor, header.data(), header.size());
    ::close(descriptor);
    if (count != static_cast<ssize_t>(header.size()) ||
        std::memcmp(header.data(), "\177ELF", 4) != 0) {
        return std::unexpected(Error{ErrorCode::not_elf, path, "not an ELF file"});
    }
    ProcessFormat process;
    process.format = {header[4] == 2 ? 8U : 4U, header[5] == 2};
    process.machine = base::load<std::uint16_t>(header.data() + 18, process.format.big_endian);
    return process;
}

}  // namespace symline::process
