// A walk over a Rust v0 name (RFC 2603) that follows back references as a demangler does, and
// counts.
#include <algorithm>
#include <cstdint>

#include "demangle/demangle_limits.h"

namespace symline::demangling {
namespace {

constexpr std::uint64_t kMaxSteps = std::uint64_t{1} << 21;
/// LLVM's demangler stops here.
constexpr int kMaxDepth = 500;

class RustWalk {
public:
    explicit RustWalk(std::string_view name) : text_(name) {}

    bool run() {
        path();
        if (at_ < text_.size() && is_path(text_[at_])) path();  // of the instantiating crate
        return !exceeded_;
    }

private:
    static bool is_path(char c) { return c >= 'A' && c <= 'Z'; }

    char look() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    char take() {
        count(1);
        return at_ < text_.size() ? text_[at_++] : (stopped_ = true, '\0');
    }
    bool take(char wanted) {
        if (stopped_ || look() != wanted) return false;
        take();
        return true;
    }
    void count(std::uint64_t steps) {
        steps_ += std::min(steps, kMaxSteps);
        if (steps_ > kMaxSteps) exceeded_ = stopped_ = true;
    }

    std::uint64_t base62() {
        if (take('_')) return 0;
        std::uint64_t value = 0;
        while (!stopped_ && !take('_')) {
            const char c = take();
            int digit = 0;
            if (c >= '0' && c <= '9')
                digit = c - '0';
            else if (c >= 'a' && c <= 'z')
                digit = c - 'a' + 10;
            else if (c >= 'A' && c <= 'Z')
                digit = c - 'A' + 36;
            else
                stopped_ = true;
            value = value * 62 + static_cast<std::uint64_t>(digit);
        }
        return value + 1;
    }

    /// Runs `parse` one level deeper.
    template <typename Parse>
    void nested(Parse parse) {
        if (++depth_ > kMaxDepth) stopped_ = true;
        if (!stopped_) parse();
        --depth_;
    }

    template <typename Parse>
    void back_reference(Parse parse) {
        const std::uint64_t target = base62();
        if (stopped_ || target >= at_) {
            stopped_ = true;
            return;
        }
        if (silent_) return;
        const std::size_t after = at_;
        at_ = target;
        nested(parse);
        at_ = after;
    }

    void identifier() {
        if (take('s')) base62();
        const bool punycode = take('u');
        std::uint64_t size = 0;
        while (look() >= '0' && look() <= '9' && size < text_.size()) {
            size = size * 10 + static_cast<std::uint64_t>(take() - '0');
            if (size == 0) break;
        }
        take('_');
        if (size > text_.size() - at_) {
            stopped_ = true;
            return;
        }
        at_ += size;
        // Each character of Punycode is inserted into those before it.
        count(punycode ? size + size * size / 256 : size);
    }

    void implementation_path() {
        if (take('s')) base62();
        const bool before = silent_;
        silent_ = true;
        path();
        silent_ = before;
    }

    void path() {
        nested([this] {
            switch (take()) {
                case 'C': identifier(); break;
                case 'M':
                    implementation_path();
                    type();
                    break;
                case 'X':
                    implementation_path();
                    type();
                    path();
                    break;
                case 'Y':
                    type();
                    path();
                    break;
                case 'N':
                    take();
                    path();
                    identifier();
                    break;
                case 'I':
                    path();
                    while (!stopped_ && !take('E')) generic_argument();
                    break;
                case 'B': back_reference([this] { path(); }); break;
                default: stopped_ = true; break;
            }
        });
    }

    void generic_argument() {
        if (take('L')) {
            base62();
        } else if (take('K')) {
            constant();
        } else {
            type();
        }
    }

    void type() {
        nested([this] {
            const char c = look();
            if (c >= 'a' && c <= 'z') {
                take();
                return;
            }
            if (!composed_type(c)) path();
        });
    }

    /// A type that is made of others, or stands for one. False when `tag` begins no such type.
    bool composed_type(char tag) {
        constexpr std::string_view kTags = "ARQSPOTFDB";
        if (!kTags.contains(tag)) return false;
        take();
        switch (tag) {
            case 'A':
                type();
                constant();
                break;
            case 'R':
            case 'Q':
                if (take('L')) base62();
                type();
                break;
            case 'T':
                while (!stopped_ && !take('E')) type();
                break;
            case 'F': function(); break;
            case 'D': bounds(); break;
            case 'B': back_reference([this] { type(); }); break;
            default: type(); break;  // S, P, O: slices and pointers
        }
        return true;
    }

    /// A name is printed for each bound lifetime.
    void binder() {
        if (take('G')) count(std::min<std::uint64_t>(base62() + 1, text_.size()));
    }

    void function() {
        binder();
        take('U');
        if (take('K') && !take('C')) identifier();
        while (!stopped_ && !take('E')) type();
        type();
    }

    void bounds() {
        binder();
        while (!stopped_ && !take('E')) {
            path();
            while (take('p')) {
                identifier();
                type();
            }
        }
        if (take('L')) base62();
    }

    void constant() {
        nested([this] {
            const char c = take();
            if (c == 'B') return back_reference([this] { constant(); });
            if (c == 'p' || stopped_) return;
            while (!stopped_ && !take('_')) take();
        });
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::uint64_t steps_ = 0;
    int depth_ = 0;
    bool silent_ = false;  ///< inside of what is not printed: back references are not followed
    bool stopped_ = false;
    bool exceeded_ = false;
};

}  // namespace

bool within_rust_limits(std::string_view name) {
    constexpr std::string_view kPrefix = "_R";
    constexpr std::size_t kShort = 48;  // too short to stand for much
    if (name.size() <= kShort) return true;
    if (name.size() > kMaxMangledName) return false;
    return RustWalk(name.substr(kPrefix.size())).run();
}

}  // namespace symline::demangling
