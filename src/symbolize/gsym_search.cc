#include "symbolize/gsym_search.h"

#include <algorithm>
#include <utility>

#include "elf/symbol_table.h"

namespace symline::symbolize {
namespace {

/// llvm-gsymutil writes no build id where it does not find the note (that of vmlinux is in .notes).
enum class Tie {
    certain,  ///< by the build id, or by the symbols where there is none
    unknown,
    other_build,
};

/// How many functions are compared, and of how many one may differ: the second range of a function
/// that has two has the name of the first.
constexpr std::uint32_t kCompared = 256;
constexpr std::uint32_t kMayDiffer = 8;

/// Whether the symbols have functions where the GSYM file has them.
Tie compare_symbols(const gsym::PlainFile& gsym, const elf::ElfFile& code) {
    const auto symbols = elf::SymbolTable::of(code);
    if (!symbols || !symbols->full()) return Tie::unknown;
    std::uint32_t same = 0, different = 0;
    const std::uint32_t step = std::max(1U, gsym.functions() / kCompared);
    for (std::uint32_t i = 0; i < gsym.functions() && same + different < kCompared; i += step) {
        const auto named = symbols->named(gsym.name_of(i));
        if (named.empty()) continue;
        const FileAddress address{gsym.address_of(i)};
        const bool there = std::ranges::find(named, address, &Symbol::address) != named.end();
        ++(there ? same : different);
    }
    return same == 0 || different * kMayDiffer > same + different ? Tie::other_build : Tie::certain;
}

Tie tie(const gsym::PlainFile& gsym, const elf::ElfFile& code) {
    const BuildId& id = gsym.build_id();
    if (id.empty()) return compare_symbols(gsym, code);
    return id == code.build_id() ? Tie::certain : Tie::other_build;
}

Error mismatch(const std::string& path, const gsym::PlainFile& gsym, const elf::ElfFile& code) {
    const auto words = [](const std::optional<BuildId>& id) {
        return id && !id->empty() ? id->hex() : "(none)";
    };
    std::string message = gsym.build_id().empty() ? "its functions are not where the file has them"
                                                  : "build id " + words(gsym.build_id()) +
                                                        " instead of " + words(code.build_id());
    return {ErrorCode::mismatch, path, std::move(message)};
}

Expected<GsymTables> open_gsym(const std::string& path, const elf::ElfFile& code) {
    auto mapped = base::MappedFile::open_as_is(path);
    if (!mapped) return std::unexpected(std::move(mapped.error()));
    const auto tables = gsym::PlainFile::of(mapped->bytes());
    if (!tables) return std::unexpected(Error{tables.error().code, path, tables.error().message});
    const Tie found = tie(*tables, code);
    if (found == Tie::other_build) return std::unexpected(mismatch(path, *tables, code));
    return GsymTables{std::move(*mapped), *tables, path, found == Tie::certain};
}

/// FILE.gsym in each folder, the file's own first.
std::vector<std::string> places(const std::string& file,
                                const std::vector<std::string>& directories) {
    std::vector<std::string> paths{file + ".gsym"};
    const std::string name = file.substr(file.rfind('/') + 1) + ".gsym";
    for (const std::string& directory : directories) {
        const bool slash = directory.empty() || directory.ends_with('/');
        paths.push_back(directory + (slash ? "" : "/") + name);
    }
    return paths;
}

}  // namespace

GsymSearch find_gsym(const elf::ElfFile& code, const std::vector<std::string>& directories) {
    GsymSearch search;
    for (std::string& path : places(code.path(), directories)) {
        TriedPlace tried{.place = path,
                         .found_by = FoundBy::gsym_file,
                         .outcome = TriedOutcome::used,
                         .detail = {},
                         .finder = {}};
        auto opened = open_gsym(path, code);
        const bool used = opened.has_value();
        if (used) {
            search.found.emplace(std::move(*opened));
        } else if (opened.error().code == ErrorCode::not_found ||
                   opened.error().code == ErrorCode::is_directory) {
            tried.outcome = TriedOutcome::not_found;
        } else {
            tried.outcome = TriedOutcome::refused;
            tried.detail = opened.error().message;
            search.refused.push_back(std::move(opened.error()));
        }
        search.tried.push_back(std::move(tried));
        if (used) break;
    }
    return search;
}

}  // namespace symline::symbolize
