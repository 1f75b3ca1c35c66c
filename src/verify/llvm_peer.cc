#include "verify/llvm_peer.h"

#include <utility>

namespace symline::verify {
namespace {

/// A reader that crashed this often is not started again: each start reads the file anew.
constexpr unsigned kMaxStarts = 8;

llvm_reader::OpenRequest request_for(const Module& module, const std::string& file) {
    llvm_reader::OpenRequest request;
    request.path = file;
    if (module.elf().type() != FileType::relocatable) return request;
    for (const Section& section : module.sections().all()) {
        request.section_addresses.push_back(section.address.value);
    }
    return request;
}

}  // namespace

Expected<std::unique_ptr<LlvmPeer>> LlvmPeer::open(const Module& module, const std::string& file,
                                                   const std::string& program) {
    std::unique_ptr<LlvmPeer> peer(new LlvmPeer(program, request_for(module, file)));
    if (auto started = peer->start(); !started) return std::unexpected(started.error());
    return peer;
}

Expected<void> LlvmPeer::start() {
    ++starts_;
    auto reader = llvm_reader::LlvmReader::open(program_, request_);
    if (!reader) return std::unexpected(reader.error());
    version_ = reader->opened().llvm_version;
    reader_ = *std::move(reader);
    return {};
}

std::vector<std::optional<OwnedLookup>> LlvmPeer::ask(std::span<const Question> questions) {
    std::vector<std::optional<OwnedLookup>> answers;
    answers.reserve(questions.size());
    for (const Question& question : questions) answers.push_back(answer(question));
    return answers;
}

void LlvmPeer::note(const Error& error) {
    if (problem_.empty()) problem_ = error.message;
}

std::optional<OwnedLookup> LlvmPeer::answer(const Question& question) {
    if (!reader_) {
        if (starts_ == kMaxStarts) return std::nullopt;
        if (auto started = start(); !started) {
            note(started.error());
            return std::nullopt;
        }
    }
    std::optional<std::uint64_t> section;
    if (question.section != nullptr) section = question.section->index;
    auto found = reader_->code(question.address.value, section);
    if (found) return *std::move(found);
    reader_.reset();
    note(found.error());
    if (found.error().code == ErrorCode::unsupported) starts_ = kMaxStarts;  // it took too long
    return std::nullopt;
}

}  // namespace symline::verify
