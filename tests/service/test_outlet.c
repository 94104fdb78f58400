/* outlet and inlet: frames through a socket whose reader is slow, gone, or lies. */
#include "service/outlet.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base.h"
#include "service/inlet.h"
#include "unit.h"
#include "wire.h"

/* A frame of one sample, told by its number; `weight` domains make it long. */
static struct frame *frame_of(uint64_t seq, unsigned weight)
{
    struct snapshot s = {0};
    struct text out = {0};

    unit_sample(&s, seq, 0);
    for (unsigned i = 0; i < weight; i++)
        unit_domain(&s, i, (uint8_t)(i + 1));
    snapshot_seal(&s);
    assert_int_equal(wire_encode(&out, &s), 0);
    struct frame *f = frame_new(out.data, out.len);
    text_release(&out);
    snapshot_release(&s);
    return f;
}

struct pair {
    struct outlet out;
    struct inlet in;
    int fd;
};

static void pair_open(struct pair *p, size_t most)
{
    int ends[2];

    *p = (struct pair){0};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    outlet_open(&p->out, ends[0], most);
    p->fd = ends[1];
    inlet_init(&p->in, p->fd);
}

static void pair_close(struct pair *p)
{
    outlet_close(&p->out);
    inlet_release(&p->in);
    if (p->fd >= 0)
        close(p->fd);
}

static void put(struct pair *p, uint64_t seq, unsigned weight)
{
    struct frame *f = frame_of(seq, weight);

    outlet_put(&p->out, f);
    frame_drop(f);
}

/* The number of the next sample; 0 when there is none now. */
static uint64_t next(struct pair *p)
{
    struct snapshot s = {0};
    const uint8_t *bytes;
    size_t len;
    uint64_t seq = 0;

    if (inlet_next(&p->in, &bytes, &len) == 1) {
        assert_int_equal(wire_decode(&s, bytes, len), 0);
        seq = s.seq;
    }
    snapshot_release(&s);
    return seq;
}

static void all_in_order(void **state)
{
    struct pair p;
    (void)state;

    pair_open(&p, 8);
    for (uint64_t i = 1; i <= 5; i++)
        put(&p, i, 3);
    assert_int_equal(outlet_write(&p.out), 0);
    assert_false(outlet_waits(&p.out));
    for (uint64_t i = 1; i <= 5; i++)
        assert_int_equal(next(&p), i);
    assert_int_equal(next(&p), 0);
    assert_int_equal(p.out.lost, 0);
    pair_close(&p);
}

/* Nobody reads: the newest are kept, what has begun is not cut in half. */
static void the_slow_lose_the_oldest(void **state)
{
    uint64_t last = 0, got, count = 0;
    struct pair p;
    (void)state;

    pair_open(&p, 3);
    for (uint64_t i = 1; i <= 200; i++) {
        put(&p, i, 2000);
        assert_int_equal(outlet_write(&p.out), 0);
        assert_true(p.out.count <= 3);
    }
    assert_true(p.out.lost > 100);
    for (;;) {
        while ((got = next(&p))) {
            assert_true(got > last);
            last = got;
            count++;
        }
        if (!outlet_waits(&p.out))
            break;
        assert_int_equal(outlet_write(&p.out), 0);
    }
    assert_int_equal(last, 200);
    assert_int_equal(count + p.out.lost, 200);
    pair_close(&p);
}

static void a_reader_that_left(void **state)
{
    struct pair p;
    (void)state;

    pair_open(&p, 3);
    close(p.fd);
    p.fd = -1;
    put(&p, 1, 1);
    assert_int_equal(outlet_write(&p.out), -EPIPE);
    outlet_close(&p.out);
    put(&p, 2, 1); /* nothing happens */
    assert_int_equal(p.out.count, 0);
    pair_close(&p);
}

static void one_byte_at_a_time(void **state)
{
    struct frame *f = frame_of(7, 5);
    const uint8_t *bytes;
    struct inlet in;
    size_t len, got = 0;
    (void)state;

    inlet_init(&in, -1);
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < f->len; i++) {
            inlet_give(&in, f->bytes + i, 1);
            if (inlet_take(&in, &bytes, &len) == 1) {
                assert_int_equal(i, f->len - 1);
                assert_memory_equal(bytes, f->bytes, len);
                got++;
            }
        }
    assert_int_equal(got, 2);
    inlet_release(&in);
    frame_drop(f);
}

static void what_is_no_frame(void **state)
{
    const uint8_t *bytes;
    struct inlet in;
    size_t len;
    (void)state;

    inlet_init(&in, -1);
    inlet_give(&in, "HTTP/1.1 200 OK\r\n", 17);
    assert_int_equal(inlet_take(&in, &bytes, &len), -EBADMSG);
    inlet_release(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_in_order),       cmocka_unit_test(the_slow_lose_the_oldest),
        cmocka_unit_test(a_reader_that_left), cmocka_unit_test(one_byte_at_a_time),
        cmocka_unit_test(what_is_no_frame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
