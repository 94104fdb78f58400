/*
 * conf: the service's configuration file, taken apart. A setting a line, named as the option of
 * the command line is:
 *
 *     # a comment
 *     delay = 5
 *     listen = [::]:9603
 *     insecure
 *
 * Blanks around names and values do not count; a name alone switches something on. What names and
 * values mean is the caller's affair.
 */
#ifndef DOMTOP_SERVICE_CONF_H
#define DOMTOP_SERVICE_CONF_H

#include <stddef.h>

#define CONF_MESSAGE   256
#define CONF_MOST      65536 /* bytes of a file */
#define CONF_MOST_LINE 1024  /* bytes of a line */

/* One setting; value is NULL for a name alone. 0, or -EINVAL with a sentence. */
typedef int conf_set(void *ctx, const char *name, const char *value, char message[CONF_MESSAGE]);

/* Take bytes apart. 0, or -EINVAL with a sentence that says what is wrong and *line where. */
int conf_parse(const char *bytes, size_t len, conf_set *set, void *ctx, unsigned *line,
               char message[CONF_MESSAGE]);

/* The same with a file. The sentence names the file, the line and the reason. -ENOENT and other
 * -errno where it cannot be read. */
int conf_read(const char *path, conf_set *set, void *ctx, char message[CONF_MESSAGE]);

#endif
