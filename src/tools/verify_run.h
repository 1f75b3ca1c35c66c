// `symline verify`, once its command line is read.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "symline/module.h"
#include "tools/diagnostics.h"
#include "tools/standard_output.h"
#include "tools/verify_options.h"
#include "verify/peer.h"

namespace symline::tools {

class Verify {
public:
    Verify(VerifyOptions options, Diagnostics& diagnostics, StandardOutput& output);

    /// The exit status: 0 when all answers agree, or the differences are explained.
    int run();
    const FetchSession& fetches() const { return fetches_; }

    static constexpr int kUnexplained = 1;  ///< differences that nothing explains
    static constexpr int kNotCompared = 2;  ///< a file that cannot be read, or no other reader

private:
    std::optional<Module> open();
    std::vector<std::unique_ptr<verify::Peer>> peers_for(const Module& module);
    int compare(const Module& module, const std::vector<std::unique_ptr<verify::Peer>>& peers);

    VerifyOptions options_;
    Diagnostics& diagnostics_;
    StandardOutput& output_;
    FetchSession fetches_;
    std::shared_ptr<DebugFiles> files_;
};

}  // namespace symline::tools
