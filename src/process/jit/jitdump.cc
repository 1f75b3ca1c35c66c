#include <algorithm>
#include <array>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/paged_file.h"
#include "process/jit/jit_names.h"
#include "process/unwind/code_table.h"

namespace symline::process {
namespace {

constexpr std::uint32_t kMagic = 0x4a695444;  // "JiTD"
constexpr std::uint64_t kHeader = 40;
constexpr std::uint64_t kRecordHeader = 16;
enum RecordKind : std::uint32_t { code_load, code_move, debug_info, code_close };

/// Far more than a program has functions; the code of each is in the file, too.
constexpr std::size_t kMaxRecords = std::size_t{1} << 22;
constexpr std::uint64_t kMaxName = 4096;
/// Of one function; an entry has 17 bytes at least.
constexpr std::uint64_t kMaxLines = std::uint64_t{1} << 20;

/// V8 adds it to all addresses of lines (src/diagnostics/perf-jit.cc, LogWriteDebugInfo), since
/// perf once took it off: it is the size of the header of perf's own ELF files.
constexpr std::uint64_t kElfHeader = 0x40;

struct Record {
    std::uint32_t kind = 0;
    std::uint64_t size = 0;
    std::uint64_t time = 0;
    std::uint64_t offset = 0;  ///< of what follows its header
};

struct Function {
    std::uint64_t name_at = 0;  ///< offsets in the file
    std::uint64_t name_end = 0;
    std::uint64_t lines_at = 0;  ///< of the entries; 0: none
    std::uint64_t lines_end = 0;
    std::uint64_t moved = 0;  ///< how far, since the lines were written
};

class Jitdump : public JitNames {
public:
    Jitdump(base::PagedFile file, std::uint32_t pid) : file_(std::move(file)), pid_(pid) {}

    bool read() {
        if (!read_header()) return false;
        auto records = list_records();
        // Threads write them one after the other, but take the time before.
        std::ranges::stable_sort(records, {}, &Record::time);
        for (const Record& each : records) take(each);
        lines_of_.clear();
        return !functions_.empty();
    }

    std::optional<JitPlace> find(std::uint64_t address) override {
        const auto* found = functions_.find(address);
        if (found == nullptr) return std::nullopt;
        const Function& function = found->second.value;
        JitPlace place{
            .name = kept(function.name_at, function.name_end), .begin = found->first, .file = {}};
        if (function.lines_at != 0) find_line(function, address - function.moved, place);
        return place;
    }

    bool fits(const std::function<bool(std::uint64_t)>& is_code) const override {
        return functions_.fits(is_code);
    }

private:
    base::Cursor cursor(base::Bytes bytes) const { return {bytes, big_endian_}; }

    bool read_header() {
        std::array<std::uint8_t, kHeader> bytes{};
        if (!file_.read(0, bytes)) return false;
        big_endian_ = base::load<std::uint32_t>(bytes.data(), false) != kMagic;
        auto header = cursor(bytes);
        if (header.u32() != kMagic || header.u32() != 1) return false;
        next_ = header.u32();
        header.skip(8);
        return header.u32() == pid_ && next_ >= kHeader;
    }

    /// A file that is being written ends in the middle of one.
    std::vector<Record> list_records() {
        std::vector<Record> records;
        std::array<std::uint8_t, kRecordHeader> bytes{};
        while (records.size() < kMaxRecords && file_.read(next_, bytes)) {
            auto header = cursor(bytes);
            Record record;
            record.kind = header.u32();
            record.size = header.u32();
            record.time = header.u64();
            record.offset = next_ + kRecordHeader;
            if (record.size < kRecordHeader || record.size > file_.size() - next_) break;
            next_ += record.size;
            if (record.kind < code_close) records.push_back(record);
        }
        return records;
    }

    void take(const Record& record) {
        std::array<std::uint8_t, 48> bytes{};
        const auto room = std::min<std::uint64_t>(bytes.size(), record.size - kRecordHeader);
        if (!file_.read(record.offset, std::span(bytes).first(room))) return;
        auto fields = cursor(std::span(bytes).first(room));
        if (record.kind == debug_info) return take_lines(record, fields);
        const auto pid = fields.u32();
        fields.skip(4 + 8);  // tid, vma
        const auto address = fields.u64();
        const auto second = fields.u64();
        const auto third = fields.u64();
        if (!fields.ok() || pid != pid_) return;
        if (record.kind == code_load) {
            load(record, address, second);
        } else {
            move(address, second, third);
        }
    }

    /// It stands before the record of the code that it is of.
    void take_lines(const Record& record, base::Cursor& fields) {
        const auto address = fields.u64();
        if (fields.ok()) {
            lines_of_[address] = {record.offset + 16, record.offset + record.size - kRecordHeader};
        }
    }

    void load(const Record& record, std::uint64_t address, std::uint64_t size) {
        Function function;
        function.name_at = record.offset + 40;
        function.name_end = record.offset + record.size - kRecordHeader;
        const auto lines = lines_of_.find(address);
        if (lines != lines_of_.end()) {
            std::tie(function.lines_at, function.lines_end) = lines->second;
            lines_of_.erase(lines);
        }
        functions_.add(address, size, function);
    }

    void move(std::uint64_t from, std::uint64_t to, std::uint64_t size) {
        auto function = functions_.take(from);
        if (!function) return;
        function->value.moved += to - from;
        functions_.add(to, size, function->value);
    }

    /// A string of the file, which ends at `end` at the latest.
    std::string text(std::uint64_t at, std::uint64_t end) const {
        std::vector<std::uint8_t> bytes(at < end ? std::min(end - at, kMaxName) : 0);
        if (!file_.read(at, bytes)) return {};
        return {bytes.begin(), std::ranges::find(bytes, 0)};
    }
    std::string_view kept(std::uint64_t at, std::uint64_t end) {
        const auto [known, is_new] = texts_.try_emplace(at);
        if (is_new) known->second = text(at, end);
        return known->second;
    }

    /// The entry of the last address that is not after `address`, which is as it was when the
    /// entries were written.
    void find_line(const Function& function, std::uint64_t address, JitPlace& place) {
        std::uint64_t best = 0, file_at = 0, named_at = 0;
        auto at = function.lines_at;
        if (word_at(at) == place.begin - function.moved + kElfHeader) address += kElfHeader;
        for (std::uint64_t i = 0; i < kMaxLines && at + 16 < function.lines_end; ++i) {
            std::array<std::uint8_t, 16> bytes{};
            if (!file_.read(at, bytes)) break;
            auto entry = cursor(bytes);
            const auto begin = entry.u64();
            const auto line = entry.u32();
            const auto name = text(at + 16, function.lines_end);
            // "\377": the same as before.
            if (name != "\377") named_at = at + 16;
            at += 16 + name.size() + 1;
            if (begin > address || begin < best || named_at == 0) continue;
            best = begin;
            file_at = named_at;
            place.line = line;
        }
        if (file_at != 0) place.file = kept(file_at, function.lines_end);
    }

    std::uint64_t word_at(std::uint64_t at) const {
        std::array<std::uint8_t, 8> bytes{};
        return file_.read(at, bytes) ? cursor(bytes).u64() : 0;
    }

    base::PagedFile file_;
    std::uint32_t pid_;
    bool big_endian_ = false;
    std::uint64_t next_ = 0;
    CodeTable<Function> functions_;
    /// Of code that has not come yet, by its address: begin and end of the entries.
    std::unordered_map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> lines_of_;
    std::unordered_map<std::uint64_t, std::string> texts_;  ///< by offset; nodes do not move
};

}  // namespace

std::unique_ptr<JitNames> read_jitdump(base::RegularFile file, std::uint32_t pid) {
    auto dump = std::make_unique<Jitdump>(base::PagedFile(std::move(file)), pid);
    return dump->read() ? std::move(dump) : nullptr;
}

}  // namespace symline::process
