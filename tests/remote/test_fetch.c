/* fetch: addresses as people write them, and what is refused before anything is sent. */
#include "remote/fetch.h"

#include <stdio.h>

#include "base.h"
#include "unit.h"

static atomic_bool stop;

/* Where it would ask, for people; or what is wrong with it. */
static const char *where(const char *url, const char *credentials)
{
    static char out[FETCH_MESSAGE];
    struct fetch_config c = {.credentials = credentials};
    char message[FETCH_MESSAGE] = "";
    struct fetch *f = fetch_new(url, "/api/v1/snapshot", &c, &stop, message);

    snprintf(out, sizeof(out), "%s", f ? fetch_where(f) : message);
    fetch_free(f);
    return out;
}

static void addresses(void **state)
{
    (void)state;
    assert_string_equal(where("xen1.example", NULL), "https://xen1.example:9603");
    assert_string_equal(where("xen1.example:8443", NULL), "https://xen1.example:8443");
    assert_string_equal(where("localhost", NULL), "http://localhost:9603");
    assert_string_equal(where("127.0.0.1:9700", NULL), "http://127.0.0.1:9700");
    assert_string_equal(where("[::1]", NULL), "http://[::1]:9603");
    assert_string_equal(where("http://xen1.example", NULL), "http://xen1.example:9603");
    assert_string_equal(where("https://gate.example/xen1/", NULL),
                        "https://gate.example:9603/xen1");
}

static void secrets(void **state)
{
    const char *clear = "would send a password in the clear; use https://";
    (void)state;

    assert_string_equal(where("https://me:secret@xen1.example", NULL), "https://xen1.example:9603");
    assert_string_equal(where("http://me:secret@xen1.example", NULL), clear);
    assert_string_equal(where("http://me:secret@127.xen.example", NULL), clear);
    assert_string_equal(where("http://xen1.example", "/etc/domtop/netrc"), clear);
    assert_string_equal(where("http://me:secret@localhost", NULL), "http://localhost:9603");
}

static void no_addresses(void **state)
{
    (void)state;
    assert_string_equal(where("ftp://xen1.example", NULL), "is neither http:// nor https://");
    assert_string_equal(where("file:///etc/passwd", NULL), "is no URL");
    assert_string_equal(where("", NULL), "is no URL");
    assert_string_equal(where("https://", NULL), "is no URL");
    assert_string_equal(where("https://a b", NULL), "is no URL");
    assert_string_equal(where("https://x/?q=1", NULL),
                        "has a query, which a service's address has not");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(secrets),
        cmocka_unit_test(no_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
