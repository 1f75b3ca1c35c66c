// LLVM's reader as a program of its own: requests come in by descriptor 0, a socket, and answers go
// out by it. Started by ReaderProcess, not by users.
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <vector>

#include "llvm_reader/program/limits.h"
#include "llvm_reader/program/symbolizer.h"

namespace {

using namespace symline;
using namespace symline::llvm_reader;

constexpr int kSocket = 0;

bool receive(std::span<std::uint8_t> to) {
    while (!to.empty()) {
        const auto count = ::recv(kSocket, to.data(), to.size(), 0);
        if (count <= 0) return false;
        to = to.subspan(static_cast<std::size_t>(count));
    }
    return true;
}

/// The bytes behind the size; nothing when the other side has gone.
std::optional<std::vector<std::uint8_t>> next_message() {
    std::array<std::uint8_t, 4> size{};
    if (!receive(size)) return std::nullopt;
    std::vector<std::uint8_t> bytes(base::load<std::uint32_t>(size.data(), false));
    if (bytes.size() > kMaxMessageSize || !receive(bytes)) return std::nullopt;
    return bytes;
}

bool send(std::string_view message) {
    if (message.empty()) return false;
    while (!message.empty()) {
        const auto count = ::send(kSocket, message.data(), message.size(), MSG_NOSIGNAL);
        if (count <= 0) return false;
        message.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

std::string answer(Symbolizer& symbolizer, const Request& request) {
    switch (request.question) {
        case Question::code: return to_message(symbolizer.code(request.address, request.section));
        case Question::data: return to_message(symbolizer.data(request.address));
        case Question::variables: return to_message(symbolizer.variables(request.address));
        case Question::symbol:
            return to_message(symbolizer.symbol(request.symbol, request.address));
    }
    return {};
}

std::optional<Symbolizer> open() {
    const auto message = next_message();
    if (!message) return std::nullopt;
    const auto request = parse_open_request(*message);
    if (!request) return std::nullopt;
    limit_time();
    auto symbolizer = Symbolizer::open(*request);
    if (!symbolizer) {
        send(to_message(Expected<Opened>(std::unexpected(symbolizer.error()))));
        return std::nullopt;
    }
    if (!send(to_message(Expected<Opened>(symbolizer->opened())))) return std::nullopt;
    return *std::move(symbolizer);
}

}  // namespace

int main() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    limit_resources();
    auto symbolizer = open();
    if (!symbolizer) return 1;
    while (const auto message = next_message()) {
        const auto request = parse_request(*message);
        if (!request) return 1;
        limit_time();
        if (!send(answer(*symbolizer, *request))) return 1;
    }
    ::_exit(0);  // what was read need not be freed
}
