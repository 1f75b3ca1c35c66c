// Which version of symline the headers are of, for the preprocessor.
//
//     #if SYMLINE_VERSION >= SYMLINE_MAKE_VERSION(1, 2, 0)
//     module.something_new();
//     #endif
#pragma once

#define SYMLINE_VERSION_MAJOR 0
#define SYMLINE_VERSION_MINOR 1
#define SYMLINE_VERSION_PATCH 0

#define SYMLINE_MAKE_VERSION(major, minor, patch) ((major) * 1000000 + (minor) * 1000 + (patch))
#define SYMLINE_VERSION \
    SYMLINE_MAKE_VERSION(SYMLINE_VERSION_MAJOR, SYMLINE_VERSION_MINOR, SYMLINE_VERSION_PATCH)
