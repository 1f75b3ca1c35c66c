// The build id of a file: the NT_GNU_BUILD_ID note that ties a program to its debug file.
//
//     if (const auto id = symline::BuildId::parse("951d4e6facd190fe354c3fe4d32e7ccbbe4649e2")) {
//         const auto found = debug_files.debug_file(*id);
//     }
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace symline {

/// The bytes of a build id note (20 for ld's default SHA-1, but any number from 1 to 64 occurs).
class BuildId {
public:
    BuildId() = default;
    explicit BuildId(std::span<const std::byte> bytes) : bytes_(bytes.begin(), bytes.end()) {}

    /// From hexadecimal digits of either case. Nothing when the text has an odd length, is empty,
    /// is longer than 64 bytes or holds another character.
    [[nodiscard]] static std::optional<BuildId> parse(std::string_view hex);

    [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    /// Lower case hexadecimal, two digits a byte.
    [[nodiscard]] std::string hex() const;

    friend bool operator==(const BuildId&, const BuildId&) = default;

private:
    std::vector<std::byte> bytes_;
};

}  // namespace symline
