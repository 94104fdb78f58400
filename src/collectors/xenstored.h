/*
 * xenstored: whether it answers, found out without ever blocking on it.
 */
#ifndef DOMTOP_XENSTORED_H
#define DOMTOP_XENSTORED_H

#include <stdbool.h>

/*
 * Ask xenstored for dom0's name, in a child that is ended when it takes too long: a request to a
 * xenstored that is stopped, or is not there behind /dev/xen/xenbus, would never return.
 * NULL when it answers, else one sentence saying what is wrong and what to try.
 */
const char *xenstored_missing(void);

/* Whether somebody listens on xenstored's socket. Does not block. */
bool xenstored_listens(void);

#endif
