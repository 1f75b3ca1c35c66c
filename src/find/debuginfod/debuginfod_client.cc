#include "find/debuginfod/debuginfod_client.h"

#include <dlfcn.h>
#include <elfutils/debuginfod.h>
#include <link.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/memory_file.h"
#include "find/debuginfod/server_choice.h"

namespace symline::find {

struct DebuginfodClient::Functions {
    decltype(&debuginfod_begin) begin = nullptr;
    decltype(&debuginfod_end) end = nullptr;
    decltype(&debuginfod_find_debuginfo) find_debuginfo = nullptr;
    decltype(&debuginfod_find_executable) find_executable = nullptr;
    decltype(&debuginfod_find_source) find_source = nullptr;
    decltype(&debuginfod_set_progressfn) set_progressfn = nullptr;
    decltype(&debuginfod_set_verbose_fd) set_verbose_fd = nullptr;
    decltype(&debuginfod_get_url) get_url = nullptr;
    /// Since elfutils 0.188, the others since 0.186 at the latest: may be null.
    const char* (*get_headers)(debuginfod_client*) = nullptr;
    std::vector<base::ImportSlot> getenv_slots;

    /// The descriptor of the file, or a negative error number. `path` is to be freed.
    int find(debuginfod_client* client, const FetchRequest& request, char** path) const;
};

namespace {

/// A longer log comes from a server that sends headers without end.
constexpr std::size_t kMaxLogSize = std::size_t{1} << 20;

template <typename Function>
bool find_symbol(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
    return function != nullptr;
}

template <typename Functions>
bool find_symbols(void* library, Functions& functions) {
    find_symbol(library, "debuginfod_get_headers", functions.get_headers);
    return find_symbol(library, "debuginfod_begin", functions.begin) &&
           find_symbol(library, "debuginfod_end", functions.end) &&
           find_symbol(library, "debuginfod_find_debuginfo", functions.find_debuginfo) &&
           find_symbol(library, "debuginfod_find_executable", functions.find_executable) &&
           find_symbol(library, "debuginfod_find_source", functions.find_source) &&
           find_symbol(library, "debuginfod_set_progressfn", functions.set_progressfn) &&
           find_symbol(library, "debuginfod_set_verbose_fd", functions.set_verbose_fd) &&
           find_symbol(library, "debuginfod_get_url", functions.get_url);
}

/// The state of the progress callback, which C calls: one request per thread.
struct Question {
    const DebuginfodClient::Stop* stop = nullptr;
    decltype(&debuginfod_get_url) get_url = nullptr;
    const char* (*get_headers)(debuginfod_client*) = nullptr;
    long max_size = 0;
};
thread_local Question question;

/// Before the first byte `a` counts calls; from then on it is the size so far, and `b` the total.
int report(debuginfod_client* client, long a, long b) {
    Transfer transfer;
    // After some errors the library starts again, and appends to what is there already: that
    // gives no file, so it ends here.
    transfer.begun = question.get_url(client) != nullptr;
    if (transfer.begun) {
        if (a < question.max_size) return 1;
        question.max_size = a;
        transfer.bytes = static_cast<std::uint64_t>(a);
        transfer.size = b > 0 ? static_cast<std::uint64_t>(b) : 0;
        const char* const headers =
            question.get_headers == nullptr ? nullptr : question.get_headers(client);
        if (headers != nullptr) transfer.headers = headers;
    }
    return (*question.stop)(transfer) ? 1 : 0;
}

}  // namespace

Expected<DebuginfodClient> DebuginfodClient::load() {
    // Never unloaded, because libcurl must not be.
    static Functions functions;
    static void* const library = ::dlopen(DEBUGINFOD_SONAME, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        return std::unexpected(Error{ErrorCode::not_found, DEBUGINFOD_SONAME,
                                     "is not installed: nothing can be fetched"});
    }
    static const bool complete = [] {
        if (!find_symbols(library, functions)) return false;
        const auto* const inside = reinterpret_cast<const void*>(functions.begin);
        functions.getenv_slots = base::import_slots(inside, "getenv");
        return true;
    }();
    if (!complete) {
        return std::unexpected(Error{ErrorCode::unsupported, DEBUGINFOD_SONAME,
                                     "is older than elfutils 0.186: nothing can be fetched"});
    }
    return DebuginfodClient(&functions);
}

bool DebuginfodClient::checks_signatures() const {
    // The policy came with elfutils 0.192 and works where that was built with libimaevm, which
    // is then loaded with it (elfutils, debuginfod/Makefile.am).
    static const bool loaded =
        ::dl_iterate_phdr(
            [](dl_phdr_info* object, std::size_t, void*) {
                return std::string_view(object->dlpi_name).contains("/libimaevm.so") ? 1 : 0;
            },
            nullptr) != 0;
    return loaded;
}

std::span<const base::ImportSlot> DebuginfodClient::getenv_slots() const {
    return functions_->getenv_slots;
}

int DebuginfodClient::Functions::find(debuginfod_client* client, const FetchRequest& request,
                                      char** path) const {
    const std::string id = request.build_id.hex();
    const auto* const digits = reinterpret_cast<const unsigned char*>(id.c_str());
    switch (request.kind) {
        case FetchKind::debug_file: return find_debuginfo(client, digits, 0, path);
        case FetchKind::code_file: return find_executable(client, digits, 0, path);
        case FetchKind::source_file: break;
    }
    return find_source(client, digits, 0, request.path.c_str(), path);
}

ServerAnswer DebuginfodClient::ask(const FetchRequest& request, const std::string& servers,
                                   const Stop& stop) const {
    ServerAnswer answer;
    debuginfod_client* const client = functions_->begin();
    if (client == nullptr) {
        answer.error = ENOMEM;
        return answer;
    }
    const ThreadServers chosen(servers);
    const base::MemoryFile log("debuginfod-log");
    question = {&stop, functions_->get_url, functions_->get_headers, 0};
    functions_->set_progressfn(client, report);
    functions_->set_verbose_fd(client, log.descriptor());
    char* path = nullptr;
    const int result = functions_->find(client, request, &path);
    functions_->end(client);
    if (result >= 0) {
        ::close(result);
        if (path != nullptr) answer.path = path;
    } else {
        answer.error = -result;
    }
    ::free(path);
    std::string text = log.text(kMaxLogSize);
    answer.log = read_debuginfod_log(text);
    if (std::getenv(DEBUGINFOD_VERBOSE_ENV_VAR) != nullptr) answer.log_text = std::move(text);
    return answer;
}

}  // namespace symline::find
