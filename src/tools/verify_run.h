// `symline verify`, once its command line is read.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "symline/module.h"
#include "tools/diagnostics.h"
#include "tools/object_file.h"
#include "tools/standard_output.h"
#include "tools/verify_options.h"
#include "verify/peer.h"
#include "verify/verification.h"

namespace symline::tools {

class Verify {
public:
    Verify(VerifyOptions options, Diagnostics& diagnostics, StandardOutput& output);

    /// The exit status: 0 when all answers agree, or the differences are explained.
    int run();
    const FetchSession& fetches() const { return fetches_; }

    static constexpr int kUnexplained = 1;  ///< differences that nothing explains
    /// A file that cannot be read, no other reader, or answers of one that are missing.
    static constexpr int kNotCompared = 2;

private:
    /// Nothing, and said, where there is no such file.
    std::optional<Module> open();
    Expected<Module> open_named();
    bool is_foreign() const;
    /// Whether it has DWARF; said where it has none.
    bool is_comparable(const Module& module);
    std::vector<std::unique_ptr<verify::Peer>> peers_for(const Module& module,
                                                         const std::string& file);
    int compare(const Module& module, const std::vector<std::unique_ptr<verify::Peer>>& peers);
    bool explain_missing(const verify::Verification& verification,
                         const std::vector<std::unique_ptr<verify::Peer>>& peers);

    VerifyOptions options_;
    Diagnostics& diagnostics_;
    StandardOutput& output_;
    FetchSession fetches_;
    std::shared_ptr<DebugFiles> files_;
    std::optional<ObjectFile> object_;  ///< that the module is in, if not in a file of its own
};

}  // namespace symline::tools
