/*
 * settings: what the user has chosen, as text and back. Pure; config.c has the file.
 *
 * A line is `name = value`; # begins a comment. domtop.conf(5) lists the names. What is not said is
 * as it was before; a line that makes no sense is passed over and told.
 */
#ifndef DOMTOP_UI_SETTINGS_H
#define DOMTOP_UI_SETTINGS_H

#include "../base.h"
#include "column.h"
#include "glyph.h"
#include "theme.h"

#define SETTINGS_MAX   65536 /* bytes of text: more is not read */
#define SETTINGS_WRONG 160

enum settings_table { TABLE_DOMAINS, TABLE_VCPUS, TABLE_NETWORKS, TABLE_DISKS, SETTINGS_TABLES };

struct settings {
    double delay_s; /* 0: not said */
    unsigned view;  /* its place among the tabs */
    enum format_units units;
    enum theme theme;
    enum glyph_set glyphs;
    bool cpu_of_host, totals, dom0_first, bell;
    struct columns columns[SETTINGS_TABLES]; /* order, widths, thresholds */
    size_t sort[SETTINGS_TABLES];
    bool reverse[SETTINGS_TABLES];
};

void settings_defaults(struct settings *s);

/* Take what text says. Returns how many lines made no sense; the first is in wrong, with its
 * number. */
size_t settings_parse(struct settings *s, const char *text, size_t len, char wrong[SETTINGS_WRONG]);

/* All of it as text, which parses to the same. */
void settings_print(const struct settings *s, struct text *out);

#endif
