#include "symbolize/matching_module.h"

#include <utility>

#include "find/candidate_check.h"

namespace symline::symbolize {

std::expected<Module, Refusal> open_matching_module(const std::string& path,
                                                    const std::optional<BuildId>& wanted,
                                                    ModuleOptions options) {
    auto module = Module::open(path, std::move(options));
    if (!module) return std::unexpected(Refusal{std::move(module.error()), std::nullopt});
    auto own = module->build_id();
    if (!wanted || own == wanted) return std::move(*module);
    Error error{ErrorCode::mismatch, path, find::build_id_mismatch(own, *wanted)};
    return std::unexpected(Refusal{std::move(error), std::move(own)});
}

}  // namespace symline::symbolize
