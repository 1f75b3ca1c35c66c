// Fetches files together, as the programs do, and prints where each is or why it is not.
//
//   symline_fetch_files [--fetch=auto|ask|never] [--quiet] [debug:|code:|source:]BUILDID[:PATH]...

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "find/debuginfod/debuginfod.h"
#include "tools/diagnostics.h"
#include "tools/fetch_session.h"

using namespace symline;

namespace {

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

FetchRequest request_of(std::string_view word) {
    FetchRequest request;
    if (take_prefix(word, "code:")) request.kind = FetchKind::code_file;
    if (take_prefix(word, "source:")) request.kind = FetchKind::source_file;
    take_prefix(word, "debug:");
    const auto colon = word.find(':');
    if (colon != std::string_view::npos) request.path = word.substr(colon + 1);
    request.build_id = BuildId::parse(word.substr(0, colon)).value_or(BuildId());
    return request;
}

Expected<std::string> answer(find::Debuginfod& debuginfod, const FetchRequest& request) {
    switch (request.kind) {
        case FetchKind::debug_file: return debuginfod.debug_file(request.build_id);
        case FetchKind::code_file: return debuginfod.code_file(request.build_id);
        case FetchKind::source_file: break;
    }
    return debuginfod.source_file(request.build_id, request.path);
}

}  // namespace

int main(int argc, char** argv) {
    tools::FetchChoice choice;
    std::vector<FetchRequest> requests;
    for (std::string_view word : std::vector<std::string_view>(argv + 1, argv + argc)) {
        if (take_prefix(word, "--fetch=")) {
            choice.policy = tools::parse_fetch_policy(word).value_or(choice.policy);
        } else if (word == "--quiet") {
            choice.quiet = true;
        } else {
            requests.push_back(request_of(word));
        }
    }
    tools::Diagnostics diagnostics("fetch");
    tools::FetchSession session(choice, diagnostics);
    find::Debuginfod debuginfod(session.options());
    debuginfod.fetch_together(requests);
    bool found = true;
    for (const FetchRequest& request : requests) {
        const auto path = answer(debuginfod, request);
        std::printf("%s\n", path ? path->c_str() : ("not found: " + path.error().message).c_str());
        found = found && path;
    }
    return session.exit_status(found ? 0 : 1);
}
