#include "symline/stack_trace.h"

namespace symline {

std::string_view describe(UnwoundBy way) {
    switch (way) {
        case UnwoundBy::registers: return "registers";
        case UnwoundBy::cfi: return "cfi";
        case UnwoundBy::orc: return "orc";
        case UnwoundBy::frame_pointer: return "frame pointer";
        case UnwoundBy::return_address: return "return address";
    }
    return "";
}

}  // namespace symline
