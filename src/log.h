/*
 * log: what a service says, a line each on standard error.
 *
 * Where that is the journal (its JOURNAL_STREAM names the file standard error is), a line begins
 * with the priority the journal reads, "<3>"; elsewhere with the name of the process.
 */
#ifndef DOMTOP_LOG_H
#define DOMTOP_LOG_H

/* As in syslog.h, which the numbers are from. */
enum { SAY_ERROR = 3, SAY_WARNING = 4, SAY_NOTICE = 5, SAY_INFO = 6 };

/* Look where standard error goes. who: "domtop serve"; kept, not copied. Before it, and without it,
 * lines begin with "domtop". */
void log_start(const char *who);

/* One line in one write; control characters in it are written as '?'. Keeps errno. */
void say(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
