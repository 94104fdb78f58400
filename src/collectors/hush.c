/* hush: see hush.h. */
#include "hush.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../sanitize.h"

void hush_open(struct hush *h)
{
    h->saved = -1;
    h->capture = memfd_create("domtop-stderr", MFD_CLOEXEC);
    if (h->capture < 0)
        h->capture = open("/dev/null", O_WRONLY | O_CLOEXEC);
}

void hush_begin(struct hush *h)
{
    fflush(stderr);
    h->saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (h->capture >= 0)
        dup2(h->capture, STDERR_FILENO);
}

void hush_end(struct hush *h, char *message, size_t cap)
{
    char said[512];
    ssize_t n;

    fflush(stderr);
    if (h->saved >= 0) {
        dup2(h->saved, STDERR_FILENO);
        close(h->saved);
        h->saved = -1;
    }
    message[0] = '\0';
    if (h->capture < 0 || lseek(h->capture, 0, SEEK_CUR) <= 0)
        return;
    n = pread(h->capture, said, sizeof(said), 0);
    if (n > 0) {
        const char *end = memchr(said, '\n', (size_t)n);
        sanitize(message, cap, said, end ? (size_t)(end - said) : (size_t)n);
    }
    if (ftruncate(h->capture, 0) == 0)
        lseek(h->capture, 0, SEEK_SET);
}

void hush_close(struct hush *h)
{
    if (h->capture >= 0)
        close(h->capture);
    h->capture = -1;
}
