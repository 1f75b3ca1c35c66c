// symline-addr2line behind its command line: inputs in, answers out.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output/gnu.h"
#include "output/llvm.h"
#include "output/llvm_json.h"
#include "symline/module.h"
#include "symline/process.h"
#include "tools/addr2line_options.h"
#include "tools/diagnostics.h"
#include "tools/index_in_passing.h"
#include "tools/input.h"
#include "tools/line_batch.h"
#include "tools/line_reader.h"
#include "tools/place.h"
#include "tools/source_files.h"
#include "tools/standard_output.h"

namespace symline::tools {

class Addr2line {
public:
    Addr2line(Addr2lineOptions options, Diagnostics& diagnostics, StandardOutput& output);

    /// Answers every input. True when all went well: the file could be opened, and nothing in it
    /// was too damaged to read. Failures to write are the StandardOutput's to tell.
    bool run();
    const FetchSession& fetches() const { return fetches_; }

private:
    /// A file that was asked for, opened or not.
    struct OpenModule {
        Expected<Module> module;
        const Section* section = nullptr;  ///< -j
        bool explained = false;            ///< it was said why its places are unknown
    };

    struct BatchQuestion;
    struct BatchAnswer;
    struct BatchWorker;
    struct BatchQuestions;
    using BatchAnswers = std::vector<BatchAnswer>;

    bool names_modules() const;
    OpenModule& open(const std::string& path);
    bool open_only_module();
    bool open_process();
    void answer_in_process(const Request& request);
    std::string path_by_build_id();
    bool find_section(OpenModule& opened);
    void answer_arguments();
    void answer_standard_input();

    void gather(LineReader& reader);
    bool together() const;
    bool answer_lines();
    bool answer_each_line();
    void index_in_passing(std::size_t lines);
    std::optional<BatchQuestions> questions() const;
    bool frames_decide() const;
    std::optional<bool> answer_together();
    bool print_together(const BatchQuestions& questions, const BatchAnswers& answers,
                        const std::vector<BatchWorker>& workers);
    static void prefetch(const BatchAnswer& answer, const std::vector<BatchWorker>& workers);
    output::GnuStyle gnu_style(unsigned address_size) const;
    void append_answer(std::string& out, const Module& module, std::size_t line, const Place& place,
                       const Lookup& lookup) const;
    void begin_answer();
    void end_answer();

    Request request_of(std::string_view line) const;
    void answer(std::string_view text);
    void answer_in(OpenModule& opened, const Request& request);
    void answer_data(OpenModule& opened, const Request& request, const Place& place);
    void answer_unopened(const Error& error, const Request& request);
    PlaceRules place_rules(const OpenModule& opened) const;
    Detail detail() const;
    void explain(OpenModule& opened);
    Place find(OpenModule& opened, std::string_view text);
    Lookup look_up(OpenModule& opened, FileAddress address);
    void add_clone_suffix(const Module& module, FileAddress address, Lookup& lookup) const;
    void print(std::string& out, const output::JsonRequest& request, std::uint64_t shown,
               const output::LlvmAnswer& answer, unsigned address_size) const;
    void print_unknown(std::string_view module, std::optional<std::uint64_t> number);
    void fail(std::string_view line);

    Addr2lineOptions options_;
    Diagnostics& diagnostics_;
    StandardOutput& output_;
    FetchSession fetches_;
    std::shared_ptr<DebugFiles> debug_files_;
    SourceFiles source_;
    output::GnuStyle gnu_;
    output::LlvmStyle llvm_;
    std::map<std::string, OpenModule, std::less<>> modules_;
    OpenModule* only_ = nullptr;
    std::optional<Process> process_;  ///< --core, --pid
    LineBatch lines_;
    IndexInPassing indexes_;
    const char* separator_ = "[";  ///< of a list of JSON answers
    bool llvm_printer_ = false;
    bool failed_ = false;
};

}  // namespace symline::tools
