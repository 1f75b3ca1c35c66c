#include "tools/find_run.h"

#include <utility>

#include "output/located.h"
#include "symbolize/locate.h"
#include "tools/messages.h"

namespace symline::tools {

Find::Find(FindOptions options, Diagnostics& diagnostics, StandardOutput& output)
    : options_(std::move(options)),
      diagnostics_(diagnostics),
      output_(output),
      fetches_(options_.fetch, diagnostics),
      files_(open_debug_files(options_.places, fetches_)) {}

bool Find::run() {
    bool found_all = true;
    for (const std::string& what : options_.what) {
        found_all = answer(what) && found_all;
        if (!output_.flush()) break;
    }
    return found_all;
}

bool Find::answer(const std::string& what) {
    const symbolize::Located located = symbolize::locate(what, files_);
    for (const Error& refused : located.refused) explain_refusal(refused, diagnostics_);
    if (!located.problem.empty()) diagnostics_.say("'" + what + "': " + located.problem);
    if (options_.json) {
        output::append_located_json(output_.buffer(), what, located, options_.detail);
    } else if (located.problem.empty()) {
        output::append_located(output_.buffer(), what, located,
                               {.detail = options_.detail, .reader = output_.reader()});
    }
    return !located.debug.path.empty();
}

}  // namespace symline::tools
