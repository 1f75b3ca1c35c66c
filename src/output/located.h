// What `symline find` prints of one thing: lines of text, or a JSON object on one line. Pure.
#pragma once

#include <string>
#include <string_view>

#include "symbolize/locate.h"

namespace symline::output {

using symbolize::Located;
using symbolize::LocatedFile;

/// `verbose`: with every place that was tried.
void append_located(std::string& out, std::string_view what, const Located& located, bool verbose);
void append_located_json(std::string& out, std::string_view what, const Located& located,
                         bool verbose);

}  // namespace symline::output
