/*
 * fuzz_http: what a client or an administrator may write: request targets, Accept and its like,
 * credentials, the web config; and names as labels of metrics. The first byte says which.
 */
#include "fuzz.h"

#include "export/http_accept.h"
#include "export/http_auth.h"
#include "export/http_listen.h"
#include "export/http_target.h"
#include "export/http_webconfig.h"
#include "export/prometheus.h"
#include "export/utf8.h"

/* What is taken is UTF-8 without controls. */
static void check_text(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    while (*p) {
        size_t len = utf8_len(p);
        CHECK(len > 0 && *p >= 0x20 && *p != 0x7f);
        p += len;
    }
}

static void target(const char *text)
{
    static struct http_target t;
    const char *why = NULL;
    int status = http_target_parse(&t, text, &why);

    CHECK(t.path[0] == '/' && t.param_count <= HTTP_MAX_PARAMS);
    CHECK(!status || why);
    check_text(t.path);
    if (status)
        return;
    CHECK(!strstr(t.path, "//") && !strstr(t.path, "/../") && !strstr(t.path, "/./"));
    for (size_t i = 0; i < t.param_count; i++) {
        check_text(t.params[i].name);
        check_text(t.params[i].value);
    }
}

static void preferences(const char *text)
{
    static const char *const types[] = {"text/plain;version=0.0.4",
                                        "application/openmetrics-text;version=1.0.0", "text/html"};
    int chosen = accept_type(text, types, 3);

    CHECK(chosen >= -1 && chosen < 3);
    accept_gzip(text);
    etag_matches(text, "tag");
}

static void credentials(const char *text)
{
    static struct auth *a;
    char user[AUTH_USER];

    if (!a)
        a = auth_new();
    CHECK(auth_check(a, text, user) != AUTH_GRANTED);
    CHECK(strlen(user) < sizeof(user));
    auth_is_hash(text);
}

static void web_config(const char *text, size_t len)
{
    struct webconfig c;
    char message[HTTP_MESSAGE] = "";
    int status = webconfig_parse(&c, "f", text, len, message);

    CHECK(!status || !strncmp(message, "f:", 2));
    CHECK(strlen(message) < sizeof(message));
    webconfig_release(&c);
}

/* However a domain is called, its lines are as many, and its label ends where it should. */
static void labels(const char *name)
{
    static const struct prometheus_options all;
    struct snapshot s = {0};
    struct text out = {0};
    size_t lines = 0;

    snapshot_reset(&s);
    s.seq = 1;
    s.have = PART(ENTITY_DOMAIN);
    struct domain *d = snapshot_add_domain(&s, 1);
    d->name = snapshot_add_cstr(&s, name);
    d->vcpus_max = 1;
    snapshot_seal(&s);
    prometheus_render(&out, PROMETHEUS_OPENMETRICS, &s, &all);
    const char *at = strstr(out.data, "\nxen_domain_vcpus{uuid=");
    CHECK(at);
    at = strstr(at, "domain=\"") + 8;
    for (; *at != '"'; at += *at == '\\' ? 2 : 1)
        CHECK(*at != '\n');
    CHECK(!strncmp(at, "\"} 1\n", 5));
    for (size_t i = 0; i < out.len; i++)
        lines += out.data[i] == '\n';
    static size_t always;
    CHECK(!always || always == lines);
    always = lines;
    text_release(&out);
    snapshot_release(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (!len)
        return 0;
    char *text = fuzz_text(data + 1, len - 1);
    switch (data[0] % 5) {
    case 0: target(text); break;
    case 1: preferences(text); break;
    case 2: credentials(text); break;
    case 3: web_config(text, len - 1); break;
    case 4: labels(text); break;
    }
    free(text);
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const seeds[] = {
        "0/domain/a%20b?x=1&name=%C3%A9+b&flag",
        "0http://host/a?b=c",
        "1application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.4,*/*;q=0.1",
        "1gzip;q=0.5, identity;q=0.3, *;q=0",
        "1W/\"tag\", \"other\"",
        "2Basic dXNlcjpwYXNz",
        "3tls_server_config:\n  cert_file: a\n  key_file: b\nbasic_auth_users:\n  a: $2y$10$b\n",
        "4name\\\"\n}",
    };

    (void)argc, (void)argv;
    for (size_t i = 0; i < ARRAY_LEN(seeds); i++)
        fuzz_seed(i, seeds[i], strlen(seeds[i]));
    return 0;
}
