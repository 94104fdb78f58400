/* mutate: bytes of a good file damaged in one of many ways, the same for the same number. */
#ifndef DOMTOP_TESTS_MUTATE_H
#define DOMTOP_TESTS_MUTATE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mutate_state;

static inline uint64_t mutate_next(void)
{
    /* splitmix64 */
    uint64_t z = mutate_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Where it hurts: mostly the head, of which RRD files believe all. */
static inline size_t mutate_place(size_t len, size_t head)
{
    size_t within = mutate_next() % 10 < 8 && head < len ? head : len;

    return within ? mutate_next() % within : 0;
}

/* Damage data of *len bytes (room for 4096 more) as number n says. */
static inline void mutate(unsigned char *data, size_t *len, size_t head, uint64_t n)
{
    static const uint64_t numbers[] = {0,
                                       1,
                                       2,
                                       7,
                                       0xff,
                                       0x7fff,
                                       0xffff,
                                       0x7fffffff,
                                       0x80000000,
                                       UINT32_MAX,
                                       INT64_MAX,
                                       UINT64_MAX,
                                       UINT64_MAX / 8,
                                       UINT64_C(1) << 40,
                                       UINT64_C(0x7ff0000000000000)};
    unsigned count;

    mutate_state = n * 7919 + 1;
    count = 1 + (unsigned)(mutate_next() % 3);
    for (unsigned i = 0; i < count && *len; i++) {
        size_t at = mutate_place(*len, head);
        switch (mutate_next() % 8) {
        case 0: data[at] ^= (unsigned char)(1u << mutate_next() % 8); break;
        case 1: data[at] = (unsigned char)mutate_next(); break;
        case 2:
        case 3: {
            uint64_t value = numbers[mutate_next() % (sizeof(numbers) / sizeof(*numbers))];
            at &= ~(size_t)7;
            if (at + 8 <= *len)
                memcpy(data + at, &value, 8);
            break;
        }
        case 4: {
            uint64_t value;
            at &= ~(size_t)7;
            if (at + 8 > *len)
                break;
            memcpy(&value, data + at, 8);
            value += mutate_next() % 64 - 32;
            memcpy(data + at, &value, 8);
            break;
        }
        case 5: {
            size_t span = mutate_next() % 256;
            memset(data + at, (int)mutate_next(), span < *len - at ? span : *len - at);
            break;
        }
        case 6: {
            size_t from = mutate_place(*len, head), span = mutate_next() % 512;
            span = span < *len - at ? span : *len - at;
            span = span < *len - from ? span : *len - from;
            memmove(data + at, data + from, span);
            break;
        }
        default:
            /* Cut, or longer than it should be. */
            if (mutate_next() % 4)
                break;
            if (mutate_next() % 2) {
                *len = at;
            } else {
                size_t more = mutate_next() % 4096;
                memset(data + *len, 0, more);
                *len += more;
                i = count;
            }
            break;
        }
    }
}

#endif
