#include "find/debuginfod/llvm_cache.h"

#include <doctest/doctest.h>

#include "support/files.h"

using namespace symline;
using namespace symline::test;

namespace {

const BuildId kId = *BuildId::parse("951d4e6facd190fe354c3fe4d32e7ccbbe4649e2");

FileCandidates candidates(const TemporaryFolder& folder, FileContent content) {
    find::WantedFile wanted;
    wanted.build_id = kId;
    wanted.content = content;
    return find::llvm_cache_finder(folder.root())->candidates(wanted);
}

}  // namespace

TEST_CASE("llvm_cache: the name that LLVM gives a file") {
    // As llvm-debuginfod-find 19.1.7 and 22.1.8 name them.
    CHECK(find::llvm_cache_path("/c", kId, "debuginfo") == "/c/llvmcache-15872129021804241059");
    CHECK(find::llvm_cache_path("/c", kId, "executable") == "/c/llvmcache-11176315831935052858");
}

TEST_CASE("llvm_cache: what is there is offered, and nothing is told of what is not") {
    const TemporaryFolder folder;
    const auto path = find::llvm_cache_path(folder.root(), kId, "debuginfo");
    CHECK(candidates(folder, FileContent::debug).paths.empty());
    folder.write(path.substr(folder.root().size() + 1), std::string_view());
    CHECK(candidates(folder, FileContent::debug).paths.empty());
    folder.write(path.substr(folder.root().size() + 1), std::string_view("x"));
    CHECK(candidates(folder, FileContent::debug).paths == std::vector{path});
    CHECK(candidates(folder, FileContent::code).paths.empty());
}
