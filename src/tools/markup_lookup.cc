#include "tools/markup_lookup.h"

#include <utility>

#include "base/hex.h"
#include "output/names.h"
#include "tools/messages.h"

namespace symline::tools {
namespace {

/// What an unknown name or file is in LLVM's answers.
constexpr std::string_view kInvalid = "<invalid>";

/// The address as a user would type it: in a relocatable file it is an offset into .text.
std::optional<FileAddress> place(Addr2lineModule& module, std::uint64_t address) {
    const std::string typed = base::hex(address);
    return module.place(parse_input(typed)).address;
}

}  // namespace

Expected<Addr2lineModule*> MarkupLookup::module(const BuildId& build_id) {
    const auto [known, is_new] = paths_.try_emplace(build_id.hex());
    if (is_new) known->second = files_.path_of(build_id).value_or("");
    if (known->second.empty()) {
        return std::unexpected(Error{ErrorCode::not_found, {}, "could not find build ID"});
    }
    auto& opened = files_.module(known->second);
    if (opened) return &*opened;
    const Error& error = opened.error();
    return std::unexpected(Error{error.code, error.file, open_failure(error, known->second)});
}

Expected<std::vector<Frame>> MarkupLookup::frames(const BuildId& build_id, std::uint64_t address) {
    const auto found = module(build_id);
    if (!found) return std::unexpected(found.error());
    const auto at = place(**found, address);
    if (!at) return std::vector<Frame>{};
    return std::move((*found)->lookup(*at).frames);
}

Expected<std::string> MarkupLookup::data(const BuildId& build_id, std::uint64_t address) {
    const auto found = module(build_id);
    if (!found) return std::unexpected(found.error());
    const auto at = place(**found, address);
    const auto symbol = at ? (*found)->symbol_at(*at) : std::nullopt;
    return symbol ? name(symbol->name) : std::string(kInvalid);
}

std::string MarkupLookup::name(const Frame& frame) const {
    std::string shown = output::shown_name(frame, options_.names);
    return shown.empty() ? std::string(kInvalid) : shown;
}

std::string MarkupLookup::name(std::string_view name) const {
    return output::shown_name(name, options_.names);
}

std::string MarkupLookup::path(const SourceLocation& location) const {
    const auto shown = output::shown_path(location, options_.names);
    return std::string(shown.empty() ? kInvalid : shown);
}

}  // namespace symline::tools
