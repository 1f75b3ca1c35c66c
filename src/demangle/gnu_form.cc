#include "demangle/gnu_form.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

namespace symline::demangling {
namespace {

/// LLVM counts the lambdas of a scope "", "0", "1", as the mangled name does; GNU counts from 1.
std::string gnu_number(std::string_view count) {
    std::uint64_t number = 0;
    if (count.empty()) return "#1";
    std::from_chars(count.data(), count.data() + count.size(), number);
    return "#" + std::to_string(number + 2);
}

/// The digits of "'lambda12'" at the start of `text`, if it starts with that.
std::optional<std::string_view> quoted_count(std::string_view text, std::string_view word) {
    if (!text.starts_with('\'') || !text.substr(1).starts_with(word)) return std::nullopt;
    const std::string_view rest = text.substr(1 + word.size());
    const auto end = rest.find_first_not_of("0123456789");
    if (end == std::string_view::npos || rest[end] != '\'') return std::nullopt;
    return rest.substr(0, end);
}

class Rewriter {
public:
    explicit Rewriter(std::string_view text) : rest_(text) { out_.reserve(text.size() + 64); }

    std::string run() {
        while (!rest_.empty()) step();
        return std::move(out_);
    }

private:
    struct Lambda {
        std::size_t depth;  ///< of parentheses around its parameters
        std::string number;
    };

    void step() {
        constexpr std::string_view kLambda = "lambda", kUnnamed = "unnamed";
        if (const auto count = quoted_count(rest_, kLambda)) {
            out_ += "{lambda";
            lambdas_.push_back({depth_, gnu_number(*count)});
            return rest_.remove_prefix(kLambda.size() + count->size() + 2);
        }
        if (const auto count = quoted_count(rest_, kUnnamed)) {
            out_ += "{unnamed type" + gnu_number(*count) + "}";
            return rest_.remove_prefix(kUnnamed.size() + count->size() + 2);
        }
        const char next = rest_.front();
        const bool closes_twice = next == '>' && out_.ends_with('>') && !after_operator();
        if (closes_twice) out_ += ' ';
        out_ += next;
        rest_.remove_prefix(1);
        if (next == '(') ++depth_;
        if (next == ')') close();
    }

    void close() {
        if (depth_ > 0) --depth_;
        if (lambdas_.empty() || lambdas_.back().depth != depth_) return;
        out_ += lambdas_.back().number + "}";
        lambdas_.pop_back();
    }

    /// True inside of "operator>>", "operator->" and the like.
    bool after_operator() const {
        const auto sign = out_.find_last_not_of("<>-=");
        return sign != std::string::npos &&
               std::string_view(out_).substr(0, sign + 1).ends_with("operator");
    }

    std::string_view rest_;
    std::string out_;
    std::size_t depth_ = 0;
    std::vector<Lambda> lambdas_;
};

}  // namespace

std::string in_gnu_form(std::string_view text) {
    return Rewriter(text).run();
}

}  // namespace symline::demangling
