/*
 * busy: keeps each loop device of dom0's at work: one read past the page cache from each, then a
 * rest, until it is ended. That it works for all is said once on standard output.
 *
 * usage: busy SECONDS_BETWEEN
 */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define MOST  4096
#define BLOCK 4096

static int fds[MOST], count;
static _Alignas(BLOCK) char buffer[BLOCK];

static void open_all(void)
{
    glob_t bound; /* those that have a file: others have no such folder */

    if (glob("/sys/block/loop*/loop", 0, NULL, &bound))
        return;
    for (size_t i = 0; i < bound.gl_pathc && count < MOST; i++) {
        char path[64];
        unsigned n;
        if (sscanf(bound.gl_pathv[i], "/sys/block/loop%u/", &n) != 1)
            continue;
        snprintf(path, sizeof(path), "/dev/loop%u", n);
        fds[count] = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
        count += fds[count] >= 0;
    }
    globfree(&bound);
}

int main(int argc, char **argv)
{
    struct rlimit files = {65536, 65536};
    useconds_t gap = (useconds_t)(atof(argc > 1 ? argv[1] : "1") * 1e6);

    setrlimit(RLIMIT_NOFILE, &files);
    open_all();
    for (int round = 0; count; round++) {
        for (int i = 0; i < count; i++)
            if (pread(fds[i], buffer, BLOCK, 0) != BLOCK)
                return 1;
        if (!round) {
            printf("%d devices\n", count);
            fflush(stdout);
        }
        usleep(gap);
    }
    return 1;
}
