#include "verify/difference.h"

#include <algorithm>
#include <array>

namespace symline::verify {
namespace {

std::string hex(std::uint64_t value) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    do {
        text.insert(text.begin(), kDigits[value & 0xfU]);
        value >>= 4U;
    } while (value != 0);
    return "0x" + text;
}

std::string place(const SourceLocation& location) {
    return std::string(location.file) + ':' + std::to_string(location.line);
}

class Comparison {
public:
    explicit Comparison(std::vector<Difference>& found) : found_(found) {}

    void frame(std::size_t number, const Frame& ours, const Frame& theirs, FrameParts parts) {
        number_ = number;
        add(Field::name, std::string(ours.linkage_or_name()),
            std::string(theirs.linkage_or_name()));
        add(Field::file, std::string(ours.location.file), std::string(theirs.location.file));
        add(Field::line, ours.location.line, theirs.location.line);
        if (parts == FrameParts::all) details(ours, theirs);
    }

private:
    void details(const Frame& ours, const Frame& theirs) {
        if (theirs.location.column != 0)
            add(Field::column, ours.location.column, theirs.location.column);
        if (theirs.location.discriminator != 0)
            add(Field::discriminator, ours.location.discriminator, theirs.location.discriminator);
        if (theirs.start) {
            add(Field::start, ours.start ? hex(ours.start->value) : std::string(),
                hex(theirs.start->value));
        }
        if (!theirs.declaration.file.empty())
            add(Field::declaration, place(ours.declaration), place(theirs.declaration));
    }

    void add(Field field, std::string ours, std::string theirs) {
        if (ours == theirs) return;
        found_.push_back({field, number_, std::move(ours), std::move(theirs)});
    }
    void add(Field field, std::uint32_t ours, std::uint32_t theirs) {
        if (ours != theirs) add(field, std::to_string(ours), std::to_string(theirs));
    }

    std::vector<Difference>& found_;
    std::size_t number_ = 0;
};

}  // namespace

std::string_view name_of(Field field) {
    constexpr std::array<std::string_view, 8> kNames{
        "depth", "name", "file", "line", "column", "discriminator", "start", "declaration"};
    return kNames[static_cast<std::size_t>(field)];
}

std::vector<Difference> differences(const Lookup& ours, const Lookup& theirs, FrameParts parts) {
    std::vector<Difference> found;
    const std::size_t common = std::min(ours.frames.size(), theirs.frames.size());
    const bool same_depth = ours.frames.size() == theirs.frames.size();
    if (!same_depth) {
        found.push_back({Field::depth, 0, std::to_string(ours.frames.size()),
                         std::to_string(theirs.frames.size())});
    }
    Comparison comparison(found);
    for (std::size_t i = 0; i < (same_depth ? common : std::min<std::size_t>(common, 1)); ++i) {
        comparison.frame(i, ours.frames[i], theirs.frames[i], parts);
    }
    return found;
}

}  // namespace symline::verify
