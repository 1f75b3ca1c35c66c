#include "process/modules/mappings.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "elf/elf_file.h"
#include "process/modules/file_memory.h"
#include "process/modules/file_roots.h"
#include "process/modules/link_map.h"
#include "process/modules/program_check.h"
#include "process/modules/remapped_code.h"

namespace symline::process {
namespace {

/// Files whose headers are read from memory; vm.max_map_count allows 65,530 mappings by default. A
/// crafted core may list a million, all of them with the same costly headers.
constexpr std::size_t kMaxLoadedFiles = std::size_t{1} << 16;
constexpr std::string_view kDeleted = " (deleted)";
/// The kernel's vdso has at most two pages of code, on every machine.
constexpr std::uint64_t kMaxVdsoSize = std::uint64_t{1} << 18;
/// Paths are far shorter.
constexpr std::uint64_t kMaxName = 4096;

/// What the mappings take that come from program headers: each of a file's may have its path of 4
/// KB.
constexpr std::size_t kMaxLoadedBytes = std::size_t{64} << 20;
/// A real list has none; a crafted one thousands.
constexpr std::size_t kMaxUnknownEnds = 16;

class Collector {
public:
    Collector(const Memory& memory, WordFormat format, std::uint16_t machine,
              const AuxiliaryVector& auxiliary, const ProcessOptions& options)
        : memory_(memory),
          format_(format),
          auxiliary_(auxiliary),
          options_(options),
          roots_(options.sysroot, machine, format) {}

    MappedFiles collect(const MemoryMap& map) {
        if (map.files.empty()) {
            add_link_map();
        } else {
            add_files(map.files);
        }
        say_what_was_cut();
        add_vdso();
        std::ranges::stable_sort(found_.mappings, {}, &Mapping::begin);
        add_remapped_code(memory_, format_, map.segments, found_.mappings);
        name_program();
        found_.roots = roots_.all();
        return std::move(found_);
    }

private:
    void add_files(const std::vector<FileRange>& files) {
        std::uint64_t module_begin = 0;
        std::optional<LoadedElf> file;
        std::optional<BuildId> build_id;
        const FileRange* before = nullptr;
        for (const FileRange& range : files) {
            Mapping mapping;
            mapping.begin.value = range.begin;
            mapping.end.value = range.end;
            mapping.file_offset = range.offset;
            mapping.path = range.path;
            if (mapping.path.ends_with(kDeleted)) {
                mapping.path.resize(mapping.path.size() - kDeleted.size());
                mapping.deleted = true;
            }
            // A file is loaded from its first byte on; the same file may be loaded twice.
            const bool continues = before != nullptr && before->path == range.path &&
                                   range.offset >= before->offset && range.offset != 0;
            if (!continues) {
                module_begin = range.begin - range.offset;
                file = loaded_at(range);
                build_id = file ? read_build_id(memory_, format_, *file) : std::nullopt;
            }
            mapping.module_begin.value = module_begin;
            mapping.build_id = build_id;
            if (file) mapping.bias = LoadBias{file->bias};
            found_.mappings.push_back(std::move(mapping));
            before = &range;
        }
    }

    void say_what_was_cut() {
        if (unknown_ends_ > kMaxUnknownEnds) {
            found_.problems.push_back("the same of " +
                                      std::to_string(unknown_ends_ - kMaxUnknownEnds) +
                                      " further files");
        }
        if (loaded_bytes_ > kMaxLoadedBytes) {
            found_.problems.emplace_back(
                "too many files are loaded, with too long names: not all are known");
        }
    }

    std::optional<LoadedElf> loaded_at(const FileRange& range) {
        if (range.offset != 0 || loaded_files_ > kMaxLoadedFiles) return std::nullopt;
        if (++loaded_files_ > kMaxLoadedFiles) {
            found_.problems.push_back(
                "more than " + std::to_string(kMaxLoadedFiles) +
                " files are mapped: the build ids of the others are not read");
            return std::nullopt;
        }
        return read_loaded_elf(memory_, format_, range.begin);
    }

    /// The file that was named, or the one that was run, whose path has to be a whole one.
    std::string program_file() const {
        if (!options_.program.empty()) return options_.program;
        const auto name = read_string(memory_, auxiliary_.program_name);
        if (!name.starts_with('/')) return {};
        return roots_.find(name).value_or(std::string());
    }

    /// The program's headers where the kernel put them; else those of its file.
    std::optional<LoadedElf> program_headers() {
        auto program = read_program_headers(memory_, format_, auxiliary_.program_headers,
                                            auxiliary_.program_header_count);
        if (!program) {
            program = headers_of_file(program_file());
            if (!program || !program_entry_) return program;
            program->bias = auxiliary_.entry - *program_entry_;
            return program;
        }
        if (const auto* own = program->segment(elf::kSegmentHeaders)) {
            program->bias = auxiliary_.program_headers - own->address;
        } else if (const auto file = headers_of_file(options_.program); file && program_entry_) {
            program->bias = auxiliary_.entry - *program_entry_;
        }
        return program;
    }

    /// Nothing for a wrong program, which is said once the build ids are known.
    std::optional<elf::ElfFile> open(const std::string& path) const {
        if (path.empty()) return std::nullopt;
        auto file = roots_.open(path);
        const bool program = path == options_.program;
        if (file && program && !why_not_program(*file, format_, auxiliary_.entry).empty()) {
            return std::nullopt;
        }
        return file;
    }

    std::optional<LoadedElf> headers_of_file(const std::string& path) {
        const auto file = open(path);
        if (!file) return std::nullopt;
        const auto segments = file->segments();
        if (!segments) return std::nullopt;
        base::Cursor entry(file->image(), file->big_endian(), 24);
        program_entry_ = entry.word(file->address_size());
        LoadedElf headers;
        for (const auto& each : *segments) {
            if (each.type == elf::kSegmentInterpreter) {
                const auto bytes = base::tail(file->image(), each.offset);
                interpreter_ = base::Cursor(bytes, false).string().substr(0, kMaxName);
            }
            headers.segments.push_back({each.type, each.flags, each.offset, each.address.value,
                                        each.file_size, each.memory_size});
        }
        return headers;
    }

    void add_link_map() {
        const auto program = program_headers();
        if (!program) {
            if (auxiliary_.program_headers != 0) {
                found_.problems.emplace_back(
                    "the core does not say which files were mapped, and does not hold the "
                    "program's headers: name the program");
            }
            return;
        }
        std::string name = options_.program;
        if (name.empty()) name = read_string(memory_, auxiliary_.program_name);
        add_loaded(*program, name.empty() ? "[program]" : name);
        const auto interpreter_name = name_of_interpreter(*program);
        roots_.add_cross_folders(interpreter_name);
        bool interpreter = false;
        for (const LinkedFile& file : linked_files(*program)) {
            const bool own = file.bias == auxiliary_.interpreter && file.bias != 0;
            // Its name is that of the program's headers, which lie in code that a core may lack.
            const std::string& path = own && file.path.empty() ? interpreter_name : file.path;
            if (path.empty() || file.bias == auxiliary_.vdso) continue;
            interpreter = interpreter || own;
            add_linked(path, file.bias);
        }
        if (interpreter || auxiliary_.interpreter == 0) return;
        // The process crashed before the list was made, but after the interpreter was loaded.
        if (!interpreter_name.empty()) add_linked(interpreter_name, auxiliary_.interpreter);
    }

    /// Where MIPS programs have their dynamic section is code, which QEMU leaves out of a core.
    std::vector<LinkedFile> linked_files(const LoadedElf& program) const {
        auto linked = read_link_map(memory_, format_, program);
        if (!linked.empty()) return linked;
        const auto file = open(program_file());
        if (!file) return linked;
        return read_link_map(FileMemory(memory_, *file, program.bias), format_, program);
    }

    /// From memory, else from the program's file.
    std::string name_of_interpreter(const LoadedElf& program) {
        const auto* own = program.segment(elf::kSegmentInterpreter);
        if (own == nullptr) return {};
        auto name = read_string(memory_, own->address + program.bias);
        if (!name.empty()) return name;
        if (interpreter_.empty()) headers_of_file(program_file());
        return interpreter_;
    }

    void add_linked(const std::string& path, std::uint64_t bias) {
        auto file = read_loaded_elf(memory_, format_, bias);
        if (const auto found = file ? std::nullopt : roots_.find(path)) {
            file = headers_of_file(*found);
            if (file) file->bias = bias;
        }
        if (file) {
            add_loaded(*file, path);
        } else {
            ++unknown_ends_;
            if (unknown_ends_ > kMaxUnknownEnds) return;
            found_.problems.push_back("where '" + path + "' ends in memory is not known");
        }
    }

    void add_loaded(const LoadedElf& file, const std::string& path) {
        const auto build_id = read_build_id(memory_, format_, file);
        for (const auto& each : file.segments) {
            if (each.type != elf::kSegmentLoad || each.memory_size == 0) continue;
            loaded_bytes_ += sizeof(Mapping) + path.size();
            if (loaded_bytes_ > kMaxLoadedBytes) return;
            Mapping mapping;
            mapping.begin.value = each.address + file.bias;
            mapping.end.value = mapping.begin.value + each.memory_size;
            if (mapping.end < mapping.begin) continue;
            mapping.file_offset = each.offset;
            mapping.module_begin.value = file.low();
            mapping.bias = LoadBias{file.bias};
            mapping.path = path;
            mapping.build_id = build_id;
            found_.mappings.push_back(std::move(mapping));
        }
    }

    /// The vdso is no file: all of it has to come from memory.
    void add_vdso() {
        if (auxiliary_.vdso == 0) return;
        const auto file = read_loaded_elf(memory_, format_, auxiliary_.vdso);
        if (!file) return;
        const std::uint64_t size = image_size(*file);
        if (size == 0 || size > kMaxVdsoSize) return;
        auto image = std::make_shared<std::vector<std::uint8_t>>(size);
        if (!memory_.read(auxiliary_.vdso, *image)) return;
        Mapping mapping;
        mapping.begin.value = auxiliary_.vdso;
        mapping.end.value = auxiliary_.vdso + (size + 4095) / 4096 * 4096;
        mapping.module_begin = mapping.begin;
        mapping.path = "[vdso]";
        mapping.build_id = read_build_id(memory_, format_, *file);
        mapping.image = std::move(image);
        found_.mappings.push_back(std::move(mapping));
    }

    /// To the end of the section headers, which come last.
    std::uint64_t image_size(const LoadedElf& file) const {
        std::uint64_t end = 0;
        for (const auto& each : file.segments) {
            if (each.type == elf::kSegmentLoad) end = std::max(end, each.offset + each.file_size);
        }
        const bool wide = format_.size == 8;
        std::array<std::uint8_t, 64> header{};
        if (!memory_.read(auxiliary_.vdso, std::span(header).first(wide ? 64 : 52))) return end;
        base::Cursor table(header, format_.big_endian, wide ? 40 : 32);
        base::Cursor counts(header, format_.big_endian, wide ? 58 : 46);
        const auto offset = table.word(format_.size);
        const auto size = counts.u16();
        const auto sections_end = offset + std::uint64_t{size} * counts.u16();
        return sections_end < kMaxVdsoSize ? std::max(end, sections_end) : end;
    }

    void name_program() {
        const Mapping* program = nullptr;
        for (const auto at : {auxiliary_.entry, auxiliary_.program_headers}) {
            if (at != 0 && program == nullptr) program = mapping_at(found_.mappings, {at});
        }
        if (program == nullptr) return;
        found_.program = program->path;
        found_.program_build_id = program->build_id;
    }

    const Memory& memory_;
    WordFormat format_;
    const AuxiliaryVector& auxiliary_;
    const ProcessOptions& options_;
    FileRoots roots_;
    std::optional<std::uint64_t> program_entry_;
    std::string interpreter_;  ///< of the program's file
    std::size_t loaded_files_ = 0;
    std::size_t loaded_bytes_ = 0;
    std::size_t unknown_ends_ = 0;
    MappedFiles found_;
};

}  // namespace

MappedFiles read_mapped_files(const Memory& memory, WordFormat format, const MemoryMap& map,
                              const AuxiliaryVector& auxiliary, const ProcessOptions& options) {
    return Collector(memory, format, map.machine, auxiliary, options).collect(map);
}

}  // namespace symline::process
