/* snapshot: see snapshot.h. */
#include "snapshot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"

/*
 * The four tables whose rows begin with an identity of two numbers: for a device its domid and id.
 * (A domain row's identity is its domid; a pcpu's its id.)
 */
struct key {
    uint64_t major, minor;
};

static void host_unknown(struct host *h)
{
    memset(h, 0xff, sizeof(*h));
    h->name = h->xen_version = 0;
    h->load1 = h->load5 = h->load15 = NAN;
}

void snapshot_reset(struct snapshot *s)
{
    s->seq = 0;
    s->mono_ns = clock_mono_ns();
    s->wall_ns = clock_wall_ns();
    s->simulated = false;
    s->have = 0;
    for (int e = 0; e < ENTITY_COUNT; e++)
        s->read_ns[e] = s->mono_ns;
    host_unknown(&s->host);
    s->pcpu_count = s->domain_count = s->vcpu_count = s->vif_count = s->vbd_count = 0;
    s->report_count = 0;
    s->switches = 0;
    s->pool_len = 1; /* reference 0 is unknown */
}

void snapshot_release(struct snapshot *s)
{
    free(s->pcpus);
    free(s->domains);
    free(s->vcpus);
    free(s->vifs);
    free(s->vbds);
    free(s->reports);
    free(s->pool);
    memset(s, 0, sizeof(*s));
}

struct pcpu *snapshot_add_pcpu(struct snapshot *s, uint64_t id)
{
    array_reserve(&s->pcpus, &s->pcpu_cap, s->pcpu_count + 1, sizeof(*s->pcpus));
    struct pcpu *p = &s->pcpus[s->pcpu_count++];
    memset(p, 0xff, sizeof(*p));
    p->id = id;
    return p;
}

struct domain *snapshot_add_domain(struct snapshot *s, uint64_t domid)
{
    array_reserve(&s->domains, &s->domain_cap, s->domain_count + 1, sizeof(*s->domains));
    struct domain *d = &s->domains[s->domain_count++];
    memset(d, 0xff, sizeof(*d));
    memset(&d->uuid, 0, sizeof(d->uuid));
    d->domid = domid;
    d->name = d->host = 0;
    d->wait_est = NAN;
    d->vcpu_first = d->vif_first = d->vbd_first = 0;
    d->vcpu_count = d->vif_count = d->vbd_count = 0;
    return d;
}

struct vcpu *snapshot_add_vcpu(struct snapshot *s, uint64_t domid, uint64_t id)
{
    array_reserve(&s->vcpus, &s->vcpu_cap, s->vcpu_count + 1, sizeof(*s->vcpus));
    struct vcpu *v = &s->vcpus[s->vcpu_count++];
    memset(v, 0xff, sizeof(*v));
    v->domid = domid;
    v->id = id;
    return v;
}

struct vif *snapshot_add_vif(struct snapshot *s, uint64_t domid, uint64_t id)
{
    array_reserve(&s->vifs, &s->vif_cap, s->vif_count + 1, sizeof(*s->vifs));
    struct vif *v = &s->vifs[s->vif_count++];
    memset(v, 0xff, sizeof(*v));
    v->domid = domid;
    v->id = id;
    v->dev = v->mac = v->bridge = v->script = v->master = 0;
    return v;
}

struct vbd *snapshot_add_vbd(struct snapshot *s, uint64_t domid, uint64_t id)
{
    array_reserve(&s->vbds, &s->vbd_cap, s->vbd_count + 1, sizeof(*s->vbds));
    struct vbd *v = &s->vbds[s->vbd_count++];
    memset(v, 0xff, sizeof(*v));
    v->domid = domid;
    v->id = id;
    v->dev = v->driver = v->path = v->mode = v->back_dev = 0;
    return v;
}

struct report *snapshot_add_report(struct snapshot *s, const char *collector)
{
    array_reserve(&s->reports, &s->report_cap, s->report_count + 1, sizeof(*s->reports));
    struct report *r = &s->reports[s->report_count++];
    *r = (struct report){.collector = snapshot_add_cstr(s, collector),
                         .read_ns = UNKNOWN,
                         .elapsed_ns = UNKNOWN,
                         .restarts = UNKNOWN,
                         .updates = UNKNOWN,
                         .failures = UNKNOWN};
    return r;
}

strref snapshot_add_str(struct snapshot *s, const char *bytes, size_t len)
{
    if (!bytes || s->pool_len + len + 1 > UINT32_MAX)
        return 0;
    if (s->pool_len == 0)
        s->pool_len = 1;
    array_reserve(&s->pool, &s->pool_cap, s->pool_len + len + 1, 1);
    strref ref = (strref)s->pool_len;
    memcpy(s->pool + ref, bytes, len);
    s->pool[ref + len] = '\0';
    s->pool_len += len + 1;
    return ref;
}

strref snapshot_add_cstr(struct snapshot *s, const char *str)
{
    return str ? snapshot_add_str(s, str, strlen(str)) : 0;
}

const char *snapshot_str(const struct snapshot *s, strref ref)
{
    return ref ? s->pool + ref : NULL;
}

/* ---- sealing ---- */

static struct key key_of(enum entity e, const void *row)
{
    switch (e) {
    case ENTITY_PCPU: return (struct key){((const struct pcpu *)row)->id, 0};
    case ENTITY_DOMAIN: return (struct key){((const struct domain *)row)->domid, 0};
    case ENTITY_VCPU: {
        const struct vcpu *v = row;
        return (struct key){v->domid, v->id};
    }
    case ENTITY_VIF: {
        const struct vif *v = row;
        return (struct key){v->domid, v->id};
    }
    case ENTITY_VBD: {
        const struct vbd *v = row;
        return (struct key){v->domid, v->id};
    }
    default: return (struct key){0, 0};
    }
}

static int key_compare(struct key a, struct key b)
{
    if (a.major != b.major)
        return a.major < b.major ? -1 : 1;
    return (a.minor > b.minor) - (a.minor < b.minor);
}

static int pcpu_order(const void *a, const void *b)
{
    return key_compare(key_of(ENTITY_PCPU, a), key_of(ENTITY_PCPU, b));
}

static int domain_order(const void *a, const void *b)
{
    return key_compare(key_of(ENTITY_DOMAIN, a), key_of(ENTITY_DOMAIN, b));
}

static int vcpu_order(const void *a, const void *b)
{
    return key_compare(key_of(ENTITY_VCPU, a), key_of(ENTITY_VCPU, b));
}

static int vif_order(const void *a, const void *b)
{
    return key_compare(key_of(ENTITY_VIF, a), key_of(ENTITY_VIF, b));
}

static int vbd_order(const void *a, const void *b)
{
    return key_compare(key_of(ENTITY_VBD, a), key_of(ENTITY_VBD, b));
}

/* Sort rows by key where they are not yet, keeping one of repeats; returns how many remain. */
static size_t table_sort(enum entity e, void *rows, size_t count, size_t size,
                         int (*order)(const void *, const void *))
{
    char *base = rows;
    bool sorted = true;
    size_t kept = 0;

    for (size_t i = 1; i < count && sorted; i++)
        sorted = key_compare(key_of(e, base + (i - 1) * size), key_of(e, base + i * size)) < 0;
    if (sorted)
        return count;

    qsort(rows, count, size, order);
    for (size_t i = 0; i < count; i++) {
        if (kept && !key_compare(key_of(e, base + (kept - 1) * size), key_of(e, base + i * size)))
            continue;
        if (kept != i)
            memcpy(base + kept * size, base + i * size, size);
        kept++;
    }
    return kept;
}

/* Give each domain its range of a device table sorted by domid, and drop rows without a domain. */
static size_t table_attach(struct snapshot *s, enum entity e, void *rows, size_t count, size_t size,
                           size_t first_offset, size_t count_offset)
{
    char *base = rows;
    size_t kept = 0, d = 0;

    for (size_t i = 0; i < s->domain_count; i++) {
        char *domain = (char *)&s->domains[i];
        memset(domain + first_offset, 0, sizeof(uint32_t));
        memset(domain + count_offset, 0, sizeof(uint32_t));
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t domid = key_of(e, base + i * size).major;
        while (d < s->domain_count && s->domains[d].domid < domid)
            d++;
        if (d == s->domain_count)
            break;
        if (s->domains[d].domid != domid)
            continue;
        uint32_t *first = (uint32_t *)(void *)((char *)&s->domains[d] + first_offset);
        uint32_t *n = (uint32_t *)(void *)((char *)&s->domains[d] + count_offset);
        if (*n == 0)
            *first = (uint32_t)kept;
        (*n)++;
        if (kept != i)
            memcpy(base + kept * size, base + i * size, size);
        kept++;
    }
    return kept;
}

void snapshot_seal(struct snapshot *s)
{
    s->pcpu_count = table_sort(ENTITY_PCPU, s->pcpus, s->pcpu_count, sizeof(*s->pcpus), pcpu_order);
    s->domain_count = table_sort(ENTITY_DOMAIN, s->domains, s->domain_count, sizeof(*s->domains),
                                 domain_order);

#define SEAL_DEVICES(E, rows, count, order, first, n)                                              \
    do {                                                                                           \
        count = table_sort(E, rows, count, sizeof(*rows), order);                                  \
        count = table_attach(s, E, rows, count, sizeof(*rows), offsetof(struct domain, first),     \
                             offsetof(struct domain, n));                                          \
    } while (0)

    SEAL_DEVICES(ENTITY_VCPU, s->vcpus, s->vcpu_count, vcpu_order, vcpu_first, vcpu_count);
    SEAL_DEVICES(ENTITY_VIF, s->vifs, s->vif_count, vif_order, vif_first, vif_count);
    SEAL_DEVICES(ENTITY_VBD, s->vbds, s->vbd_count, vbd_order, vbd_first, vbd_count);
#undef SEAL_DEVICES
}

/* ---- reading ---- */

static size_t domain_row(const struct snapshot *s, uint64_t domid)
{
    size_t low = 0, high = s->domain_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (s->domains[mid].domid < domid)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

struct domain *snapshot_domain(const struct snapshot *s, uint64_t domid)
{
    size_t row = domain_row(s, domid);

    return row < s->domain_count && s->domains[row].domid == domid ? &s->domains[row] : NULL;
}

size_t snapshot_rows(const struct snapshot *s, enum entity entity)
{
    switch (entity) {
    case ENTITY_HOST: return 1;
    case ENTITY_PCPU: return s->pcpu_count;
    case ENTITY_DOMAIN: return s->domain_count;
    case ENTITY_VCPU: return s->vcpu_count;
    case ENTITY_VIF: return s->vif_count;
    case ENTITY_VBD: return s->vbd_count;
    case ENTITY_COUNT: break;
    }
    return 0;
}

const void *snapshot_row(const struct snapshot *s, enum entity entity, size_t row)
{
    switch (entity) {
    case ENTITY_HOST: return &s->host;
    case ENTITY_PCPU: return &s->pcpus[row];
    case ENTITY_DOMAIN: return &s->domains[row];
    case ENTITY_VCPU: return &s->vcpus[row];
    case ENTITY_VIF: return &s->vifs[row];
    case ENTITY_VBD: return &s->vbds[row];
    case ENTITY_COUNT: break;
    }
    return NULL;
}

size_t snapshot_parent(const struct snapshot *s, enum entity entity, size_t row)
{
    return domain_row(s, key_of(entity, snapshot_row(s, entity, row)).major);
}

static void table_copy(void *dst, size_t *dst_cap, const void *src, size_t count, size_t size)
{
    void **d = dst;

    array_reserve(dst, dst_cap, count, size);
    if (count)
        memcpy(*d, src, count * size);
}

void snapshot_copy(struct snapshot *dst, const struct snapshot *src)
{
    struct snapshot old = *dst;

    *dst = *src;
#define KEEP(table, cap)                                                                           \
    do {                                                                                           \
        dst->table = old.table;                                                                    \
        dst->cap = old.cap;                                                                        \
    } while (0)
    KEEP(pcpus, pcpu_cap);
    KEEP(domains, domain_cap);
    KEEP(vcpus, vcpu_cap);
    KEEP(vifs, vif_cap);
    KEEP(vbds, vbd_cap);
    KEEP(reports, report_cap);
    KEEP(pool, pool_cap);
#undef KEEP
    table_copy(&dst->pcpus, &dst->pcpu_cap, src->pcpus, src->pcpu_count, sizeof(*src->pcpus));
    table_copy(&dst->domains, &dst->domain_cap, src->domains, src->domain_count,
               sizeof(*src->domains));
    table_copy(&dst->vcpus, &dst->vcpu_cap, src->vcpus, src->vcpu_count, sizeof(*src->vcpus));
    table_copy(&dst->vifs, &dst->vif_cap, src->vifs, src->vif_count, sizeof(*src->vifs));
    table_copy(&dst->vbds, &dst->vbd_cap, src->vbds, src->vbd_count, sizeof(*src->vbds));
    table_copy(&dst->reports, &dst->report_cap, src->reports, src->report_count,
               sizeof(*src->reports));
    array_reserve(&dst->pool, &dst->pool_cap, src->pool_len, 1);
    if (src->pool_len > 1)
        memcpy(dst->pool + 1, src->pool + 1, src->pool_len - 1); /* byte 0 is nobody's */
}

bool domain_same(const struct domain *a, const struct domain *b)
{
    return a->domid == b->domid && !memcmp(&a->uuid, &b->uuid, sizeof(a->uuid));
}

size_t snapshot_memory(const struct snapshot *s)
{
    return sizeof(*s) + s->pcpu_cap * sizeof(*s->pcpus) + s->domain_cap * sizeof(*s->domains) +
           s->vcpu_cap * sizeof(*s->vcpus) + s->vif_cap * sizeof(*s->vifs) +
           s->vbd_cap * sizeof(*s->vbds) + s->report_cap * sizeof(*s->reports) + s->pool_cap;
}

/* ---- uuids ---- */

/* Bytes before which the text form has a dash. */
static bool dash_before(int byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void uuid_format(const struct uuid *u, char out[UUID_TEXT])
{
    static const char hex[] = "0123456789abcdef";

    for (int i = 0; i < 16; i++) {
        if (dash_before(i))
            *out++ = '-';
        *out++ = hex[u->bytes[i] >> 4];
        *out++ = hex[u->bytes[i] & 15];
    }
    *out = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool uuid_parse(const char *text, struct uuid *out)
{
    struct uuid u;

    for (int i = 0; i < 16; i++) {
        if (dash_before(i) && *text++ != '-')
            return false;
        int high = hex_digit(text[0]);
        int low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0)
            return false;
        u.bytes[i] = (uint8_t)(high << 4 | low);
        text += 2;
    }
    if (*text)
        return false;
    *out = u;
    return true;
}
