// Answers as llvm-symbolizer 19 --output-style=JSON prints them: one object each, keys in byte
// order, no white space, no line end.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "output/llvm.h"

namespace symline::output {

/// A request for an address or symbol of a module.
struct JsonRequest {
    std::string_view module;
    std::optional<std::uint64_t> address;
    std::string_view symbol;  ///< as typed; empty for an address
};

void append_json(std::string& out, const JsonRequest& request, const LlvmAnswer& answer,
                 const LlvmStyle& style);

/// The answer to "DATA address".
void append_json_data(std::string& out, const JsonRequest& request, const LlvmData& data,
                      const LlvmStyle& style);

/// The answer to "FRAME address".
void append_json_variables(std::string& out, const JsonRequest& request,
                           std::span<const LlvmVariable> variables);

/// The answer if the module cannot be opened.
void append_json_error(std::string& out, const JsonRequest& request, std::string_view message);

}  // namespace symline::output
