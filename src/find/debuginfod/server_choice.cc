#include "find/debuginfod/server_choice.h"

#include <elfutils/debuginfod.h>

#include <cstdlib>
#include <string_view>

namespace symline::find {
namespace {

thread_local const char* chosen_servers = nullptr;

char* getenv_with_choice(const char* name) {
    if (chosen_servers != nullptr && std::string_view(name) == DEBUGINFOD_URLS_ENV_VAR) {
        // libdebuginfod copies the text before it divides it.
        return const_cast<char*>(chosen_servers);
    }
    return std::getenv(name);
}

}  // namespace

ServerChoice::ServerChoice(std::span<const base::ImportSlot> slots) {
    for (const auto& slot : slots) {
        void* const before = slot.exchange(reinterpret_cast<void*>(getenv_with_choice));
        if (before != nullptr) replaced_.push_back({slot, before});
    }
}

ServerChoice::~ServerChoice() {
    for (const auto& [slot, before] : replaced_) slot.exchange(before);
}

ThreadServers::ThreadServers(const std::string& words) {
    chosen_servers = words.c_str();
}

ThreadServers::~ThreadServers() {
    chosen_servers = nullptr;
}

}  // namespace symline::find
