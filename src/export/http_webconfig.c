/* http_webconfig: see http_webconfig.h. The only file that knows YAML. */
#include "http_webconfig.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#define FILE_MOST  (1u << 20) /* bytes of any of the files */
#define USERS_MOST 256

struct parsing {
    struct webconfig *c;
    const char *name;
    yaml_document_t document;
    char *message;
};

/* ---- one file's text ---- */

__attribute__((format(printf, 3, 4))) static bool wrong(struct parsing *p, const yaml_node_t *at,
                                                        const char *fmt, ...)
{
    va_list ap;
    int n = snprintf(p->message, HTTP_MESSAGE, "%s:%zu: ", p->name, at->start_mark.line + 1);

    va_start(ap, fmt);
    if (n > 0 && n < HTTP_MESSAGE)
        vsnprintf(p->message + n, HTTP_MESSAGE - (size_t)n, fmt, ap);
    va_end(ap);
    return false;
}

/* A scalar's text; NULL for another kind of node or one with a NUL in it. */
static const char *text_of(const yaml_node_t *node)
{
    const char *text;

    if (!node || node->type != YAML_SCALAR_NODE)
        return NULL;
    text = (const char *)node->data.scalar.value;
    return strlen(text) == node->data.scalar.length ? text : NULL;
}

typedef bool pair_fn(struct parsing *p, const char *key, const yaml_node_t *value);

/* Each pair of a mapping; no key twice. An empty value is an empty mapping. */
static bool each_pair(struct parsing *p, const yaml_node_t *node, const char *what, pair_fn *take)
{
    const char *text = text_of(node);

    if (text && !*text)
        return true;
    if (node->type != YAML_MAPPING_NODE)
        return wrong(p, node, "%s takes KEY: VALUE lines", what);
    const yaml_node_pair_t *pairs = node->data.mapping.pairs.start;
    size_t count = (size_t)(node->data.mapping.pairs.top - pairs);
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *key = yaml_document_get_node(&p->document, pairs[i].key);
        const yaml_node_t *value = yaml_document_get_node(&p->document, pairs[i].value);
        const char *name = text_of(key);
        if (!name || !value)
            return wrong(p, node, "%s takes KEY: VALUE lines", what);
        for (size_t k = 0; k < i; k++) {
            const char *before = text_of(yaml_document_get_node(&p->document, pairs[k].key));
            if (before && !strcmp(before, name))
                return wrong(p, key, "%s is given twice", name);
        }
        if (!take(p, name, value))
            return false;
    }
    return true;
}

static bool take_file(struct parsing *p, const char *key, const yaml_node_t *value, char **out)
{
    const char *text = text_of(value);

    if (!text || !*text || strlen(text) >= 4096)
        return wrong(p, value, "%s takes the path of a file", key);
    *out = xstrdup(text);
    return true;
}

static bool take_version(struct parsing *p, const char *key, const yaml_node_t *value,
                         unsigned *out)
{
    const char *text = text_of(value);

    *out = !text ? 0 : !strcmp(text, "TLS12") ? 12 : !strcmp(text, "TLS13") ? 13 : 0;
    return *out || wrong(p, value, "%s takes TLS12 or TLS13", key);
}

static bool take_client_auth(struct parsing *p, const yaml_node_t *value)
{
    static const char *const names[] = {
        [CLIENT_AUTH_NONE] = "NoClientCert",
        [CLIENT_AUTH_IF_GIVEN] = "VerifyClientCertIfGiven",
        [CLIENT_AUTH_REQUIRED] = "RequireAndVerifyClientCert",
    };
    const char *text = text_of(value);

    for (size_t i = 0; text && i < ARRAY_LEN(names); i++)
        if (!strcmp(text, names[i])) {
            p->c->client_auth = (enum client_auth)i;
            return true;
        }
    return wrong(p, value, "client_auth_type takes %s, %s or %s", names[0], names[1], names[2]);
}

static bool take_tls(struct parsing *p, const char *key, const yaml_node_t *value)
{
    struct webconfig *c = p->c;

    if (!strcmp(key, "cert_file"))
        return take_file(p, key, value, &c->cert_file);
    if (!strcmp(key, "key_file"))
        return take_file(p, key, value, &c->key_file);
    if (!strcmp(key, "client_ca_file"))
        return take_file(p, key, value, &c->client_ca_file);
    if (!strcmp(key, "client_auth_type"))
        return take_client_auth(p, value);
    if (!strcmp(key, "min_version"))
        return take_version(p, key, value, &c->min_version);
    if (!strcmp(key, "max_version"))
        return take_version(p, key, value, &c->max_version);
    return wrong(p, value, "tls_server_config has no key %s here", key);
}

static bool take_user(struct parsing *p, const char *key, const yaml_node_t *value)
{
    const char *hash = text_of(value);
    struct auth_user *u;

    if (!*key || strlen(key) >= AUTH_USER || strchr(key, ':'))
        return wrong(p, value, "a user's name has 1 to %d bytes and no colon", AUTH_USER - 1);
    if (!hash || !auth_is_hash(hash))
        return wrong(p, value, "the password of %s is to be a bcrypt hash", key);
    if (p->c->user_count == USERS_MOST)
        return wrong(p, value, "more than %d users", USERS_MOST);
    p->c->users = xreallocarray(p->c->users, p->c->user_count + 1, sizeof(*p->c->users));
    u = &p->c->users[p->c->user_count++];
    memset(u, 0, sizeof(*u));
    memcpy(u->name, key, strlen(key));
    memcpy(u->hash, hash, strlen(hash));
    return true;
}

static bool take_top(struct parsing *p, const char *key, const yaml_node_t *value)
{
    if (!strcmp(key, "tls_server_config"))
        return each_pair(p, value, key, take_tls);
    if (!strcmp(key, "basic_auth_users"))
        return each_pair(p, value, key, take_user);
    return wrong(p, value, "there is no key %s here", key);
}

static bool makes_sense(struct parsing *p, const yaml_node_t *root)
{
    const struct webconfig *c = p->c;

    if (!c->cert_file != !c->key_file)
        return wrong(p, root, "cert_file and key_file go together");
    if (!c->cert_file && (c->client_ca_file || c->client_auth || c->max_version || c->min_version))
        return wrong(p, root, "tls_server_config takes a cert_file and a key_file");
    if (!c->client_ca_file != !c->client_auth)
        return wrong(p, root, "client_ca_file and a client_auth_type that verifies go together");
    if (c->max_version && c->min_version > c->max_version)
        return wrong(p, root, "min_version is above max_version");
    return true;
}

static bool parse_document(struct parsing *p, yaml_parser_t *parser)
{
    const yaml_node_t *root;
    bool fine;

    if (!yaml_parser_load(parser, &p->document)) {
        snprintf(p->message, HTTP_MESSAGE, "%s:%zu: %s", p->name, parser->problem_mark.line + 1,
                 parser->problem ? parser->problem : "this is no YAML");
        return false;
    }
    root = yaml_document_get_root_node(&p->document);
    fine = !root || (each_pair(p, root, "the file", take_top) && makes_sense(p, root));
    yaml_document_delete(&p->document);
    return fine;
}

int webconfig_parse(struct webconfig *out, const char *name, const char *text, size_t len,
                    char message[HTTP_MESSAGE])
{
    struct parsing p = {.c = out, .name = name, .message = message};
    yaml_parser_t parser;
    bool fine;

    *out = (struct webconfig){0};
    if (!yaml_parser_initialize(&parser))
        die(EXIT_FAILED, "out of memory");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    fine = parse_document(&p, &parser);
    yaml_parser_delete(&parser);
    if (!fine) {
        webconfig_release(out);
        return -EINVAL;
    }
    out->min_version = out->min_version ? out->min_version : 12;
    out->max_version = out->max_version ? out->max_version : 13;
    return 0;
}

/* ---- files ---- */

/* NULL with errno. Opened before it is looked at: what is looked at is what is read. */
static char *read_file(const char *path, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    char *text;
    ssize_t n = 0;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > FILE_MOST) {
        close(fd);
        errno = EFBIG;
        return NULL;
    }
    text = xmalloc(FILE_MOST + 1);
    *len = 0;
    while (*len < FILE_MOST && (n = read(fd, text + *len, FILE_MOST - *len)) > 0)
        *len += (size_t)n;
    text[*len] = '\0';
    close(fd);
    if (n >= 0)
        return text;
    free(text);
    return NULL;
}

/* Relative paths are to the folder of the file that names them. */
static void join_dir(char **file, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct text joined = {0};

    if (!*file || **file == '/' || !slash)
        return;
    text_add(&joined, path, (size_t)(slash - path) + 1);
    text_adds(&joined, *file);
    free(*file);
    *file = joined.data;
}

static int read_named(const char *file, char **out, char message[HTTP_MESSAGE])
{
    size_t len;

    if (!file)
        return 0;
    *out = read_file(file, &len);
    if (*out)
        return 0;
    int error = errno;
    snprintf(message, HTTP_MESSAGE, "%s: %s", file,
             error == EFBIG ? "this is no file of a reasonable size" : strerror(error));
    return -error;
}

int webconfig_load(struct webconfig *out, const char *path, char message[HTTP_MESSAGE])
{
    char *text = NULL;
    int status = read_named(path, &text, message);

    *out = (struct webconfig){0};
    if (!status)
        status = webconfig_parse(out, path, text, strlen(text), message);
    free(text);
    if (status)
        return status;
    join_dir(&out->cert_file, path);
    join_dir(&out->key_file, path);
    join_dir(&out->client_ca_file, path);
    status = read_named(out->cert_file, &out->cert, message);
    if (!status)
        status = read_named(out->key_file, &out->key, message);
    if (!status)
        status = read_named(out->client_ca_file, &out->client_ca, message);
    if (status)
        webconfig_release(out);
    return status;
}

static void wipe(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

void webconfig_release(struct webconfig *c)
{
    free(c->cert_file);
    free(c->key_file);
    free(c->client_ca_file);
    free(c->users);
    free(c->cert);
    wipe(c->key);
    free(c->client_ca);
    *c = (struct webconfig){0};
}

uint64_t webconfig_fingerprint(const struct webconfig *c, const char *path)
{
    const char *const files[] = {path, c->cert_file, c->key_file, c->client_ca_file};
    uint64_t sum = 0;

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct stat st = {0};
        if (files[i] && stat(files[i], &st))
            st.st_ino = 0;
        sum = sum * UINT64_C(0x100000001b3) ^ (uint64_t)st.st_ino;
        sum = sum * UINT64_C(0x100000001b3) ^ (uint64_t)st.st_size;
        sum = sum * UINT64_C(0x100000001b3) ^ (uint64_t)st.st_mtim.tv_sec;
        sum = sum * UINT64_C(0x100000001b3) ^ (uint64_t)st.st_mtim.tv_nsec;
    }
    return sum;
}
