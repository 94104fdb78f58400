/*
 * tags: the domains the user has marked for later, by identity: they stay marked however rows move,
 * and while the domain is away.
 */
#ifndef DOMTOP_UI_TAGS_H
#define DOMTOP_UI_TAGS_H

#include "../snapshot.h"

struct tags {
    struct uuid *uuids;
    size_t count, cap;
};

void tags_toggle(struct tags *t, const struct domain *d);
bool tags_has(const struct tags *t, const struct domain *d);
void tags_clear(struct tags *t);
void tags_release(struct tags *t);

#endif
