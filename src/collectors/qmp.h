/*
 * qmp: asks device models for their guests' disks, in a thread of its own.
 *
 * A device model has two sockets in dom0: qmp-libxl-DOMID is the toolstack's, and a second client
 * of it would keep the toolstack waiting; qmp-libxenstat-DOMID is there for statistics. A socket
 * serves one client at a time, so it is left again after each question. A device model that answers
 * too much or nonsense, or twice not in time, is left alone for a while, longer each time.
 */
#ifndef DOMTOP_QMP_H
#define DOMTOP_QMP_H

#include "collector.h"
#include "qmp_parse.h"

#define QMP_FOLDER      "/var/run/xen"
#define QMP_DEADLINE_MS 200

struct qmp_guest {
    uint64_t domid;
    struct uuid uuid; /* by which a reused domid is told */
};

/* A disk as last answered, and the mean time of a request since the answer before that had any. */
struct qmp_answer {
    struct qmp_disk disk;
    uint64_t rd_lat_ns, wr_lat_ns;
};

struct qmp;

/* Start the thread. folder: where the sockets are. deadline_ms: for a whole conversation with one
 * device model. 0, or -errno with a sentence. */
int qmp_open(struct qmp **q, const char *folder, unsigned deadline_ms,
             char message[COLLECTOR_MESSAGE]);

/* Ends the thread; waits for the conversation under way. */
void qmp_close(struct qmp *q);

/* The guests whose device models are of interest, in order of domid: each is asked once, in turn;
 * who was not reached before the next call is next then. Ends a sample. Returns at once. */
void qmp_want(struct qmp *q, const struct qmp_guest *guests, size_t count);

/* The answer on a disk for the sample that the next qmp_want() ends. False when none came since the
 * last one, when it came too early or late to be set against the one before, and while the device
 * model is left alone. */
bool qmp_take(struct qmp *q, uint64_t domid, uint64_t id, struct qmp_answer *out);

/* -errno and a sentence when device models are left alone, or too slow to be asked for each sample;
 * 0 else. That some have no socket, -ENOENT, is said when there is nothing worse. */
int qmp_status(struct qmp *q, char message[COLLECTOR_MESSAGE]);

#endif
