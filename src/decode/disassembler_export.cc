// The one name that the module shows.
#include "symline/disassembler.h"

extern "C" __attribute__((visibility("default"))) symline::Disassembler* symline_make_disassembler(
    const symline::CodeTarget& target) {
    return symline::make_disassembler(target).release();
}
