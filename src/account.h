/*
 * account: gathers from a past what a report (export/report.h) tells.
 */
#ifndef DOMTOP_ACCOUNT_H
#define DOMTOP_ACCOUNT_H

#include "export/report.h"
#include "past.h"

/*
 * Fill a (report_init()ed) with what happened from from_ns to to_ns. 0, or what the past said:
 * -ENODATA when nothing was recorded then. What could not be read is unknown in it. The past has to
 * have parts().
 */
int account_gather(struct account *a, struct past *past, uint64_t from_ns, uint64_t to_ns);

#endif
