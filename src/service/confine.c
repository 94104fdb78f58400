/* confine: see confine.h. The system calls are in seccomp.c. */
#include "confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base.h"
#include "seccomp.h"

/* What one process of a duty may use up. */
struct limits {
    rlim_t descriptors, data_bytes;
};

#define MIB ((rlim_t)1 << 20)

static const struct limits limits[DUTY_COUNT] = {
    [DUTY_NURSERY] = {0, 0}, /* none: its children would inherit them */
    [DUTY_RECORDER] = {4096, 1024 * MIB},
    [DUTY_CACHED] = {4096, 1024 * MIB},
    [DUTY_HTTP] = {4096, 1024 * MIB},
    [DUTY_VIEWERS] = {1024, 256 * MIB},
    [DUTY_GRAPH] = {64, 256 * MIB},
};

/* What starting a child as another user takes: becoming it and emptying the bounding set; and where
 * the service has more, opening what is root's or another's, giving away a folder made for it, low
 * ports. */
static const unsigned nursery_needs[] = {CAP_SETUID,       CAP_SETGID, CAP_SETPCAP,
                                         CAP_DAC_OVERRIDE, CAP_CHOWN,  CAP_NET_BIND_SERVICE};

static int failed(char message[CONFINE_MESSAGE], const char *what)
{
    int err = errno ? errno : EPERM;

    snprintf(message, CONFINE_MESSAGE, "%s: %s", what, strerror(err));
    return -err;
}

int confine_account(struct account *out, const char *name, char message[CONFINE_MESSAGE])
{
    const struct passwd *pw = NULL;

    *out = (struct account){.uid = geteuid(), .gid = getegid()};
    message[0] = '\0';
    if (geteuid() != 0) {
        pw = getpwuid(geteuid());
        snprintf(out->name, sizeof(out->name), "%s", pw ? pw->pw_name : "?");
        return 0;
    }
    pw = getpwnam(name ? name : "domtop");
    if (!pw && !name)
        pw = getpwnam("nobody");
    if (!pw) {
        snprintf(message, CONFINE_MESSAGE, "there is no user '%.64s' to run as",
                 name ? name : "nobody");
        return -ENOENT;
    }
    if (!pw->pw_uid || !pw->pw_gid) {
        snprintf(message, CONFINE_MESSAGE, "'%.64s' is root, which is what must not be kept",
                 pw->pw_name);
        return -EINVAL;
    }
    snprintf(out->name, sizeof(out->name), "%s", pw->pw_name);
    out->uid = pw->pw_uid;
    out->gid = pw->pw_gid;
    out->change = true;
    return 0;
}

void account_borrow(const struct account *a)
{
    /* Failing that, what is to be done is done as root, or fails there. */
    if (a->change && (setegid(a->gid) || seteuid(a->uid)))
        account_return(a);
}

void account_return(const struct account *a)
{
    if (a->change && (seteuid(0) || setegid(0)))
        _exit(EXIT_FAILED); /* not to go on as somebody else */
}

static int by_number(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;

    return (x > y) - (x < y);
}

/* Where the kernel has no close_range(): up to the limit. */
static void close_between(unsigned first, unsigned last)
{
    struct rlimit most;

    if (first > last || close_range(first, last, 0) == 0)
        return;
    if (getrlimit(RLIMIT_NOFILE, &most) || most.rlim_cur > 65536)
        most.rlim_cur = 65536;
    for (unsigned fd = first; fd <= last && fd < most.rlim_cur; fd++)
        close((int)fd);
}

void confine_descriptors(const int *keep, size_t keep_count)
{
    int sorted[16];
    size_t count = MIN(keep_count, ARRAY_LEN(sorted));
    unsigned next = STDERR_FILENO + 1;

    if (count)
        memcpy(sorted, keep, count * sizeof(*keep));
    qsort(sorted, count, sizeof(*sorted), by_number);
    for (size_t i = 0; i < count; i++) {
        if (sorted[i] < (int)next)
            continue;
        if (sorted[i] > (int)next)
            close_between(next, (unsigned)sorted[i] - 1);
        next = (unsigned)sorted[i] + 1;
    }
    close_between(next, ~0u);
}

static int limit(int resource, rlim_t most)
{
    struct rlimit now;

    if (getrlimit(resource, &now))
        return -1;
    /* Lowering needs no right. */
    now.rlim_max = MIN(now.rlim_max, most);
    now.rlim_cur = now.rlim_max;
    return setrlimit(resource, &now);
}

static int set_limits(enum duty duty)
{
    const struct limits *l = &limits[duty];

    if (limit(RLIMIT_CORE, 0))
        return -1;
    if (duty == DUTY_NURSERY)
        return 0;
    if (limit(RLIMIT_NOFILE, l->descriptors))
        return -1;
    /* The sanitizers' shadow is counted as data. */
    return SECCOMP_SKIPPED ? 0 : limit(RLIMIT_DATA, l->data_bytes);
}

static bool may(unsigned capability)
{
    return capng_have_capability(CAPNG_EFFECTIVE, capability) != 0;
}

/* The nursery stays root with the few capabilities it needs; what it forks drops those too. */
static int keep_few(char message[CONFINE_MESSAGE])
{
    capng_get_caps_process();
    bool bounds = may(CAP_SETPCAP);
    unsigned kept[ARRAY_LEN(nursery_needs)];
    size_t count = 0;

    for (size_t i = 0; i < ARRAY_LEN(nursery_needs); i++)
        if (capng_have_capability(CAPNG_PERMITTED, nursery_needs[i]))
            kept[count++] = nursery_needs[i];
    capng_clear(CAPNG_SELECT_ALL);
    for (size_t i = 0; i < count; i++)
        capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET, kept[i]);
    errno = 0;
    if (capng_apply(bounds ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS))
        return failed(message, "giving up capabilities");
    return 0;
}

static int become(const struct account *a, char message[CONFINE_MESSAGE])
{
    capng_get_caps_process();
    if (may(CAP_SETPCAP)) {
        capng_clear(CAPNG_SELECT_BOUNDS);
        errno = 0;
        if (capng_apply(CAPNG_SELECT_BOUNDS))
            return failed(message, "emptying the bounding set of capabilities");
    }
    if (a->change) {
        if (setgroups(0, NULL) || setresgid(a->gid, a->gid, a->gid) ||
            setresuid(a->uid, a->uid, a->uid))
            return failed(message, "becoming another user");
        errno = EPERM;
        if (setuid(0) == 0)
            return failed(message, "giving up root, which came back");
    }
    capng_clear(CAPNG_SELECT_BOTH);
    errno = 0;
    if (capng_apply(CAPNG_SELECT_CAPS))
        return failed(message, "giving up capabilities");
    return 0;
}

/* Files that a root nursery opens for a child are opened before; what is opened after is the
 * child's own and nobody else's. */
int confine(enum duty duty, const struct account *account, const int *keep, size_t keep_count,
            char message[CONFINE_MESSAGE])
{
    int status;

    message[0] = '\0';
    confine_descriptors(keep, keep_count);
    umask(027);
    if (set_limits(duty))
        return failed(message, "setting limits");
    status = duty == DUTY_NURSERY ? (account->change ? keep_few(message) : 0)
                                  : become(account, message);
    if (status)
        return status;
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return failed(message, "closing this process to others");
    /* After the change of user, which would undo it: nobody outlives who started them. */
    if (prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0))
        return failed(message, "asking to be told of the parent's end");
    return seccomp_duty(duty, message);
}
