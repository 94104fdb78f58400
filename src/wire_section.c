/* wire_section: see wire_section.h. */
#include "wire_section.h"

#include <string.h>

#include "base.h"

uint8_t type_code(enum metric_type type)
{
    static const uint8_t codes[] = {[TYPE_U64] = CODE_U64,
                                    [TYPE_F64] = CODE_F64,
                                    [TYPE_STR] = CODE_STR,
                                    [TYPE_UUID] = CODE_UUID};

    return codes[type];
}

size_t code_cost(uint8_t code)
{
    static const uint8_t costs[CODE_END] = {
        [CODE_U64] = 1, [CODE_F64] = 8, [CODE_STR] = 1, [CODE_UUID] = 16};

    return costs[code];
}

#define COLUMN(record, member, type_)                                                              \
    {                                                                                              \
        .id = #member, .type = (type_), .offset = offsetof(struct record, member),                 \
    }

static const struct metric sample_columns[] = {
    COLUMN(sample, seq, TYPE_U64),
    COLUMN(sample, mono_ns, TYPE_U64),
    COLUMN(sample, wall_ns, TYPE_U64),
    COLUMN(sample, simulated, TYPE_U64),
};

/* The error is signed: its two's complement goes over the wire. */
static const struct metric report_columns[] = {
    COLUMN(report, collector, TYPE_STR), COLUMN(report, error, TYPE_U64),
    COLUMN(report, read_ns, TYPE_U64),   COLUMN(report, elapsed_ns, TYPE_U64),
    COLUMN(report, message, TYPE_STR),   COLUMN(report, restarts, TYPE_U64),
    COLUMN(report, updates, TYPE_U64),   COLUMN(report, failures, TYPE_U64),
};

/* All device records begin with it; the metric table has it once, as the domain's. */
static const struct metric domid_column = {.id = "domid", .type = TYPE_U64, .flags = METRIC_IDENT};

_Static_assert(offsetof(struct vcpu, domid) == 0 && offsetof(struct vif, domid) == 0 &&
                   offsetof(struct vbd, domid) == 0,
               "a device's record begins with its domid");

static const size_t record_sizes[ENTITY_COUNT] = {
    [ENTITY_HOST] = sizeof(struct host),     [ENTITY_PCPU] = sizeof(struct pcpu),
    [ENTITY_DOMAIN] = sizeof(struct domain), [ENTITY_VCPU] = sizeof(struct vcpu),
    [ENTITY_VIF] = sizeof(struct vif),       [ENTITY_VBD] = sizeof(struct vbd),
};

struct section section_get(unsigned index)
{
    if (index == SECTION_SAMPLE)
        return (struct section){"sample", sample_columns, ARRAY_LEN(sample_columns),
                                sizeof(struct sample), false};
    if (index == SECTION_REPORT)
        return (struct section){"report", report_columns, ARRAY_LEN(report_columns),
                                sizeof(struct report), false};
    const struct metric_group *g = &metric_groups[index];
    bool device = index == ENTITY_VCPU || index == ENTITY_VIF || index == ENTITY_VBD;
    return (struct section){g->name, g->rows, g->count, record_sizes[index], device};
}

size_t section_width(const struct section *sec)
{
    return sec->count + sec->device;
}

const struct metric *section_column(const struct section *sec, size_t i)
{
    if (sec->device)
        return i ? &sec->columns[i - 1] : &domid_column;
    return &sec->columns[i];
}

size_t section_rows(const struct snapshot *s, unsigned index)
{
    if (index == SECTION_SAMPLE)
        return 1;
    return index == SECTION_REPORT ? s->report_count : snapshot_rows(s, (enum entity)index);
}

const void *section_records(const struct snapshot *s, const struct sample *sample, unsigned index)
{
    if (index == SECTION_SAMPLE)
        return sample;
    return index == SECTION_REPORT ? s->reports : snapshot_row(s, (enum entity)index, 0);
}

unsigned section_find(const char *name)
{
    unsigned i = 0;

    while (i < SECTIONS && strcmp(section_get(i).name, name) != 0)
        i++;
    return i;
}
