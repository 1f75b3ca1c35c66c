// The one name that the module shows.
#include "output/disassembler.h"

extern "C" __attribute__((visibility("default"))) symline::output::Disassembler*
symline_make_disassembler(const symline::output::CodeTarget& target) {
    return symline::output::make_disassembler(target).release();
}
