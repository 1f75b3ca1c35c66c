#include "find/fit_image.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "find/kernel_image.h"
#include "support/kernel_images.h"

using namespace symline;
using namespace symline::test;

namespace {

using Properties = std::vector<std::pair<std::string, ByteVector>>;

ByteVector text(std::string_view value) {
    return ByteWriter().string(value).data();
}

ByteVector number(std::uint32_t value) {
    return ByteWriter(true).u32(value).data();
}

/// A flattened device tree in the making.
class TreeBuilder {
public:
    void begin(std::string_view name) { structure_.u32(1).string(name).align(4); }
    void end() { structure_.u32(2); }
    void property(const std::string& name, const ByteVector& value) {
        structure_.u32(3).u32(value.size()).u32(strings_.size()).bytes(value).align(4);
        strings_ += name + '\0';
    }
    void image(std::string_view name, const Properties& properties) {
        begin(name);
        for (const auto& [key, value] : properties) property(key, value);
        end();
    }
    /// Header, structure, strings.
    ByteVector build() {
        structure_.u32(4).u32(9);
        constexpr std::uint32_t kHeader = 40;
        const auto strings = kHeader + structure_.data().size();
        ByteWriter out(true);
        out.u32(0xd00dfeed).u32(strings + strings_.size()).u32(kHeader).u32(strings).zeros(24);
        out.bytes(structure_.data()).text_only(strings_);
        return out.data();
    }

private:
    ByteWriter structure_{true};
    std::string strings_;
};

/// A tree with a RAM disk, a kernel and a configuration that also says "kernel".
ByteVector fit(const Properties& kernel) {
    TreeBuilder tree;
    tree.begin("");
    tree.property("description", text("test"));
    tree.begin("images");
    tree.image("ramdisk-1", {{"data", text("xx")}, {"type", text("ramdisk")}});
    tree.image("kernel-1", kernel);
    tree.end();
    tree.begin("configurations");
    tree.image("conf-1", {{"kernel", text("kernel-1")}, {"type", text("kernel")}});
    tree.end();
    tree.end();
    return tree.build();
}

ByteVector payload() {
    return packed(raw_kernel(true), "gzip -n");
}

std::optional<BuildId> id_in(const ByteVector& image) {
    const auto read = find::read_kernel_image(image);
    return read ? read->build_id : std::nullopt;
}

const auto kId = BuildId::parse(std::string(40, '1'));

}  // namespace

TEST_CASE("the kernel in a FIT image, in the tree and after it") {
    const auto inside = fit({{"data", payload()}, {"type", text("kernel")}});
    CHECK(std::ranges::equal(find::kernel_of_fit(inside), payload()));
    CHECK(find::is_kernel_image(inside));
    CHECK(id_in(inside) == kId);
    const auto size = static_cast<std::uint32_t>(payload().size());
    auto after = fit({{"type", text("kernel_noload")},
                      {"data-offset", number(16)},
                      {"data-size", number(size)}});
    after.resize((after.size() + 3) / 4 * 4 + 16);
    append(after, payload());
    CHECK(id_in(after) == kId);
    auto placed = fit(
        {{"type", text("kernel")}, {"data-position", number(8192)}, {"data-size", number(size)}});
    placed.resize(8192);
    append(placed, payload());
    CHECK(id_in(placed) == kId);
}

TEST_CASE("a device tree without a kernel, and a FIT image that is cut or damaged") {
    const auto none = fit({{"data", payload()}, {"type", text("flat_dt")}});
    CHECK(find::kernel_of_fit(none).empty());
    const auto read = find::read_kernel_image(none);
    REQUIRE_FALSE(read);
    CHECK(read.error().message == "a FIT image with no kernel to be found in it");
    CHECK(find::kernel_of_fit({}).empty());
    const auto whole = fit({{"data", payload()}, {"type", text("kernel")}});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        (void)find::kernel_of_fit({whole.data(), size});
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        auto damaged = whole;
        damaged[at] ^= 0xff;
        const auto id = id_in(damaged);
        const bool right = !id || id == kId;
        CHECK(right);
    }
}
