/*
 * remote: the source that is one or several remote services. One is shown as if it were here;
 * several as one snapshot with a host for each domain (merge.h).
 *
 * A sample is given when every host that answers has a new one, so it keeps the pace of the
 * slowest; a host that is late is not waited for but shown as not answering, until it does again.
 */
#ifndef DOMTOP_REMOTE_REMOTE_H
#define DOMTOP_REMOTE_REMOTE_H

#include "../source.h"
#include "fetch.h"

#define REMOTE_MESSAGE 256

/*
 * addresses: of peer.h, with commas in between. Nobody need answer yet. NULL with a sentence for a
 * list that is none. The caller closes the source.
 */
struct source *remote_open(const char *addresses, const struct fetch_config *c,
                           char message[REMOTE_MESSAGE]);

#endif
