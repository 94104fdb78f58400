/*
 * held_files: STORE/.held, where copies of what waits for its time are (held.h), and what was there
 * before it was full, STORE/.held.old. Together they have the last HELD_FILE_BYTES at least.
 *
 * They are not counted to what the store takes: what goes by itself soon is to cost no domain that
 * is dead its files.
 */
#ifndef DOMTOP_HELD_FILES_H
#define DOMTOP_HELD_FILES_H

#include "../base.h"

/* What may wait is less than that, heads and all. */
#define HELD_FILE_BYTES (136u << 20)

struct held_files {
    int dir; /* the store's folder; borrowed */
    int fd;  /* -1 */
    uint64_t bytes;
};

void held_files_init(struct held_files *f, int dir);
void held_files_close(struct held_files *f);

/* Add whole records. 0 or -errno: nothing of them is there then. */
int held_files_add(struct held_files *f, const char *data, size_t len);

/* What there was is recorded: no file is left. */
void held_files_forget(struct held_files *f);

/* The end of what both have, the older first, as much as is of use; empty where there is none.
 * False where there is no file at all. */
bool held_files_read(int dir, struct text *out);

#endif
