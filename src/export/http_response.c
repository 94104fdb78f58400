/* http_response: what handlers call: parameters, what the client prefers, errors. See http.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "http_accept.h"
#include "json.h"

const char *http_param(const struct http_request *q, const char *name)
{
    for (size_t i = 0; i < q->param_count; i++)
        if (!strcmp(q->params[i].name, name))
            return q->params[i].value;
    return NULL;
}

bool http_param_int(const struct http_request *q, const char *name, int64_t least, int64_t most,
                    int64_t otherwise, int64_t *out)
{
    const char *text = http_param(q, name);
    char *end;

    *out = otherwise;
    if (!text)
        return true;
    /* strtoll would take spaces and a plus before it. */
    if (!(*text >= '0' && *text <= '9') && !(*text == '-' && text[1] >= '0' && text[1] <= '9'))
        return false;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (errno || *end || n < least || n > most)
        return false;
    *out = n;
    return true;
}

int http_prefers(const struct http_request *q, const char *const *types, size_t count)
{
    return accept_type(q->accept, types, count);
}

void http_error(const struct http_request *q, struct http_response *r, int status, const char *fmt,
                ...)
{
    static const char *const types[] = {"text/plain", "application/json"};
    char sentence[512];
    struct text body = {0};
    unsigned retry_after = r->retry_after;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(sentence, sizeof(sentence), fmt, ap);
    va_end(ap);
    bytes_unref(r->body);
    bytes_unref(r->gzip);
    *r = (struct http_response){.status = status, .vary_accept = true, .retry_after = retry_after};
    /* Who asks the API reads JSON, whatever else it would take. */
    if (!strncmp(q->path, "/api/", 5) || http_prefers(q, types, ARRAY_LEN(types)) == 1) {
        r->type = "application/json";
        text_addf(&body, "{\"status\":%d,\"error\":", status);
        json_string(&body, sentence);
        text_adds(&body, "}\n");
    } else {
        r->type = "text/plain; charset=utf-8";
        text_addf(&body, "%s\n", sentence);
    }
    r->body = bytes_take(&body);
}
