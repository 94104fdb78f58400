/*
 * files: reading and replacing small files of a store, whole, below an open folder. No symbolic
 * link is followed in the last part of a path.
 */
#ifndef DOMTOP_STORE_FILES_H
#define DOMTOP_STORE_FILES_H

#include "../base.h"

/* Read all of dir/path into t (cleared first). -EFBIG for one larger than max; other -errno. */
int files_read(int dir, const char *path, size_t max, struct text *t);

/*
 * Put data in place of dir/path at once: a file named ".NAME.new" beside it is written, flushed
 * to the disk and renamed. 0 or -errno; the old one then stands.
 */
int files_replace(int dir, const char *path, const char *data, size_t len);

/* Write all; 0 or -errno. */
int files_write(int fd, const char *data, size_t len);

/* What it takes on the disk, of a folder without what is in it; 0 where it is not there. */
uint64_t files_bytes(int dir, const char *path);

/* The same with all beneath it, of the same file system. */
uint64_t files_tree(int dir, const char *path);
/* Remove it with all beneath it; what that freed. */
uint64_t files_remove(int dir, const char *path);

/* Open a folder below dir, made where it is not there. A descriptor or -errno. */
int files_folder(int dir, const char *path);

#endif
