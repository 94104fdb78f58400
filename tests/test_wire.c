/* wire: every field there and back, and nothing malformed accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <zlib.h>

#include "metric.h"
#include "wire.h"

/* ---- building ---- */

static void set_u64(const struct metric *m, void *record, uint64_t n)
{
    memcpy((char *)record + m->offset, &n, sizeof(n));
}

/* A value that no other member of any row has, and the special ones in turn. */
static void fill_member(struct snapshot *s, const struct metric *m, void *record, uint64_t *next)
{
    static const uint64_t special[] = {UNKNOWN, 0, UNKNOWN - 1, 127, 128, UINT64_C(1) << 63};
    static const double special_f64[] = {NAN, 0, -0.0, INFINITY, 1e-300};
    char text[32];
    uint64_t n = ++*next * 1000003;
    double f = (double)n / 7;
    strref ref;
    struct uuid u;

    switch (m->type) {
    case TYPE_U64:
        if (!(m->flags & METRIC_IDENT))
            set_u64(m, record, *next % 3 ? n : special[*next / 3 % ARRAY_LEN(special)]);
        break;
    case TYPE_F64:
        f = *next % 2 ? f : special_f64[*next / 2 % ARRAY_LEN(special_f64)];
        memcpy((char *)record + m->offset, &f, sizeof(f));
        break;
    case TYPE_STR:
        snprintf(text, sizeof(text), "\u540d %llu", (unsigned long long)n);
        if (*next % 4 == 1)
            text[0] = '\0';
        ref = *next % 4 ? snapshot_add_cstr(s, text) : 0;
        memcpy((char *)record + m->offset, &ref, sizeof(ref));
        break;
    case TYPE_UUID:
        for (size_t i = 0; i < sizeof(u.bytes); i++)
            u.bytes[i] = (uint8_t)(n >> i % 8 ^ i);
        memcpy((char *)record + m->offset, &u, sizeof(u));
        break;
    }
}

static void fill_rows(struct snapshot *s, uint64_t next)
{
    for (unsigned e = 0; e < ENTITY_COUNT; e++)
        for (size_t row = 0; row < snapshot_rows(s, (enum entity)e); row++)
            for (size_t i = 0; i < metric_groups[e].count; i++)
                fill_member(s, &metric_groups[e].rows[i],
                            (void *)snapshot_row(s, (enum entity)e, row), &next);
}

/* A host whose every member has a value of its own; seed moves the special values around. */
static void build(struct snapshot *s, size_t domains, uint64_t seed)
{
    snapshot_reset(s);
    s->seq = 11 + seed;
    s->mono_ns = 22222222222;
    s->wall_ns = 1795317165123456789;
    s->simulated = seed % 2;
    s->have = PART(ENTITY_HOST) | PART(ENTITY_VIF) |
              (seed % 3 ? PART(ENTITY_PCPU) : PART(ENTITY_VBD));
    for (unsigned e = 0; e < ENTITY_COUNT; e++)
        s->read_ns[e] = s->mono_ns + 17 * (e + 1);
    for (unsigned i = 0; i < 3; i++)
        snapshot_add_pcpu(s, i * 2);
    for (size_t d = 0; d < domains; d++) {
        snapshot_add_domain(s, d * 3);
        for (unsigned i = 0; i < 1 + d % 3; i++) {
            snapshot_add_vcpu(s, d * 3, i);
            snapshot_add_vif(s, d * 3, i);
            snapshot_add_vbd(s, d * 3, 51712 + 16 * i);
        }
    }
    fill_rows(s, seed);
    struct report *r = snapshot_add_report(s, "xenstat");
    r->error = -5;
    r->read_ns = 765;
    r->elapsed_ns = 1234567;
    r->restarts = 3;
    r->message = snapshot_add_cstr(s, "no answer");
    r = snapshot_add_report(s, "host");
    r->error = -1;
    r->message = snapshot_add_cstr(s, "");
    snapshot_add_report(s, NULL);
    snapshot_seal(s);
}

/* ---- comparing ---- */

static void same_str(const struct snapshot *a, strref x, const struct snapshot *b, strref y)
{
    const char *p = snapshot_str(a, x), *q = snapshot_str(b, y);

    assert_int_equal(!p, !q);
    if (p)
        assert_string_equal(p, q);
}

static void same_member(const struct metric *m, const struct snapshot *a, const void *x,
                        const struct snapshot *b, const void *y)
{
    double f, g;

    switch (m->type) {
    case TYPE_U64: assert_int_equal(metric_u64(m, x), metric_u64(m, y)); break;
    case TYPE_F64:
        f = metric_f64(m, x);
        g = metric_f64(m, y);
        assert_memory_equal(&f, &g, sizeof(f));
        break;
    case TYPE_STR: same_str(a, metric_str(m, x), b, metric_str(m, y)); break;
    case TYPE_UUID:
        assert_memory_equal(metric_uuid(m, x), metric_uuid(m, y), sizeof(struct uuid));
        break;
    }
}

static void same_devices(const struct snapshot *a, const struct snapshot *b)
{
    for (size_t i = 0; i < a->vcpu_count; i++)
        assert_int_equal(a->vcpus[i].domid, b->vcpus[i].domid);
    for (size_t i = 0; i < a->vif_count; i++)
        assert_int_equal(a->vifs[i].domid, b->vifs[i].domid);
    for (size_t i = 0; i < a->vbd_count; i++)
        assert_int_equal(a->vbds[i].domid, b->vbds[i].domid);
    for (size_t i = 0; i < a->domain_count; i++) {
        assert_int_equal(a->domains[i].vcpu_first, b->domains[i].vcpu_first);
        assert_int_equal(a->domains[i].vcpu_count, b->domains[i].vcpu_count);
        assert_int_equal(a->domains[i].vif_first, b->domains[i].vif_first);
        assert_int_equal(a->domains[i].vif_count, b->domains[i].vif_count);
        assert_int_equal(a->domains[i].vbd_first, b->domains[i].vbd_first);
        assert_int_equal(a->domains[i].vbd_count, b->domains[i].vbd_count);
    }
}

static void same(const struct snapshot *a, const struct snapshot *b)
{
    assert_int_equal(a->seq, b->seq);
    assert_int_equal(a->mono_ns, b->mono_ns);
    assert_int_equal(a->wall_ns, b->wall_ns);
    assert_int_equal(a->simulated, b->simulated);
    assert_int_equal(a->have, b->have);
    for (unsigned e = 0; e < ENTITY_COUNT; e++) {
        assert_int_equal(a->read_ns[e], b->read_ns[e]);
        assert_int_equal(snapshot_rows(a, (enum entity)e), snapshot_rows(b, (enum entity)e));
        for (size_t row = 0; row < snapshot_rows(a, (enum entity)e); row++)
            for (size_t i = 0; i < metric_groups[e].count; i++)
                same_member(&metric_groups[e].rows[i], a, snapshot_row(a, (enum entity)e, row), b,
                            snapshot_row(b, (enum entity)e, row));
    }
    same_devices(a, b);
    assert_int_equal(a->report_count, b->report_count);
    for (size_t i = 0; i < a->report_count; i++) {
        same_str(a, a->reports[i].collector, b, b->reports[i].collector);
        same_str(a, a->reports[i].message, b, b->reports[i].message);
        assert_int_equal(a->reports[i].error, b->reports[i].error);
        assert_int_equal(a->reports[i].read_ns, b->reports[i].read_ns);
        assert_int_equal(a->reports[i].elapsed_ns, b->reports[i].elapsed_ns);
        assert_int_equal(a->reports[i].restarts, b->reports[i].restarts);
    }
}

static void empty(const struct snapshot *s)
{
    assert_int_equal(s->domain_count + s->pcpu_count + s->vcpu_count + s->vif_count + s->vbd_count,
                     0);
    assert_int_equal(s->report_count, 0);
    assert_int_equal(s->have, 0);
    assert_int_equal(s->host.cpus, UNKNOWN);
}

/* There and back; the frame's bytes too. */
static void round_trip(const struct snapshot *a, struct snapshot *b)
{
    struct text first = {0}, second = {0};

    assert_int_equal(wire_encode(&first, a), 0);
    assert_int_equal(wire_frame_len(first.data, first.len), first.len);
    assert_int_equal(wire_decode(b, first.data, first.len), 0);
    same(a, b);
    assert_int_equal(wire_encode(&second, b), 0);
    assert_int_equal(first.len, second.len);
    assert_memory_equal(first.data, second.data, first.len);
    text_release(&first);
    text_release(&second);
}

/* ---- frames by hand ---- */

static void le(struct text *t, size_t at, uint64_t n, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        t->data[at + i] = (char)(n >> 8 * i);
}

static void fix_crc(struct text *t)
{
    le(t, 8, t->len - WIRE_HEADER, 4);
    le(t, 12, crc32(0, (Bytef *)t->data + WIRE_HEADER, (uInt)(t->len - WIRE_HEADER)), 4);
    le(t, 16, crc32(0, (Bytef *)t->data, 16), 4);
}

static void varint(struct text *t, uint64_t n)
{
    for (; n >= 0x80; n >>= 7)
        text_addc(t, (char)(n | 0x80));
    text_addc(t, (char)n);
}

static void name(struct text *t, const char *s)
{
    varint(t, strlen(s));
    text_adds(t, s);
}

static void begin(struct text *t, unsigned sections)
{
    text_clear(t);
    text_add(t, "DTOP\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", WIRE_HEADER);
    varint(t, sections);
}

static void section(struct text *t, const char *entity, uint64_t rows, uint64_t columns)
{
    name(t, entity);
    varint(t, 1);   /* have */
    varint(t, 100); /* read_ns + 1 */
    varint(t, rows);
    varint(t, columns);
}

static void column(struct text *t, const char *id, unsigned code)
{
    name(t, id);
    varint(t, code);
}

enum { U64 = 1, F64, STR, UUID };

/* The least a frame must have. */
static void sample(struct text *t)
{
    section(t, "sample", 1, 1);
    column(t, "seq", U64);
    varint(t, 42 + 1);
}

static int decode(struct text *t, struct snapshot *s)
{
    fix_crc(t);
    return wire_decode(s, t->data, t->len);
}

/* ---- tests ---- */

static void every_field_round_trips(void **state)
{
    struct snapshot a = {0}, b = {0};

    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        build(&a, seed % 5, seed);
        round_trip(&a, &b);
    }
    snapshot_release(&a);
    snapshot_release(&b);
}

/* A member that no row of the metric table names would not travel. */
static void no_member_is_left_out(void **state)
{
    const size_t sizes[] = {[ENTITY_HOST] = sizeof(struct host),
                            [ENTITY_PCPU] = sizeof(struct pcpu),
                            [ENTITY_DOMAIN] = sizeof(struct domain) - 6 * sizeof(uint32_t),
                            [ENTITY_VCPU] = sizeof(struct vcpu) - sizeof(uint64_t),
                            [ENTITY_VIF] = sizeof(struct vif) - sizeof(uint64_t),
                            [ENTITY_VBD] = sizeof(struct vbd) - sizeof(uint64_t)};
    const size_t widths[] = {[TYPE_U64] = 8, [TYPE_F64] = 8, [TYPE_STR] = 4, [TYPE_UUID] = 16};

    (void)state;
    for (unsigned e = 0; e < ENTITY_COUNT; e++) {
        size_t sum = 0;
        for (size_t i = 0; i < metric_groups[e].count; i++)
            sum += widths[metric_groups[e].rows[i].type];
        assert_in_range(sizes[e] - sum, 0, 7); /* padding */
    }
}

static void an_empty_host_round_trips(void **state)
{
    struct snapshot a = {0}, b = {0};

    (void)state;
    build(&b, 3, 1); /* what was there before must go */
    snapshot_reset(&a);
    snapshot_seal(&a);
    round_trip(&a, &b);
    snapshot_release(&a);
    snapshot_release(&b);
}

static void a_large_host_round_trips(void **state)
{
    struct snapshot a = {0}, b = {0};

    (void)state;
    snapshot_reset(&a);
    for (unsigned i = 0; i < 1024; i++)
        snapshot_add_pcpu(&a, i);
    for (unsigned d = 0; d < 4096; d++) {
        snapshot_add_domain(&a, d);
        for (unsigned i = 0; i < (d == 7 ? 512 : 2); i++)
            snapshot_add_vcpu(&a, d, i);
        snapshot_add_vif(&a, d, 0);
        snapshot_add_vbd(&a, d, 51712);
    }
    fill_rows(&a, 5);
    snapshot_seal(&a);
    round_trip(&a, &b);

    struct text t = {0};
    assert_int_equal(wire_encode(&t, &a), 0);
    const struct snapshot before = b;
    const char *data = t.data;
    text_clear(&t);
    assert_int_equal(wire_encode(&t, &a), 0);
    assert_int_equal(wire_decode(&b, t.data, t.len), 0);
    assert_ptr_equal(t.data, data); /* a second time allocates nothing */
    assert_ptr_equal(b.domains, before.domains);
    assert_ptr_equal(b.pool, before.pool);
    text_release(&t);
    snapshot_release(&a);
    snapshot_release(&b);
}

static void frames_append(void **state)
{
    struct snapshot a = {0}, b = {0};
    struct text t = {0};

    (void)state;
    build(&a, 2, 1);
    assert_int_equal(wire_encode(&t, &a), 0);
    size_t first = t.len;
    build(&a, 1, 2);
    assert_int_equal(wire_encode(&t, &a), 0);
    assert_int_equal(wire_frame_len(t.data, t.len), first);
    assert_int_equal(t.data[t.len], '\0');
    assert_int_equal(wire_decode(&b, t.data, t.len), -EBADMSG); /* one frame at a time */
    assert_int_equal(wire_decode(&b, t.data + first, t.len - first), 0);
    same(&a, &b);
    text_release(&t);
    snapshot_release(&a);
    snapshot_release(&b);
}

/* In a block of exactly its size, so that a sanitizer sees a read past it. */
static int decode_exactly(struct snapshot *s, const char *data, size_t len)
{
    char *copy = malloc(len ? len : 1);

    memcpy(copy, data, len);
    int r = wire_decode(s, copy, len);
    free(copy);
    return r;
}

static void cut_anywhere_is_no_frame(void **state)
{
    struct snapshot a = {0}, b = {0};
    struct text t = {0}, cut = {0};

    (void)state;
    build(&a, 2, 1);
    assert_int_equal(wire_encode(&t, &a), 0);
    for (size_t len = 0; len < t.len; len++) {
        assert_int_equal(wire_frame_len(t.data, len), len < WIRE_HEADER ? 0 : (long)t.len);
        assert_int_equal(decode_exactly(&b, t.data, len), -EBADMSG);
        empty(&b);
        if (len <= WIRE_HEADER)
            continue;
        text_clear(&cut); /* and when the header agrees with the cut */
        text_add(&cut, t.data, len);
        fix_crc(&cut);
        assert_int_equal(decode_exactly(&b, cut.data, cut.len), -EBADMSG);
        empty(&b);
    }
    text_add(&t, "", 1);
    assert_int_equal(decode_exactly(&b, t.data, t.len), -EBADMSG);
    assert_int_equal(decode(&t, &b), -EBADMSG); /* bytes left over */
    text_release(&t);
    text_release(&cut);
    snapshot_release(&a);
    snapshot_release(&b);
}

static void no_flipped_bit_passes(void **state)
{
    struct snapshot a = {0}, b = {0};
    struct text t = {0}, fixed = {0};

    (void)state;
    build(&a, 1, 1);
    assert_int_equal(wire_encode(&t, &a), 0);
    for (size_t i = 0; i < t.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            t.data[i] = (char)(t.data[i] ^ 1 << bit);
            assert_int_not_equal(decode_exactly(&b, t.data, t.len), 0);
            empty(&b);
            text_clear(&fixed);
            text_add(&fixed, t.data, t.len);
            fix_crc(&fixed);
            if (i >= WIRE_HEADER && decode_exactly(&b, fixed.data, fixed.len) == 0) {
                struct snapshot c = {0};
                round_trip(&b, &c); /* another value, but a whole snapshot */
                snapshot_release(&c);
            }
            t.data[i] = (char)(t.data[i] ^ 1 << bit);
        }
    assert_int_equal(decode_exactly(&b, t.data, t.len), 0);
    text_release(&t);
    text_release(&fixed);
    snapshot_release(&a);
    snapshot_release(&b);
}

static void newer_frames_are_told_apart(void **state)
{
    struct snapshot s = {0};
    struct text t = {0};

    (void)state;
    begin(&t, 1);
    sample(&t);
    assert_int_equal(decode(&t, &s), 0);
    assert_int_equal(s.seq, 42);

    le(&t, 4, WIRE_VERSION + 1, 2);
    assert_int_equal(decode(&t, &s), -EPROTONOSUPPORT);
    assert_int_equal(wire_frame_len(t.data, t.len), -EPROTONOSUPPORT);
    le(&t, 4, 0, 2);
    assert_int_equal(decode(&t, &s), -EBADMSG);
    le(&t, 4, WIRE_VERSION, 2);
    le(&t, 6, 1, 2);
    assert_int_equal(decode(&t, &s), -EPROTONOSUPPORT);
    le(&t, 6, 0, 2);
    le(&t, 8, WIRE_MAX_PAYLOAD + 1, 4);
    le(&t, 16, crc32(0, (Bytef *)t.data, 16), 4);
    assert_int_equal(wire_frame_len(t.data, t.len), -EBADMSG);
    assert_int_equal(wire_frame_len("DTOX", 4), -EBADMSG);
    assert_int_equal(wire_frame_len("DT", 2), 0);
    assert_int_equal(wire_frame_len("", 0), 0);
    text_release(&t);
    snapshot_release(&s);
}

/* What this reader does not know is passed over; what it knows is found in any order. */
static void unknown_metrics_and_entities_are_passed_over(void **state)
{
    struct snapshot s = {0};
    struct text t = {0};

    (void)state;
    begin(&t, 4);
    section(&t, "gpu", 2, 4);
    column(&t, "id", U64);
    column(&t, "heat", F64);
    column(&t, "uuid", UUID);
    column(&t, "label", STR);
    varint(&t, 1);
    varint(&t, 1u << 30);
    text_add(&t, "0123456789abcdef", 16);
    text_add(&t, "0123456789abcdef0123456789abcdef", 32);
    varint(&t, 0);
    varint(&t, 4);
    text_adds(&t, "hot");
    section(&t, "vif", 1, 5);
    column(&t, "rx_bytes", U64);
    column(&t, "colour", STR);
    column(&t, "id", U64);
    column(&t, "tx_bytes", F64); /* known, but not as this type */
    column(&t, "domid", U64);
    varint(&t, 1000 + 1);
    varint(&t, 4);
    text_adds(&t, "red");
    varint(&t, 0 + 1);
    text_add(&t, "12345678", 8);
    varint(&t, 7 + 1);
    section(&t, "domain", 1, 2);
    column(&t, "uuid", UUID);
    column(&t, "domid", U64);
    text_add(&t, "0123456789abcdef", 16);
    varint(&t, 7 + 1);
    sample(&t);
    assert_int_equal(decode(&t, &s), 0);
    assert_int_equal(s.seq, 42);
    assert_int_equal(s.have, PART(ENTITY_VIF) | PART(ENTITY_DOMAIN));
    assert_int_equal(s.read_ns[ENTITY_VIF], 99);
    assert_int_equal(s.read_ns[ENTITY_VBD], s.mono_ns);
    assert_int_equal(s.domain_count, 1);
    assert_int_equal(s.domains[0].vif_count, 1);
    assert_int_equal(s.domains[0].mem_bytes, UNKNOWN);
    assert_int_equal(s.vifs[0].domid, 7);
    assert_int_equal(s.vifs[0].rx_bytes, 1000);
    assert_int_equal(s.vifs[0].tx_bytes, UNKNOWN);
    assert_null(snapshot_str(&s, s.vifs[0].mac));
    text_release(&t);
    snapshot_release(&s);
}

static void strings_are_sanitised_and_bounded(void **state)
{
    struct snapshot a = {0}, b = {0};
    struct text t = {0};
    char *large = malloc(20000);

    (void)state;
    begin(&t, 2);
    sample(&t);
    section(&t, "host", 1, 1);
    column(&t, "name", STR);
    varint(&t, 5 + 1);
    text_add(&t, "\033[\0\xff!", 5);
    assert_int_equal(decode(&t, &b), 0);
    assert_string_equal(snapshot_str(&b, b.host.name), "\ufffd[\ufffd\ufffd!");

    memset(large, 'x', 20000);
    memcpy(large + WIRE_MAX_STRING - 2, "\u540d", 3);
    snapshot_reset(&a);
    a.host.name = snapshot_add_str(&a, large, 20000);
    large[WIRE_MAX_STRING - 2] = '\0';
    text_clear(&t);
    assert_int_equal(wire_encode(&t, &a), 0);
    assert_int_equal(wire_decode(&b, t.data, t.len), 0);
    assert_string_equal(snapshot_str(&b, b.host.name), large);

    /* The longest that goes whole, and one byte more. */
    memset(large, 'y', WIRE_MAX_STRING + 1);
    for (size_t len = WIRE_MAX_STRING; len <= WIRE_MAX_STRING + 1; len++) {
        a.host.name = snapshot_add_str(&a, large, len);
        text_clear(&t);
        assert_int_equal(wire_encode(&t, &a), 0);
        assert_int_equal(wire_decode(&b, t.data, t.len), 0);
        assert_int_equal(strlen(snapshot_str(&b, b.host.name)), WIRE_MAX_STRING);
    }
    free(large);
    text_release(&t);
    snapshot_release(&a);
    snapshot_release(&b);
}

static void refuse(struct text *t, const char *why)
{
    struct snapshot s = {0};
    int r = decode(t, &s);

    if (r != -EBADMSG)
        fail_msg("%s: %d", why, r);
    empty(&s);
    assert_true(snapshot_memory(&s) < 100 * t->len + 65536);
    snapshot_release(&s);
}

/* A frame with a sample and one pcpu section, whose head the caller has given. */
static void pcpus(struct text *t, uint64_t rows, uint64_t columns)
{
    begin(t, 2);
    sample(t);
    section(t, "pcpu", rows, columns);
}

static void malformed_payloads_are_refused(void **state)
{
    struct text t = {0};

    (void)state;
    begin(&t, 0);
    refuse(&t, "no sample");
    t.len = WIRE_HEADER;
    refuse(&t, "nothing");
    begin(&t, WIRE_MAX_SECTION + 1);
    sample(&t);
    for (unsigned i = 0; i < WIRE_MAX_SECTION; i++)
        section(&t, "gpu", 0, 0);
    refuse(&t, "too many sections");
    begin(&t, 2);
    sample(&t);
    sample(&t);
    refuse(&t, "a section twice");
    begin(&t, 1);
    section(&t, "sample", 0, 0);
    refuse(&t, "no row of the sample");
    begin(&t, 1);
    section(&t, "sample", 1, 1);
    column(&t, "simulated", U64);
    varint(&t, 2 + 1);
    refuse(&t, "simulated neither true nor false");
    begin(&t, 2);
    sample(&t);
    section(&t, "host", 2, 1);
    column(&t, "cpus", U64);
    varint(&t, 1);
    varint(&t, 1);
    refuse(&t, "two hosts");
    begin(&t, 2);
    sample(&t);
    section(&t, "Host", 0, 0);
    refuse(&t, "a name of other letters");
    begin(&t, 2);
    sample(&t);
    section(&t, "", 0, 0);
    refuse(&t, "no name");
    begin(&t, 2);
    sample(&t);
    section(&t, "a2345678901234567890123456789012", 0, 0);
    refuse(&t, "a name too long");
    begin(&t, 2);
    sample(&t);
    name(&t, "pcpu");
    varint(&t, 2);
    text_add(&t, "\1\0\0", 3);
    refuse(&t, "have is neither true nor false");

    pcpus(&t, 1, 0);
    refuse(&t, "rows without columns");
    begin(&t, 2);
    sample(&t);
    section(&t, "gpu", 1, 0);
    refuse(&t, "rows without columns, of an entity unknown");
    pcpus(&t, 0, WIRE_MAX_COLUMN + 1);
    refuse(&t, "too many columns");
    pcpus(&t, 1, 1);
    column(&t, "idle_ns", U64);
    varint(&t, 1);
    refuse(&t, "a row without identity");
    pcpus(&t, 1, 1);
    column(&t, "id", U64);
    varint(&t, 0);
    refuse(&t, "an identity unknown");
    pcpus(&t, 1, 1);
    column(&t, "id", 5);
    varint(&t, 1);
    refuse(&t, "no such type");
    pcpus(&t, 1, 1);
    column(&t, "id", 0);
    varint(&t, 1);
    refuse(&t, "type 0");
    pcpus(&t, 0, 1);
    column(&t, "note", 0);
    refuse(&t, "type 0 of a metric unknown");
    pcpus(&t, 1, 2);
    column(&t, "id", U64);
    column(&t, "id", U64);
    varint(&t, 1);
    varint(&t, 1);
    refuse(&t, "a column twice");
    pcpus(&t, 2, 1);
    column(&t, "id", U64);
    varint(&t, 1);
    varint(&t, 1);
    refuse(&t, "a row twice");
    pcpus(&t, WIRE_MAX_ROW, 1);
    column(&t, "id", U64);
    varint(&t, 1);
    refuse(&t, "more rows than bytes");
    pcpus(&t, UINT64_MAX, 1);
    column(&t, "id", U64);
    varint(&t, 1);
    refuse(&t, "more rows than any");
    pcpus(&t, 1, 1);
    column(&t, "id", U64);
    text_add(&t, "\x81\0", 2);
    refuse(&t, "a number longer than it need be");
    pcpus(&t, 1, 1);
    column(&t, "id", U64);
    text_add(&t, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10);
    refuse(&t, "more than 64 bits");
    pcpus(&t, 1, 2);
    column(&t, "id", U64);
    column(&t, "note", STR);
    varint(&t, 1);
    varint(&t, WIRE_MAX_STRING + 2);
    for (size_t i = 0; i <= WIRE_MAX_STRING; i++)
        text_addc(&t, 'x');
    refuse(&t, "a string too long");

    begin(&t, 2);
    sample(&t);
    section(&t, "vcpu", 1, 2);
    column(&t, "domid", U64);
    column(&t, "id", U64);
    varint(&t, 1);
    varint(&t, 1);
    refuse(&t, "a vcpu of no domain");

    char *many = calloc(WIRE_MAX_ROW + 1, 1);
    begin(&t, 2);
    sample(&t);
    section(&t, "gpu", WIRE_MAX_ROW + 1, 1);
    column(&t, "heat", U64);
    text_add(&t, many, WIRE_MAX_ROW + 1);
    refuse(&t, "too many rows");
    free(many);
    text_release(&t);
}

/* Rows of one byte each must not become records of a hundred. */
static void thin_rows_are_refused(void **state)
{
    struct snapshot s = {0};
    struct text t = {0};

    (void)state;
    for (unsigned columns = 2; columns <= 3; columns++) {
        begin(&t, 3);
        sample(&t);
        section(&t, "domain", 1, 2);
        column(&t, "domid", U64);
        column(&t, "uuid", UUID);
        varint(&t, 1);
        text_add(&t, "0123456789abcdef", 16);
        section(&t, "vif", 2, columns);
        column(&t, "domid", U64);
        column(&t, "id", U64);
        if (columns == 3)
            column(&t, "rx_bytes", U64);
        text_add(&t, "\1\1\1\2\5\6", columns * 2);
        if (columns == 2)
            refuse(&t, "thin rows");
        else
            assert_int_equal(decode(&t, &s), 0);
    }
    assert_int_equal(s.vifs[1].rx_bytes, 5);
    text_release(&t);
    snapshot_release(&s);
}

static void more_than_the_limits_is_not_written(void **state)
{
    struct snapshot s = {0};
    struct text t = {0};

    (void)state;
    snapshot_reset(&s);
    text_adds(&t, "before");
    s.pcpu_count = (size_t)WIRE_MAX_ROW + 1;
    assert_int_equal(wire_encode(&t, &s), -EMSGSIZE);
    assert_string_equal(t.data, "before");
    assert_int_equal(t.len, 6);
    s.pcpu_count = 0;

    char *large = malloc(WIRE_MAX_STRING);
    memset(large, 'x', WIRE_MAX_STRING);
    strref ref = snapshot_add_str(&s, large, WIRE_MAX_STRING);
    for (size_t i = 0; i <= WIRE_MAX_PAYLOAD / WIRE_MAX_STRING; i++) {
        snapshot_add_report(&s, NULL)->message = ref;
    }
    assert_int_equal(wire_encode(&t, &s), -EMSGSIZE);
    assert_string_equal(t.data, "before");
    free(large);
    text_release(&t);
    snapshot_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_round_trips),
        cmocka_unit_test(no_member_is_left_out),
        cmocka_unit_test(an_empty_host_round_trips),
        cmocka_unit_test(a_large_host_round_trips),
        cmocka_unit_test(frames_append),
        cmocka_unit_test(cut_anywhere_is_no_frame),
        cmocka_unit_test(no_flipped_bit_passes),
        cmocka_unit_test(newer_frames_are_told_apart),
        cmocka_unit_test(unknown_metrics_and_entities_are_passed_over),
        cmocka_unit_test(strings_are_sanitised_and_bounded),
        cmocka_unit_test(malformed_payloads_are_refused),
        cmocka_unit_test(thin_rows_are_refused),
        cmocka_unit_test(more_than_the_limits_is_not_written),
    };
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
