#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "process/jit/jit_names.h"
#include "process/unwind/code_table.h"

namespace symline::process {
namespace {

/// The end of a larger file is read: the last functions count. V8 writes 100 bytes for each.
constexpr std::uint64_t kMaxSize = std::uint64_t{1} << 26;

/// Removes a hexadecimal number, and the blank after it, from the front of `text`.
std::optional<std::uint64_t> remove_hex(std::string_view& text) {
    std::uint64_t value = 0;
    if (text.starts_with("0x")) text.remove_prefix(2);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    const auto used = static_cast<std::size_t>(end - text.data());
    if (error != std::errc() || used == text.size() || text[used] != ' ') return std::nullopt;
    text.remove_prefix(used + 1);
    return value;
}

class PerfMap : public JitNames {
public:
    explicit PerfMap(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {
        std::string_view text(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
        while (!text.empty()) {
            const auto end = std::min(text.find('\n'), text.size());
            add(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    }

    std::optional<JitPlace> find(std::uint64_t address) override {
        const auto* found = functions_.find(address);
        if (found == nullptr) return std::nullopt;
        return JitPlace{.name = found->second.value, .begin = found->first, .file = {}};
    }

    bool fits(const std::function<bool(std::uint64_t)>& is_code) const override {
        return functions_.fits(is_code);
    }

    bool empty() const { return functions_.empty(); }

private:
    void add(std::string_view line) {
        const auto begin = remove_hex(line);
        const auto size = begin ? remove_hex(line) : std::nullopt;
        if (size && !line.empty()) functions_.add(*begin, *size, line);
    }

    std::vector<std::uint8_t> bytes_;
    CodeTable<std::string_view> functions_;  ///< the names
};

}  // namespace

std::unique_ptr<JitNames> read_perf_map(const base::RegularFile& file) {
    const auto size = std::min(file.size(), kMaxSize);
    std::vector<std::uint8_t> bytes(size);
    if (!file.read(file.size() - size, bytes)) return nullptr;
    if (size < file.size()) {
        const auto line = std::ranges::find(bytes, '\n');
        bytes.erase(bytes.begin(), line == bytes.end() ? line : line + 1);
    }
    auto map = std::make_unique<PerfMap>(std::move(bytes));
    return map->empty() ? nullptr : std::move(map);
}

}  // namespace symline::process
