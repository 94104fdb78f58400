/*
 * wire: see wire.h. Frames and their checks, and the writing of a payload by the table of sections.
 * The columns come from the metric table, so a new metric travels without a line here.
 */
#include "wire.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "sanitize.h"
#include "wire_section.h"

static const char magic[4] = {'D', 'T', 'O', 'P'};

/* ---- writing ---- */

static void put_varint(struct text *out, uint64_t n)
{
    array_reserve(&out->data, &out->cap, out->len + 10, 1);
    while (n >= 0x80) {
        out->data[out->len++] = (char)(n | 0x80);
        n >>= 7;
    }
    out->data[out->len++] = (char)n;
}

static void put_le(void *to, uint64_t n, size_t bytes)
{
    uint8_t *p = to;

    for (size_t i = 0; i < bytes; i++)
        p[i] = (uint8_t)(n >> 8 * i);
}

static void put_name(struct text *out, const char *name)
{
    size_t len = strlen(name);

    put_varint(out, len);
    text_add(out, name, len);
}

static void put_str(struct text *out, const char *str)
{
    char cut[WIRE_MAX_STRING + 1];

    if (!str) {
        put_varint(out, 0);
        return;
    }
    size_t len = strlen(str);
    if (len > WIRE_MAX_STRING) {
        len = sanitize(cut, sizeof(cut), str, len);
        str = cut;
    }
    put_varint(out, len + 1);
    text_add(out, str, len);
}

static void put_f64(struct text *out, double value)
{
    uint64_t bits;
    char bytes[8];

    memcpy(&bits, &value, sizeof(bits));
    put_le(bytes, bits, sizeof(bytes));
    text_add(out, bytes, sizeof(bytes));
}

static void put_value(struct text *out, const struct snapshot *s, const struct metric *m,
                      const void *record)
{
    switch (m->type) {
    case TYPE_U64: put_varint(out, metric_u64(m, record) + 1); break;
    case TYPE_F64: put_f64(out, metric_f64(m, record)); break;
    case TYPE_STR: put_str(out, snapshot_str(s, metric_str(m, record))); break;
    case TYPE_UUID: text_add(out, metric_uuid(m, record)->bytes, sizeof(struct uuid)); break;
    }
}

static void put_section(struct text *out, const struct snapshot *s, const struct sample *sample,
                        unsigned i)
{
    struct section sec = section_get(i);
    size_t rows = section_rows(s, i);
    const char *records = rows ? section_records(s, sample, i) : NULL;
    bool entity = i < ENTITY_COUNT;

    put_name(out, sec.name);
    put_varint(out, entity && s->have & PART(i));
    put_varint(out, entity ? s->read_ns[i] + 1 : 0);
    put_varint(out, rows);
    put_varint(out, section_width(&sec));
    for (size_t c = 0; c < section_width(&sec); c++) {
        put_name(out, section_column(&sec, c)->id);
        put_varint(out, type_code(section_column(&sec, c)->type));
    }
    for (size_t c = 0; c < section_width(&sec); c++)
        for (size_t row = 0; row < rows; row++)
            put_value(out, s, section_column(&sec, c), records + row * sec.record_size);
}

static void put_header(char *at, const char *payload, size_t len)
{
    memcpy(at, magic, sizeof(magic));
    put_le(at + 4, WIRE_VERSION, 2);
    put_le(at + 6, 0, 2);
    put_le(at + 8, len, 4);
    put_le(at + 12, crc32_z(0, (const Bytef *)payload, len), 4);
    put_le(at + 16, crc32_z(0, (const Bytef *)at, 16), 4);
}

int wire_encode(struct text *out, const struct snapshot *s)
{
    const struct sample sample = {s->seq, s->mono_ns, s->wall_ns, s->simulated};
    size_t start = out->len;
    bool fits = true;

    text_add(out, (char[WIRE_HEADER]){0}, WIRE_HEADER);
    put_varint(out, SECTIONS);
    for (unsigned i = 0; i < SECTIONS && fits; i++) {
        fits = section_rows(s, i) <= WIRE_MAX_ROW;
        if (fits)
            put_section(out, s, &sample, i);
        fits = fits && out->len - start - WIRE_HEADER <= WIRE_MAX_PAYLOAD;
    }
    if (!fits)
        out->len = start;
    text_add(out, "", 0); /* its closing NUL */
    if (!fits)
        return -EMSGSIZE;
    char *frame = out->data + start;
    put_header(frame, frame + WIRE_HEADER, out->len - start - WIRE_HEADER);
    return 0;
}

/* ---- frames ---- */

static uint64_t get_le(const uint8_t *p, size_t bytes)
{
    uint64_t n = 0;

    for (size_t i = 0; i < bytes; i++)
        n |= (uint64_t)p[i] << 8 * i;
    return n;
}

long wire_frame_len(const void *data, size_t len)
{
    const uint8_t *p = data;

    if (len && memcmp(p, magic, MIN(len, sizeof(magic))) != 0)
        return -EBADMSG;
    if (len < WIRE_HEADER)
        return 0;
    uint64_t payload = get_le(p + 8, 4);
    if (get_le(p + 16, 4) != crc32_z(0, p, 16))
        return -EBADMSG;
    if (get_le(p + 4, 2) > WIRE_VERSION || get_le(p + 6, 2))
        return -EPROTONOSUPPORT;
    if (get_le(p + 4, 2) != WIRE_VERSION || payload > WIRE_MAX_PAYLOAD)
        return -EBADMSG;
    return (long)(WIRE_HEADER + payload);
}

int wire_decode(struct snapshot *s, const void *data, size_t len)
{
    const uint8_t *p = data;
    long frame = wire_frame_len(p, len);

    snapshot_reset(s);
    if (frame < 0)
        return (int)frame;
    if (frame == 0 || (size_t)frame != len)
        return -EBADMSG;
    if (get_le(p + 12, 4) != crc32_z(0, p + WIRE_HEADER, len - WIRE_HEADER))
        return -EBADMSG;
    if (!wire_read_payload(s, p + WIRE_HEADER, len - WIRE_HEADER)) {
        snapshot_reset(s);
        return -EBADMSG;
    }
    return 0;
}
