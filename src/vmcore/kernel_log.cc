#include "vmcore/kernel_log.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace symline::vmcore {
namespace {

/// CONFIG_LOG_BUF_SHIFT is at most 25; log_buf_len= takes up to 2 GB, which nobody has.
constexpr std::uint64_t kMaxText = std::uint64_t{256} << 20;

std::unexpected<Error> fail(ErrorCode code, const char* message) {
    return std::unexpected(Error{code, {}, message});
}

/// Members of structures, by VMCOREINFO. One that is missing makes all() false.
class Layout {
public:
    explicit Layout(const Vmcoreinfo& info) : info_(info) {}
    std::uint64_t offset(std::string_view member) { return known(info_.offset(member)); }
    std::uint64_t size(std::string_view type) { return known(info_.size(type)); }
    std::uint64_t symbol(std::string_view name) { return known(info_.symbol(name)); }
    bool all() const { return all_; }

private:
    std::uint64_t known(std::optional<std::uint64_t> value) {
        all_ = all_ && value.has_value();
        return value.value_or(0);
    }
    const Vmcoreinfo& info_;
    bool all_ = true;
};

void append_line(std::string& out, std::uint64_t nanoseconds, std::string_view line) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    std::array<char, 40> time{};
    const int size = std::snprintf(time.data(), time.size(), "[%5llu.%06llu] ",
                                   static_cast<unsigned long long>(nanoseconds / kSecond),
                                   static_cast<unsigned long long>(nanoseconds % kSecond / 1000));
    out.append(time.data(), static_cast<std::size_t>(size));
    out += line;
    out += '\n';
}

void append_message(std::string& out, std::uint64_t nanoseconds, std::string_view text) {
    while (true) {
        const auto end = text.find('\n');
        append_line(out, nanoseconds, text.substr(0, end));
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

std::string_view characters(base::Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// kernel/printk/printk_ringbuffer.c of Linux 5.10 and later.
class RingLog {
public:
    RingLog(const KernelBytes& memory, const Vmcoreinfo& info) : memory_(memory), layout_(info) {}

    Expected<std::string> read() {
        if (auto header = read_header(); !header) return std::unexpected(header.error());
        std::string out;
        const std::uint64_t count = std::uint64_t{1} << count_bits_;
        std::uint64_t id = tail_;
        for (std::uint64_t i = 0; i < count && out.size() < kMaxText; ++i) {
            if (!append_record(out, id) || id == head_) break;
            id = (id + 1) & kIdMask;
        }
        return out;
    }

private:
    // The upper two bits of an id are the state of its descriptor.
    static constexpr unsigned kStateShift = 62;
    static constexpr std::uint64_t kIdMask = (std::uint64_t{1} << kStateShift) - 1;
    static constexpr std::uint64_t kCommitted = 1, kFinalized = 2;
    /// 2^25 bytes of log make 2^20 descriptors.
    static constexpr unsigned kMaxCountBits = 21;

    Expected<void> read_header() {
        const std::uint64_t pointer = layout_.symbol("prb");
        const std::uint64_t descriptors = layout_.offset("printk_ringbuffer.desc_ring");
        const std::uint64_t text = layout_.offset("printk_ringbuffer.text_data_ring");
        const std::uint64_t count_bits = layout_.offset("prb_desc_ring.count_bits");
        const std::uint64_t descs = layout_.offset("prb_desc_ring.descs");
        const std::uint64_t infos = layout_.offset("prb_desc_ring.infos");
        const std::uint64_t head = layout_.offset("prb_desc_ring.head_id");
        const std::uint64_t tail = layout_.offset("prb_desc_ring.tail_id");
        const std::uint64_t size_bits = layout_.offset("prb_data_ring.size_bits");
        const std::uint64_t data = layout_.offset("prb_data_ring.data");
        desc_size_ = layout_.size("prb_desc");
        state_at_ = layout_.offset("prb_desc.state_var");
        position_at_ = layout_.offset("prb_desc.text_blk_lpos");
        begin_at_ = position_at_ + layout_.offset("prb_data_blk_lpos.begin");
        next_at_ = position_at_ + layout_.offset("prb_data_blk_lpos.next");
        info_size_ = layout_.size("printk_info");
        time_at_ = layout_.offset("printk_info.ts_nsec");
        length_at_ = layout_.offset("printk_info.text_len");
        if (!layout_.all())
            return fail(ErrorCode::malformed, "VMCOREINFO does not describe the log");
        const std::uint64_t ring = word(pointer);
        count_bits_ = memory_.value<std::uint32_t>(ring + descriptors + count_bits).value_or(0);
        descs_ = word(ring + descriptors + descs);
        infos_ = word(ring + descriptors + infos);
        head_ = word(ring + descriptors + head) & kIdMask;
        tail_ = word(ring + descriptors + tail) & kIdMask;
        size_bits_ = memory_.value<std::uint32_t>(ring + text + size_bits).value_or(0);
        data_ = word(ring + text + data);
        if (!readable_) return fail(ErrorCode::unreadable, "the log's memory is not in the dump");
        if (count_bits_ == 0 || count_bits_ > kMaxCountBits || size_bits_ == 0 || size_bits_ > 31) {
            return fail(ErrorCode::malformed, "the log's ring buffer is damaged");
        }
        return {};
    }

    std::uint64_t word(std::uint64_t address) {
        const auto value = memory_.word(address);
        readable_ = readable_ && value.has_value();
        return value.value_or(0);
    }

    /// False where the ring is not in the dump.
    bool append_record(std::string& out, std::uint64_t id) const {
        const std::uint64_t index = id & ((std::uint64_t{1} << count_bits_) - 1);
        const std::uint64_t descriptor = descs_ + index * desc_size_;
        const std::uint64_t info = infos_ + index * info_size_;
        const auto state = memory_.word(descriptor + state_at_);
        const auto begin = memory_.word(descriptor + begin_at_);
        const auto next = memory_.word(descriptor + next_at_);
        const auto time = memory_.word(info + time_at_);
        const auto length = memory_.value<std::uint16_t>(info + length_at_);
        if (!state || !begin || !next || !time || !length) return false;
        if ((*state & kIdMask) != id) return true;
        const std::uint64_t kind = *state >> kStateShift;
        if (kind != kCommitted && kind != kFinalized) return true;
        // An empty line has positions with bit 0 set, and no text; so has one that did not fit.
        if ((*begin & 1) != 0 || (*next & 1) != 0) {
            append_message(out, *time, {});
        } else {
            append_text(out, id, *time, {*begin, *next}, *length);
        }
        return true;
    }

    struct Block {
        std::uint64_t begin, next;
    };

    void append_text(std::string& out, std::uint64_t id, std::uint64_t time, Block block,
                     std::uint64_t length) const {
        const std::uint64_t size = std::uint64_t{1} << size_bits_;
        std::uint64_t at = block.begin & (size - 1);
        std::uint64_t end = block.next & (size - 1);
        // A block that would wrap stands at the beginning of the buffer instead.
        if ((block.begin >> size_bits_) != (block.next >> size_bits_) && end != 0) at = 0;
        if (end == 0) end = size;
        constexpr std::uint64_t kIdSize = 8;
        if (end < at || end - at < kIdSize) return;
        // Text of a later record may have taken the place.
        if (memory_.word(data_ + at) != id) return;
        length = std::min(length, end - at - kIdSize);
        std::vector<std::uint8_t> bytes(length);
        if (memory_.read(data_ + at + kIdSize, bytes)) append_message(out, time, characters(bytes));
    }

    const KernelBytes& memory_;
    Layout layout_;
    bool readable_ = true;
    std::uint64_t desc_size_ = 0, state_at_ = 0, position_at_ = 0, begin_at_ = 0, next_at_ = 0;
    std::uint64_t info_size_ = 0, time_at_ = 0, length_at_ = 0;
    std::uint64_t descs_ = 0, infos_ = 0, data_ = 0, head_ = 0, tail_ = 0;
    unsigned count_bits_ = 0, size_bits_ = 0;
};

/// The bytes of the older log buffers, all at once.
Expected<std::vector<std::uint8_t>> read_buffer(const KernelBytes& memory, std::uint64_t pointer,
                                                std::uint64_t length_at) {
    const auto address = memory.word(pointer);
    const auto size = memory.value<std::uint32_t>(length_at);
    if (!address || !size) {
        return fail(ErrorCode::unreadable, "the log's memory is not in the dump");
    }
    if (*size == 0 || *size > kMaxText) {
        return fail(ErrorCode::malformed, "the log's length is damaged");
    }
    std::vector<std::uint8_t> bytes;
    constexpr std::size_t kStep = 4096;
    while (bytes.size() < *size) {  // allocates nothing for what cannot be read
        const std::size_t done = bytes.size();
        const std::size_t part = std::min<std::size_t>(kStep, *size - done);
        bytes.resize(done + part);
        if (!memory.read(*address + done, std::span(bytes).subspan(done))) {
            return fail(ErrorCode::unreadable, "the log's memory is not in the dump");
        }
    }
    return bytes;
}

/// struct printk_log (struct log before 3.11) of Linux 3.5 to 5.9: records one after another.
Expected<std::string> read_record_log(const KernelBytes& memory, const Vmcoreinfo& info) {
    Layout layout(info);
    const std::string type = info.size("printk_log") ? "printk_log" : "log";
    const std::uint64_t record_size = layout.size(type);
    const std::uint64_t time_at = layout.offset(type + ".ts_nsec");
    const std::uint64_t length_at = layout.offset(type + ".len");
    const std::uint64_t text_length_at = layout.offset(type + ".text_len");
    const std::uint64_t buffer = layout.symbol("log_buf");
    const std::uint64_t buffer_length = layout.symbol("log_buf_len");
    const std::uint64_t first_at = layout.symbol("log_first_idx");
    const std::uint64_t next_at = layout.symbol("log_next_idx");
    constexpr std::uint64_t kMaxRecord = 4096;
    if (!layout.all() || record_size > kMaxRecord || time_at + 8 > record_size ||
        length_at + 2 > record_size || text_length_at + 2 > record_size) {
        return fail(ErrorCode::malformed, "VMCOREINFO does not describe the log");
    }
    const auto bytes = read_buffer(memory, buffer, buffer_length);
    if (!bytes) return std::unexpected(bytes.error());
    const auto next = memory.value<std::uint32_t>(next_at);
    auto at = std::uint64_t{memory.value<std::uint32_t>(first_at).value_or(0)};
    std::string out;
    bool wrapped = false;
    while (next && at != *next && at + record_size <= bytes->size()) {
        const std::uint8_t* record = bytes->data() + at;
        const auto length = base::load<std::uint16_t>(record + length_at, memory.big_endian());
        if (length == 0) {  // the rest of the buffer was too small for the next record
            if (std::exchange(wrapped, true)) break;
            at = 0;
            continue;
        }
        const auto text =
            base::tail(*bytes, at + record_size)
                .first(std::min<std::uint64_t>(
                    base::load<std::uint16_t>(record + text_length_at, memory.big_endian()),
                    bytes->size() - at - record_size));
        append_message(out, base::load<std::uint64_t>(record + time_at, memory.big_endian()),
                       characters(text));
        at += length;
    }
    return out;
}

/// Before 3.5: characters, of which log_end counts all that were ever written.
Expected<std::string> read_character_log(const KernelBytes& memory, const Vmcoreinfo& info) {
    Layout layout(info);
    const std::uint64_t buffer = layout.symbol("log_buf");
    const std::uint64_t buffer_length = layout.symbol("log_buf_len");
    const std::uint64_t end_at = layout.symbol("log_end");
    if (!layout.all())
        return fail(ErrorCode::not_found, "VMCOREINFO does not name the kernel's log");
    const auto bytes = read_buffer(memory, buffer, buffer_length);
    if (!bytes) return std::unexpected(bytes.error());
    const std::uint64_t end = memory.value<std::uint32_t>(end_at).value_or(0);
    const auto text = characters(*bytes);
    if (end < text.size()) return std::string(text.substr(0, end));
    const std::uint64_t cut = end % text.size();
    return std::string(text.substr(cut)) + std::string(text.substr(0, cut));
}

}  // namespace

Expected<std::string> read_kernel_log(const KernelBytes& memory, const Vmcoreinfo& info) {
    if (info.symbol("prb")) return RingLog(memory, info).read();
    if (info.symbol("log_first_idx")) return read_record_log(memory, info);
    return read_character_log(memory, info);
}

}  // namespace symline::vmcore
