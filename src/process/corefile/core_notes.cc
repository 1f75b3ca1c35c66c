#include "process/corefile/core_notes.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "elf/notes.h"

namespace symline::process {
namespace {

// Types of notes, include/uapi/linux/elf.h.
constexpr std::uint32_t kPrstatus = 1;
constexpr std::uint32_t kPrpsinfo = 3;
constexpr std::uint32_t kAuxv = 6;
constexpr std::uint32_t kFile = 0x46494c45;
constexpr std::uint32_t kSiginfo = 0x53494749;
constexpr std::uint32_t kArmPacMask = 0x406;

/// Each takes up to 3.5 KB here. A thread has two mappings at least, its stack and the guard of
/// that, and by default a process has 65,530 at most (vm.max_map_count).
constexpr std::size_t kMaxThreads = std::size_t{1} << 17;
constexpr std::size_t kMaxFiles = std::size_t{1} << 20;

/// The kernel gives a program about 20 entries; AT_VECTOR_SIZE is 64 at most.
constexpr std::size_t kMaxAuxiliaryValues = 256;
/// Of one thread: more than any machine has that is read here. A damaged core may repeat them.
constexpr std::size_t kMaxRegisterSets = 4;

// Values of si_code, include/uapi/asm-generic/siginfo.h.
constexpr int kSentByKernel = 0x80;
/// SI_USER, SI_QUEUE, SI_MESGQ, SI_TKILL: with the process that sent the signal.
constexpr std::array kSentByProcess{0, -1, -3, -6};

// Signals that a fault raises, whose siginfo holds an address: SIGILL, TRAP, BUS, FPE, SEGV.
bool has_fault_address(int signal, std::uint16_t machine) {
    const int bus = machine == elf::kMips ? 10 : 7;
    return signal == 4 || signal == 5 || signal == bus || signal == 8 || signal == 11;
}

std::string text(base::Bytes bytes, std::uint64_t offset, std::size_t size) {
    if (bytes.size() < offset + size) return {};
    const std::string_view whole{reinterpret_cast<const char*>(bytes.data()) + offset, size};
    return std::string(whole.substr(0, whole.find('\0')));
}

class Reader {
public:
    Reader(const CoreImage& image, CoreNotes& notes)
        : format_(image.format()),
          machine_(image.machine()),
          facts_(machine_facts(image.machine(), image.format().size)),
          notes_(notes) {
        notes_.facts.machine = machine_;
    }

    void read(base::Bytes segment) {
        elf::NoteWalk walk(segment, format_.big_endian);
        while (const auto note = walk.next()) {
            if (note->name == "CORE") read_note(note->type, note->contents);
            if (note->name == "LINUX" && note->type == kArmPacMask) read_mask(note->contents);
            if (note->name == "CORE" || note->name == "LINUX") keep_registers(*note);
        }
        if (walk.damaged()) say("a note is cut short or damaged");
    }

private:
    base::Cursor at(base::Bytes bytes, std::uint64_t offset) const {
        return {bytes, format_.big_endian, offset};
    }
    void say(std::string problem) {
        if (std::ranges::find(notes_.problems, problem) == notes_.problems.end()) {
            notes_.problems.push_back(std::move(problem));
        }
    }

    void read_note(std::uint32_t type, base::Bytes note) {
        switch (type) {
            case kPrstatus: return read_status(note);
            case kPrpsinfo: return read_process(note);
            case kSiginfo: return read_signal(note);
            case kAuxv: return read_auxiliary(note);
            case kFile: return read_files(note);
            default: return;
        }
    }

    void read_auxiliary(base::Bytes note) {
        notes_.facts.auxiliary = read_auxiliary_values(note, format_);
        notes_.auxiliary = places_of(notes_.facts.auxiliary);
    }

    /// The other registers of a thread come after its NT_PRSTATUS.
    void keep_registers(const elf::Note& note) {
        if (note.type == kXsaveLayoutSet) notes_.xsave_layout = note.contents;
        const auto known = extended_sets(machine_);
        if (notes_.threads.empty() || std::ranges::find(known, note.type) == known.end()) return;
        auto& sets = notes_.threads.back().register_sets;
        if (sets.size() < kMaxRegisterSets) sets.push_back({note.type, note.contents});
    }

    /// struct elf_prstatus, include/linux/elfcore.h: 12 bytes of siginfo, pr_cursig, two words of
    /// signal masks, four pids, four times, the registers.
    void read_status(base::Bytes note) {
        const bool wide = format_.size == 8;
        auto signal = at(note, 12);
        auto pid = at(note, wide ? 32 : 24);
        CoreThread thread;
        thread.signal = static_cast<std::int16_t>(signal.u16());
        thread.tid = static_cast<int>(pid.u32());
        if (!pid.ok()) return say("a thread's status is cut short");
        if (notes_.threads.size() >= kMaxThreads) {
            return say("more than " + std::to_string(kMaxThreads) +
                       " threads: the others are not shown");
        }
        if (facts_ != nullptr) {
            const auto registers = base::tail(note, wide ? 112 : 72);
            take_register_size(registers.size());
            thread.registers = read_registers(*facts_, registers, format_.big_endian);
            if (!thread.registers) say("a thread's registers are cut short");
            thread.register_sets.push_back({kGeneralSet, registers});
        }
        if (notes_.threads.empty()) notes_.facts.signal = thread.signal;
        notes_.threads.push_back(std::move(thread));
    }

    /// struct user_pac_mask, arch/arm64/include/uapi/asm/ptrace.h, of the thread before: the bits
    /// of data's addresses, and those of code's.
    void read_mask(base::Bytes note) {
        auto masks = at(note, 8);
        const auto code = masks.u64();
        if (!masks.ok() || notes_.threads.empty()) return;
        auto& registers = notes_.threads.back().registers;
        if (registers) registers->signature_bits = code;
    }

    /// `bytes` are those of pr_reg, pr_fpvalid and padding. The ELF header of a core may not tell
    /// n32 from o32, which has 45 registers: QEMU leaves its flags 0.
    void take_register_size(std::size_t bytes) {
        constexpr std::size_t kO32Bytes = std::size_t{45} * 4 + 8;
        if (facts_->machine == elf::kMips && facts_->word_size == 4 && bytes > kO32Bytes) {
            facts_ = machine_facts(elf::kMips, 4, 8);
        }
        notes_.register_size = facts_->register_size;
    }

    /// struct elf_prpsinfo: its flag is a word, its uid and gid have 2 bytes on some machines.
    void read_process(base::Bytes note) {
        const bool wide = format_.size == 8;
        const std::uint64_t pid = wide ? 24 : (note.size() < 128 ? 12 : 16);
        notes_.facts.pid = static_cast<int>(at(note, pid).u32());
        // Before the user's number is the word of flags, after it the group's.
        const auto user = wide ? 16 : 8;
        auto cursor = at(note, user);
        const bool narrow = pid - user == 4;
        const std::uint32_t number = narrow ? cursor.u16() : cursor.u32();
        if (cursor.ok()) notes_.user = number;
        notes_.facts.name = text(note, pid + 16, 16);
        notes_.facts.command_line = text(note, pid + 32, 80);
        auto& line = notes_.facts.command_line;
        while (line.ends_with(' ')) line.pop_back();
    }

    void read_signal(base::Bytes note) {
        if (seen_signal_) return;
        seen_signal_ = true;
        auto cursor = at(note, 0);
        const auto signal = static_cast<int>(cursor.u32());
        auto code = static_cast<int>(cursor.u32());
        // si_errno, which MIPS alone has after si_code.
        const auto third = static_cast<int>(cursor.u32());
        if (machine_ != elf::kMips) code = third;
        auto fields = at(note, format_.size == 8 ? 16 : 12);
        ProcessFacts& process = notes_.facts;
        if (!cursor.ok() || signal != process.signal) return;
        process.code = code;
        if (code > 0 && code != kSentByKernel && has_fault_address(signal, machine_)) {
            const auto address = fields.word(format_.size);
            if (fields.ok()) process.fault_address = address;
        } else if (std::ranges::find(kSentByProcess, code) != kSentByProcess.end()) {
            const auto sender = fields.u32();
            const auto user = fields.u32();
            if (!fields.ok()) return;
            process.sender = static_cast<int>(sender);
            process.sender_user = user;
        }
    }

    void read_files(base::Bytes note) {
        if (notes_.has_files) return;
        notes_.has_files = true;
        auto ranges = at(note, 0);
        const auto count = ranges.word(format_.size);
        const auto unit = ranges.word(format_.size);
        const auto entry = std::uint64_t{3} * format_.size;
        const bool fits = ranges.ok() && count <= ranges.remaining() / entry && count <= kMaxFiles;
        if (!fits) return say("the list of mapped files is damaged");
        auto names = at(note, ranges.offset() + count * entry);
        for (std::uint64_t i = 0; i < count; ++i) {
            FileRange range;
            range.begin = ranges.word(format_.size);
            range.end = ranges.word(format_.size);
            range.offset = ranges.word(format_.size) * unit;
            range.path = names.string();
            if (!names.ok()) return say("the names of mapped files are cut short");
            if (range.begin < range.end) notes_.files.push_back(std::move(range));
        }
        std::ranges::stable_sort(notes_.files, {}, &FileRange::begin);
    }

    WordFormat format_;
    std::uint16_t machine_;
    const MachineFacts* facts_;
    CoreNotes& notes_;
    bool seen_signal_ = false;
};

}  // namespace

std::vector<AuxiliaryValue> read_auxiliary_values(base::Bytes words, WordFormat format) {
    std::vector<AuxiliaryValue> values;
    base::Cursor cursor(words, format.big_endian);
    while (cursor.remaining() >= std::size_t{2} * format.size &&
           values.size() < kMaxAuxiliaryValues) {
        const auto type = cursor.word(format.size);
        const auto value = cursor.word(format.size);
        if (type == AT_NULL) break;
        values.push_back({type, value});
    }
    return values;
}

AuxiliaryVector places_of(const std::vector<AuxiliaryValue>& values) {
    AuxiliaryVector places;
    for (const auto& [type, value] : values) {
        switch (type) {
            case AT_PHDR: places.program_headers = value; break;
            case AT_PHNUM: places.program_header_count = value; break;
            case AT_BASE: places.interpreter = value; break;
            case AT_ENTRY: places.entry = value; break;
            case AT_EXECFN: places.program_name = value; break;
            case AT_SYSINFO_EHDR: places.vdso = value; break;
            default: break;
        }
    }
    return places;
}

CoreNotes read_core_notes(const CoreImage& image) {
    CoreNotes notes;
    Reader reader(image, notes);
    for (const auto& segment : image.notes()) reader.read(segment);
    if (notes.threads.empty()) notes.problems.emplace_back("the core names no threads");
    if (notes.facts.pid == 0 && !notes.threads.empty()) {
        notes.facts.pid = notes.threads.front().tid;
    }
    return notes;
}

}  // namespace symline::process
