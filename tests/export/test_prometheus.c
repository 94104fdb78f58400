/*
 * test_prometheus: what a scraper reads is what the snapshot says.
 *
 * With PROMETHEUS_DIR=FOLDER it also leaves hostile.txt and hostile.open there, for parsers of
 * others; with PROMETHEUS_DIR=- it prints the list of families for the manual, and tests nothing.
 */
#include <stdio.h>
#include <stdlib.h>

#include "export/prometheus.h"
#include "export/prometheus_rows.h"
#include "hostile.h"
#include "unit.h"

static const struct prometheus_options everything = {.dom0 = true};

static char *render(enum prometheus_format format, const struct snapshot *s,
                    const struct prometheus_options *o)
{
    struct text t = {0};

    prometheus_render(&t, format, s, o);
    return t.data;
}

/* One row of each entity in which every value is known. */
static void know_all(void *record, enum entity e, strref text)
{
    for (size_t i = 0; i < metric_groups[e].count; i++) {
        const struct metric *m = &metric_groups[e].rows[i];
        char *at = (char *)record + m->offset;
        if (m->flags & METRIC_IDENT && m->type == TYPE_U64)
            continue;
        switch (m->type) {
        case TYPE_U64: *(uint64_t *)(void *)at = 1; break;
        case TYPE_F64: *(double *)(void *)at = 0.5; break;
        case TYPE_STR: *(strref *)(void *)at = text; break;
        case TYPE_UUID: break;
        }
    }
}

static void fill_known(struct snapshot *s)
{
    unit_sample(s, 2, 1);
    s->wall_ns = UINT64_C(1795317165250000001);
    strref text = snapshot_add_cstr(s, "x");
    know_all(&s->host, ENTITY_HOST, text);
    know_all(snapshot_add_pcpu(s, 0), ENTITY_PCPU, text);
    know_all(unit_domain(s, 1, 0xab), ENTITY_DOMAIN, text);
    know_all(snapshot_add_vcpu(s, 1, 0), ENTITY_VCPU, text);
    know_all(snapshot_add_vif(s, 1, 0), ENTITY_VIF, text);
    know_all(snapshot_add_vbd(s, 1, 51712), ENTITY_VBD, text);
    snapshot_add_report(s, "xenstat")->elapsed_ns = 1500;
    s->reports[0].restarts = UNKNOWN;
    snapshot_add_report(s, "http")->restarts = 3;
    struct report *recorder = snapshot_add_report(s, "recorder");
    recorder->restarts = 0;
    recorder->updates = 7;
    recorder->failures = 5;
    snapshot_seal(s);
}

/* ---- the manual's list ---- */

/* The labels of the first sample of a family, as mdoc. */
static void print_labels(const char *text, const char *name)
{
    char begin[160];
    const char *p, *separator = "; labels";

    snprintf(begin, sizeof(begin), "\n%s{", name);
    p = strstr(text, begin);
    for (p = p ? p + strlen(begin) : "}"; *p != '}' && *p != '\n';) {
        size_t n = strcspn(p, "=");
        printf("%s Li %.*s", separator, (int)n, p);
        separator = " ,";
        p = strchr(p + n + 2, '"') + 1;
        p += *p == ',';
    }
}

static void print_list(void)
{
    struct snapshot s = {0};
    char *text, *line, *next;

    fill_known(&s);
    text = render(PROMETHEUS_TEXT, &s, &everything);
    char *scanned = xstrdup(text);
    puts(".\\\" begin list: tests/export/test_prometheus prints it");
    for (line = scanned; line && *line; line = next) {
        char name[128], type[16];
        int at;
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        if (sscanf(line, "# HELP %127s %n", name, &at) != 1)
            continue;
        sscanf(next, "# TYPE %*s %15s", type);
        printf(".It Li %s Pq %s", name, type);
        print_labels(text, name);
        printf("\n%s\n", line + at);
    }
    puts(".\\\" end list");
    free(scanned);
    free(text);
    snapshot_release(&s);
}

/* ---- tests ---- */

static void families_are_well_named(void **state)
{
    size_t count;
    const struct family *f = families(&count);
    (void)state;

    assert_true(count > 40);
    for (size_t i = 0; i < count; i++) {
        assert_true(f[i].member_count > 0);
        assert_int_equal(strncmp(f[i].name, "xen_", 4), 0);
        assert_int_equal(strspn(f[i].name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
                         strlen(f[i].name));
        assert_null(strstr(f[i].name, "_total"));
        assert_null(strstr(f[i].name, "__"));
        assert_true(f[i].help && f[i].help[strlen(f[i].help) - 1] == '.');
        assert_true(!f[i].unit || strstr(f[i].name, f[i].unit));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(f[i].name, f[k].name);
    }
}

/* Every row of the table is told of but those that say why not: 11 of them name their row. */
static void every_metric_is_told_of(void **state)
{
    size_t count, told = 0, rows = 0;
    const struct family *f = families(&count);
    (void)state;

    for (size_t i = 0; i < count; i++)
        told += f[i].member_count;
    for (int e = 0; e < ENTITY_COUNT; e++)
        for (size_t i = 0; i < metric_groups[e].count; i++)
            rows += !(metric_groups[e].rows[i].flags & METRIC_INNER);
    /* Identities that are labels everywhere: uuid, and the id of pcpus, vcpus, vifs, vbds. Dropped:
     * the host's name, and host, name, shutdown, ssid, pcpu, script, dev. */
    assert_int_equal(told, rows - 5 - 8);
}

static void values(void **state)
{
    static const char *const lines[] = {
        "xen_up 1",
        "xen_sample_timestamp_seconds 1795317165.250000001",
        "xen_store_updates_total 7",
        "xen_store_failures_total 5",
        "xen_collector_success{collector=\"xenstat\"} 1",
        "xen_collector_duration_seconds{collector=\"xenstat\"} 0.0000015",
        "xen_exporter_process_restarts_total{process=\"http\"} 3",
        "xen_hypervisor_info{version=\"x\"} 1",
        "xen_host_boot_time_seconds 1795317165",
        "xen_dom0_load1 0.5",
        "xen_dom0_cpu_seconds_total{mode=\"steal\"} 0.000000001",
        "xen_pcpu_idle_seconds_total{cpu=\"0\"} 0.000000001",
        "xen_domain_state{uuid=\"abababab-abab-abab-abab-abababababab\",domain=\"x\",state="
        "\"dying\"}"
        " 1",
        "xen_domain_state{uuid=\"abababab-abab-abab-abab-abababababab\",domain=\"x\",state="
        "\"running\"} 0",
        "xen_domain_scheduler_cap_ratio{uuid=\"abababab-abab-abab-abab-abababababab\",domain=\"x\"}"
        " 0.01",
        "xen_domain_info{uuid=\"abababab-abab-abab-abab-abababababab\",domain=\"x\",domid=\"1\","
        "type=\"PVH\",cpupool=\"1\"} 1",
        "xen_vbd_written_bytes_total{uuid=\"abababab-abab-abab-abab-abababababab\",domain=\"x\","
        "vbd=\"xvda\"} 1",
        "xen_vif_receive_bytes_total{uuid=\"abababab-abab-abab-abab-abababababab\",domain=\"x\","
        "vif=\"0\"} 1",
        "# TYPE xen_vif_receive_bytes_total counter",
        "# TYPE xen_domain_info gauge",
    };
    struct snapshot s = {0};
    char line[256], *text;
    (void)state;

    fill_known(&s);
    text = render(PROMETHEUS_TEXT, &s, &everything);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        snprintf(line, sizeof(line), "\n%s\n", lines[i]);
        if (!strstr(text, line))
            fail_msg("no %s", lines[i]);
    }
    assert_null(strstr(text, "# UNIT"));
    free(text);
    text = render(PROMETHEUS_OPENMETRICS, &s, &everything);
    assert_non_null(strstr(text, "\n# TYPE xen_vif_receive_bytes counter\n"
                                 "# UNIT xen_vif_receive_bytes bytes\n"));
    assert_non_null(strstr(text, "\n# TYPE xen_domain info\n"));
    assert_string_equal(text + strlen(text) - 6, "# EOF\n");
    free(text);
    s.domains[0].cpu_ns = UINT64_C(86400000000000) * 365 + 1;
    text = render(PROMETHEUS_TEXT, &s, &everything);
    assert_non_null(strstr(text, "domain=\"x\"} 31536000.000000001\n"));
    free(text);
    snapshot_release(&s);
}

static void unknown_is_absent(void **state)
{
    struct snapshot s = {0};
    char *text;
    (void)state;

    unit_sample(&s, 1, 1);
    s.host.load1 = INFINITY;
    unit_domain(&s, 1, 0xab);
    snapshot_add_vif(&s, 1, 0);
    snapshot_seal(&s);
    text = render(PROMETHEUS_TEXT, &s, &everything);
    assert_null(strstr(text, "18446744073709551615"));
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf\n"));
    assert_null(strstr(text, "xen_domain_cpu"));
    assert_null(strstr(text, "xen_vif_receive"));
    assert_null(strstr(text, "xen_dom0_load1"));
    assert_null(strstr(text, "xen_host_boot_time"));
    assert_non_null(strstr(text, "xen_vif_info{"));
    free(text);
    /* No sample at all. */
    snapshot_reset(&s);
    text = render(PROMETHEUS_TEXT, &s, &everything);
    assert_non_null(strstr(text, "\nxen_up 0\n"));
    assert_null(strstr(text, "xen_sample_timestamp"));
    free(text);
    /* One in which nobody could read the domains. */
    unit_sample(&s, 1, 1);
    s.have = 0;
    text = render(PROMETHEUS_TEXT, &s, &everything);
    assert_non_null(strstr(text, "\nxen_up 0\n"));
    assert_null(strstr(text, "xen_host_domains"));
    free(text);
    snapshot_release(&s);
}

static size_t count_of(const char *text, const char *part)
{
    size_t n = 0;

    for (; (text = strstr(text, part)); text++)
        n++;
    return n;
}

/* While a domain moves within the host there are two of it: the one that lives is told of. */
static void one_of_a_uuid(void **state)
{
    struct snapshot s = {0};
    char *text;
    (void)state;

    unit_sample(&s, 1, 1);
    unit_domain(&s, 0, 0)->state = DOMAIN_PAUSED;
    unit_domain(&s, 3, 0)->state = DOMAIN_RUNNING; /* without a uuid: dom0 stays */
    unit_domain(&s, 5, 1)->state = DOMAIN_RUNNING;
    unit_domain(&s, 9, 1)->state = DOMAIN_PAUSED;
    unit_domain(&s, 11, 1)->state = DOMAIN_SHUTDOWN;
    unit_domain(&s, 12, 2)->state = DOMAIN_BLOCKED;
    unit_domain(&s, 13, 2)->state = DOMAIN_RUNNING;
    snapshot_seal(&s);
    for (size_t i = 0; i < s.domain_count; i++)
        snapshot_add_vcpu(&s, s.domains[i].domid, 0)->online = 1;
    snapshot_seal(&s);
    text = render(PROMETHEUS_TEXT, &s, &everything);
    assert_int_equal(count_of(text, "xen_domain_info{"), 3);
    assert_int_equal(count_of(text, "xen_vcpu_online{"), 3);
    assert_non_null(strstr(text, "domid=\"0\""));
    assert_non_null(strstr(text, "domid=\"5\""));
    assert_non_null(strstr(text, "domid=\"13\""));
    /* All of them are domains of the host. */
    assert_non_null(strstr(text, "xen_host_domains{state=\"running\"} 3\n"));
    assert_non_null(strstr(text, "xen_host_domains{state=\"paused\"} 2\n"));
    free(text);
    snapshot_release(&s);
}

static void what_is_left_out(void **state)
{
    static const char *const include[] = {"web*", "", NULL}, *const exclude[] = {"*-2", NULL};
    static const char *const names[] = {"web-1", "web-2", "db", NULL};
    struct prometheus_options o = {.include = include, .exclude = exclude};
    struct snapshot s = {0};
    char *text;
    (void)state;

    fill_known(&s);
    for (size_t i = 0; i < 4; i++) {
        struct domain *d = unit_domain(&s, 10 + i, (uint8_t)(10 + i));
        d->name = snapshot_add_cstr(&s, names[i]);
        d->vcpus_max = 1;
    }
    snapshot_seal(&s);
    text = render(PROMETHEUS_TEXT, &s, &o);
    assert_int_equal(count_of(text, "\nxen_domain_vcpus{"), 2);
    assert_non_null(strstr(text, "domain=\"web-1\"} 1\n"));
    assert_non_null(strstr(text, "domain=\"\"} 1\n"));
    assert_null(strstr(text, "xen_dom0_"));
    assert_non_null(strstr(text, "xen_pcpu_"));
    free(text);
    o = (struct prometheus_options){.without = PART(ENTITY_PCPU) | PART(ENTITY_VCPU) |
                                               PART(ENTITY_VIF) | PART(ENTITY_VBD)};
    text = render(PROMETHEUS_TEXT, &s, &o);
    assert_int_equal(count_of(text, "xen_pcpu_"), 0);
    assert_int_equal(count_of(text, "xen_vcpu_"), 0);
    assert_int_equal(count_of(text, "xen_vif_"), 0);
    assert_int_equal(count_of(text, "xen_vbd_"), 0);
    assert_int_equal(count_of(text, "\nxen_domain_vcpus{"), 5);
    free(text);
    snapshot_release(&s);
}

/* The label as a parser reads it back. */
static void unescape(const char *from, char *to)
{
    for (; *from != '"'; from++) {
        assert_int_not_equal(*from, '\n');
        if (*from == '\\') {
            from++;
            assert_non_null(strchr("\\n\"", *from));
            *to++ = (char)(*from == 'n' ? '\n' : *from);
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
}

static void leave(const char *name, const char *text)
{
    const char *folder = getenv("PROMETHEUS_DIR");
    char path[4096];
    FILE *f;

    if (!folder)
        return;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
}

static void hostile_names_come_back(void **state)
{
    struct snapshot s = {0};
    char *text, name[256];
    (void)state;

    hostile_fill(&s);
    text = render(PROMETHEUS_TEXT, &s, &everything);
    leave("hostile.txt", text);
    for (size_t i = 0; i < ARRAY_LEN(hostile_names); i++) {
        char begin[128], uuid[UUID_TEXT];
        uuid_format(&snapshot_domain(&s, i + 1)->uuid, uuid);
        snprintf(begin, sizeof(begin), "\nxen_domain_info{uuid=\"%s\",domain=\"", uuid);
        const char *at = strstr(text, begin);
        assert_non_null(at);
        /* Its uuid is dom0's, which is told of in its place. */
        if (!strcmp(uuid, "00000000-0000-0000-0000-000000000000"))
            continue;
        unescape(at + strlen(begin), name);
        assert_string_equal(name, hostile_names[i]);
    }
    free(text);
    text = render(PROMETHEUS_OPENMETRICS, &s, &everything);
    leave("hostile.open", text);
    free(text);
    snapshot_release(&s);
}

static void disks(void **state)
{
    static const struct {
        uint64_t id;
        const char *name;
    } cases[] = {
        {51712, "xvda"},
        {51713, "xvda1"},
        {51728, "xvdb"},
        {51967, "xvdp15"},
        {(1u << 28) | 16 << 8, "xvdq"},
        {(1u << 28) | 25 << 8 | 3, "xvdz3"},
        {(1u << 28) | 26 << 8, "xvdaa"},
        {(1u << 28) | 701 << 8, "xvdzz"},
        {(1u << 28) | 702 << 8, "xvdaaa"},
        {1u << 28, "268435456"},
        {768, "hda"},
        {832, "hdb"},
        {896, "896"},
        {5632, "hdc"},
        {5696, "hdd"},
        {2048, "sda"},
        {2065, "sdb1"},
        {0, "0"},
        {UINT64_MAX - 1, "18446744073709551614"},
    };
    char name[VBD_NAME];
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        vbd_name(cases[i].id, name);
        assert_string_equal(name, cases[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families_are_well_named),
        cmocka_unit_test(every_metric_is_told_of),
        cmocka_unit_test(values),
        cmocka_unit_test(unknown_is_absent),
        cmocka_unit_test(one_of_a_uuid),
        cmocka_unit_test(what_is_left_out),
        cmocka_unit_test(hostile_names_come_back),
        cmocka_unit_test(disks),
    };
    const char *folder = getenv("PROMETHEUS_DIR");

    if (folder && !strcmp(folder, "-")) {
        print_list();
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
