#include "vmcore/layout/btf.h"

#include <algorithm>

#include "base/bytes.h"

namespace symline::vmcore {
namespace {

// include/uapi/linux/btf.h
constexpr std::uint16_t kMagic = 0xeb9f;
constexpr std::size_t kHeaderSize = 24, kTypeSize = 12, kMemberSize = 12;
enum Kind : unsigned {
    kInt = 1,
    kPtr = 2,
    kArray = 3,
    kStruct = 4,
    kUnion = 5,
    kEnum = 6,
    kTypedef = 8,
    kVolatile = 9,
    kConst = 10,
    kRestrict = 11,
    kFuncProto = 13,
    kVar = 14,
    kDatasec = 15,
    kFloat = 16,
    kDeclTag = 17,
    kTypeTag = 18,
    kEnum64 = 19,
};

constexpr std::uint64_t kPointerSize = 8;
/// Unnamed structures, and chains of typedefs, are never nested this deep.
constexpr unsigned kMaxDepth = 16;
/// That one question looks at; task_struct has 250.
constexpr std::size_t kMaxMembers = 100'000;

/// How much follows a type; nothing for a kind that is not known, for then the rest cannot be read.
std::optional<std::size_t> size_after(unsigned kind, std::size_t count) {
    switch (kind) {
        case kStruct:
        case kUnion: return count * kMemberSize;
        case kDatasec:
        case kEnum64:
        case kArray: return kind == kArray ? 12 : count * 12;
        case kEnum:
        case kFuncProto: return count * 8;
        case kInt:
        case kVar:
        case kDeclTag: return 4;
        default:
            return kind <= kTypeTag && kind != 0 ? std::optional<std::size_t>(0) : std::nullopt;
    }
}

bool is_structure(unsigned kind) {
    return kind == kStruct || kind == kUnion;
}

bool is_transparent(unsigned kind) {
    return (kind >= kTypedef && kind <= kRestrict) || kind == kTypeTag;
}

}  // namespace

Expected<Btf> Btf::parse(std::vector<std::uint8_t> bytes, bool big_endian) {
    const auto fail = [](ErrorCode code, const char* message) {
        return std::unexpected(Error{code, {}, message});
    };
    constexpr const char* kDamaged = "the kernel's BTF is damaged";
    Btf btf;
    btf.bytes_ = std::move(bytes);
    btf.big_endian_ = big_endian;
    if (btf.bytes_.size() < kHeaderSize) return fail(ErrorCode::malformed, kDamaged);
    if (base::load<std::uint16_t>(btf.bytes_.data(), big_endian) != kMagic) {
        return fail(ErrorCode::malformed, kDamaged);
    }
    if (btf.bytes_[2] != 1)
        return fail(ErrorCode::unsupported, "the kernel's BTF is of a new version");
    const std::uint64_t header = btf.number(4);
    const std::uint64_t types = header + btf.number(8);
    const std::uint64_t types_end = types + btf.number(12);
    const std::uint64_t strings = header + btf.number(16);
    const std::uint64_t strings_end = strings + btf.number(20);
    if (std::max(types_end, strings_end) > btf.bytes_.size()) {
        return fail(ErrorCode::malformed, kDamaged);
    }
    btf.strings_ = strings;
    btf.strings_end_ = strings_end;
    if (!btf.index_types(types, types_end)) return fail(ErrorCode::malformed, kDamaged);
    return btf;
}

std::uint32_t Btf::number(std::size_t at) const {
    return base::load<std::uint32_t>(bytes_.data() + at, big_endian_);
}

bool Btf::index_types(std::size_t begin, std::size_t end) {
    std::size_t at = begin;
    while (end - at >= kTypeSize) {
        types_.push_back(static_cast<std::uint32_t>(at));
        const auto id = static_cast<std::uint32_t>(types_.size());
        const auto found = type(id);
        const auto more = found ? size_after(found->kind, found->count) : std::nullopt;
        if (!more || *more > end - found->after) return false;
        if (is_structure(found->kind)) {
            const auto name = string(found->name);
            if (!name.empty()) structures_.try_emplace(name, id);
        }
        at = found->after + *more;
    }
    return at == end;
}

std::optional<Btf::Type> Btf::type(std::uint32_t id) const {
    if (id == 0 || id > types_.size()) return std::nullopt;
    const std::size_t at = types_[id - 1];
    const std::uint32_t info = number(at + 4);
    return Type{.name = number(at),
                .kind = (info >> 24) & 0x1f,
                .flag = (info >> 31) != 0,
                .count = info & 0xffff,
                .content = number(at + 8),
                .after = at + kTypeSize};
}

std::string_view Btf::string(std::uint32_t offset) const {
    if (offset >= strings_end_ - strings_) return {};
    const auto* const begin = reinterpret_cast<const char*>(bytes_.data()) + strings_ + offset;
    const std::string_view rest(begin, strings_end_ - strings_ - offset);
    return rest.substr(0, rest.find('\0'));
}

std::optional<Btf::Type> Btf::resolved(std::uint32_t id) const {
    auto found = type(id);
    for (unsigned depth = 0; found && is_transparent(found->kind); ++depth) {
        if (depth == kMaxDepth) return std::nullopt;
        found = type(found->content);
    }
    return found;
}

/// 0 for arrays, whose size is not asked for.
std::uint64_t Btf::size_of(std::uint32_t id) const {
    const auto found = resolved(id);
    if (!found) return 0;
    switch (found->kind) {
        case kPtr: return kPointerSize;
        case kInt:
        case kStruct:
        case kUnion:
        case kEnum:
        case kEnum64:
        case kFloat: return found->content;
        default: return 0;
    }
}

std::optional<Btf::Member> Btf::find(const Type& in, std::string_view name, unsigned depth,
                                     std::size_t& budget) const {
    if (depth == 0 || name.empty() || !is_structure(in.kind)) return std::nullopt;
    const auto placed = [&](std::size_t at) {
        const std::uint32_t offset = number(at + 8);
        Member member{.type = number(at + 4), .layout = {}};
        member.layout.size = size_of(member.type);
        // With the flag a bit field has its size in the upper bits.
        const std::uint32_t bits = in.flag ? offset & 0xff'ffff : offset;
        member.layout.offset = bits / 8;
        member.layout.bit_size = in.flag ? offset >> 24 : 0;
        member.layout.bit_offset = bits % 8;
        return member;
    };
    const std::size_t end = in.after + in.count * kMemberSize;
    for (std::size_t at = in.after; at != end; at += kMemberSize) {
        if (budget-- == 0) return budget = 0, std::nullopt;
        if (string(number(at)) == name) return placed(at);
    }
    for (std::size_t at = in.after; at != end; at += kMemberSize) {
        if (budget == 0) return std::nullopt;
        if (!string(number(at)).empty()) continue;
        const Member outer = placed(at);
        const auto inside = resolved(outer.type);
        auto found = inside ? find(*inside, name, depth - 1, budget) : std::nullopt;
        if (!found) continue;
        found->layout.offset += outer.layout.offset;
        return found;
    }
    return std::nullopt;
}

std::optional<MemberLayout> Btf::member(std::string_view name, std::string_view path) const {
    const auto known = structures_.find(name);
    auto in = known != structures_.end() ? type(known->second) : std::nullopt;
    std::uint64_t offset = 0;
    std::size_t budget = kMaxMembers;
    while (in) {
        const auto dot = path.find('.');
        auto found = find(*in, path.substr(0, dot), kMaxDepth, budget);
        if (!found) return std::nullopt;
        offset += found->layout.offset;
        found->layout.offset = offset;
        if (dot == std::string_view::npos) return found->layout;
        path.remove_prefix(dot + 1);
        in = resolved(found->type);
    }
    return std::nullopt;
}

std::optional<std::uint64_t> Btf::size(std::string_view name) const {
    const auto known = structures_.find(name);
    const auto found = known != structures_.end() ? type(known->second) : std::nullopt;
    if (!found) return std::nullopt;
    return found->content;
}

}  // namespace symline::vmcore
