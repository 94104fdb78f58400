/* gzip: bytes_gzip() of bytes.h, through zlib. */
#include <stdlib.h>
#include <zlib.h>

#include "bytes.h"

#define GZIP_WINDOW (15 + 16) /* the largest, with gzip's header */
#define GZIP_MEMORY 8

struct bytes *bytes_gzip(const struct bytes *b, int level)
{
    z_stream z = {0};
    struct text out = {0};

    if (b->len > UINT32_MAX / 2 ||
        deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return NULL;
    size_t bound = deflateBound(&z, (uLong)b->len);
    char *room = xmalloc(bound);
    z.next_in = (Bytef *)(uintptr_t)b->data;
    z.avail_in = (uInt)b->len;
    z.next_out = (Bytef *)room;
    z.avail_out = (uInt)bound;
    int status = deflate(&z, Z_FINISH);
    size_t len = bound - z.avail_out;
    deflateEnd(&z);
    if (status == Z_STREAM_END)
        text_add(&out, room, len); /* as much as it takes: the bound is twenty times that */
    free(room);
    return status == Z_STREAM_END ? bytes_take(&out) : NULL;
}
