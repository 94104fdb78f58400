/*
 * fuzz_collectors: any bytes to the parsers of netlink messages, sysfs files, tapdisk's record,
 * xenstore values and the process table. The first byte picks the parser; the rest is copied to a
 * block of its own size, so that reading past its end is found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/blkstat.h"
#include "collectors/host.h"
#include "collectors/links.h"
#include "collectors/procstat.h"
#include "collectors/store_read.h"
#include "snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(what)                                                                                \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                             \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static void row(void *ctx, const struct link *link)
{
    (void)ctx;
    CHECK(link->index != 0);
    CHECK(memchr(link->name, '\0', sizeof(link->name)) != NULL);
    CHECK(!link->described || link->name[0]);
}

static void texts(const char *text, size_t len)
{
    uint64_t domid, id;
    struct cpu_ticks ticks;
    char out[8];
    struct backend_name name;

    proc_stat_parse(text, &ticks);
    CHECK(store_parse_kib(text) == UNKNOWN || store_parse_kib(text) % 1024 == 0);
    vif_nodename_parse(text, &domid, &id);
    thread_name_parse(text, &domid);
    if (backend_name_parse(text, &name)) {
        snprintf(out, sizeof(out), "%s", name.kind);
        CHECK(!strncmp(text, out, strlen(out)));
    }
    (void)len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct procstat proc;
    struct blkstat blk;
    struct tapstat tap;
    unsigned major, minor;
    uint64_t domid;

    if (size < 1)
        return 0;
    size_t len = size - 1;
    char *bytes = malloc(len + 1), *exact = malloc(len ? len : 1);
    if (!bytes || !exact)
        abort();
    memcpy(bytes, data + 1, len);
    memcpy(exact, data + 1, len);
    bytes[len] = '\0';
    switch (data[0] % 4) {
    case 0: {
        int end = links_parse(exact, len, 7, row, NULL);
        CHECK(end >= -4095 && end <= LINKS_MORE_CHANGED);
        break;
    }
    case 1: texts(bytes, len); break;
    case 2:
        counter_parse(exact, len);
        physical_device_parse(exact, len, &major, &minor);
        blkstat_parse(exact, len, &blk);
        tapstat_parse(exact, len, &tap);
        break;
    default:
        if (procstat_parse(exact, len, &proc))
            CHECK(memchr(proc.comm, '\0', sizeof(proc.comm)) != NULL);
        schedstat_parse(exact, len);
        command_line_parse(exact, len, &domid);
        break;
    }
    free(bytes);
    free(exact);
    return 0;
}
