// Fixtures, and a folder that lives as long as one test.
#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "support/byte_writer.h"

namespace symline::test {

/// fixtures/bin of the sources.
std::string fixtures_folder();

inline std::string fixture(std::string_view name) {
    return fixtures_folder() + "/" + std::string(name);
}

inline ByteVector read_whole(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return ByteVector(std::istreambuf_iterator<char>(in), {});
}

class TemporaryFolder {
public:
    TemporaryFolder() {
        // mkdtemp replaces the last six letters.
        std::string pattern = (std::filesystem::temp_directory_path() / "symline-unit-").string() +
                              std::string(6, 'X');
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code failure;
        std::filesystem::remove_all(path_, failure);
    }

    std::string path(std::string_view name) const { return (path_ / name).string(); }
    std::string root() const { return path_.string(); }
    /// Writes a file, folders made as needed, and gives its path.
    std::string write(std::string_view name, const ByteVector& bytes) const {
        const auto to = path_ / name;
        std::filesystem::create_directories(to.parent_path());
        std::ofstream out(to, std::ios::binary);
        out.write(reinterpret_cast<const char*>(bytes.data()),
                  static_cast<std::streamsize>(bytes.size()));
        REQUIRE(out.flush());
        return to.string();
    }
    std::string write(std::string_view name, std::string_view text) const {
        return write(name, ByteVector(text.begin(), text.end()));
    }
    std::string copy(std::string_view name, const std::string& from) const {
        return write(name, read_whole(from));
    }

private:
    std::filesystem::path path_;
};

}  // namespace symline::test
