/* serve_held: see serve_held.h. */
#include "serve_held.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../events.h"
#include "../store/held_files.h"

void serve_held_read(struct serve_held *h, int dir)
{
    *h = (struct serve_held){0};
    h->any = held_files_read(dir, &h->bytes);
    held_list_read(&h->list, h->bytes.data, h->bytes.len);
}

void serve_held_release(struct serve_held *h)
{
    held_list_release(&h->list);
    text_release(&h->bytes);
}

/* "0f0b1d4c-...": anything else is read as some number too, and is no boot's. */
static void read_boot(uint8_t boot[HELD_BOOT])
{
    char text[UUID_TEXT] = "";
    struct uuid uuid = {{0}};
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && read(fd, text, sizeof(text) - 1) == sizeof(text) - 1)
        uuid_parse(text, &uuid);
    if (fd >= 0)
        close(fd);
    memcpy(boot, uuid.bytes, HELD_BOOT);
}

void serve_held_mark(struct held_head *head)
{
    *head = (struct held_head){0};
    read_boot(head->boot);
    held_sign(head);
}

/* Without a boot's id, as without /proc, none is known to be this one. */
static bool same_clocks(const struct held_head *head, const struct serve_now *now)
{
    static const uint8_t none[HELD_BOOT];

    return now->own && head->flags & HELD_OWN && !memcmp(head->boot, now->boot, HELD_BOOT) &&
           memcmp(head->boot, none, HELD_BOOT) != 0;
}

bool serve_held_place(struct held_head *head, const struct serve_now *now)
{
    uint64_t believed_ns = head->lasting_ns + (uint64_t)head->believed_ns;

    if (believed_ns / NS_PER_S <= now->last_s)
        head->flags &= ~(uint32_t)HELD_BELIEVED; /* another time has been recorded since */
    if (same_clocks(head, now))
        return true;
    if (head->flags & HELD_BELIEVED)
        head->wall_ns = believed_ns;
    head->flags &= ~(uint32_t)HELD_BELIEVED;
    head->lasting_ns = head->wall_ns - (uint64_t)now->offset_ns;
    return head->wall_ns <= now->wall_ns;
}

/* ---- into the queue ---- */

/* Whatever the bytes are, events that can be read as such. */
static void settle_events(struct text *bytes, int64_t moved_ns)
{
    struct event *events = (struct event *)(void *)bytes->data;

    for (size_t i = 0; i < bytes->len / sizeof(*events); i++) {
        struct event *e = &events[i];
        e->wall_ns += (uint64_t)moved_ns;
        e->name[sizeof(e->name) - 1] = e->detail[sizeof(e->detail) - 1] = '\0';
        if ((unsigned)e->kind >= EVENT_KINDS)
            e->kind = EVENT_GAP;
    }
}

static bool kind_of(const struct held_head *head, enum serve_kind *kind)
{
    switch (head->kind) {
    case HELD_SAMPLE: *kind = SERVE_SAMPLE; return true;
    case HELD_BEGIN: *kind = SERVE_BEGIN; return true;
    case HELD_HAPPENED:
        *kind = SERVE_HAPPENED;
        return held_is_ours(head) && head->len % sizeof(struct event) == 0;
    default: return false;
    }
}

bool serve_held_queue(struct serve_queue *q, const struct held_record *r, int64_t moved_ns,
                      bool busy)
{
    enum serve_kind kind;

    if (!kind_of(&r->head, &kind))
        return false;
    struct serve_item *item = serve_queue_add(q, kind);
    text_add(&item->bytes, r->bytes, r->head.len);
    if (kind == SERVE_HAPPENED)
        settle_events(&item->bytes, moved_ns);
    item->head.number = r->head.number;
    item->head.kept = true;
    item->held = true;
    item->mono_ns = r->head.lasting_ns;
    item->wall_ns = r->head.wall_ns;
    item->sure = r->head.flags & HELD_SURE;
    serve_queue_added(q, item, busy);
    return true;
}
