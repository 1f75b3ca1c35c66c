// A frame as the parser found it, in the form of the public API.
#pragma once

#include "log/occurrence.h"
#include "symline/decoded_line.h"

namespace symline::decode {

/// Views into the same line.
inline LoggedFrame logged_frame(const log::Occurrence& occurrence) {
    return {.begin = occurrence.text.offset,
            .size = occurrence.text.size,
            .insert_at = occurrence.insert_at,
            .format = occurrence.format,
            .kind = occurrence.kind,
            .symbol = occurrence.symbol,
            .offset = occurrence.offset,
            .symbol_size = occurrence.size,
            .module = occurrence.module,
            .build_id = occurrence.build_id,
            .address = occurrence.address,
            .in_json = occurrence.in_json,
            .source = occurrence.source};
}

}  // namespace symline::decode
