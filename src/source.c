/* source: see source.h. */
#include "source.h"

#include <string.h>

bool provider_fills(const struct provider *r, const struct metric *m)
{
    const char *entity = metric_groups[m->entity].name, *at = r->fills;
    bool ours = false;

    if (!at)
        return true;
    while (*at) {
        size_t len = strcspn(at, " ;:");
        if (at[len] == ':')
            ours = strlen(entity) == len && !strncmp(at, entity, len);
        else if (ours && strlen(m->id) == len && !strncmp(at, m->id, len))
            return true;
        at += len + strspn(at + len, " ;:");
    }
    return false;
}
