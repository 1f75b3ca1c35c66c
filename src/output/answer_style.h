// What the answers of addr2line's two kinds have in common.
#pragma once

#include "output/names.h"

namespace symline::output {

struct AnswerStyle {
    NameStyle names;
    bool addresses = false;  ///< -a
    bool pretty = false;     ///< -p
    bool inlines = false;    ///< -i
};

}  // namespace symline::output
