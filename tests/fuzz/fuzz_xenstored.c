/*
 * fuzz_xenstored: any bytes as xenstored's reply, all at once and as they come: whole, to be waited
 * for or no reply, and the same through a connection.
 */
#include "fuzz.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xenstore.h>

#include "base.h"
#include "collectors/store_conn.h"

#define ID 7

static void through_connection(const uint8_t *data, size_t size, int wanted,
                               const struct store_reply *reply)
{
    static struct store_conn c;
    const char *value;
    int ends[2];

    CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends));
    c = (struct store_conn){.fd = ends[0], .by_socket = true, .id = ID};
    CHECK(send(ends[1], data, size, MSG_NOSIGNAL) == (ssize_t)size);
    int err = store_conn_answer(&c, 0, &value);
    CHECK(err == (wanted > 0 ? 0 : wanted < 0 ? wanted : -ETIMEDOUT));
    CHECK(!value || (!memcmp(value, reply->value, reply->len) && !value[reply->len]));
    CHECK((value != NULL) == (wanted > 0 && reply->value));
    store_conn_close(&c);
    close(ends[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store_reply reply = {0}, part;

    if (size > STORE_REPLY)
        return 0;
    char *exact = fuzz_exact(data, size);
    int whole = store_reply_parse(exact, size, ID, &reply);
    CHECK(whole == 1 || whole == 0 || whole == -EPROTO);
    if (whole == 1)
        CHECK(!reply.value || (reply.value >= exact && reply.value + reply.len == exact + size));
    /* What it begins with is to be waited for, until it is whole or seen to be none. */
    for (size_t len = 0; len < size; len += 1 + len / 16) {
        int so_far = store_reply_parse(exact, len, ID, &part);
        CHECK(so_far == 0 || whole == -EPROTO);
    }
    if (size)
        through_connection(data, size, whole, &reply);
    free(exact);
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const struct {
        uint32_t type, id, len;
        const char *payload;
        size_t there;
    } seeds[] = {
        {XS_READ, ID, 6, "131072", 6},
        {XS_READ, ID, 0, "", 0},
        {XS_ERROR, ID, 7, "ENOENT", 7},
        {XS_WATCH_EVENT, 0, 11, "@release\0d", 11},
        {XS_READ, ID, XENSTORE_PAYLOAD_MAX, "cut", 3},
        {XS_READ, ID, XENSTORE_PAYLOAD_MAX + 1, "cut", 3},
    };

    (void)argc, (void)argv;
    for (size_t i = 0; i < ARRAY_LEN(seeds); i++) {
        struct xsd_sockmsg head = {
            .type = seeds[i].type, .req_id = seeds[i].id, .len = seeds[i].len};
        char bytes[64];
        memcpy(bytes, &head, sizeof(head));
        memcpy(bytes + sizeof(head), seeds[i].payload, seeds[i].there);
        fuzz_seed(i, bytes, sizeof(head) + seeds[i].there);
    }
    return 0;
}
