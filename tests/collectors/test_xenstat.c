/* xenstat: what is made of a libxenstat that leaves out domains or parts; stands in for it. */
#include "../unit.h"

#include <errno.h>
#include <stdio.h>
#include <xenstat.h>

#include "collectors/collector.h"

struct xenstat_node {
    unsigned flags, domains;
};

static struct {
    bool no_xenstored;  /* no domain has a name */
    bool no_bus;        /* vbds fail */
    int sysctl_refused; /* errno of what is asked first, or 0 */
    int vcpus_refused;  /* errno of each vcpu, or 0 */
    unsigned asked, opened;
} lib;

xenstat_handle *xenstat_init(void)
{
    lib.opened++;
    return (xenstat_handle *)&lib;
}

void xenstat_uninit(xenstat_handle *handle)
{
    (void)handle;
}

/* As libxenstat: domains whose vcpus cannot be read are dropped, and their vifs wondered at. */
xenstat_node *xenstat_get_node(xenstat_handle *handle, unsigned flags)
{
    static struct xenstat_node node;

    (void)handle;
    lib.asked++;
    errno = lib.sysctl_refused;
    if (lib.sysctl_refused)
        return NULL;
    if (lib.no_bus && flags & XENSTAT_VBD) {
        fprintf(stderr, "no bus\n");
        return NULL;
    }
    node = (struct xenstat_node){.flags = flags, .domains = lib.no_xenstored ? 0 : 2};
    if (lib.vcpus_refused && flags & XENSTAT_VCPU) {
        node.domains = 0;
        if (flags & XENSTAT_NETWORK)
            fprintf(stderr, "Found interface vif1.0 but domain 1 does not exist.\n");
        errno = lib.vcpus_refused;
    }
    return &node;
}

void xenstat_free_node(xenstat_node *node)
{
    (void)node;
    errno = EINVAL;
}

unsigned int xenstat_node_num_domains(xenstat_node *node)
{
    return node->domains;
}

xenstat_domain *xenstat_node_domain_by_index(xenstat_node *node, unsigned index)
{
    static char domains[2];

    (void)node;
    return (xenstat_domain *)&domains[index];
}

unsigned xenstat_domain_id(xenstat_domain *d)
{
    return d == xenstat_node_domain_by_index(NULL, 1);
}

char *xenstat_domain_name(xenstat_domain *d)
{
    static char name[] = "name";

    (void)d;
    return name;
}

const char *xenstat_node_xen_version(xenstat_node *node)
{
    (void)node;
    return "4.19";
}

#define GIVES(type, function, of, value)                                                           \
    type function(of *x)                                                                           \
    {                                                                                              \
        (void)x;                                                                                   \
        return value;                                                                              \
    }
GIVES(unsigned, xenstat_node_num_cpus, xenstat_node, 4)
GIVES(unsigned long long, xenstat_node_cpu_hz, xenstat_node, 1000)
GIVES(unsigned long long, xenstat_node_tot_mem, xenstat_node, 1000)
GIVES(unsigned long long, xenstat_node_free_mem, xenstat_node, 1000)
GIVES(unsigned, xenstat_domain_dying, xenstat_domain, 0)
GIVES(unsigned, xenstat_domain_shutdown, xenstat_domain, 0)
GIVES(unsigned, xenstat_domain_blocked, xenstat_domain, 0)
GIVES(unsigned, xenstat_domain_crashed, xenstat_domain, 0)
GIVES(unsigned, xenstat_domain_paused, xenstat_domain, 0)
GIVES(unsigned, xenstat_domain_running, xenstat_domain, 1)
GIVES(unsigned long long, xenstat_domain_cpu_ns, xenstat_domain, 77)
GIVES(unsigned, xenstat_domain_num_vcpus, xenstat_domain, 1)
GIVES(unsigned long long, xenstat_domain_cur_mem, xenstat_domain, 1000)
GIVES(unsigned long long, xenstat_domain_max_mem, xenstat_domain, 1000)
GIVES(unsigned, xenstat_domain_ssid, xenstat_domain, 0)
GIVES(unsigned, xenstat_domain_num_networks, xenstat_domain, 0)
GIVES(unsigned, xenstat_domain_num_vbds, xenstat_domain, 0)
GIVES(unsigned, xenstat_vcpu_online, xenstat_vcpu, 1)
GIVES(unsigned long long, xenstat_vcpu_ns, xenstat_vcpu, 77)

xenstat_vcpu *xenstat_domain_vcpu(xenstat_domain *d, unsigned vcpu)
{
    (void)vcpu;
    return (xenstat_vcpu *)d;
}

/* ---- the collector ---- */

static char message[COLLECTOR_MESSAGE];
static struct snapshot s;
static void *state;

static void begin(void)
{
    memset(&lib, 0, sizeof(lib));
    assert_int_equal(collector_xenstat.open(&state, message), 0);
}

static int sample(void)
{
    snapshot_reset(&s);
    message[0] = '\0';
    return collector_xenstat.collect(state, &s, PART_ALL, message);
}

static void end(void)
{
    collector_xenstat.close(state);
    snapshot_release(&s);
}

#define WHY                                                                                        \
    "this Xen speaks another interface version than libxenstat, or its security policy forbids it"

static void without_vcpus(void **unused)
{
    (void)unused;
    begin();
    lib.vcpus_refused = EACCES;
    for (int i = 0; i < 2; i++) {
        assert_true(sample() < 0);
        assert_string_equal(message, "libxenstat fails to read vcpus: " WHY);
        assert_int_equal(s.domain_count, 2);
        assert_int_equal(s.domains[1].cpu_ns, 77);
        assert_int_equal(s.domains[1].vcpus_max, 1);
        assert_int_equal(s.vcpu_count, 0);
        assert_int_equal(s.have & (PART(ENTITY_VCPU) | PART(ENTITY_DOMAIN) | PART(ENTITY_VIF)),
                         PART(ENTITY_DOMAIN) | PART(ENTITY_VIF));
    }
    /* They are not asked for in each sample, and found when they are back. */
    unsigned asked = lib.asked;
    sample();
    assert_int_equal(lib.asked, asked + 1);
    lib.vcpus_refused = 0;
    for (int i = 0; i < 40; i++)
        sample();
    assert_string_equal(message, "");
    assert_int_equal(s.vcpu_count, 2);
    end();
}

static void without_a_bus(void **unused)
{
    (void)unused;
    begin();
    lib.no_bus = true;
    assert_true(sample() < 0);
    assert_string_equal(message, "libxenstat fails to read vbds: no bus");
    assert_int_equal(s.domain_count, 2);
    assert_int_equal(s.vcpu_count, 2);
    sample();
    assert_string_equal(message, "libxenstat fails to read vbds");
    end();
}

static void without_domains(void **unused)
{
    (void)unused;
    begin();
    lib.no_xenstored = true;
    assert_int_equal(sample(), -EIO);
    assert_string_equal(message, "libxenstat got no domain: is xenstored running?");
    assert_int_equal(s.domain_count, 0);
    lib.no_xenstored = false;
    assert_int_equal(sample(), 0);
    assert_int_equal(lib.opened, 2);
    assert_int_equal(s.vcpu_count, 2);

    lib.sysctl_refused = EACCES;
    assert_int_equal(sample(), -EACCES);
    assert_string_equal(message, "libxenstat got no domain: " WHY);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(without_vcpus),
                                       cmocka_unit_test(without_a_bus),
                                       cmocka_unit_test(without_domains)};

    return cmocka_run_group_tests_name("xenstat", tests, NULL, NULL);
}
