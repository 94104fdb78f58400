/*
 * moment: who was there, where one number stood for two.
 */
#include "recorded.h"

#include "store/reader.h"

static void sample(struct env *e, uint64_t i, uint8_t byte)
{
    unit_sample(&e->s, ++e->seq, (double)(i * STEP));
    e->s.wall_ns = (T0 + i * STEP) * NS_PER_S + 1000;
    unit_domain(&e->s, 7, byte)->state = DOMAIN_RUNNING;
    snapshot_add_vcpu(&e->s, 7, 0)->cpu_ns = 1000 * i;
    snapshot_add_vif(&e->s, 7, byte)->rx_bytes = 1000 * i;
    snapshot_seal(&e->s);
    recorder_sample(e->r, &e->s, T0 + i * STEP);
    work(e);
}

/* The host was started anew within a minute, and another domain has the number since: both were
 * there in that minute, each with what is its own; the number is the later one's. */
static void same_number(void **state)
{
    struct env *e = *state;
    struct snapshot prev = {0}, cur = {0};
    struct past_moment found;
    char message[READER_MESSAGE];

    reopen(e);
    for (uint64_t i = 0; i <= 12; i++)
        sample(e, i, i < 4 ? 1 : 3);
    assert_int_equal(store_settings_write(e->folder->fd, &e->config.settings), 0);
    struct past *p = store_past_open(e->folder->path, message);
    assert_non_null(p);
    assert_int_equal(p->moment(p, (T0 + 40) * NS_PER_S, 60 * NS_PER_S, &prev, &cur, &found), 0);
    assert_true(found.wall_ns == (T0 + 60) * NS_PER_S);
    assert_int_equal(cur.domain_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct domain *d = &cur.domains[i];
        assert_int_equal(d->uuid.bytes[0], d->domid == 7 ? 3 : 1);
        assert_int_equal(d->vcpu_count, 1);
        assert_int_equal(d->vif_count, 1);
        assert_int_equal(cur.vifs[d->vif_first].id, d->uuid.bytes[0]);
    }
    p->close(p);
    snapshot_release(&prev);
    snapshot_release(&cur);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(same_number, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
