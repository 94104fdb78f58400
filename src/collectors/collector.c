/*
 * collector: the list of collectors, and what they share: strings into the snapshot, and the words
 * for a machine that cannot be watched.
 */
#include "collector.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base.h"
#include "../sanitize.h"

const struct collector *const collectors_xenstat[] = {
    &collector_xenstat, &collector_hypercall, &collector_xenstore,
    &collector_pcpu,    &collector_host,      NULL,
};

const struct collector *const collectors_direct[] = {
    &collector_domains, &collector_vcpus, &collector_vif,  &collector_vbd,      &collector_xenstore,
    &collector_qdisk,   &collector_pcpu,  &collector_host, &collector_dom0cost, NULL,
};

char *collector_text(const char *bytes, size_t len)
{
    char *safe = xmalloc(3 * len + 1);

    sanitize(safe, 3 * len + 1, bytes, len);
    return safe;
}

strref collector_str(struct snapshot *s, const char *bytes, size_t len)
{
    char small[1024], *safe = small;
    strref ref;

    if (!bytes)
        return 0;
    if (3 * len + 1 > sizeof(small))
        safe = xmalloc(3 * len + 1);
    ref = snapshot_add_str(s, safe,
                           sanitize(safe, safe == small ? sizeof(small) : 3 * len + 1, bytes, len));
    if (safe != small)
        free(safe);
    return ref;
}

/* Whether a file holds a word; -errno when it cannot be read. */
static int file_has(const char *root, const char *path, const char *word)
{
    char full[512], text[256];
    int fd, err;

    snprintf(full, sizeof(full), "%s%s", root, path);
    fd = open(full, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t n = read(fd, text, sizeof(text) - 1);
    err = errno;
    close(fd);
    if (n < 0)
        return -err;
    text[n] = '\0';
    return strstr(text, word) != NULL;
}

static bool exists(const char *root, const char *path)
{
    char full[512];

    snprintf(full, sizeof(full), "%s%s", root, path);
    return access(full, F_OK) == 0;
}

const char *collector_missing(const char *root)
{
    int control;

    if (!exists(root, "/proc/xen"))
        return "there is no /proc/xen: this machine does not run Xen; "
               "try `domtop --demo`, or `make run` for the bundled hypervisor";
    control = file_has(root, "/proc/xen/capabilities", "control_d");
    if (control == -ENOENT)
        return "/proc/xen is empty: mount it with `mount -t xenfs xenfs /proc/xen`, "
               "or try `domtop --demo`";
    if (control == 0)
        return "this is a Xen guest, not dom0: run domtop in dom0, or try `domtop --demo`";
    if (control < 0 || geteuid() != 0)
        return "not root: only root may ask the hypervisor; run domtop with sudo, "
               "or try `domtop --demo`";
    if (!exists(root, "/dev/xen/privcmd") && !exists(root, "/proc/xen/privcmd"))
        return "there is no /dev/xen/privcmd: load it with `modprobe xen-privcmd`, "
               "or try `domtop --demo`";
    return NULL;
}
