#include "symbolize/matching_module.h"

#include <utility>

namespace symline::symbolize {

std::expected<Module, Refusal> open_matching_module(const std::string& path,
                                                    const std::optional<BuildId>& wanted,
                                                    ModuleOptions options) {
    auto module = Module::open(path, std::move(options));
    if (!module) return std::unexpected(Refusal{std::move(module.error()), std::nullopt});
    auto own = module->build_id();
    if (!wanted || own == wanted) return std::move(*module);
    std::string message =
        "build id " + (own ? own->hex() : std::string("(none)")) + " instead of " + wanted->hex();
    return std::unexpected(
        Refusal{{ErrorCode::mismatch, path, std::move(message)}, std::move(own)});
}

}  // namespace symline::symbolize
