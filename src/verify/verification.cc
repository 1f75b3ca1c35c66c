#include "verify/verification.h"

#include <utility>

#include "symbolize/debug_evidence.h"
#include "verify/known_differences.h"

namespace symline::verify {
namespace {

Question question_about(const Module& module, FileAddress address) {
    Question question{.address = address};
    if (module.elf().type() != FileType::relocatable) return question;
    if (const auto place = module.sections().offset_of(address)) {
        question.section = place->section;
        question.offset = place->offset;
    }
    return question;
}

OwnedLookup answer_of(const Module& module, FileAddress address) {
    auto found = module.lookup(address, Detail::declarations);
    return own(found ? *found : Lookup{.frames = {}, .miss = Miss::not_covered});
}

}  // namespace

void Verification::run(const Sample& sample) {
    ask_ours(sample);
    agreements_.resize(peers_.size());
    for (std::size_t peer = 0; peer < peers_.size(); ++peer) ask(peer);
    for (std::size_t peer = 0; peer < peers_.size(); ++peer) compare(peer);
}

void Verification::ask_ours(const Sample& sample) {
    cases_.reserve(sample.addresses.size());
    for (const FileAddress address : sample.addresses) {
        cases_.push_back({.question = question_about(module_, address),
                          .ours = answer_of(module_, address),
                          .theirs = std::vector<std::optional<OwnedLookup>>(peers_.size()),
                          .evidence = {}});
    }
}

void Verification::ask(std::size_t peer) {
    std::vector<Question> questions;
    questions.reserve(cases_.size());
    for (const Case& each : cases_) questions.push_back(each.question);
    auto answers = peers_[peer]->ask(questions);
    for (std::size_t i = 0; i < cases_.size(); ++i) {
        cases_[i].theirs[peer] = std::move(answers[i]);
    }
}

void Verification::compare(std::size_t peer) {
    Agreement& agreement = agreements_[peer];
    for (std::size_t i = 0; i < cases_.size(); ++i) {
        if (cases_[i].theirs[peer]) {
            judge(i, peer, agreement);
        } else {
            ++agreement.unanswered;
        }
    }
}

void Verification::judge(std::size_t number, std::size_t peer, Agreement& agreement) {
    Case& asked = cases_[number];
    ++agreement.compared;
    auto found = differences(*asked.ours, **asked.theirs[peer], peers_[peer]->parts());
    if (found.empty()) {
        ++agreement.equal;
        return;
    }
    if (!asked.evidence) asked.evidence = symbolize::evidence_at(module_, asked.question.address);
    bool explained = true;
    for (Difference& each : found) {
        const auto* explanation = explanation_of({module_, peers_, asked, peer, each});
        explained = explained && explanation != nullptr;
        findings_.push_back({number, peer, std::move(each), explanation});
    }
    if (explained) ++agreement.explained;
}

}  // namespace symline::verify
