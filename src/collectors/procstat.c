/* procstat: see procstat.h. Source of the formats: proc(5). */
#include "procstat.h"

#include <stdio.h>
#include <string.h>

#include "../base.h"
#include "../snapshot.h"

#define DOMID_MOST 0x7ff0 /* xen/include/public/xen.h, DOMID_FIRST_RESERVED */

static bool digits(const char **at, const char *end, uint64_t *out)
{
    const char *p = *at;
    uint64_t n = 0;

    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        if (n > (UINT64_MAX - 9) / 10)
            return false;
        n = n * 10 + (uint64_t)(*p - '0');
    }
    if (p == *at)
        return false;
    *at = p;
    *out = n;
    return true;
}

static bool domid_at(const char **at, const char *end, char after, uint64_t *domid)
{
    return digits(at, end, domid) && *domid < DOMID_MOST && *at < end && *(*at)++ == after;
}

/* What stands behind an interface's name: "-q1-guest-rx", "-dealloc", cut anywhere if cut. */
static bool netback_work(const char *at, bool cut)
{
    static const char *const works[] = {"-guest-rx", "-dealloc"};
    bool queue = at[0] == '-' && at[1] == 'q';
    size_t number = queue ? strspn(at + 2, "0123456789") : 0;

    if (queue)
        at += 2 + number;
    if (queue && (!number || !*at))
        return cut && !*at;
    /* Kernels before 3.16 have no queues; a dash alone says nothing. */
    size_t len = strlen(at);
    bool enough = len > (queue ? 0 : 1);
    for (size_t i = 0; i < ARRAY_LEN(works); i++)
        if (!strcmp(at, works[i]) || (cut && enough && !strncmp(at, works[i], len)))
            return true;
    return false;
}

static bool is_cut(const char *comm)
{
    return strlen(comm) == THREAD_NAME;
}

bool thread_name_of_vif(const char *comm, const char *dev)
{
    size_t len = strlen(dev);

    return len && !strncmp(comm, dev, len) && netback_work(comm + len, is_cut(comm));
}

bool thread_name_any_vif(const char *comm)
{
    for (const char *at = comm; (at = strchr(at, '-')); at++)
        if (at > comm && netback_work(at, is_cut(comm)))
            return true;
    return false;
}

/* A disk's name, and behind it the number of the ring's thread, unless that was cut off. */
static bool blkback_disk(const char *name, bool cut)
{
    const char *dash = strrchr(name, '-');

    if (dash > name && dash[1] && !dash[1 + strspn(dash + 1, "0123456789")])
        return true;
    /* Kernels before 4.6 have one thread a disk, without a number. */
    return *name &&
           (cut || !strncmp(name, "xvd", 3) || !strncmp(name, "hd", 2) || !strncmp(name, "sd", 2));
}

enum served_as thread_name_parse(const char *comm, uint64_t *domid, uint64_t *id)
{
    const char *at = comm, *end = comm + strlen(comm);

    if (!strncmp(at, "vif", 3)) {
        at += 3;
        bool net = domid_at(&at, end, '.', domid) && digits(&at, end, id) &&
                   netback_work(at, is_cut(comm));
        return net ? SERVES_NET : SERVES_NOBODY;
    }
    bool named = !strncmp(at, "blkback.", 8);
    at += named ? 8 : 0;
    if (!domid_at(&at, end, '.', domid))
        return SERVES_NOBODY;
    return blkback_disk(at, is_cut(comm) || named) ? SERVES_BLK : SERVES_NOBODY;
}

enum served_as command_line_parse(const char *bytes, size_t len, uint64_t *domid)
{
    static const char option[] = "-xen-domid";
    const char *end = bytes + len, *first_end = memchr(bytes, '\0', len);
    const char *at = bytes;

    if (!first_end || !memmem(bytes, (size_t)(first_end - bytes), "qemu", 4))
        return SERVES_NOBODY;
    while (at < end) {
        const char *stop = memchr(at, '\0', (size_t)(end - at));
        if (!stop)
            break;
        if (!strcmp(at, option) && stop + 1 < end) {
            const char *value = stop + 1;
            return domid_at(&value, end, '\0', domid) ? SERVES_DM : SERVES_NOBODY;
        }
        at = stop + 1;
    }
    return SERVES_NOBODY;
}

bool procstat_parse(const char *text, size_t len, struct procstat *out)
{
    const char *end = text + len, *open = memchr(text, '(', len);
    const char *close = memrchr(text, ')', len);
    uint64_t v[22] = {0};

    if (!open || !close || close < open || close + 2 >= end)
        return false;
    size_t name = MIN((size_t)(close - open - 1), sizeof(out->comm) - 1);
    memcpy(out->comm, open + 1, name);
    out->comm[name] = '\0';
    /* From field 3, the state, to field 22, the start; some are negative. */
    const char *at = close + 3;
    for (int field = 4; field <= 22; field++) {
        while (at < end && *at == ' ')
            at++;
        at += at < end && *at == '-';
        if (!digits(&at, end, &v[field - 1]))
            return false;
    }
    out->kernel = v[3] == 2;
    out->user = v[13];
    out->system = v[14];
    out->start = v[21];
    return true;
}

uint64_t schedstat_parse(const char *text, size_t len)
{
    const char *at = text, *end = text + len;
    uint64_t ns;

    return digits(&at, end, &ns) && at < end && *at == ' ' ? ns : UNKNOWN;
}
