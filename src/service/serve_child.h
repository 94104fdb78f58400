/*
 * serve_child: the recorder's process. It has the store and no Xen handles; the sampler feeds it
 * over a socket (serve_queue.h has the messages) and starts a new one when it dies. It also keeps
 * copies of what waits for its time in the sampler, for the next start to take up again.
 */
#ifndef DOMTOP_SERVICE_SERVE_CHILD_H
#define DOMTOP_SERVICE_SERVE_CHILD_H

#include "../store/recorder.h"

/* What a recorder that died was doing, in memory shared with the sampler. */
struct serve_note {
    char working_on[128];
};

/* Its descriptors, as it is started. */
enum { SERVE_FD_SOCKET = 3, SERVE_FD_LOCK = 4, SERVE_FD_NOTE = 5 };

/* Record until told to stop, or the sampler is gone. Returns the exit status. */
int serve_child_run(struct recorder_config *config);

#endif
