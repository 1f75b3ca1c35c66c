// What a person should know of a file that was there: that it is not used, or what is wrong with
// it.
//
//     for (const symline::Notice& each : kernel.notices()) std::cerr << describe(each) << '\n';
#pragma once

#include <string>

#include "symline/error.h"

namespace symline {

struct Notice {
    enum class Kind {
        not_used,        ///< it is not used
        no_longer_used,  ///< it was used, and the text then showed that it is of another build
        other_build,     ///< it is of another build, and used all the same
        other_kernel,    ///< it was named, and the text is of another kernel release
        remark,          ///< it is used; or of no file, where `about.file` is empty
    };
    Kind kind = Kind::remark;
    Error about;  ///< the file, and why or what
};

/// One line for people, without a full stop.
[[nodiscard]] std::string describe(const Notice& notice);

}  // namespace symline
