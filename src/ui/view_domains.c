/* view_domains: the host, and all its domains in a table: what one sees first. */
#include "screen.h"

static struct table *domains_table(struct ui *ui)
{
    return &ui->domains;
}

static void domains_draw(struct ui *ui, const struct paint *screen)
{
    if (model_snapshot(&ui->model)->seq)
        header_draw(ui, screen);
    table_view_draw(ui, screen);
}

const struct view view_domains = {
    .name = "Domains",
    .scope = SCOPE_HOST,
    .table = domains_table,
    .draw = domains_draw,
    .act = table_view_act,
    .sampled = table_view_sampled,
    .mouse = table_view_mouse,
};
