/* log: see log.h. */
#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base.h"

#define LINE_MAX_BYTES 1024

static const char *speaker = "domtop";
static bool journal;

/* systemd.exec(5): JOURNAL_STREAM is "DEVICE:INODE" of what it connected. */
static bool is_journal(const char *stream)
{
    uintmax_t dev, ino;
    struct stat st;

    return stream && sscanf(stream, "%ju:%ju", &dev, &ino) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
           st.st_dev == dev && st.st_ino == ino;
}

void log_start(const char *who)
{
    speaker = who;
    journal = is_journal(getenv("JOURNAL_STREAM"));
}

void say(int priority, const char *fmt, ...)
{
    char line[LINE_MAX_BYTES];
    int saved = errno, head;
    va_list args;

    if (journal)
        head = snprintf(line, sizeof(line), "<%d>", priority);
    else
        head = snprintf(line, sizeof(line), "%s: ", speaker);
    size_t at = MIN((size_t)MAX(head, 0), sizeof(line) / 2);
    va_start(args, fmt);
    int n = vsnprintf(line + at, sizeof(line) - at - 1, fmt, args);
    va_end(args);
    size_t len = MIN(at + (size_t)MAX(n, 0), sizeof(line) - 2);
    for (size_t i = at; i < len; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = '?';
    line[len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written; /* nobody is there to be told */
    errno = saved;
}
