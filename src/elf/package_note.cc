#include "elf/package_note.h"

#include <cstddef>
#include <string>
#include <utility>

#include "base/hex.h"
#include "elf/notes.h"

namespace symline::elf {
namespace {

constexpr std::uint32_t kPackageMetadata = 0xcafe1a7e;
/// Real ones have 100 to 200 bytes.
constexpr std::size_t kMaxSize = 4096;

/// Reads the members of one object. What is nested is skipped, not understood.
class ObjectReader {
public:
    explicit ObjectReader(std::string_view json) : rest_(json) {}

    /// False where the text is no whole object.
    bool read(Package& package) {
        if (!take('{')) return false;
        if (take('}')) return true;
        do {
            const auto name = string();
            if (!name || !take(':') || !value(*name, package)) return false;
        } while (take(','));
        return take('}');
    }

private:
    bool value(std::string_view name, Package& package) {
        skip_space();
        if (!rest_.starts_with('"')) return skip_value();
        auto text = string();
        if (!text) return false;
        if (auto* member = member_of(package, name)) *member = std::move(*text);
        return true;
    }

    static std::string* member_of(Package& package, std::string_view name) {
        if (name == "type") return &package.type;
        if (name == "name") return &package.name;
        if (name == "version") return &package.version;
        if (name == "architecture") return &package.architecture;
        // The name of the system comes in two forms; "os" is the plain one.
        if (name == "os") return &package.os;
        if (name == "osCpe" && package.os.empty()) return &package.os;
        if (name == "debugInfoUrl") return &package.debuginfod;
        return nullptr;
    }

    /// A number, a word, or what is in brackets.
    bool skip_value() {
        std::size_t depth = 0;
        while (!rest_.empty()) {
            const char next = rest_.front();
            if (depth == 0 && (next == ',' || next == '}')) return true;
            if (next == '"') {
                if (!string()) return false;
                continue;
            }
            const bool closes = next == '}' || next == ']';
            if (closes && depth == 0) return false;
            if (next == '{' || next == '[') ++depth;
            if (closes) --depth;
            rest_.remove_prefix(1);
        }
        return false;
    }

    std::optional<std::string> string() {
        if (!take('"')) return std::nullopt;
        std::string text;
        while (!rest_.empty()) {
            const char next = rest_.front();
            rest_.remove_prefix(1);
            if (next == '"') return text;
            if (next != '\\') {
                text += next;
            } else if (!escape(text)) {
                return std::nullopt;
            }
        }
        return std::nullopt;
    }

    bool escape(std::string& text) {
        if (rest_.empty()) return false;
        const char kind = rest_.front();
        rest_.remove_prefix(1);
        switch (kind) {
            case '"':
            case '\\':
            case '/': text += kind; return true;
            case 'b': text += '\b'; return true;
            case 'f': text += '\f'; return true;
            case 'n': text += '\n'; return true;
            case 'r': text += '\r'; return true;
            case 't': text += '\t'; return true;
            case 'u': return character(text);
            default: return false;
        }
    }

    /// Names and versions are ASCII: of any other character a '?' is enough.
    bool character(std::string& text) {
        if (rest_.size() < 4) return false;
        unsigned value = 0;
        for (const char digit : rest_.substr(0, 4)) {
            const unsigned part = base::hex_value(digit);
            if (part > 15) return false;
            value = value * 16 + part;
        }
        rest_.remove_prefix(4);
        text += value < 0x80 ? static_cast<char>(value) : '?';
        return true;
    }

    bool take(char wanted) {
        skip_space();
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void skip_space() {
        while (!rest_.empty() && std::string_view(" \t\r\n").contains(rest_.front())) {
            rest_.remove_prefix(1);
        }
    }

    std::string_view rest_;
};

}  // namespace

std::optional<Package> parse_package(std::string_view json) {
    Package package;
    if (json.size() > kMaxSize || !ObjectReader(json).read(package)) return std::nullopt;
    return package;
}

std::optional<Package> package_in_notes(base::Bytes notes, bool big_endian,
                                        std::uint64_t alignment) {
    NoteWalk walk(notes, big_endian, alignment);
    while (const auto note = walk.next()) {
        if (note->name != "FDO" || note->type != kPackageMetadata) continue;
        std::string_view json(reinterpret_cast<const char*>(note->contents.data()),
                              note->contents.size());
        json = json.substr(0, json.find('\0'));
        if (auto package = parse_package(json)) return package;
    }
    return std::nullopt;
}

}  // namespace symline::elf
