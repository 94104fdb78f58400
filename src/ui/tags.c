/* tags: see tags.h. */
#include "tags.h"

#include <stdlib.h>
#include <string.h>

#include "../base.h"

/* The place of a uuid; count where there is none. */
static size_t find(const struct tags *t, const struct uuid *uuid)
{
    size_t i = 0;

    while (i < t->count && memcmp(&t->uuids[i], uuid, sizeof(*uuid)) != 0)
        i++;
    return i;
}

bool tags_has(const struct tags *t, const struct domain *d)
{
    return t->count && find(t, &d->uuid) < t->count;
}

void tags_toggle(struct tags *t, const struct domain *d)
{
    size_t at = find(t, &d->uuid);

    if (at < t->count) {
        t->uuids[at] = t->uuids[--t->count];
        return;
    }
    array_reserve(&t->uuids, &t->cap, t->count + 1, sizeof(*t->uuids));
    t->uuids[t->count++] = d->uuid;
}

void tags_clear(struct tags *t)
{
    t->count = 0;
}

void tags_release(struct tags *t)
{
    free(t->uuids);
    *t = (struct tags){0};
}
