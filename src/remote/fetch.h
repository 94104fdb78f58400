/*
 * fetch: one resource of a remote service over HTTP or HTTPS, again and again, through libcurl. The
 * server's name and certificate are verified, always. What comes is bounded in size and time, and
 * nothing that comes is followed elsewhere.
 */
#ifndef DOMTOP_REMOTE_FETCH_H
#define DOMTOP_REMOTE_FETCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FETCH_MESSAGE 160

struct fetch_config {
    const char *cacert;      /* PEM of who vouches for servers; NULL: the system's */
    const char *cert, *key;  /* the client's own; NULL: none */
    const char *credentials; /* a netrc file with names and passwords; NULL: none */
};

struct fetch;

/*
 * url: "[http[s]://][USER:PASSWORD@]HOST[:PORT][/PREFIX]"; https unless said otherwise or it is
 * this machine, port 9603. path is put after it. NULL with a sentence for what is no URL, or would
 * send a password in the clear to another machine. stop: set by any thread to cut a request short.
 */
struct fetch *fetch_new(const char *url, const char *path, const struct fetch_config *c,
                        const atomic_bool *stop, char message[FETCH_MESSAGE]);
void fetch_free(struct fetch *f);

/* The URL without name and password, for people. */
const char *fetch_where(const struct fetch *f);

/* Get it, if it is not what was got last. 1: it is at *bytes, until the next call. 0: there is
 * nothing new. -errno with a sentence. */
int fetch_get(struct fetch *f, const uint8_t **bytes, size_t *len, char message[FETCH_MESSAGE]);

#endif
