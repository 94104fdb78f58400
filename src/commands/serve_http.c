/* serve_http: see serve_http.h. */
#include "serve_http.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum list { LIST_LISTEN = 1, LIST_INCLUDE, LIST_EXCLUDE };

void serve_http_defaults(struct serve_http *h)
{
    *h = (struct serve_http){0};
}

static int wrong(char message[CONF_MESSAGE], const char *name, const char *takes)
{
    snprintf(message, CONF_MESSAGE, "%s takes %s", name, takes);
    return -EINVAL;
}

/* The first flag for a list takes the place of what the file says. */
static bool begins_anew(struct serve_http *h, enum list list, bool flag)
{
    bool first = flag && !(h->replacing & 1u << list);

    if (flag)
        h->replacing |= 1u << list;
    return first;
}

static int add_listen(struct serve_http *h, const char *value, bool flag,
                      char message[CONF_MESSAGE])
{
    if (begins_anew(h, LIST_LISTEN, flag)) {
        h->c.listen_count = 0;
        h->none = false;
    }
    if (!strcmp(value, "none")) {
        h->none = true;
        return 0;
    }
    if (h->c.listen_count == HTTP_MAX_SOCKETS || strlen(value) >= sizeof(h->c.listen[0]))
        return wrong(message, "listen", "at most 8 addresses, ADDR:PORT each");
    memcpy(h->c.listen[h->c.listen_count++], value, strlen(value) + 1);
    return 0;
}

static int add_glob(struct serve_http *h, int which, const char *value, bool flag,
                    char message[CONF_MESSAGE])
{
    size_t *count = &h->c.glob_count[which];

    if (begins_anew(h, which ? LIST_EXCLUDE : LIST_INCLUDE, flag))
        *count = 0;
    if (!*value || *count == EXPORTER_GLOBS || strlen(value) >= sizeof(h->c.globs[0][0]))
        return wrong(message, which ? "exclude" : "include",
                     "a glob of at most 127 bytes, and 32 of them");
    memcpy(h->c.globs[which][(*count)++], value, strlen(value) + 1);
    return 0;
}

static int set_web_config(struct serve_http *h, const char *value, char message[CONF_MESSAGE])
{
    if (!*value || strlen(value) >= sizeof(h->c.web_config))
        return wrong(message, "web-config", "the path of a file");
    memcpy(h->c.web_config, value, strlen(value) + 1);
    return 0;
}

bool serve_http_take(struct serve_http *h, int option, const char *value, bool flag, int *status,
                     char message[CONF_MESSAGE])
{
    static const enum entity entities[] = {ENTITY_PCPU, ENTITY_VCPU, ENTITY_VIF, ENTITY_VBD};

    if (option < SERVE_LISTEN || option >= SERVE_HTTP_END)
        return false;
    *status = 0;
    switch (option) {
    case SERVE_LISTEN: *status = add_listen(h, value, flag, message); break;
    case SERVE_WEB_CONFIG: *status = set_web_config(h, value, message); break;
    case SERVE_INSECURE: h->c.insecure = true; break;
    case SERVE_DOM0: h->c.dom0 = true; break;
    case SERVE_INCLUDE: *status = add_glob(h, 0, value, flag, message); break;
    case SERVE_EXCLUDE: *status = add_glob(h, 1, value, flag, message); break;
    default: h->c.without |= PART(entities[option - SERVE_NO_PCPUS]); break;
    }
    return true;
}
