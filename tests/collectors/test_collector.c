/* collector: each reason why a machine cannot be watched is told apart; strings are made safe. */
#include "../unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/collector.h"
#include "source.h"

static char root[] = "/tmp/domtop-test-XXXXXX";

static void put(const char *path, const char *text)
{
    char full[128];

    snprintf(full, sizeof(full), "%s%s", root, path);
    FILE *f = fopen(full, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void folder(const char *path)
{
    char full[128];

    snprintf(full, sizeof(full), "%s%s", root, path);
    assert_int_equal(mkdir(full, 0755), 0);
}

static int setup(void **state)
{
    (void)state;
    return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    return system(command);
}

static void missing(void **state)
{
    const char *said;

    (void)state;
    said = collector_missing(root);
    assert_non_null(strstr(said, "there is no /proc/xen"));
    assert_non_null(strstr(said, "--demo"));
    assert_non_null(strstr(said, "make run"));

    folder("/proc");
    folder("/proc/xen");
    assert_non_null(strstr(collector_missing(root), "mount"));
    put("/proc/xen/capabilities", "\n");
    assert_non_null(strstr(collector_missing(root), "not dom0"));
    put("/proc/xen/capabilities", "control_d\n");
    said = collector_missing(root);
    if (geteuid() != 0) {
        assert_non_null(strstr(said, "not root"));
        return;
    }
    assert_non_null(strstr(said, "privcmd"));
    put("/proc/xen/privcmd", "");
    assert_null(collector_missing(root));
    /* Another user is told so before anything else is asked for. */
    assert_int_equal(seteuid(65534), 0);
    said = collector_missing(root);
    assert_int_equal(seteuid(0), 0);
    assert_non_null(strstr(said, "not root"));
}

static void strings_are_made_safe(void **state)
{
    struct snapshot s = {0};
    static char huge[5000];

    (void)state;
    unit_sample(&s, 1, 0);
    assert_int_equal(collector_str(&s, NULL, 0), 0);
    assert_string_equal(snapshot_str(&s, collector_str(&s, "web-01", 6)), "web-01");
    assert_string_equal(snapshot_str(&s, collector_str(&s, "", 0)), "");
    const char *safe = snapshot_str(&s, collector_str(&s, "a\033[31mb\n", 8));
    assert_null(strchr(safe, 033));
    assert_null(strchr(safe, '\n'));
    memset(huge, 0xff, sizeof(huge)); /* each byte becomes three */
    safe = snapshot_str(&s, collector_str(&s, huge, sizeof(huge)));
    assert_int_equal(strlen(safe), 3 * sizeof(huge));
    snapshot_release(&s);
}

static bool filled(const struct collector *const *engine, const struct metric *m)
{
    for (size_t i = 0; engine[i]; i++)
        if (provider_fills(&(struct provider){.fills = engine[i]->fills}, m))
            return true;
    return false;
}

/* What a collector says it gives are metrics; the fast engine gives all there are. */
static void all_is_given(void **state)
{
    static const char *const slow_lacks[] = {
        "wait_est",   "wait_ns",   "net_ns", "blk_ns", "dm_ns",    "tap_ns",
        "weight",     "cap",       "pcpu",   "master", "back_dev", "back_users",
        "back_queue", "back_busy", "rd_lat", "wr_lat", "rd_time",  "wr_time"};
    size_t lacks = 0;

    (void)state;
    for (int e = 0; e < ENTITY_COUNT; e++) {
        for (size_t i = 0; i < metric_groups[e].count; i++) {
            const struct metric *m = &metric_groups[e].rows[i];
            if (m->flags & METRIC_INNER || !strcmp(m->id, "host"))
                continue; /* who merges hosts fills it */
            if (!filled(collectors_direct, m))
                fail_msg("no collector gives %s", m->id);
            if (filled(collectors_xenstat, m))
                continue;
            assert_true(lacks < sizeof(slow_lacks) / sizeof(*slow_lacks));
            assert_string_equal(m->id, slow_lacks[lacks++]);
        }
    }
    for (int engine = 0; engine < 2; engine++) {
        const struct collector *const *c = engine ? collectors_direct : collectors_xenstat;
        for (; *c; c++) {
            assert_non_null((*c)->about);
            size_t words = 0, known = 0;
            for (const char *at = (*c)->fills; *at; at += strspn(at, " ;:")) {
                size_t len = strcspn(at, " ;:");
                words += at[len] != ':';
                at += len;
            }
            for (int e = 0; e < ENTITY_COUNT; e++)
                for (size_t i = 0; i < metric_groups[e].count; i++)
                    known += provider_fills(&(struct provider){.fills = (*c)->fills},
                                            &metric_groups[e].rows[i]);
            if (words != known)
                fail_msg("%s names %zu metrics, %zu are there", (*c)->name, words, known);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(missing, setup, teardown),
        cmocka_unit_test(strings_are_made_safe),
        cmocka_unit_test(all_is_given),
    };

    return cmocka_run_group_tests_name("collector", tests, NULL, NULL);
}
