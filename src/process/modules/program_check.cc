#include "process/modules/program_check.h"

#include "base/bytes.h"
#include "elf/constants.h"

namespace symline::process {
namespace {

constexpr std::uint16_t kFixed = 2;    // ET_EXEC
constexpr std::uint16_t kShared = 3;   // ET_DYN
constexpr std::uint16_t kCore = 4;     // ET_CORE
constexpr std::uint64_t kPage = 4096;  // the smallest of all machines

std::uint64_t entry_of(const elf::ElfFile& file) {
    base::Cursor header(file.image(), file.big_endian(), 24);
    return header.word(file.address_size());
}

}  // namespace

std::string why_not_program(const elf::ElfFile& file, WordFormat format, std::uint64_t entry) {
    if (file.type() == kCore) return "it is a core file";
    if (file.type() != kFixed && file.type() != kShared) return "it is no program";
    if (file.address_size() != format.size || file.big_endian() != format.big_endian) {
        return "it is for another machine";
    }
    if (entry == 0) return {};
    // A program lies where it was linked for, or whole pages from there.
    const auto moved = entry - entry_of(file);
    const bool possible = file.type() == kFixed ? moved == 0 : moved % kPage == 0;
    return possible ? "" : "it does not begin where the program of the process did";
}

}  // namespace symline::process
