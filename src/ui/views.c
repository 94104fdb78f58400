/*
 * views: the registry of views, in the order of their tabs and numbers, and those that are nothing
 * but a table under a part of the host.
 */
#include "../base.h"
#include "screen.h"

static struct table *vcpus_table(struct ui *ui)
{
    return &ui->vcpus;
}

static struct table *networks_table(struct ui *ui)
{
    return &ui->vifs;
}

static struct table *disks_table(struct ui *ui)
{
    return &ui->vbds;
}

static void vcpus_draw(struct ui *ui, const struct paint *screen)
{
    topic_draw(ui, screen, TOPIC_CPU);
    table_view_draw(ui, screen);
}

static void networks_draw(struct ui *ui, const struct paint *screen)
{
    topic_draw(ui, screen, TOPIC_NETWORK);
    table_view_draw(ui, screen);
}

static void disks_draw(struct ui *ui, const struct paint *screen)
{
    topic_draw(ui, screen, TOPIC_DISK);
    table_view_draw(ui, screen);
}

#define TABLE_VIEW(NAME, TABLE, DRAW)                                                              \
    {                                                                                              \
        .name = NAME, .scope = SCOPE_TOPIC, .table = TABLE, .draw = DRAW, .act = table_view_act,   \
        .sampled = table_view_sampled, .mouse = table_view_mouse                                   \
    }

const struct view view_vcpus = TABLE_VIEW("vCPUs", vcpus_table, vcpus_draw);
const struct view view_networks = TABLE_VIEW("Networks", networks_table, networks_draw);
const struct view view_disks = TABLE_VIEW("Disks", disks_table, disks_draw);

const struct view *const views[] = {
    &view_domains, &view_detail, &view_vcpus, &view_networks, &view_disks, &view_host, &view_events,
};
const size_t view_count = ARRAY_LEN(views);
_Static_assert(ARRAY_LEN(views) <= VIEWS_MAX, "the mouse has to find every tab");
