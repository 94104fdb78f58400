/*
 * confine: what a process of the service gives up before it touches input from elsewhere.
 *
 * In this order: every inherited descriptor but those named and 0 to 2; the capabilities' bounding
 * set; root, for a user of its own; all capabilities; being traced or dumped; more memory, files
 * and descriptors than its work takes; and every system call its work does not need.
 *
 * Calls that only an attacker makes (running a program, tracing, mounting, another user) end the
 * process; others fail with EPERM, which libraries take in their stride. A build with sanitizers
 * keeps its system calls, for theirs are many and change: it says so.
 *
 * A process that does not run as root stays who it is and does the rest.
 */
#ifndef DOMTOP_SERVICE_CONFINE_H
#define DOMTOP_SERVICE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What a process is for, which says what it may do. */
enum duty {
    DUTY_NURSERY,  /* forks the others: keeps root's capabilities that this takes, and no more */
    DUTY_RECORDER, /* writes files; no sockets */
    DUTY_CACHED,   /* writes files through rrdcached, by a socket of this host */
    DUTY_HTTP,     /* accepts connections, reads files, has threads and short-lived children */
    DUTY_VIEWERS,  /* accepts local connections; no files */
    DUTY_GRAPH,    /* reads files, draws, ends */
    DUTY_COUNT,
};

/* The user that children become. */
struct account {
    char name[64];
    uid_t uid;
    gid_t gid;
    bool change; /* false: not root, so there is nobody to become */
};

#define CONFINE_MESSAGE 192

/*
 * Look the user up; NULL: "domtop", or "nobody" where there is none. 0, or -errno with a sentence:
 * no such user (-ENOENT), or it is root (-EINVAL).
 */
int confine_account(struct account *out, const char *name, char message[CONFINE_MESSAGE]);

/*
 * Confine this process, which has one thread, for good. keep: descriptors beside 0 to 2 to leave
 * open. 0, or -errno with a sentence; the process is then half confined and must end. message may
 * say something with 0 too: what of it this system does not have.
 */
int confine(enum duty duty, const struct account *account, const int *keep, size_t keep_count,
            char message[CONFINE_MESSAGE]);

/*
 * Act as that user for a moment, in a process of one thread, and as root again: to reach what is
 * the user's, files and processes, without root's right to reach everybody's.
 */
void account_borrow(const struct account *a);
void account_return(const struct account *a);

/* Close every descriptor but 0 to 2 and these. Part of the above, for those who need it alone. */
void confine_descriptors(const int *keep, size_t keep_count);

#endif
