/* fetch: see fetch.h. */
#include "fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../base.h"
#include "../wire.h"

#define PORT            "9603"
#define CONNECT_S       5L
#define ANSWER_S        15L
#define ETAG_MOST       100
#define MOST_BYTES      ((size_t)WIRE_HEADER + WIRE_MAX_PAYLOAD)
#define ERROR_BODY_MOST 4096 /* of an answer that is none of ours */

struct fetch {
    CURL *curl;
    struct curl_slist *headers;
    const atomic_bool *stop;
    char *where;
    char etag[ETAG_MOST], next_etag[ETAG_MOST];
    uint8_t *data;
    size_t len, cap;
    char error[CURL_ERROR_SIZE];
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void curl_start(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- what libcurl calls ---- */

static size_t on_body(char *bytes, size_t size, size_t count, void *arg)
{
    struct fetch *f = arg;
    size_t n = size * count;
    long status = 0;

    curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
    if (n > (status == 200 ? MOST_BYTES : (size_t)ERROR_BODY_MOST) - f->len)
        return 0; /* ends the transfer */
    array_reserve(&f->data, &f->cap, f->len + n, 1);
    memcpy(f->data + f->len, bytes, n);
    f->len += n;
    /* What is no frame, or longer than it says, need not be waited for. */
    long whole = status == 200 ? wire_frame_len(f->data, f->len) : 0;
    return whole < 0 || (whole > 0 && f->len > (size_t)whole) ? 0 : n;
}

/* An entity tag as it came, of visible characters only: it goes back into a header. */
static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
    struct fetch *f = arg;
    size_t n = size * count, at = 5;

    if (n < 6 || strncasecmp(line, "ETag:", 5) != 0)
        return n;
    while (at < n && line[at] == ' ')
        at++;
    while (n > at && (unsigned char)line[n - 1] <= ' ')
        n--;
    bool plain = n - at < ETAG_MOST;
    for (size_t i = at; i < n; i++)
        plain = plain && line[i] > ' ' && line[i] < 0x7f;
    snprintf(f->next_etag, ETAG_MOST, "%.*s", plain ? (int)(n - at) : 0, line + at);
    return size * count;
}

static int on_progress(void *arg, curl_off_t all, curl_off_t now, curl_off_t up, curl_off_t sent)
{
    const struct fetch *f = arg;

    (void)all, (void)now, (void)up, (void)sent;
    return atomic_load(f->stop);
}

/* ---- URLs ---- */

/* An address of four numbers, that is: a name may begin with 127, too. */
static bool is_here(const char *host)
{
    return !strcasecmp(host, "localhost") || !strcmp(host, "[::1]") || !strcmp(host, "::1") ||
           (!strncmp(host, "127.", 4) && !host[strspn(host, "0123456789.")]);
}

static bool has(CURLU *u, CURLUPart part)
{
    char *text = NULL;
    bool there = curl_url_get(u, part, &text, 0) == CURLUE_OK && text && *text;

    curl_free(text);
    return there;
}

static int refuse(char message[FETCH_MESSAGE], const char *why)
{
    snprintf(message, FETCH_MESSAGE, "%s", why);
    return -EINVAL;
}

/* Fill in what was left out, and find out whether it may be used as it stands. */
static int complete(CURLU *u, const char *url, const char *path, bool secrets, bool *is_local,
                    char message[FETCH_MESSAGE])
{
    char *host = NULL, *scheme = NULL, *prefix = NULL, whole[1024];
    bool here, named = strstr(url, "://") != NULL;

    if (curl_url_set(u, CURLUPART_URL, url, CURLU_DEFAULT_SCHEME) ||
        curl_url_get(u, CURLUPART_HOST, &host, 0))
        return refuse(message, "is no URL");
    *is_local = here = is_here(host);
    curl_free(host);
    if (!named && here)
        curl_url_set(u, CURLUPART_SCHEME, "http", 0);
    curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
    bool tls = scheme && !strcmp(scheme, "https"), plain = scheme && !strcmp(scheme, "http");
    curl_free(scheme);
    if (!tls && !plain)
        return refuse(message, "is neither http:// nor https://");
    if (has(u, CURLUPART_QUERY) || has(u, CURLUPART_FRAGMENT))
        return refuse(message, "has a query, which a service's address has not");
    if (plain && !here && (secrets || has(u, CURLUPART_PASSWORD)))
        return refuse(message, "would send a password in the clear; use https://");
    if (!has(u, CURLUPART_PORT))
        curl_url_set(u, CURLUPART_PORT, PORT, 0);
    curl_url_get(u, CURLUPART_PATH, &prefix, 0);
    size_t len = prefix ? strlen(prefix) : 0;
    while (len && prefix[len - 1] == '/')
        len--;
    int n = snprintf(whole, sizeof(whole), "%.*s%s", (int)len, prefix ? prefix : "", path);
    curl_free(prefix);
    if (n < 0 || (size_t)n >= sizeof(whole) || curl_url_set(u, CURLUPART_PATH, whole, 0))
        return refuse(message, "is too long");
    return 0;
}

static char *part(CURLU *u, CURLUPart which, unsigned flags)
{
    char *text = NULL, *own = NULL;

    if (curl_url_get(u, which, &text, flags) == CURLUE_OK && text)
        own = xstrdup(text);
    curl_free(text);
    return own;
}

/* For people: without secrets, and without the path that is always there. */
static char *where_of(CURLU *u, const char *path)
{
    char *text = part(u, CURLUPART_URL, 0);
    size_t len = text ? strlen(text) : 0, tail = strlen(path);

    if (len > tail && !strcmp(text + len - tail, path))
        text[len - tail] = '\0';
    return text ? text : xstrdup("?");
}

/* ---- a fetch ---- */

static void set_up(struct fetch *f, const char *url, const char *user, const char *password,
                   const struct fetch_config *c, bool here)
{
    CURL *h = f->curl;

    curl_easy_setopt(h, CURLOPT_URL, url);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
    curl_easy_setopt(h, CURLOPT_TIMEOUT, ANSWER_S);
    curl_easy_setopt(h, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)MOST_BYTES);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(h, CURLOPT_USERAGENT, "domtop/" DOMTOP_VERSION);
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, f->error);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, f);
    curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(h, CURLOPT_HEADERDATA, f);
    curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(h, CURLOPT_XFERINFODATA, f);
    curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(h, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    if (user)
        curl_easy_setopt(h, CURLOPT_USERNAME, user);
    if (password)
        curl_easy_setopt(h, CURLOPT_PASSWORD, password);
    if (c->cacert) {
        curl_easy_setopt(h, CURLOPT_CAINFO, c->cacert);
        /* Instead of the system's, not beside them. */
        curl_easy_setopt(h, CURLOPT_CAPATH, NULL);
    }
    if (here) /* whatever http_proxy says: no proxy has this machine's loopback */
        curl_easy_setopt(h, CURLOPT_PROXY, "");
    if (c->cert)
        curl_easy_setopt(h, CURLOPT_SSLCERT, c->cert);
    if (c->key)
        curl_easy_setopt(h, CURLOPT_SSLKEY, c->key);
    if (c->credentials) {
        curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
        curl_easy_setopt(h, CURLOPT_NETRC_FILE, c->credentials);
    }
}

struct fetch *fetch_new(const char *url, const char *path, const struct fetch_config *c,
                        const atomic_bool *stop, char message[FETCH_MESSAGE])
{
    struct fetch *f = NULL;
    bool here;
    CURLU *u;

    pthread_once(&curl_once, curl_start);
    u = curl_url();
    if (!u || complete(u, url, path, c->credentials != NULL, &here, message)) {
        curl_url_cleanup(u);
        return NULL;
    }
    char *user = part(u, CURLUPART_USER, CURLU_URLDECODE);
    char *password = part(u, CURLUPART_PASSWORD, CURLU_URLDECODE);
    curl_url_set(u, CURLUPART_USER, NULL, 0);
    curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
    char *whole = part(u, CURLUPART_URL, 0);
    f = xcalloc(1, sizeof(*f));
    f->stop = stop;
    f->where = where_of(u, path);
    f->curl = curl_easy_init();
    if (f->curl && whole)
        set_up(f, whole, user, password, c, here);
    free(user);
    free(password);
    free(whole);
    curl_url_cleanup(u);
    if (!f->curl) {
        refuse(message, "libcurl cannot be had");
        fetch_free(f);
        return NULL;
    }
    return f;
}

void fetch_free(struct fetch *f)
{
    if (!f)
        return;
    curl_easy_cleanup(f->curl);
    curl_slist_free_all(f->headers);
    free(f->where);
    free(f->data);
    free(f);
}

const char *fetch_where(const struct fetch *f)
{
    return f->where;
}

/* GnuTLS's words for it do not say what to look at. */
static bool distrusts(const struct fetch *f, CURLcode code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION &&
           strstr(f->error, "certificate verification failed");
}

static int curl_errno(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT: return -ECONNREFUSED;
    case CURLE_OPERATION_TIMEDOUT: return -ETIMEDOUT;
    case CURLE_COULDNT_RESOLVE_HOST: return -EHOSTUNREACH;
    case CURLE_PEER_FAILED_VERIFICATION: return -EKEYREJECTED;
    case CURLE_WRITE_ERROR: return -EBADMSG;
    default: return -EIO;
    }
}

static int status_error(long status, char message[FETCH_MESSAGE])
{
    const char *what = status == 401   ? "asks for a name and password (--credentials)"
                       : status == 403 ? "does not allow it"
                       : status == 404 ? "has no snapshots: is it a domtop service?"
                       : status == 503 ? "is too busy, or has no sample yet"
                                       : "answers with an error";

    snprintf(message, FETCH_MESSAGE, "the service %s (%ld)", what, status);
    return status == 401 || status == 403 ? -EACCES : status == 503 ? -EBUSY : -EPROTO;
}

int fetch_get(struct fetch *f, const uint8_t **bytes, size_t *len, char message[FETCH_MESSAGE])
{
    char header[ETAG_MOST + 32];
    long status = 0;

    f->len = 0;
    f->next_etag[0] = f->error[0] = '\0';
    curl_slist_free_all(f->headers);
    f->headers = curl_slist_append(NULL, "Accept: application/x-domtop-frame");
    if (f->etag[0]) {
        snprintf(header, sizeof(header), "If-None-Match: %s", f->etag);
        f->headers = curl_slist_append(f->headers, header);
    }
    curl_easy_setopt(f->curl, CURLOPT_HTTPHEADER, f->headers);
    CURLcode code = curl_easy_perform(f->curl);
    if (code == CURLE_WRITE_ERROR)
        snprintf(message, FETCH_MESSAGE, "what it answers is no frame of domtop's");
    else if (distrusts(f, code))
        snprintf(message, FETCH_MESSAGE,
                 "its certificate is not to be trusted: out of date, or not signed by an authority "
                 "that is (--cacert)");
    else if (code)
        snprintf(message, FETCH_MESSAGE, "%.150s",
                 f->error[0] ? f->error : curl_easy_strerror(code));
    if (code)
        return curl_errno(code);
    curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status == 304)
        return 0;
    if (status != 200)
        return status_error(status, message);
    if (wire_frame_len(f->data, f->len) != (long)f->len || !f->len) {
        snprintf(message, FETCH_MESSAGE, "what it answers is no frame of domtop's");
        return -EBADMSG;
    }
    memcpy(f->etag, f->next_etag, ETAG_MOST);
    *bytes = f->data;
    *len = f->len;
    return 1;
}
