// symline-addr2line after its command line: inputs in, answers out.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "symline/process.h"
#include "tools/addr2line_module.h"
#include "tools/addr2line_options.h"
#include "tools/addr2line_printer.h"
#include "tools/diagnostics.h"
#include "tools/foreign_module.h"
#include "tools/input.h"
#include "tools/line_batch.h"
#include "tools/line_reader.h"
#include "tools/object_file.h"
#include "tools/opportunistic_index.h"
#include "tools/source_files.h"
#include "tools/standard_output.h"

namespace symline::tools {

/// Opens the files that addresses are asked of.
class Addr2lineFiles {
public:
    /// `options` and `failures` are borrowed.
    Addr2lineFiles(const Addr2lineOptions& options, FailureLog& failures);

    /// The file at a path, opened once.
    Expected<Addr2lineModule>& module(const std::string& path);
    /// One that module() cannot open, but LLVM's reader can, opened once. Null where it is of no
    /// such format; an error is that of the reader.
    Expected<ForeignModule>* foreign_module(const std::string& path);
    /// The path of -e or --build-id, or of GNU's default file; nothing, and said, when no file has
    /// that build id.
    std::optional<std::string> only_path();
    /// That of the file with the debug information of a build id, or else of one with its code or
    /// symbols; nothing when there is none.
    std::optional<std::string> path_of(const BuildId& build_id);
    /// Nothing when no file has that build id.
    std::optional<std::string> path_of_build_id(std::string_view hex);
    /// --core, --pid.
    Expected<Process> process() const;
    /// A file that is named in another way than by its path; null where `name` is a path.
    Expected<ObjectFile>* object(const std::string& name);

    const FetchSession& fetches() const { return fetches_; }
    const std::shared_ptr<DebugFiles>& debug_files() const { return debug_files_; }

private:
    const Addr2lineOptions& options_;
    FailureLog& failures_;
    FetchSession fetches_;
    std::shared_ptr<DebugFiles> debug_files_;
    Expected<Module> open_module(const std::string& name);

    std::map<std::string, std::optional<Expected<ObjectFile>>, std::less<>> objects_;
    std::map<std::string, Expected<Addr2lineModule>, std::less<>> modules_;
    std::map<std::string, std::optional<Expected<ForeignModule>>, std::less<>> foreign_modules_;
};

class Addr2line {
public:
    Addr2line(Addr2lineOptions options, Diagnostics& diagnostics, StandardOutput& output);

    /// Answers every input. True when all went well: the file could be opened, and nothing in it
    /// was too damaged to read. Failures to write are the StandardOutput's to tell.
    bool run();
    const FetchSession& fetches() const { return files_.fetches(); }

private:
    bool open();
    bool open_only_module();
    bool open_only_foreign_module(const std::string& path, const Error& error);
    bool open_process();
    bool filter_markup();

    void answer_arguments();
    void answer_standard_input();
    void gather(LineReader& reader);
    bool answer_lines();
    bool answer_each_line();
    bool may_batch() const;
    void index_if_due(std::size_t lines);

    void answer(std::string_view line);
    void answer_in_process(const Request& request);
    void explain_line(std::string_view line, std::string_view problem);
    std::string_view only_path() const;
    void answer_in_named_module(Request request);
    void answer_unopened(const Error& error, const Request& request);
    bool answer_in_foreign_module(const Request& request);
    void answer_in(Addr2lineModule& module, const Request& request);
    bool answer_symbols(Addr2lineModule& module, const Request& request);
    void answer_code(Addr2lineModule& module, const Request& request, const InputPlace& place);
    void answer_data(Addr2lineModule& module, const Request& request, const InputPlace& place);
    void answer_frame(Addr2lineModule& module, const Request& request, const InputPlace& place);
    void answer_unknown(std::string_view module, std::optional<std::uint64_t> number);

    Addr2lineOptions options_;
    FailureLog failures_;
    StandardOutput& output_;
    Addr2lineFiles files_;
    SourceFiles source_;
    Addr2linePrinter printer_;
    AnswerSeparators separators_;
    Addr2lineModule* only_ = nullptr;  ///< null: each line names its module
    ForeignModule* only_foreign_ = nullptr;
    std::optional<Process> process_;  ///< --core, --pid
    LineBatch lines_;
    OpportunisticIndex indexes_;
};

}  // namespace symline::tools
