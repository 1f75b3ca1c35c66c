// BTF, the kernel's own description of its types (Documentation/bpf/btf.rst): where the members of
// structures are. /sys/kernel/btf/vmlinux shows the same bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "symline/error.h"
#include "vmcore/layout/member_layout.h"

namespace symline::vmcore {

class Btf {
public:
    /// Errors: malformed, unsupported (another version).
    static Expected<Btf> parse(std::vector<std::uint8_t> bytes, bool big_endian);

    /// As StructLayouts::member, without a unit: every structure is there once.
    std::optional<MemberLayout> member(std::string_view type, std::string_view path) const;
    std::optional<std::uint64_t> size(std::string_view type) const;

private:
    struct Type {
        std::uint32_t name = 0;
        unsigned kind = 0;
        bool flag = false;
        std::uint32_t count = 0;    ///< of what follows it
        std::uint32_t content = 0;  ///< its size, or another type
        std::size_t after = 0;      ///< where what follows it begins
    };
    struct Member {
        std::uint32_t type = 0;
        MemberLayout layout;
    };

    std::uint32_t number(std::size_t at) const;
    bool index_types(std::size_t begin, std::size_t end);
    std::optional<Type> type(std::uint32_t id) const;
    std::string_view string(std::uint32_t offset) const;
    /// Without typedefs and qualifiers.
    std::optional<Type> resolved(std::uint32_t id) const;
    std::uint64_t size_of(std::uint32_t id) const;
    std::optional<Member> find(const Type& in, std::string_view name, unsigned depth,
                               std::size_t& budget) const;

    std::vector<std::uint8_t> bytes_;
    bool big_endian_ = false;
    std::size_t strings_ = 0, strings_end_ = 0;
    std::vector<std::uint32_t> types_;  ///< where each begins, from type 1 on
    std::unordered_map<std::string_view, std::uint32_t> structures_;
};

}  // namespace symline::vmcore
