/*
 * journal: what happened, in a text file a day (UTC) that is only ever added to.
 *
 * A record is a line: the CRC-32 (zlib's) of what follows in 8 hexadecimal digits, a space, a JSON
 * object, a newline:
 *
 *     5f0c8d1e {"time":"2026-11-22T03:10:00.250Z","ns":1795317000250000000,"kind":"crashed",
 *               "uuid":"...","domid":7,"name":"web-1","detail":""}       (in one line)
 *
 * It is written in one piece. One that a crash tore stays as it is and the next
 * starts on a line of its own; whoever reads passes over lines that are damaged. Fields may be
 * added: unknown ones are passed over, an unknown kind is handed out as such.
 */
#ifndef DOMTOP_JOURNAL_H
#define DOMTOP_JOURNAL_H

#include "../base.h"
#include "../events.h"

#define JOURNAL_LINE 2048 /* bytes of a record at most; longer lines are damaged ones */
#define JOURNAL_KIND 32

struct journal_entry {
    struct event event;      /* kind is EVENT_KINDS where this domtop does not know it */
    char kind[JOURNAL_KIND]; /* "device_added" */
    uint64_t from_ns, to_ns; /* of a gap: the time nothing was recorded of; 0 otherwise */
};

/* ---- writing ---- */

struct journal {
    int dir; /* the store's folder; borrowed */
    int fd;  /* of the day; -1 */
    uint64_t day;
    bool dirty;
    bool torn;       /* what is there does not end in a newline, or may not */
    uint64_t blocks; /* of the day's file on the disk */
    uint64_t grown;  /* bytes on the disk; whoever counts them takes them away */
};

void journal_init(struct journal *j, int dir);
void journal_close(struct journal *j);

/* Add one. 0, or -errno: it is then not there, or torn, and the caller may try again. */
int journal_append(struct journal *j, const struct journal_entry *entry);

/* Have what was added on the disk: once for all that a sample brought. 0 or -errno. */
int journal_sync(struct journal *j);

/* ---- reading ---- */

/* The word of a kind in the journal, "device_added"; NULL for none. */
const char *journal_word(enum event_kind kind);

/* One line without its newline. False for a damaged one. Strings are sanitised. */
bool journal_parse(const char *line, size_t len, struct journal_entry *entry);

/* Append the line of an entry, newline and all. */
void journal_format(struct text *out, const struct journal_entry *entry);

/* What happened, day after day in the order it was written, from from_ns to to_ns inclusive. each
 * returns false to end it. dir: the store's folder. 0 or -errno; a day that cannot be read is left
 * out, a journal that is not there is empty. */
int journal_read(int dir, uint64_t from_ns, uint64_t to_ns,
                 bool (*each)(void *arg, const struct journal_entry *entry), void *arg);

#endif
