/*
 * settings: the file that makes a folder a store: "domtop store 1", then a line each: "step 10" and
 * "archives 10s:1d,1m:7d". Written when the store is made, and once more where it is recorded from
 * the demo: "simulated yes". Lines of other words are passed over.
 */
#ifndef DOMTOP_STORE_SETTINGS_H
#define DOMTOP_STORE_SETTINGS_H

#include <stdbool.h>

#include "archives.h"

struct store_settings {
    uint64_t step_s;
    struct archives archives;
    bool simulated; /* something in it is not of a real host */
};

/*
 * Read those of the store whose folder is open as dir. 0; -ENOENT: the folder is no store;
 * -EPROTONOSUPPORT: of a later domtop that keeps its stores differently; -EBADMSG: damaged.
 */
int store_settings_read(int dir, struct store_settings *s);

/* Make dir a store by these: whole or not at all. 0 or -errno. */
int store_settings_write(int dir, const struct store_settings *s);

#endif
