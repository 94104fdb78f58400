/*
 * filter: which rows of a table to show, as the user typed it: `web`, `cpu>50`, `state=blocked
 * mem<2G`,
 * `(rx>1M | tx>1M) !db`. Pure: text in, a verdict per row out.
 *
 *   filter     = all { "|" all }                  either
 *   all        = term { ["&"] term }              both
 *   term       = "!" term | "(" filter ")" | column op value | word
 *   op         = ">" ">=" "<" "<=" "=" "!=" "~"   ~ is "contains"
 *
 * A word is part of a name, device, bridge or path, a state, a domid or the begin of a uuid,
 * whatever its case; with spaces it stands in double quotes. A column is its id, its title, or one
 * of: cpu, busy, mem, max, rx, tx, rd, wr. A number may end in K M G T (1024 for bytes, else 1000),
 * in % , and for times in s m h d; it is compared with what the column shows. Unknown fits no
 * comparison but !=.
 */
#ifndef DOMTOP_UI_FILTER_H
#define DOMTOP_UI_FILTER_H

#include "column.h"

#define FILTER_TEXT  64
#define FILTER_WRONG 80
#define FILTER_NODES 32

enum filter_kind { FILTER_WORD, FILTER_NUMBER, FILTER_STRING, FILTER_NOT, FILTER_AND, FILTER_OR };
enum filter_op { OP_GREATER, OP_AT_LEAST, OP_LESS, OP_AT_MOST, OP_EQUAL, OP_UNEQUAL, OP_CONTAINS };

struct filter_node {
    enum filter_kind kind;
    enum filter_op op;
    struct column column;
    double number;
    char text[FILTER_TEXT];
    int left, right; /* nodes */
};

struct filter {
    char text[FILTER_TEXT]; /* as typed; empty: everything is shown */
    struct filter_node nodes[FILTER_NODES];
    int count, root;
    struct columns words; /* columns that a word is looked for in */
};

/*
 * Compile text for a table with these columns. False, with a sentence in wrong and f as it was,
 * when it cannot be understood. An empty text shows everything.
 */
bool filter_compile(struct filter *f, const struct columns *columns, const char *text,
                    char wrong[FILTER_WRONG]);

bool filter_match(const struct filter *f, const struct scene *scene, size_t row);

/* Whether a row has the word in one of the columns that words are looked for in. */
bool filter_word(const struct columns *columns, const struct scene *scene, size_t row,
                 const char *word);

#endif
