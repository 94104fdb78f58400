/*
 * config: the file the settings are kept in: $XDG_CONFIG_HOME/domtop/domtop.conf, else
 * ~/.config/domtop/domtop.conf.
 */
#ifndef DOMTOP_UI_CONFIG_H
#define DOMTOP_UI_CONFIG_H

#include "settings.h"

/*
 * Read it into s, which holds the defaults. Whether there is something to tell: a line that makes
 * no sense, a file that is not trusted (as root: one that others can write). A file that is not
 * there is no news.
 */
bool config_read(struct settings *s, char said[SETTINGS_WRONG + 64]);

/*
 * Write it when it says something else than `before`: the whole file at once, or nothing of it.
 * False with a sentence in said when it cannot be.
 */
bool config_write(const struct settings *s, const struct settings *before,
                  char said[SETTINGS_WRONG + 64]);

#endif
