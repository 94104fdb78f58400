/* conf: see conf.h. */
#include "conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base.h"

#define BLANKS " \t\r"

static char *trim(char *s)
{
    s += strspn(s, BLANKS);
    size_t len = strlen(s);
    while (len && strchr(BLANKS, s[len - 1]))
        s[--len] = '\0';
    return s;
}

static int wrong(char message[CONF_MESSAGE], const char *what)
{
    snprintf(message, CONF_MESSAGE, "%s", what);
    return -EINVAL;
}

/* Whether it can be an option's name, so that a message may quote it. */
static bool is_name(const char *s)
{
    return *s && strlen(s) < 40 && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s);
}

static int parse_line(char *text, conf_set *set, void *ctx, char message[CONF_MESSAGE])
{
    char *value = strchr(text, '=');

    if (value)
        *value++ = '\0';
    char *name = trim(text);
    if (!*name && !value)
        return 0;
    if (*name == '#')
        return 0;
    if (!is_name(name))
        return wrong(message, "a line is NAME = VALUE, a name alone, or begins with #");
    if (value && !*(value = trim(value)))
        return wrong(message, "there is no value after the =");
    for (const char *c = value; c && *c; c++)
        if ((unsigned char)*c < ' ' && *c != '\t')
            return wrong(message, "a value holds a control character");
    return set(ctx, name, value, message);
}

int conf_parse(const char *bytes, size_t len, conf_set *set, void *ctx, unsigned *line,
               char message[CONF_MESSAGE])
{
    char text[CONF_MOST_LINE + 1];

    for (*line = 1; len; ++*line) {
        const char *end = memchr(bytes, '\n', len);
        size_t n = end ? (size_t)(end - bytes) : len;
        if (n > CONF_MOST_LINE)
            return wrong(message, "the line is too long");
        if (memchr(bytes, '\0', n))
            return wrong(message, "this is no text: it holds a zero byte");
        memcpy(text, bytes, n);
        text[n] = '\0';
        int status = parse_line(text, set, ctx, message);
        if (status)
            return status;
        len -= n + (end != NULL);
        bytes += n + (end != NULL);
    }
    return 0;
}

static int unreadable(const char *path, int err, char message[CONF_MESSAGE])
{
    snprintf(message, CONF_MESSAGE, "%.128s: %s", path, strerror(err));
    return -err;
}

int conf_read(const char *path, conf_set *set, void *ctx, char message[CONF_MESSAGE])
{
    char bytes[CONF_MOST + 1], reason[CONF_MESSAGE] = "";
    size_t len = 0;
    unsigned line;
    ssize_t n = 0;
    /* Not to hang on a pipe. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return unreadable(path, errno, message);
    while (len < sizeof(bytes) && (n = read(fd, bytes + len, sizeof(bytes) - len)) > 0)
        len += (size_t)n;
    int err = errno;
    close(fd);
    if (n < 0)
        return unreadable(path, err, message);
    if (len > CONF_MOST)
        return unreadable(path, EFBIG, message);
    int status = conf_parse(bytes, len, set, ctx, &line, reason);
    if (status)
        snprintf(message, CONF_MESSAGE, "%.80s:%u: %.150s", path, line, reason);
    return status;
}
