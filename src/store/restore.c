/* restore: see restore.h. */
#include "restore.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of a cpu's idle time the peak is its idlest: nothing that anyone asks for. */
static bool is_idlest(const struct layout_source *source)
{
    return source && source->part == LAYOUT_VALUE && source->metric->flags & METRIC_IDLE;
}

void restore_map_make(struct restore_map *map, enum entity entity, const struct fetched *rows,
                      bool peaks)
{
    array_reserve(&map->slots, &map->cap, rows->sources + 1, sizeof(*map->slots));
    map->count = rows->sources;
    for (size_t i = 0; i < rows->sources; i++) {
        struct restore_slot *slot = &map->slots[i];
        slot->source = layout_source_find(entity, rows->names[i], &slot->index);
        if (peaks && is_idlest(slot->source))
            slot->source = NULL;
    }
}

void restore_map_release(struct restore_map *map)
{
    free(map->slots);
    *map = (struct restore_map){0};
}

long restore_find(const struct fetched *rows, uint64_t end_s)
{
    if (!rows->count || end_s + rows->step_s <= rows->first_s)
        return -1;
    uint64_t row = end_s <= rows->first_s
                       ? 0
                       : (end_s - rows->first_s + rows->step_s - 1) / rows->step_s;
    return row < rows->count ? (long)row : -1;
}

static double value_at(const struct fetched *rows, long row, size_t i)
{
    return rows->values[(size_t)row * rows->sources + i];
}

static bool known(const struct restore_map *map, const struct fetched *rows, long row, bool all,
                  uint64_t index)
{
    for (size_t i = 0; row >= 0 && i < map->count; i++)
        if (map->slots[i].source && (all || map->slots[i].index == index) &&
            !isnan(value_at(rows, row, i)))
            return true;
    return false;
}

bool restore_known(const struct restore_map *map, const struct fetched *rows, long row)
{
    return known(map, rows, row, true, 0);
}

bool restore_member(const struct restore_map *map, const struct fetched *rows, long row,
                    uint64_t index)
{
    return known(map, rows, row, false, index);
}

uint64_t restore_members(const struct restore_map *map)
{
    uint64_t members = 0;

    for (size_t i = 0; i < map->count; i++)
        if (map->slots[i].source)
            members = MAX(members, map->slots[i].index + 1);
    return members;
}

static void put_u64(const struct metric *m, void *record, uint64_t value)
{
    memcpy((char *)record + m->offset, &value, sizeof(value));
}

/* Numbers that a uint64_t holds and that are not UNKNOWN. */
static uint64_t whole(double value)
{
    return value >= 0 && value < 0x1p63 ? (uint64_t)(value + 0.5) : UNKNOWN;
}

static void put(const struct metric *m, double value, double seconds, void *before, void *at)
{
    if (m->type == TYPE_F64) {
        memcpy((char *)before + m->offset, &value, sizeof(value));
        memcpy((char *)at + m->offset, &value, sizeof(value));
    } else if (m->kind == METRIC_COUNTER) {
        uint64_t grown = whole(value * seconds);
        put_u64(m, before, grown == UNKNOWN ? UNKNOWN : 0);
        put_u64(m, at, grown);
    } else if (m->type == TYPE_U64) {
        uint64_t level = m->unit == UNIT_BOOL ? value >= 0.5 : whole(value);
        put_u64(m, before, level);
        put_u64(m, at, level);
    }
}

/* The bits of a state from their shares of the time: those it was in for half of it, a crash for
 * any time; where it was in none for so long, the one it was in longest. */
struct state {
    const struct metric *metric;
    uint64_t bits;
    unsigned longest;
    double share;
};

static void add_bit(struct state *s, const struct layout_source *source, double share)
{
    s->metric = source->metric;
    if (share >= 0.5 || (source->bit == DOMAIN_CRASHED && share > 0))
        s->bits |= source->bit;
    if (share > s->share) {
        s->share = share;
        s->longest = source->bit;
    }
}

void restore_row(const struct restore_map *map, const struct fetched *rows, long row,
                 uint64_t index, double seconds, void *before, void *at)
{
    struct state state = {0};

    for (size_t i = 0; row >= 0 && i < map->count; i++) {
        const struct layout_source *source = map->slots[i].source;
        double value = value_at(rows, row, i);
        if (!source || map->slots[i].index != index || isnan(value))
            continue;
        switch (source->part) {
        case LAYOUT_VALUE: put(source->metric, value, seconds, before, at); break;
        case LAYOUT_BIT: add_bit(&state, source, value); break;
        case LAYOUT_BUSY:
            put(source->metric, MAX(0, (double)NS_PER_S - value), seconds, before, at);
            break;
        case LAYOUT_LOAD:
        case LAYOUT_TOTAL: break; /* they follow from pcpus and devices */
        }
    }
    if (!state.metric)
        return;
    if (!state.bits)
        state.bits = state.longest;
    put_u64(state.metric, before, state.bits);
    put_u64(state.metric, at, state.bits);
}
