/*
 * rrd_private: what the parts of rrd share.
 */
#ifndef DOMTOP_RRD_PRIVATE_H
#define DOMTOP_RRD_PRIVATE_H

#include "rrd.h"
#include "rrdcheck.h"

#define RRD_PATH 4096
#define RRD_TEMP (2 * LAYOUT_PATH)

void rrd_path(const struct rrd_store *store, const char *path, char out[RRD_PATH]);

/* The name a file has while it is made: ".NAME" beside it. */
void rrd_temp(const struct rrd_file *f, char out[RRD_TEMP]);

/* Around each call of librrd. */
void rrd_begin(struct rrd_store *store, const struct rrd_file *f);
void rrd_end(struct rrd_store *store);

/* Make the file temp with these columns, as if last updated at last_s. */
int rrd_make(struct rrd_store *store, const struct rrd_file *f, const struct rrd_column *columns,
             size_t count, uint64_t last_s, const char *temp);

/* The columns that a file of so many members lacks; the caller frees them. */
struct rrd_column *rrd_lacking(const struct rrd_file *f, uint64_t members, size_t *count);

/* What keeps a file from being written, as the system says it; -EIO when it does not. */
int rrd_errno(const struct rrd_store *store, const char *path);

/* Write lines of "time:value:...", those that are there already left out: 0 or -errno, with
 * librrd's error. */
int rrd_update_file(const char *path, size_t count, const char **lines);
int rrd_cached_update(struct rrd_store *store, const char *path, size_t count, const char **lines);

/* Have rrdcached write what it holds of a file, and forget it, before the file is replaced. */
void rrd_cached_forget(struct rrd_store *store, const struct rrd_file *f);

/* The columns of a checked file; open. */
void rrd_take_columns(struct rrd_file *f, const struct rrdcheck *c);

#endif
