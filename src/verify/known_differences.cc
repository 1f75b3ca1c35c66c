#include "verify/known_differences.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "symline/demangle.h"

namespace symline::verify {
namespace {

const Lookup& theirs(const Judged& judged) {
    return **judged.asked.theirs[judged.peer];
}

bool is(const Judged& judged, Field field) {
    return judged.difference.field == field;
}

/// The frames that differ; null where one side has none.
const Frame* our_frame(const Judged& judged) {
    const auto& frames = judged.asked.ours->frames;
    return judged.difference.frame < frames.size() ? &frames[judged.difference.frame] : nullptr;
}
const Frame* their_frame(const Judged& judged) {
    const auto& frames = theirs(judged).frames;
    return judged.difference.frame < frames.size() ? &frames[judged.difference.frame] : nullptr;
}

bool is_outermost(const Judged& judged) {
    return judged.difference.frame + 1 == theirs(judged).frames.size();
}

/// Where symbols of that name are.
std::vector<Symbol> symbols_named(const Judged& judged, std::string_view name) {
    auto found = judged.module.symbols().named(name);
    return found && !name.empty() ? *std::move(found) : std::vector<Symbol>{};
}

bool relocatable(const Judged& judged) {
    return judged.module.elf().type() == FileType::relocatable;
}

/// "drain.part.0" is one of "drain"; so are clang's "setup.llvm.758" and gcc's nested "add.1".
bool is_clone_of(std::string_view name, std::string_view other) {
    return !other.empty() && name.size() > other.size() + 1 && name.starts_with(other) &&
           name[other.size()] == '.';
}

bool clone_suffix(const Judged& judged) {
    const auto& [field, frame, ours, others] = judged.difference;
    return field == Field::name && is_outermost(judged) && is_clone_of(others, ours);
}

/// "x" and "x@GLIBC_2.2.5".
bool symbol_version(const Judged& judged) {
    const auto& [field, frame, ours, others] = judged.difference;
    return field == Field::name && !ours.empty() && others.starts_with(ours) &&
           others.substr(ours.size()).starts_with('@');
}

bool second_section(const Judged& judged) {
    const auto& [field, frame, ours, others] = judged.difference;
    constexpr std::string_view kPrefix = "__second_sect_of_";
    if (field != Field::name || !ours.starts_with(kPrefix)) return false;
    return others.starts_with(ours.substr(kPrefix.size()));
}

bool is_at_symbol(const Judged& judged, const Frame& frame) {
    return std::ranges::any_of(
        symbols_named(judged, frame.linkage_or_name()),
        [&](const Symbol& each) { return frame.start && each.address == *frame.start; });
}

/// "x.part.0.cold" is a part of what the symbol "x.part.0" has at `start`.
bool is_part_of_symbol(const Judged& judged, std::string_view part, FileAddress start) {
    for (auto dot = part.rfind('.'); dot != std::string_view::npos && dot > 0;
         dot = part.rfind('.')) {
        part = part.substr(0, dot);
        const auto symbols = symbols_named(judged, part);
        if (std::ranges::find(symbols, start, &Symbol::address) != symbols.end()) return true;
    }
    return false;
}

/// Theirs begins at the symbol that it names, and ours at its own, or at that of which theirs is a
/// part. That may have no symbol: of a weak definition that another one replaced.
bool start_of_a_part(const Judged& judged) {
    const Frame* ours = our_frame(judged);
    const Frame* others = their_frame(judged);
    if (!is(judged, Field::start) || !is_outermost(judged) || ours == nullptr || others == nullptr)
        return false;
    if (!ours->start || !is_at_symbol(judged, *others)) return false;
    if (is_clone_of(others->linkage_or_name(), ours->linkage_or_name())) return true;
    if (is_part_of_symbol(judged, others->linkage_or_name(), *ours->start)) return true;
    return ours->linkage_or_name() != others->linkage_or_name() && is_at_symbol(judged, *ours);
}

/// Ours begins inside the symbol of the name, which begins at theirs.
bool patchable_entry(const Judged& judged) {
    const Frame* ours = our_frame(judged);
    const Frame* others = their_frame(judged);
    if (!is(judged, Field::start) || !is_outermost(judged) || ours == nullptr || others == nullptr)
        return false;
    if (!ours->start || !others->start) return false;
    return std::ranges::any_of(
        symbols_named(judged, ours->linkage_or_name()), [&](const Symbol& each) {
            return each.address == *others->start && *ours->start > each.address &&
                   ours->start->value - each.address.value < each.size;
        });
}

/// `text` without what comes from cloning a function.
std::string_view without_suffix(std::string_view name) {
    return name.substr(0, name.find('.', 1));
}

/// The constructors (or destructors) of a complete and of a base object, which may share their
/// code.
bool constructor_variant(const Judged& judged) {
    const auto& [field, frame, ours, others] = judged.difference;
    if (field != Field::name || !is_outermost(judged) || !ours.starts_with("_Z")) return false;
    return demangle(ours) == demangle(without_suffix(others));
}

bool share_an_address(const std::vector<Symbol>& some, const std::vector<Symbol>& others) {
    return std::ranges::any_of(some, [&](const Symbol& each) {
        return std::ranges::any_of(others, [&](const Symbol& other) {
            return other.address == each.address && other.section == each.section;
        });
    });
}

/// Also of two functions of which one part each was folded: ours is "first", theirs
/// "second.part.0", where "first.part.0" is.
bool alias(const Judged& judged) {
    const auto& [field, frame, ours, others] = judged.difference;
    if (field != Field::name) return false;
    const auto named = symbols_named(judged, others);
    if (share_an_address(symbols_named(judged, ours), named)) return true;
    const auto suffix = others.substr(without_suffix(others).size());
    return !suffix.empty() && share_an_address(symbols_named(judged, ours + suffix), named);
}

/// Theirs is a symbol before the address, inside the symbol of the function that symline names.
bool label_inside(const Judged& judged) {
    const Frame* ours = our_frame(judged);
    const Frame* others = their_frame(judged);
    const bool symbol = is(judged, Field::name) || is(judged, Field::start);
    if (!symbol || !is_outermost(judged) || ours == nullptr || others == nullptr) return false;
    if (ours->inlined) return false;
    const auto labels = symbols_named(judged, others->linkage_or_name());
    const auto holds_label = [&](const Symbol& function) {
        return std::ranges::any_of(labels, [&](const Symbol& label) {
            return label.section == function.section && label.address > function.address &&
                   label.address.value - function.address.value < function.size &&
                   label.address <= judged.asked.question.address;
        });
    };
    return std::ranges::any_of(symbols_named(judged, ours->linkage_or_name()), holds_label);
}

/// The DIE's name is no symbol's where its code begins, and theirs is.
bool renamed_symbol(const Judged& judged) {
    const Frame* ours = our_frame(judged);
    if (!is(judged, Field::name) || !is_outermost(judged) || ours == nullptr) return false;
    if (ours->inlined || ours->name_source != NameSource::dwarf || !ours->start) return false;
    const auto there = [&](const Symbol& each) { return each.address == *ours->start; };
    return std::ranges::any_of(symbols_named(judged, judged.difference.theirs), there) &&
           std::ranges::none_of(symbols_named(judged, judged.difference.ours), there);
}

bool symbol_of_another_section(const Judged& judged) {
    if (!is(judged, Field::name) || judged.difference.theirs.empty()) return false;
    const auto place = judged.module.sections().offset_of(judged.asked.question.address);
    const auto symbols = symbols_named(judged, judged.difference.theirs);
    return place && !symbols.empty() && std::ranges::none_of(symbols, [&](const Symbol& each) {
               return each.section == place->section->index;
           });
}

/// The name of a file without a directory and without a line, where ours is none.
bool names_a_file_symbol(const Frame& ours, const Frame& others) {
    return others.location.line == 0 && ours.location.line == 0 && ours.location.file.empty() &&
           !others.location.file.contains('/');
}

bool file_symbol(const Judged& judged) {
    const Frame* ours = our_frame(judged);
    const Frame* others = their_frame(judged);
    return is(judged, Field::file) && ours != nullptr && others != nullptr &&
           names_a_file_symbol(*ours, *others);
}

/// Ours is a symbol in the function that the debug information of an assembler file has.
bool assembler_label(const Judged& judged) {
    const Frame* ours = our_frame(judged);
    const Frame* others = their_frame(judged);
    if (!is(judged, Field::name) && !is(judged, Field::start)) return false;
    return ours != nullptr && others != nullptr && ours->name_source == NameSource::symbol_table &&
           judged.asked.evidence && !judged.asked.evidence->dies.empty() &&
           judged.asked.evidence->dies.front().name == others->linkage_or_name();
}

/// A name, or a whole answer, for a place that no function of the debug information covers.
bool no_symbols(const Judged& judged) {
    const Frame* ours = our_frame(judged);
    if (!relocatable(judged) || ours == nullptr || ours->name_source != NameSource::symbol_table ||
        judged.asked.ours->frames.size() != 1)
        return false;
    if (is(judged, Field::name)) return judged.difference.theirs.empty();
    return is(judged, Field::depth) && theirs(judged).frames.empty() && ours->location.line == 0;
}

bool knows_no_line(const Lookup& lookup) {
    return std::ranges::all_of(lookup.frames,
                               [](const Frame& frame) { return frame.location.line == 0; });
}

bool no_call_file(const Judged& judged) {
    return is(judged, Field::file) && judged.difference.frame > 0 && judged.asked.evidence &&
           judged.asked.evidence->version == 2 && judged.difference.ours.empty() &&
           their_frame(judged) != nullptr && their_frame(judged)->location.line == 0;
}

bool has_section(const Judged& judged, std::string_view name) {
    return judged.module.sections().named(name) != nullptr;
}

/// Type units of DWARF 5 in sections of their own.
bool several_sections(const Judged& judged) {
    const auto sections = judged.module.sections().all();
    return relocatable(judged) && std::ranges::count(sections, ".debug_info", &Section::name) > 1 &&
           knows_no_line(theirs(judged));
}

/// Where DWARF has no linkage name, symline gives the symbol that names the function.
bool no_linkage_name(const Judged& judged) {
    if (!is(judged, Field::name) || !is_outermost(judged)) return false;
    const auto& evidence = judged.asked.evidence;
    return evidence && !evidence->dies.empty() &&
           evidence->dies.front().name == judged.difference.theirs &&
           !symbols_named(judged, judged.difference.ours).empty();
}

/// Whether LLVM relocates debug information of this machine (RelocationResolver.cpp of LLVM 19).
bool known_machine(const Module& module) {
    constexpr auto kMachines = std::to_array<std::uint16_t>(
        {2 /* SPARC */, 3 /* 386 */, 8 /* MIPS */, 20 /* PPC */, 21 /* PPC64 */, 22 /* S390 */,
         40 /* ARM */, 43 /* SPARCV9 */, 62 /* X86_64 */, 83 /* AVR */, 105 /* MSP430 */,
         164 /* HEXAGON */, 183 /* AARCH64 */, 224 /* AMDGPU */, 243 /* RISCV */, 244 /* LANAI */,
         247 /* BPF */, 258 /* LOONGARCH */});
    const auto machine = module.elf().machine();
    // x32 and the 31-bit s390 have relocations of their own for addresses of 4 bytes.
    const bool half = module.elf().address_size() == 4 && (machine == 62 || machine == 22);
    return !half && std::ranges::find(kMachines, machine) != kMachines.end();
}

bool relocations_unknown(const Judged& judged) {
    return relocatable(judged) && !known_machine(judged.module);
}

/// LLVM looks for split files where they were written alone, and other programs for none.
bool split_file_moved(const Judged& judged) {
    const auto& evidence = judged.asked.evidence;
    if (!evidence || evidence->split_file.empty() || evidence->split_where_written) return false;
    const bool place = is(judged, Field::file) || is(judged, Field::line);
    return !place || knows_no_line(theirs(judged));
}

bool same_place(const Frame& ours, const Frame& others) {
    if (names_a_file_symbol(ours, others)) return true;
    return ours.location.file == others.location.file && ours.location.line == others.location.line;
}

bool same_name(const Frame& ours, const Frame& others) {
    return without_suffix(ours.linkage_or_name()) == without_suffix(others.linkage_or_name());
}

/// In files, lines and their number, and where a name is in doubt in names.
bool agrees(const Lookup& ours, const Lookup& others, Field in_doubt) {
    if (!std::ranges::equal(ours.frames, others.frames, same_place)) return false;
    return in_doubt != Field::name || std::ranges::equal(ours.frames, others.frames, same_name);
}

/// A program that prints its answers, where LLVM's reader says what symline says.
bool program_alone(const Judged& judged) {
    if (judged.peers[judged.peer]->parts() == FrameParts::all) return false;
    for (std::size_t i = 0; i < judged.peers.size(); ++i) {
        const auto& answer = judged.asked.theirs[i];
        if (judged.peers[i]->parts() == FrameParts::all && answer)
            return agrees(*judged.asked.ours, **answer, judged.difference.field);
    }
    return false;
}

bool gnu_compressed(const Judged& judged) {
    return has_section(judged, ".zdebug_info") && knows_no_line(theirs(judged));
}

bool supplementary_file(const Judged& judged) {
    if (!has_section(judged, ".gnu_debugaltlink") && !has_section(judged, ".debug_sup"))
        return false;
    const auto& [field, frame, ours, others] = judged.difference;
    const Frame* const our = our_frame(judged);
    if (field == Field::name) return others.empty() || (our != nullptr && others == our->name);
    const bool path = field == Field::file || field == Field::declaration;
    return path && (others.empty() || ours.ends_with('/' + others));
}

constexpr auto kKnown = std::to_array<KnownDifference>({
    {"clone-suffix",
     "the suffix of a clone (.cold, .isra.0, .part.0, .llvm.1) is part of the symbol table's name "
     "alone, which LLVM prefers for the outermost function; symline names what DWARF names",
     clone_suffix},
    {"second-section",
     "gcc 12 -gdwarf-2 -gstrict-dwarf names the part of a function in another section so; LLVM "
     "prefers the symbol table's name",
     second_section},
    {"symbol-version", "a symbol of several versions, named with and without its version",
     symbol_version},
    {"alias", "two symbols of one address: symline's is the DIE's, or the one that nm prints first",
     alias},
    {"label-inside",
     "a symbol inside the function, which LLVM prefers for what follows it: symline names the "
     "function, whose symbol or DIE holds the address",
     label_inside},
    {"constructor-variant",
     "constructors (or destructors) of a complete and of a base object with one code: symline's is "
     "the DIE's, the other a symbol's",
     constructor_variant},
    {"symbol-of-another-section",
     "the address has no function; the symbol that the other names is in another section",
     symbol_of_another_section},
    {"file-symbol",
     "no line is known; the other gives the name of an STT_FILE symbol, which may be that of "
     "another source",
     file_symbol},
    {"assembler-label",
     "code of an assembler: symline names the last symbol before the address, as the kernel does, "
     "the other the function of the debug information",
     assembler_label},
    {"start-of-a-part",
     "the address is in a part of the function that has a symbol of its own (.cold): symline gives "
     "where the function that it names begins, LLVM where that part does",
     start_of_a_part},
    {"patchable-entry",
     "the symbol begins before the code of the function's DIE, with the no-operations of "
     "-fpatchable-function-entry: symline gives DW_AT_low_pc, LLVM the symbol's address",
     patchable_entry},
    {"no-symbols",
     "no function of the debug information covers the place; symline names the symbol there, "
     "LLVM's reader is asked for no symbols of relocatable files",
     no_symbols},
    {"renamed-symbol",
     "the function's symbol has another name than DWARF gives (as objcopy renames it, or "
     "an alias that was left out): symline names what DWARF names",
     renamed_symbol},
    {"no-linkage-name",
     "DWARF has no linkage name (Ada, Fortran, local functions of C++): symline gives the "
     "symbol's, "
     "the other DWARF's name",
     no_linkage_name},
    {"relocations-unknown",
     "LLVM does not relocate the debug information of this machine, nor do programs that were not "
     "built for it",
     relocations_unknown},
    {"split-file-moved",
     "the unit's .dwo file lies beside the program; LLVM looks for it where the compiler wrote it",
     split_file_moved},
    {"gnu-compressed", "LLVM does not read sections that are compressed in GNU's way (.zdebug_)",
     gnu_compressed},
    {"several-sections",
     "an object file with several sections .debug_info, of which LLVM relocates one and misses the "
     "lines of the others",
     several_sections},
    {"no-call-file",
     "DWARF 2 has no DW_AT_call_file: LLVM prints the unit's own file with line 0, symline none",
     no_call_file},
    {"program-alone", "LLVM's reader and symline have the same names, files and lines",
     program_alone},
    {"supplementary-file", "names are in a supplementary file (dwz), which LLVM does not read",
     supplementary_file},
});

}  // namespace

std::span<const KnownDifference> known_differences() {
    return kKnown;
}

const KnownDifference* explanation_of(const Judged& judged) {
    for (const KnownDifference& each : kKnown) {
        if (each.explains(judged)) return &each;
    }
    return nullptr;
}

}  // namespace symline::verify
