/* output: see output.h. */
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool put(FILE *f, const struct text *out)
{
    return fwrite(out->data, 1, out->len, f) == out->len && fflush(f) == 0;
}

void output_write(const struct text *out, const char *path)
{
    if (!path) {
        if (!put(stdout, out))
            die(EXIT_FAILED, "writing to standard output failed: %s", strerror(errno));
        return;
    }
    if (!*path)
        die(EXIT_USAGE, "-o takes the name of a file");
    FILE *f = fopen(path, "w");
    bool ok = f && put(f, out);
    if (f && fclose(f) != 0)
        ok = false;
    if (!ok)
        die(EXIT_FAILED, "%s cannot be written: %s", path, strerror(errno));
}
