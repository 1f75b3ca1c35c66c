// VMCOREINFO: what a kernel says of itself to those who read its dump, "KEY=VALUE" a line.
// Documentation/admin-guide/kdump/vmcoreinfo.rst lists the keys.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "symline/build_id.h"

namespace symline::vmcore {

/// Of a kernel's release, its first two numbers.
struct KernelVersion {
    unsigned major = 0, minor = 0;
    friend auto operator<=>(const KernelVersion&, const KernelVersion&) = default;
};

/// Zeros where it does not begin with numbers.
KernelVersion version_of(std::string_view release);

class Vmcoreinfo {
public:
    Vmcoreinfo() = default;
    /// What is no "KEY=VALUE" is passed over; of a key that comes twice the first one counts.
    explicit Vmcoreinfo(std::string_view text);

    bool empty() const { return values_.empty(); }
    /// Empty when it is not there.
    std::string_view text(std::string_view key) const;

    std::string_view release() const { return text("OSRELEASE"); }
    std::optional<BuildId> build_id() const { return BuildId::parse(text("BUILD-ID")); }
    std::optional<std::uint64_t> kernel_offset() const { return hex("KERNELOFFSET"); }
    /// The same of the place in physical memory; since Linux 6.10, s390 alone.
    std::optional<std::uint64_t> physical_kernel_offset() const { return hex("KERNELOFFPHYS"); }
    /// What the addresses of memory are above the physical ones; since Linux 6.10, s390 alone.
    std::optional<std::uint64_t> identity_base() const { return hex("IDENTITYBASE"); }
    /// Where a symbol is in the running kernel.
    std::optional<std::uint64_t> symbol(std::string_view name) const;
    std::optional<std::uint64_t> size(std::string_view type) const;
    std::optional<std::uint64_t> offset(std::string_view member) const;
    /// How many elements an array has.
    std::optional<std::uint64_t> length(std::string_view array) const;
    /// Negative numbers modulo 2^64.
    std::optional<std::uint64_t> number(std::string_view name) const;
    /// How large the kernel's pages are, in bytes.
    std::optional<std::uint64_t> page_size() const { return decimal("PAGESIZE"); }

private:
    std::optional<std::uint64_t> hex(std::string_view key) const;
    std::optional<std::uint64_t> decimal(std::string_view key) const;

    std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace symline::vmcore
