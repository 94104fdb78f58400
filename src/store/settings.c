/* settings: see settings.h. */
#include "settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "layout.h"

#define FIRST   "domtop store "
#define VERSION 1
#define MOST    4096

static int parse(struct store_settings *s, char *text)
{
    char message[ARCHIVES_MESSAGE], *rest = text, *line = strsep(&rest, "\n");
    const char *archives = NULL;

    if (strncmp(line, FIRST, strlen(FIRST)) != 0 || !rest)
        return -EBADMSG;
    if (strcmp(line + strlen(FIRST), "1") != 0)
        return -EPROTONOSUPPORT;
    while ((line = strsep(&rest, "\n"))) {
        if (!strncmp(line, "step ", 5))
            s->step_s = duration_parse(line + 5);
        else if (!strncmp(line, "archives ", 9))
            archives = line + 9;
        else if (!strcmp(line, "simulated yes"))
            s->simulated = true;
    }
    if (!s->step_s || !archives || archives_parse(&s->archives, archives, s->step_s, message))
        return -EBADMSG;
    return 0;
}

int store_settings_read(int dir, struct store_settings *s)
{
    struct text t = {0};
    int err = files_read(dir, LAYOUT_SETTINGS, MOST, &t);

    *s = (struct store_settings){0};
    if (!err)
        err = t.len && strlen(t.data) == t.len ? parse(s, t.data) : -EBADMSG;
    text_release(&t);
    return err;
}

int store_settings_write(int dir, const struct store_settings *s)
{
    char archives[ARCHIVES_TEXT];
    struct text t = {0};
    int err;

    archives_format(&s->archives, archives);
    text_addf(&t, FIRST "%d\nstep %" PRIu64 "\narchives %s\n%s", VERSION, s->step_s, archives,
              s->simulated ? "simulated yes\n" : "");
    err = files_replace(dir, LAYOUT_SETTINGS, t.data, t.len);
    text_release(&t);
    return err;
}
