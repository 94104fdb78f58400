/*
 * test_http: what a client sends, taken apart: targets, preferences, credentials; the web config
 * and addresses to listen on; bytes, compressed; the pool of workers.
 */
#include <crypt.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "export/http_accept.h"
#include "export/http_auth.h"
#include "export/http_host.h"
#include "export/http_listen.h"
#include "export/http_pool.h"
#include "export/http_target.h"
#include "export/http_webconfig.h"
#include "unit.h"

/* ---- targets ---- */

static void targets_taken(void **state)
{
    static struct http_target t;
    struct http_request q = {0};
    const char *why;
    int64_t n;
    (void)state;

    assert_int_equal(http_target_parse(&t, "/domain/a%20b+c?x=1&name=%C3%A9+%2b&flag&e=", &why), 0);
    assert_string_equal(t.path, "/domain/a b+c");
    memcpy(q.params, t.params, sizeof(t.params));
    q.param_count = t.param_count;
    assert_int_equal(q.param_count, 4);
    assert_string_equal(http_param(&q, "name"), "\u00e9 +");
    assert_string_equal(http_param(&q, "flag"), "");
    assert_string_equal(http_param(&q, "e"), "");
    assert_null(http_param(&q, "y"));
    assert_true(http_param_int(&q, "x", 0, 9, 5, &n) && n == 1);
    assert_true(http_param_int(&q, "y", 0, 9, 5, &n) && n == 5);
    assert_false(http_param_int(&q, "x", 2, 9, 5, &n));
    assert_false(http_param_int(&q, "e", 0, 9, 5, &n));
    assert_int_equal(http_target_parse(&t, "http://host:9603/metrics?a=b", &why), 0);
    assert_string_equal(t.path, "/metrics");
    assert_int_equal(http_target_parse(&t, "/", &why), 0);
    assert_int_equal(http_target_parse(&t, "/a/", &why), 0);
    assert_int_equal(http_target_parse(&t, "/?a=1&&b=2&", &why), 0);
    assert_int_equal(t.param_count, 2);
}

static void targets_refused(void **state)
{
    static const char *const bad[] = {
        "",           "*",        "metrics",
        "//",         "/a//b",    "/./a",
        "/a/..",      "/a/../b",  "/%2e%2e",
        "/a%2Fb",     "/%00",     "/%",
        "/%4",        "/%zz",     "/%ff",
        "/a%0ab",     "/%c2%85",  "/%c0%af",
        "/%ed%a0%80", "/?a=%",    "/?a=%00",
        "/?a=1&a=2",  "/?%zz=1",  "/?a=%f4%90%80%80",
        "/?a\x01=1",  "http://h", "/?1&2&3&4&5&6&7&8&9&10&11&12&13&14&15&16&17",
    };
    static struct http_target t;
    char *longest = xmalloc(HTTP_MAX_TARGET + 2);
    const char *why;
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        why = NULL;
        if (http_target_parse(&t, bad[i], &why) != 400 || !why)
            fail_msg("%s", bad[i]);
        assert_string_equal(t.path, t.path[1] ? t.path : "/");
    }
    memset(longest, 'a', HTTP_MAX_TARGET + 1);
    longest[0] = '/';
    longest[HTTP_MAX_TARGET + 1] = '\0';
    assert_int_equal(http_target_parse(&t, longest, &why), 414);
    longest[HTTP_MAX_TARGET] = '\0';
    assert_int_equal(http_target_parse(&t, longest, &why), 0);
    free(longest);
}

/* ---- preferences ---- */

static void types_by_weight(void **state)
{
    static const char *const types[] = {"text/plain;version=0.0.4",
                                        "application/openmetrics-text;version=1.0.0"};
    static const struct {
        const char *accept;
        int wanted;
    } cases[] = {
        {NULL, 0},
        {"", 0},
        {"*/*", 0},
        {"text/html", -1},
        {"application/openmetrics-text", 1},
        {"application/openmetrics-text;version=\"1.0.0\"", 1},
        {"application/openmetrics-text;version=0.0.1", -1},
        {"application/openmetrics-text;charset=utf-8;q=0.5,text/plain;q=0.4", 1},
        {"application/openmetrics-text; q=0.5 , text/plain ; q=0.51", 0},
        {"application/openmetrics-text;q=0.9,text/plain;q=0,*/*", 1},
        {"text/plain;version=0.0.4;q=0.1,text/plain;q=0.9,application/*;q=0.5", 1},
        {"*/*;q=0.1,text/*;q=0.2,application/openmetrics-text;q=0.3", 1},
        {"APPLICATION/OpenMetrics-Text", 1},
        {"text/plain;q=0", -1},
        {"text/plain;q=1.5", -1},
        {"text/plain;q=0.1234", -1},
        {"text/plain;q=,application/openmetrics-text;q=0.001", 1},
        {"text/plain;x=\"a,b;q=0\";q=0.4,application/openmetrics-text;q=0.3", 0},
        {",,;;,text/plain", 0},
        {"*/plain", -1},
        {"\"", -1},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (accept_type(cases[i].accept, types, 2) != cases[i].wanted)
            fail_msg("%s", cases[i].accept);
}

static void encodings_and_tags(void **state)
{
    (void)state;
    assert_false(accept_gzip(NULL));
    assert_false(accept_gzip(""));
    assert_true(accept_gzip("deflate, gzip;q=1.0, *;q=0.5"));
    assert_false(accept_gzip("gzip;q=0.000"));
    assert_false(accept_gzip("*;q=1, gzip;q=0"));
    assert_false(accept_gzip("gzip;q=0.5, identity"));
    assert_false(accept_gzip("gzipped"));
    assert_true(etag_matches("\"a\", W/\"b\"", "b"));
    assert_true(etag_matches("*", "b"));
    assert_false(etag_matches("b", "b"));
    assert_false(etag_matches("\"bb\"", "b"));
    assert_false(etag_matches(NULL, "b"));
}

/* ---- credentials ---- */

static void user_of_cost(struct auth_user *u, const char *name, const char *password,
                         unsigned long cost)
{
    struct crypt_data data = {0};
    char salt[64];

    memset(u, 0, sizeof(*u));
    snprintf(u->name, sizeof(u->name), "%s", name);
    assert_non_null(crypt_gensalt_rn("$2b$", cost, NULL, 0, salt, sizeof(salt)));
    snprintf(u->hash, sizeof(u->hash), "%s", crypt_r(password, salt, &data));
    assert_true(auth_is_hash(u->hash));
}

static void user(struct auth_user *u, const char *name, const char *password)
{
    user_of_cost(u, name, password, 4);
}

/* "user:pass" of the CVE and "a:b" come as base64 from elsewhere: `printf user:pass | base64`. */
static void passwords(void **state)
{
    static const char right[] = "Basic dXNlcjpwYXNz", wrong[] = "Basic dXNlcjp3cm9uZw==",
                      nobody[] = "Basic bm9ib2R5OnBhc3M=", moved[] = "Basic dXNlcnBhc3M6";
    static const char *const malformed[] = {
        NULL,
        "",
        "Basic",
        "Basic ",
        "Bearer dXNlcjpwYXNz",
        "Basic dXNlcg==" /* no colon */,
        "Basic OnBhc3M=" /* no user */,
        "Basic dXNlcjpwYXNz!",
        "Basic dXNlcjpw=YXNz",
        "Basic dXNlcjpwYQBz" /* a NUL */,
    };
    struct auth *a = auth_new();
    struct auth_user users[2];
    char who[AUTH_USER];
    (void)state;

    assert_false(auth_wanted(a));
    user(&users[0], "other", "word");
    user(&users[1], "user", "pass");
    auth_set_users(a, users, 2);
    assert_true(auth_wanted(a));
    for (size_t i = 0; i < ARRAY_LEN(malformed); i++)
        assert_int_equal(auth_check(a, malformed[i], who), AUTH_DENIED);
    assert_int_equal(auth_check(a, right, who), AUTH_UNSURE);
    assert_int_equal(auth_verify(a, right, who), AUTH_GRANTED);
    assert_string_equal(who, "user");
    assert_int_equal(auth_check(a, right, who), AUTH_GRANTED);
    assert_int_equal(auth_check(a, "basic   dXNlcjpwYXNz", who), AUTH_GRANTED);
    assert_int_equal(auth_verify(a, wrong, who), AUTH_DENIED);
    assert_int_equal(auth_verify(a, nobody, who), AUTH_DENIED);
    assert_int_equal(auth_check(a, moved, who), AUTH_UNSURE);
    assert_int_equal(auth_verify(a, moved, who), AUTH_DENIED);
    /* What was remembered goes with the users. */
    auth_set_users(a, users, 1);
    assert_int_equal(auth_check(a, right, who), AUTH_UNSURE);
    assert_int_equal(auth_verify(a, right, who), AUTH_DENIED);
    auth_free(a);
}

/* Somebody unknown is checked against the first one's hash, and has not got in by its password. */
/* Time of the processor, the least of some: what else the machine does is not in it. */
static double verify_ms(struct auth *a, const char *header)
{
    char who[AUTH_USER];
    double least = 1e9;

    for (int i = 0; i < 5; i++) {
        struct timespec start, end;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
        assert_int_equal(auth_verify(a, header, who), AUTH_DENIED);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
        least = MIN(least, (double)(end.tv_sec - start.tv_sec) * 1e3 +
                               (double)(end.tv_nsec - start.tv_nsec) / 1e6);
    }
    return least;
}

static void unknown_users_take_as_long(void **state)
{
    struct auth *a = auth_new();
    struct auth_user u[2];
    (void)state;

    user_of_cost(&u[0], "user", "pass", 8);
    user(&u[1], "cheap", "pass");
    auth_set_users(a, u, 2);
    double known = verify_ms(a, "Basic dXNlcjp3cm9uZw=="),
           nobody = verify_ms(a, "Basic bm9ib2R5OnBhc3M=");
    if (nobody < known / 1.5 || nobody > known * 1.5)
        fail_msg("%f and %f ms", known, nobody);
    auth_free(a);
}

static void unknown_users_stay_out(void **state)
{
    struct auth *a = auth_new();
    struct auth_user u;
    char who[AUTH_USER];
    int unsure = 0;
    (void)state;

    user(&u, "user", "pass");
    auth_set_users(a, &u, 1);
    assert_int_equal(auth_verify(a, "Basic bm9ib2R5OnBhc3M=", who), AUTH_DENIED);
    for (int i = 0; i < 100; i++)
        unsure += auth_check(a, "Basic bm9ib2R5OnBhc3M=", who) == AUTH_UNSURE;
    assert_in_range(unsure, 10, 15);
    auth_free(a);
}

/* ---- web config ---- */

#define HASH "$2y$10$abcdefghijklmnopqrstuuWn0V7c.8H1KnXPyQxM2uL1vTg7mQe3a"

static void web_configs(void **state)
{
    static const char *const bad[] = {
        "1: a",
        "1:[]",
        "1:nothing: 1",
        "1:tls_server_config: 1",
        "1:tls_server_config:\n  cert_file: a",
        "2:tls_server_config:\n  cipher_suites: []",
        "2:tls_server_config:\n  cert_file: [a]",
        "3:tls_server_config:\n  cert_file: a\n  cert_file: b",
        "3:tls_server_config:\n  cert_file: a\n  min_version: TLS11\n  key_file: b",
        "2:basic_auth_users:\n  a: b",
        "2:basic_auth_users:\n  'a:b': " HASH,
        "2:basic_auth_users:\n  a: [" HASH "]",
        "1:tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}",
        "1:tls_server_config: {cert_file: a, key_file: b, min_version: TLS13, max_version: TLS12}",
        "1:basic_auth_users: &a {x: *a}",
    };
    struct webconfig c;
    char message[HTTP_MESSAGE], begin[16];
    (void)state;

    assert_int_equal(webconfig_parse(&c, "f", "", 0, message), 0);
    webconfig_release(&c);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        const char *text = strchr(bad[i], ':') + 1;
        snprintf(begin, sizeof(begin), "f:%c", bad[i][0]);
        assert_int_equal(webconfig_parse(&c, "f", text, strlen(text), message), -EINVAL);
        if (strncmp(message, begin, 3) != 0)
            fail_msg("%s\n%s", text, message);
        assert_null(c.users);
    }
    static const char good[] = "# of us\n"
                               "tls_server_config:\n  cert_file: a\n  key_file: b\n"
                               "  client_auth_type: RequireAndVerifyClientCert\n"
                               "  client_ca_file: /c\n  min_version: TLS13\n"
                               "basic_auth_users:\n  prom: " HASH "\n  \"two words\": " HASH "\n";
    if (webconfig_parse(&c, "f", good, strlen(good), message))
        fail_msg("%s", message);
    assert_string_equal(c.cert_file, "a");
    assert_string_equal(c.client_ca_file, "/c");
    assert_int_equal(c.client_auth, CLIENT_AUTH_REQUIRED);
    assert_int_equal(c.min_version, 13);
    assert_int_equal(c.user_count, 2);
    assert_string_equal(c.users[1].name, "two words");
    webconfig_release(&c);
    assert_int_equal(webconfig_load(&c, "/nowhere/web.yml", message), -ENOENT);
    assert_string_equal(message, "/nowhere/web.yml: No such file or directory");
    assert_int_equal(webconfig_load(&c, "/dev/zero", message), -EFBIG);
}

/* ---- addresses ---- */

static void addresses(void **state)
{
    static const char *const bad[] = {"",           ":",           ":0",          ":65536",
                                      "127.0.0.1:", "127.0.0.1:x", "::1:9603",    "[::1",
                                      "[]:1",       "[::1]9603",   "127.0.0.1:-1"};
    static const char *const public[] = {":39999", "0.0.0.0:39999", "[::]:39999"};
    int sockets[HTTP_MAX_SOCKETS];
    size_t count = 0;
    char message[HTTP_MESSAGE], name[HTTP_ADDRESS];
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(http_listen(bad[i], true, sockets, &count, message), -EINVAL);
    for (size_t i = 0; i < ARRAY_LEN(public); i++)
        assert_int_equal(http_listen(public[i], false, sockets, &count, message), -EPERM);
    assert_int_equal(count, 0);
    assert_int_equal(http_listen("127.7.7.7:39998", false, sockets, &count, message), 0);
    assert_int_equal(count, 1);
    assert_false(http_listen_public(sockets, count));
    http_listen_name(sockets[0], name);
    assert_string_equal(name, "127.7.7.7:39998");
    assert_int_equal(http_listen("127.7.7.7:39998", false, sockets, &count, message), -EADDRINUSE);
    assert_string_equal(message, "127.7.7.7:39998: another program listens there already");
    assert_int_equal(count, 1);
    close(sockets[0]);
}

/* ---- bytes and workers ---- */

static void names_of_this_host(void **state)
{
    static const char *const names[] = {"dom0.lan:9603", "xen.example.", "[fd00::1]:9603", NULL};
    static const char *const ours[] = {
        "localhost", "LocalHost:9603", "localhost.", "a.b.localhost", "127.0.0.1",   "127.1.2.3:80",
        "[::1]",     "[::1]:9603",     "dom0.lan",   "DOM0.lan:1",    "xen.example", "[fd00::1]",
    };
    static const char *const others[] = {
        "",
        ":9603",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "xlocalhost",
        "128.0.0.1",
        "0.0.0.0",
        "[::]",
        "[::1",
        "dom0",
        "dom0.lan.evil",
        "127.0.0.1@evil",
        "10.0.0.1",
        "[fd00::2]",
        "2130706433",
        "127.0.0.1evil",
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        if (!host_is_local(ours[i], names))
            fail_msg("%s is one", ours[i]);
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (host_is_local(others[i], names))
            fail_msg("%s is none", others[i]);
    assert_true(host_is_local("localhost", NULL));
    assert_false(host_is_local("dom0.lan", NULL));
}

static void gzipped(void **state)
{
    struct text t = {0};
    char back[4000];
    (void)state;

    for (int i = 0; i < 300; i++)
        text_addf(&t, "line %d\n", i);
    struct bytes *b = bytes_take(&t), *z = bytes_gzip(b, 1);
    assert_non_null(z);
    assert_null(t.data);
    assert_true(z->len < b->len);
    z_stream s = {.next_in = (Bytef *)(uintptr_t)z->data,
                  .avail_in = (uInt)z->len,
                  .next_out = (Bytef *)back,
                  .avail_out = sizeof(back)};
    assert_int_equal(inflateInit2(&s, 15 + 16), Z_OK);
    assert_int_equal(inflate(&s, Z_FINISH), Z_STREAM_END);
    assert_int_equal(s.total_out, b->len);
    assert_memory_equal(back, b->data, b->len);
    inflateEnd(&s);
    bytes_unref(z);
    bytes_unref(bytes_ref(b));
    bytes_unref(b);
}

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static _Atomic int done;

static void job(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&held);
    pthread_mutex_unlock(&held);
    done++;
}

static void the_pool_is_bounded(void **state)
{
    struct pool *p = pool_new(2, 3);
    int taken = 0;
    (void)state;

    pthread_mutex_lock(&held);
    for (int i = 0; i < 50; i++) {
        taken += pool_submit(p, job, NULL);
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    assert_in_range(taken, 5, 7); /* two under way, and the queue */
    assert_int_equal(done, 0);
    pthread_mutex_unlock(&held);
    pool_stop(p);
    assert_int_equal(done, taken);
    assert_false(pool_submit(p, job, NULL));
    pool_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_taken),
        cmocka_unit_test(targets_refused),
        cmocka_unit_test(types_by_weight),
        cmocka_unit_test(encodings_and_tags),
        cmocka_unit_test(passwords),
        cmocka_unit_test(unknown_users_take_as_long),
        cmocka_unit_test(unknown_users_stay_out),
        cmocka_unit_test(web_configs),
        cmocka_unit_test(addresses),
        cmocka_unit_test(names_of_this_host),
        cmocka_unit_test(gzipped),
        cmocka_unit_test(the_pool_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
