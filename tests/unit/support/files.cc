#include "support/files.h"

namespace symline::test {

std::string fixtures_folder() {
    return SYMLINE_FIXTURES;
}

}  // namespace symline::test
