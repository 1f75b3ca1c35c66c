// What `symline verify` prints.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "verify/peer.h"
#include "verify/sample.h"
#include "verify/verification.h"

namespace symline::tools {

/// All is borrowed.
struct VerifyReport {
    const std::string& file;
    const verify::SampleRequest& request;
    const verify::Sample& sample;
    const std::vector<std::unique_ptr<verify::Peer>>& peers;
    const verify::Verification& verification;
    bool every_difference = false;  ///< not one of each kind
};

void append_verify_text(std::string& out, const VerifyReport& report);
/// One object, and a line end. Every difference is in it.
void append_verify_json(std::string& out, const VerifyReport& report);

}  // namespace symline::tools
