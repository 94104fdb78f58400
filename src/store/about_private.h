/*
 * about_private: what about.c (meaning) and about_json.c (the file) share.
 */
#ifndef DOMTOP_ABOUT_PRIVATE_H
#define DOMTOP_ABOUT_PRIVATE_H

#include "about.h"

/* A new last one, all unset but its identity; valid until the next. The oldest goes beyond
 * ABOUT_CHANGES. */
struct about_fact *about_add_fact(struct about_thing *t, const struct metric *m);
struct about_life *about_add_life(struct about *a);
struct about_thing *about_add_thing(struct about *a, enum entity entity, uint64_t id);

/* The members kept for a later domtop. */
void about_extra_release(struct about *a);

#endif
