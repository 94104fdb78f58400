/*
 * jail: what a process that reads files with librrd may do: read, compute, answer.
 *
 * librrd was not written for files that somebody damaged or made. So it reads in a process of its
 * own, and that process can start no program, open no socket and change no file. Its locks do
 * nothing: librrd locks what it reads, and a lock that a reader holds makes the recorder's next
 * update fail.
 */
#ifndef DOMTOP_JAIL_H
#define DOMTOP_JAIL_H

#include <stdbool.h>

/*
 * For a child, right after fork(): it dies with its parent, takes no notice of the terminal's
 * signals, says nothing on the terminal, leaves no core and keeps no descriptor above 2 but those
 * of keep (two of them, in any order). Never fails.
 */
void jail_settle(const int keep[2]);

/* No way back. False where the kernel has no seccomp: what is read then is locked while it is. */
bool jail_close(void);

#endif
