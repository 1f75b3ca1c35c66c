#include "symbolize/index_identity.h"

#include <cstdlib>
#include <memory>
#include <vector>

#include "base/hex.h"
#include "gsym/block_sum.h"
#include "gsym/gsym_format.h"

namespace symline::symbolize {
namespace {

/// Of links and relative paths, the file that they lead to.
std::string whole_path(const std::string& path) {
    const std::unique_ptr<char, void (*)(void*)> whole(::realpath(path.c_str(), nullptr),
                                                       std::free);
    return whole == nullptr ? std::string() : std::string(whole.get());
}

base::Bytes bytes_of(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::string index_name(const elf::ElfFile& code) {
    if (const auto id = code.build_id()) return id->hex() + ".gsym";
    const std::string path = code.in_memory() ? std::string() : whole_path(code.path());
    if (path.empty()) return {};
    // A path may have any bytes and be longer than a file's name. Two of one sum would take turns.
    const auto sum = gsym::wide_sum(bytes_of(path));
    return "path-" + base::hex_digits(sum[0]) + '-' + base::hex_digits(sum[1]) + ".gsym";
}

BuildId index_id(const elf::ElfFile& code) {
    if (auto id = code.build_id()) return *id;
    const base::Bytes image = code.image();
    std::vector<std::byte> id;
    const auto add = [&id](std::uint64_t number, std::size_t bytes) {
        for (std::size_t i = 0; i < bytes; ++i) id.push_back(std::byte(number >> (8 * i) & 0xff));
    };
    const auto sum = gsym::wide_sum(image);
    code.release_pages();
    add(image.size(), gsym::kMaxBuildId - 16);
    add(sum[0], 8);
    add(sum[1], 8);
    return BuildId(id);
}

}  // namespace symline::symbolize
