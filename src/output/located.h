// What `symline find` prints for one file: lines of text, or a JSON object on one line. Pure.
#pragma once

#include <string>
#include <string_view>

#include "output/terminal_text.h"
#include "symbolize/locate.h"

namespace symline::output {

using symbolize::Located;
using symbolize::LocatedFile;

enum class LocatedDetail {
    files,         ///< what was found, and of many split files the first
    places_tried,  ///< all files, and every place that was tried
};

struct LocatedStyle {
    LocatedDetail detail = LocatedDetail::files;
    Reader reader = Reader::program;
};

void append_located(std::string& out, std::string_view what, const Located& located,
                    const LocatedStyle& style);
void append_located_json(std::string& out, std::string_view what, const Located& located,
                         LocatedDetail detail);

}  // namespace symline::output
