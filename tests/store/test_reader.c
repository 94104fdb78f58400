/* reader: a store's moments, steps, graphs and events are those of the samples that made it. */
#include "store/reader.h"

#include <errno.h>
#include <inttypes.h>

#include "collectors/demo.h"
#include "rate.h"
#include "scratch.h"
#include "store/about.h"
#include "store/journal.h"
#include "store/rrd.h"
#include "store/settings.h"
#include "unit.h"
