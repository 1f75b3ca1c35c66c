// Everything in one include.
#pragma once

#include "symline/address.h"
#include "symline/build_id.h"
#include "symline/core_dump.h"
#include "symline/debug_files.h"
#include "symline/demangle.h"
#include "symline/error.h"
#include "symline/frame.h"
#include "symline/index.h"
#include "symline/mapping.h"
#include "symline/miss.h"
#include "symline/module.h"
#include "symline/section.h"
#include "symline/symbol.h"
#include "symline/symbolizer.h"
