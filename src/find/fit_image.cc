#include "find/fit_image.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "find/image_bytes.h"

namespace symline::find {
namespace {

using base::Bytes;
using namespace std::string_view_literals;

/// The header of a flattened device tree, in 32-bit big-endian words.
constexpr std::size_t kTotalSize = 4, kStructure = 8, kStrings = 12;

std::uint32_t word(Bytes bytes, std::uint64_t offset) {
    return base::Cursor(bytes, true, offset).u32();
}

/// What a node of /images says.
struct ImageNode {
    bool is_kernel = false;
    Bytes data;
    std::optional<std::uint32_t> offset;    ///< of the data, from the end of the tree
    std::optional<std::uint32_t> position;  ///< the same, in the file
    std::uint32_t size = 0;
};

void add_property(ImageNode& node, std::string_view name, Bytes value) {
    // Names are compared by their start: a string of a damaged file may have no end.
    const auto is = [&](std::string_view wanted) { return name.starts_with(wanted); };
    if (is("type\0"sv)) node.is_kernel = text_of(value).starts_with("kernel"sv);
    if (is("data\0"sv)) node.data = value;
    if (is("data-offset\0"sv)) node.offset = word(value, 0);
    if (is("data-position\0"sv)) node.position = word(value, 0);
    if (is("data-size\0"sv)) node.size = word(value, 0);
}

Bytes data_of(const ImageNode& node, Bytes file) {
    constexpr std::uint64_t kAlignment = 4;
    const std::uint64_t end = (word(file, kTotalSize) + kAlignment - 1) / kAlignment * kAlignment;
    if (node.position) return part_of(file, *node.position, node.size);
    if (node.offset) return part_of(file, end + *node.offset, node.size);
    return node.data;
}

constexpr std::uint64_t aligned(std::uint64_t size) {
    return (size + 3) & ~std::uint64_t{3};
}

/// Goes through the tokens of the tree once; every token takes at least 4 bytes of it.
class FitWalk {
public:
    explicit FitWalk(Bytes file)
        : file_(file),
          structure_(base::tail(file, word(file, kStructure))),
          strings_(base::tail(file, word(file, kStrings))) {}

    Bytes kernel() {
        enum : std::uint32_t { kBeginNode = 1, kEndNode = 2, kProperty = 3, kNop = 4 };
        while (at_ + 4 <= structure_.size()) {
            const auto token = word(structure_, at_);
            at_ += 4;
            if (token == kBeginNode) {
                if (!begin_node()) return {};
            } else if (token == kEndNode) {
                if (depth_ == kImageDepth && in_images_ && node_.is_kernel) {
                    return data_of(node_, file_);
                }
                if (depth_-- == 0) return {};
            } else if (token == kProperty) {
                property();
            } else if (token != kNop) {
                return {};
            }
        }
        return {};
    }

private:
    /// The root is 1, /images 2.
    static constexpr std::uint64_t kImageDepth = 3;

    bool begin_node() {
        const auto rest = text_of(base::tail(structure_, at_));
        const auto size = rest.find('\0');
        if (size == std::string_view::npos) return false;
        ++depth_;
        if (depth_ == kImageDepth - 1) in_images_ = rest.substr(0, size) == "images";
        if (depth_ == kImageDepth) node_ = {};
        at_ += aligned(size + 1);
        return true;
    }

    void property() {
        const auto size = word(structure_, at_);
        const auto name = word(structure_, at_ + 4);
        if (depth_ == kImageDepth) {
            add_property(node_, text_of(base::tail(strings_, name)),
                         part_of(structure_, at_ + 8, size));
        }
        at_ += 8 + aligned(size);
    }

    Bytes file_, structure_, strings_;
    std::uint64_t at_ = 0;
    std::uint64_t depth_ = 0;
    bool in_images_ = false;
    ImageNode node_;
};

}  // namespace

Bytes kernel_of_fit(Bytes file) {
    return FitWalk(file).kernel();
}

}  // namespace symline::find
