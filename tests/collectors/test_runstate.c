/* runstate: what is made of the call's answer; that there is no such call in Debian's libxenctrl.
 */
#include "../unit.h"

#include <errno.h>

#include "collectors/runstate.h"

/* As a later version might: it writes more than is known of. */
static int answer(struct xc_interface_core *xc, uint32_t domid, void *info)
{
    struct runstate_info *out = info;

    (void)xc;
    if (domid == 9) {
        errno = ENOSYS;
        return -1;
    }
    memset(info, 0xee, 512);
    *out = (struct runstate_info){.state = 4, .ns = {1, 20, 300, 4000, 50000, 600000}};
    return 0;
}

static void waits(void **state)
{
    (void)state;
    assert_int_equal(runstate_wait_ns(answer, NULL, 7), 600320);
    assert_int_equal(runstate_wait_ns(answer, NULL, 9), UNKNOWN);
    assert_int_equal(sizeof(struct runstate_info), 64);
}

static void is_not_here(void **state)
{
    (void)state;
    assert_null(runstate_find());
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(waits), cmocka_unit_test(is_not_here)};

    return cmocka_run_group_tests_name("runstate", tests, NULL, NULL);
}
